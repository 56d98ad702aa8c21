#include "harness/base/str.h"

#include <criterion/criterion.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(str, a_buffer_grows_and_stays_terminated)
{
	struct bo_buf buf = {0};

	for (int i = 0; i < 1000; i++)
		bo_buf_printf(&buf, "%03d,", i);
	bo_buf_add(&buf, "end", 3);
	cr_assert_eq(buf.len, 4003u);
	cr_assert_eq(strlen(buf.data), 4003u);
	cr_assert_str_eq(buf.data + 3996, "999,end");
	bo_buf_reset(&buf);
	cr_assert_str_eq(buf.data, "");
	bo_buf_done(&buf);
	cr_assert_null(buf.data);
	bo_buf_done(&buf);
}

Test(str, an_empty_addition_makes_an_empty_text)
{
	struct bo_buf buf = {0};

	bo_buf_escape(&buf, NULL, 0);
	cr_assert_str_eq(buf.data, "");
	bo_buf_done(&buf);
}

Test(str, escaping_leaves_only_printable_ascii_and_stays_unambiguous)
{
	static const struct {
		const char *in;
		size_t len;
		const char *out;
	} cases[] = {
		{"plain ~", 7, "plain ~"}, {"\x1b[31m", 5, "\\x1b[31m"},
		{"a\0b", 3, "a\\x00b"},	   {"\x7f\x80\xff\n", 4, "\\x7f\\x80\\xff\\x0a"},
		{"\\x1b", 4, "\\\\x1b"},
	};
	struct bo_buf buf = {0};
	char out[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		bo_buf_reset(&buf);
		bo_buf_escape(&buf, cases[i].in, cases[i].len);
		cr_assert_str_eq(buf.data, cases[i].out);
		bo_str_escape(out, sizeof(out), cases[i].in, cases[i].len);
		cr_assert_str_eq(out, cases[i].out);
	}
	bo_buf_done(&buf);
}

Test(str, making_a_line_printable_twice_changes_nothing_more)
{
	static const char line[] = "said \\x1b[31m and \x1b[31m\n";
	struct bo_buf once = {0}, twice = {0};

	bo_buf_printable(&once, line, strlen(line));
	cr_assert_str_eq(once.data, "said \\x1b[31m and \\x1b[31m\\x0a");
	bo_buf_printable(&twice, once.data, once.len);
	cr_assert_str_eq(twice.data, once.data);
	bo_buf_done(&once);
	bo_buf_done(&twice);
}

Test(str, an_escape_that_does_not_fit_is_cut_between_bytes)
{
	char out[16];

	cr_assert_str_eq(bo_str_escape(out, 12,
				       "ab\x01\x02"
				       "c",
				       5),
			 "ab\\x01\\x02c");
	cr_assert_str_eq(bo_str_escape(out, 11,
				       "ab\x01\x02"
				       "c",
				       5),
			 "ab\\x01...");
	cr_assert_str_eq(bo_str_escape(out, 9,
				       "ab\x01\x02"
				       "c",
				       5),
			 "ab...");
	cr_assert_str_eq(bo_str_escape(out, 4, "abcd", 4), "...");
	cr_assert_str_eq(bo_str_escape(out, 4, "abc", 3), "abc");
}

Test(str, copy_says_when_it_cut)
{
	char out[4];

	cr_assert(bo_str_copy(out, sizeof(out), "abc"));
	cr_assert_str_eq(out, "abc");
	cr_assert_not(bo_str_copy(out, sizeof(out), "abcd"));
	cr_assert_str_eq(out, "abc");
}

Test(str, nearest_suggests_typing_mistakes_and_nothing_far_fetched)
{
	static const char *const names[] = {"baud", "driver", "serial", "off_proof", "on"};
	static const struct {
		const char *text, *nearest;
	} cases[] = {
		{"buad", "baud"},
		{"bauds", "baud"},
		{"drvier", "driver"},
		{"seriel", "serial"},
		{"offproof", "off_proof"},
		{"of", "on"},
		{"temperature", NULL},
		{"x", NULL},
		{"", NULL},
	};
	char lengthy[200];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *got = bo_str_nearest(cases[i].text, names, COUNT(names));

		if (!cases[i].nearest)
			cr_assert_null(got, "%s -> %s", cases[i].text, got);
		else
			cr_assert(got && !strcmp(got, cases[i].nearest), "%s -> %s", cases[i].text,
				  got ? got : "nothing");
	}
	memset(lengthy, 'a', sizeof(lengthy) - 1);
	lengthy[sizeof(lengthy) - 1] = '\0';
	cr_assert_null(bo_str_nearest(lengthy, names, COUNT(names)));
}

Test(str, figures_are_grouped_by_thousands)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {{0, "0"},
		     {999, "999"},
		     {1000, "1,000"},
		     {1234567, "1,234,567"},
		     {UINT64_MAX, "18,446,744,073,709,551,615"}};
	char out[32];

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_assert_str_eq(bo_str_group(out, sizeof(out), cases[i].value), cases[i].text);
}
