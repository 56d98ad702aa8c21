#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/journal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(journal, a_line_has_time_and_kind_in_front)
{
	struct bo_buf out = {0};

	bo_journal_line(&out, 0, "phase", NULL);
	bo_journal_line(&out, 1071120875, "fault", "s:s, s:I, s:b", "fault", "boot.1=cut:off-1s",
			"due", (json_int_t)INT64_MAX, "late", 0);
	bo_journal_line(&out, 5, "rig", "s:s", "text", "a \"quote\"\n\xc3\xa9");
	cr_expect_str_eq(out.data,
			 "{\"at\":0,\"ev\":\"phase\"}\n"
			 "{\"at\":1071120875,\"ev\":\"fault\",\"fault\":\"boot.1=cut:off-1s\","
			 "\"due\":9223372036854775807,\"late\":false}\n"
			 "{\"at\":5,\"ev\":\"rig\",\"text\":\"a \\\"quote\\\"\\n\\u00E9\"}\n");
	bo_buf_done(&out);
}

static void count_line(void *ctx, const json_t *line)
{
	cr_expect(json_is_object(line));
	++*(size_t *)ctx;
}

Test(journal, what_is_written_is_read_back)
{
	struct bo_buf out = {0};
	size_t seen = 0, bad = 77;

	bo_journal_line(&out, 7, "ready", "s:s, s:b, s:i", "version", "2.0.0", "ok", 1, "n", -3);
	bo_journal_line(&out, 8, "dead", NULL);
	cr_expect_eq(bo_journal_walk(out.data, out.len, count_line, &seen, &bad), 0);
	cr_expect_eq(seen, 2);
	cr_expect_eq(bad, 77);
	json_t *line = bo_journal_parse(out.data, strcspn(out.data, "\n"));

	cr_assert_not_null(line);
	cr_expect(bo_journal_is(line, "ready"));
	cr_expect_not(bo_journal_is(line, "read"));
	cr_expect_str_eq(bo_journal_str(line, "version", "?"), "2.0.0");
	cr_expect_eq(bo_journal_bool(line, "ok", false), true);
	cr_expect_eq(bo_journal_int(line, "n", 0), -3);
	cr_expect_eq(bo_journal_int(line, "at", 0), 7);
	json_decref(line);
	bo_buf_done(&out);
}

Test(journal, a_member_that_is_absent_or_of_another_type_gives_the_fallback)
{
	static const char text[] =
		"{\"at\":1,\"ev\":\"x\",\"s\":\"1\",\"i\":1,\"b\":true,\"n\":null}";
	json_t *line = bo_journal_parse(text, strlen(text));

	cr_assert_not_null(line);
	cr_expect_str_eq(bo_journal_str(line, "i", "none"), "none");
	cr_expect_null(bo_journal_str(line, "gone", NULL));
	cr_expect_eq(bo_journal_int(line, "s", -9), -9);
	cr_expect_eq(bo_journal_int(line, "n", -9), -9);
	cr_expect_eq(bo_journal_bool(line, "i", true), true);
	cr_expect_eq(bo_journal_bool(line, "b", false), true);
	json_decref(line);
	cr_expect_not(bo_journal_is(NULL, "x"));
}

#define GOOD "{\"at\":1,\"ev\":\"x\"}\n"

Test(journal, only_a_torn_last_line_is_forgiven)
{
	static const struct {
		const char *what, *text;
		size_t len; /* 0: to the terminator */
		int code;
		size_t seen, bad_line;
	} cases[] = {
		{"nothing", "", 0, 0, 0, 0},
		{"whole", GOOD GOOD, 0, 0, 2, 0},
		{"torn", GOOD "{\"at\":1,\"ev", 0, 0, 1, 0},
		{"torn between line and newline", GOOD "{\"at\":1,\"ev\":\"x\"}", 0, 0, 1, 0},
		{"torn in the middle", GOOD "{\"at\":1,\"ev\n" GOOD, 0, -EBADMSG, 1, 2},
		{"an empty line", GOOD "\n" GOOD, 0, -EBADMSG, 1, 2},
		{"the first", "x\n" GOOD, 0, -EBADMSG, 0, 1},
		{"no object", GOOD GOOD "[1]\n", 0, -EBADMSG, 2, 3},
		{"two objects", "{\"at\":1,\"ev\":\"x\"} {}\n", 0, -EBADMSG, 0, 1},
		{"no time", "{\"ev\":\"x\"}\n", 0, -EBADMSG, 0, 1},
		{"time is text", "{\"at\":\"1\",\"ev\":\"x\"}\n", 0, -EBADMSG, 0, 1},
		{"time is a fraction", "{\"at\":1.5,\"ev\":\"x\"}\n", 0, -EBADMSG, 0, 1},
		{"time is too large", "{\"at\":9223372036854775808,\"ev\":\"x\"}\n", 0, -EBADMSG, 0,
		 1},
		{"no kind", "{\"at\":1}\n", 0, -EBADMSG, 0, 1},
		{"a key twice", "{\"at\":1,\"at\":1,\"ev\":\"x\"}\n", 0, -EBADMSG, 0, 1},
		{"bytes that are no text", "{\"at\":1,\"ev\":\"\xff\"}\n", 0, -EBADMSG, 0, 1},
		{"a NUL", "{\"at\":1,\0\"ev\":\"x\"}\n", 19, -EBADMSG, 0, 1},
		{"a NUL in a text", "{\"at\":1,\"ev\":\"\\u0000\"}\n", 0, -EBADMSG, 0, 1},
		{"members nobody knows", "{\"at\":1,\"ev\":\"new\",\"what\":[{}]}\n", 0, 0, 1, 0},
		{"other line ends", "{\"at\":1,\"ev\":\"x\"}\r\n", 0, 0, 1, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);
		size_t seen = 0, bad = 0;
		int rc = bo_journal_walk(cases[i].text, len, count_line, &seen, &bad);

		cr_expect_eq(rc, cases[i].code, "%s", cases[i].what);
		cr_expect_eq(seen, cases[i].seen, "%s: saw %zu", cases[i].what, seen);
		cr_expect_eq(bad, cases[i].bad_line, "%s: line %zu", cases[i].what, bad);
	}
}

Test(journal, a_line_that_is_too_long_or_too_deep_is_no_line)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text, "{\"at\":1,\"ev\":\"");
	for (int i = 0; i < BO_JOURNAL_LINE_MAX; i++)
		bo_buf_add(&text, "x", 1);
	bo_buf_printf(&text, "\"}");
	cr_expect_null(bo_journal_parse(text.data, text.len));
	bo_buf_reset(&text);
	bo_buf_printf(&text, "{\"at\":1,\"ev\":\"x\",\"deep\":");
	for (int i = 0; i < 60000; i++)
		bo_buf_add(&text, "[", 1);
	cr_expect_null(bo_journal_parse(text.data, text.len));
	bo_buf_done(&text);
}
