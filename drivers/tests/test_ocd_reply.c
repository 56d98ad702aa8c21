#include "drivers/openocd/ocd_reply.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct bo_ocd_reply reply_of(const char *text)
{
	return (struct bo_ocd_reply){.text = text, .len = strlen(text)};
}

Test(ocd_reply, a_request_carries_its_number_and_catches_its_command)
{
	struct bo_buf out = {0};

	bo_ocd_request(&out, 12, "reset halt");
	cr_assert_str_eq(out.data,
			 "format {brownout 12 %d %s} [catch {reset halt} bo_r] $bo_r\x1a");
	bo_buf_done(&out);
}

Test(ocd_reply, only_the_answer_to_this_request_is_one)
{
	static const struct {
		const char *data;
		int rc;
		int64_t code;
		const char *text;
	} cases[] = {
		{"brownout 7 0 ", 0, 0, ""},
		{"brownout 7 0 wrote 4 bytes", 0, 0, "wrote 4 bytes"},
		{"brownout 7 -4 no", 0, -4, "no"},
		{"brownout 7 1 two\nlines", 0, 1, "two\nlines"},
		{"brownout 6 0 late", -EPROTO, 0, NULL},
		{"brownout 77 0 x", -EPROTO, 0, NULL},
		{"brownout 7 0", -EPROTO, 0, NULL},
		{"brownout 7  0 x", -EPROTO, 0, NULL},
		{"brownout 7 - x", -EPROTO, 0, NULL},
		{"brownout 7 99999999999 x", -EPROTO, 0, NULL},
		{"brownout 18446744073709551623 0 x", -EPROTO, 0, NULL},
		{" brownout 7 0 x", -EPROTO, 0, NULL},
		{"invalid command name \"format\"", -EPROTO, 0, NULL},
		{"", -EPROTO, 0, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_ocd_reply reply = {.code = 42};
		int rc = bo_ocd_reply_parse(cases[i].data, strlen(cases[i].data), 7, &reply);

		cr_expect_eq(rc, cases[i].rc, "\"%s\"", cases[i].data);
		if (rc < 0) {
			cr_expect_eq(reply.code, 42, "untouched on failure");
			continue;
		}
		cr_expect_eq(reply.code, cases[i].code, "\"%s\"", cases[i].data);
		cr_expect(reply.len == strlen(cases[i].text) &&
				  !memcmp(reply.text, cases[i].text, reply.len),
			  "\"%s\"", cases[i].data);
	}
}

Test(ocd_reply, a_count_is_what_follows_its_verb)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t count;
	} cases[] = {
		{"wrote 65536 bytes from file a.bin in 3.1s", 0, 65536},
		{"erased 1 sector\nwrote 2 bytes", 0, 2},
		{"wrote 99999999999 bytes", -EPROTO, 0},
		{"wrote 4 words", -EPROTO, 0},
		{"wrote bytes", -EPROTO, 0},
		{"verified 4 bytes", -EPROTO, 0},
		{"wrote 4 byte", -EPROTO, 0},
		{"", -EPROTO, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_ocd_reply reply = reply_of(cases[i].text);
		uint64_t count = 0;

		cr_expect_eq(bo_ocd_reply_count(&reply, "wrote", &count), cases[i].rc, "\"%s\"",
			     cases[i].text);
		cr_expect_eq(count, cases[i].count, "\"%s\"", cases[i].text);
	}
}

Test(ocd_reply, words_are_exactly_as_many_as_were_asked_for)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{"0x1 0xffffffff", 0},
		{" 1\t4294967295\n", 0},
		{"0x1", -EPROTO},
		{"1 4294967295 3", -EPROTO},
		{"0x1 0x1ffffffff", -EPROTO},
		{"1 x", -EPROTO},
		{"1 2x", -EPROTO},
		{"1,2", -EPROTO},
		{"0x 1", -EPROTO},
		{"", -EPROTO},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_ocd_reply reply = reply_of(cases[i].text);
		uint32_t words[2] = {7, 7};

		cr_expect_eq(bo_ocd_reply_words(&reply, words, 2), cases[i].rc, "\"%s\"",
			     cases[i].text);
		cr_expect_eq(words[0], cases[i].rc ? 7u : 1u, "\"%s\"", cases[i].text);
		cr_expect_eq(words[1], cases[i].rc ? 7u : UINT32_MAX, "\"%s\"", cases[i].text);
	}
}

Test(ocd_reply, a_state_is_compared_whole)
{
	static const struct {
		const char *text;
		bool is;
	} cases[] = {{"halted", true},	    {" halted\r\n", true}, {"halted?", false},
		     {"not halted", false}, {"hal", false},	   {"", false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_ocd_reply reply = reply_of(cases[i].text);

		cr_expect_eq(bo_ocd_reply_is(&reply, "halted"), cases[i].is, "\"%s\"",
			     cases[i].text);
	}
}

Test(ocd_reply, a_quoted_word_stays_one_word)
{
	static const struct {
		const char *word, *quoted;
	} cases[] = {
		{"interface/stlink.cfg", "interface/stlink.cfg"},
		{"my board [1].cfg", "my\\ board\\ \\[1\\].cfg"},
		{"$HOME;\"{}\\", "\\$HOME\\;\\\"\\{\\}\\\\"},
		{"\xc3\xa4", "\xc3\xa4"},
		{"", "{}"},
	};
	struct bo_buf out = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		bo_buf_reset(&out);
		cr_expect_eq(bo_ocd_quote(&out, cases[i].word), 0);
		cr_expect_str_eq(out.data, cases[i].quoted);
	}
	bo_buf_reset(&out);
	cr_expect_eq(bo_ocd_quote(&out, "a\x1a"), -EINVAL);
	cr_expect_eq(bo_ocd_quote(&out, "a\nb"), -EINVAL);
	cr_expect_eq(bo_ocd_quote(&out, "a\x7f"), -EINVAL);
	bo_buf_done(&out);
}
