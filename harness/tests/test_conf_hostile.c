#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tests/conf_schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Files made to hurt a reader: refused at once, with one message fit for a terminal. */

static void expect_refusal(const char *text, size_t len, const char *error)
{
	struct bo_buf report = {0};
	struct bo_conf *conf = NULL;
	void *data = NULL;

	cr_expect_eq(bo_conf_read_text(&plan_args, text, len, &conf, &data, &report), -EINVAL);
	bo_conf_free(conf);
	cr_expect_not_null(strstr(report.data, error), "expected %s\ngot %s", error, report.data);
	for (const char *p = report.data; *p; p++)
		cr_expect(*p == '\n' || (*p >= 0x20 && *p < 0x7f), "a raw byte %02x", *p);
	bo_buf_done(&report);
}

#define BYTES(literal) literal, sizeof(literal) - 1

Test(conf_hostile, bytes_that_are_not_text)
{
	static const struct {
		const char *text;
		size_t len;
		const char *error;
	} cases[] = {
		{BYTES("\x25\xe7"), "1:2: error: incomplete UTF-8 octet sequence\n"
				    "    1 | %\\xe7\n"
				    "      |  ^\n"},
		{BYTES("brownout: 1\nboard: a\0b\n"),
		 "2:9: error: control characters are not allowed (0x00)\n"
		 "    2 | board: a\\x00b\n"
		 "      |         ^\n"},
		{BYTES("brownout: 1\nboard: \xff\n"),
		 "2:8: error: invalid leading UTF-8 octet (0xff)\n"
		 "    2 | board: \\xff\n"
		 "      |        ^\n"},
		{BYTES("brownout: 1\r\nbo\x1b[31mard: b\r\n"),
		 "2:3: error: control characters are not allowed (0x1b)\n"
		 "    2 | bo\\x1b[31mard: b\n"
		 "      |   ^\n"},
		{BYTES("brownout: 1\n\"bo\\e[31mard\": b\n"),
		 "2:1: error: unknown key 'bo\\x1b[31mard'"},
		{BYTES("\xff\xfe"
		       "b\0r\0"),
		 "1:1: error: invalid leading UTF-8 octet (0xff)"},
		{BYTES("# \xc3\xa9\xe2\x80\xa8"
		       "brownout: 1\n\tboard: b\n"),
		 "3:1: error: a tab in the indentation; YAML wants spaces\n"
		 "    3 | \\x09board: b\n"
		 "      | ^~~~\n"},
		{BYTES(""), "1:1: error: the file is empty\n"
			    "    1 | \n"
			    "      | ^\n"},
		{BYTES("# only a comment\n"), "1:1: error: the file is empty\n"},
		{BYTES("brownout: 1\nboard: b\n---\nboard: c\n"),
		 "3:1: error: only one document per file\n"
		 "    3 | ---\n"
		 "      | ^~~\n"},
		{BYTES("%YAML 1.1\n---\nbrownout: 1\nboard: b\n"),
		 "1:1: error: directives (%) are not allowed\n"},
		{BYTES("brownout: 1\nwire: {pin: 1\n"),
		 "3:1: error: did not find expected ',' or '}' while parsing a flow mapping (begun "
		 "on line 2)\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_refusal(cases[i].text, cases[i].len, cases[i].error);
}

Test(conf_hostile, an_alias_bomb_is_never_expanded)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text, "brownout: 1\na: &a [x, x, x, x, x, x, x, x, x]\n");
	for (char c = 'b'; c <= 'i'; c++)
		bo_buf_printf(&text, "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c,
			      c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
	expect_refusal(text.data, text.len,
		       "2:4: error: anchors (&a) are not allowed; write the value out\n"
		       "    2 | a: &a [x, x, x, x, x, x, x, x, x]\n");
	bo_buf_done(&text);
}

Test(conf_hostile, nesting_ends_at_32_levels)
{
	char *text = malloc(100000);
	struct bo_buf limit = {0};

	cr_assert_not_null(text);
	memset(text, '[', 100000);
	expect_refusal(text, 100000, "1:33: error: nested deeper than 32 levels\n");
	free(text);

	bo_buf_printf(&limit, "%.*s%.*s", 32, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 32,
		      "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	expect_refusal(limit.data, limit.len, "must be a mapping of keys to values, found a list");
	bo_buf_done(&limit);
}

Test(conf_hostile, a_mapping_has_a_bounded_number_of_keys)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text, "brownout: 1\nboard: b\nsteps:\n");
	for (int i = 0; i < 4097; i++)
		bo_buf_printf(&text, "  s%d: {}\n", i);
	expect_refusal(text.data, text.len,
		       "4100:3: error: more than 4096 keys or 8192 items in one place\n");
	bo_buf_done(&text);
}

Test(conf_hostile, odd_but_printable_text_has_an_answer)
{
	static const char odd[] =
		"\t? <<: \t- ? [{]}\n<<: *\n\t\t? ? : - <<:\n: : : \t\n- - - \"\n";
	struct bo_buf text = {0};

	while (text.len < 258)
		bo_buf_add(&text, odd, sizeof(odd) - 1);
	expect_refusal(text.data, 258, "1:1: error: a tab in the indentation; YAML wants spaces\n");
	/* The same behind each of its prefixes: whatever it means, there is an answer. */
	for (size_t start = 1; start < 258; start++) {
		struct bo_buf report = {0};
		struct bo_conf *conf = NULL;
		void *data = NULL;

		cr_expect_lt(bo_conf_read_text(&plan_args, text.data + start, 258 - start, &conf,
					       &data, &report),
			     0);
		cr_expect_gt(report.len, 0);
		bo_buf_done(&report);
	}
	bo_buf_done(&text);
}
