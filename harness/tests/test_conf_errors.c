#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/tests/conf_schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Reads what must be refused, and returns the report with the path taken off each message. */
static struct bo_buf refuse(const char *text, size_t len)
{
	static const char path[] = "plans/demo.yaml:";
	struct bo_buf report = {0}, shown = {0};
	struct bo_conf *conf = NULL;
	void *data = NULL;
	const char *line, *end;

	cr_expect_eq(bo_conf_read_text(&plan_args, text, len, &conf, &data, &report), -EINVAL, "%s",
		     text);
	cr_expect(!conf && !data, "outputs must be untouched");
	bo_conf_free(conf);
	for (line = report.data; line && *line; line = end) {
		end = strchr(line, '\n') + 1;
		if (!strncmp(line, path, strlen(path)))
			line += strlen(path);
		bo_buf_add(&shown, line, (size_t)(end - line));
	}
	bo_buf_done(&report);
	return shown;
}

static void expect_report(const char *text, size_t len, const char *expected)
{
	struct bo_buf shown = refuse(text, len);

	cr_expect_str_eq(shown.data ? shown.data : "", expected, "%s\ngave\n%s", text, shown.data);
	bo_buf_done(&shown);
}

struct bad_line {
	const char *text; /* stands on line 3 of an otherwise good file */
	const char *error;
	const char *caret;
};

static void expect_bad_lines(const struct bad_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bo_buf text = {0}, expected = {0};

		bo_buf_printf(&text, "brownout: 1\nboard: b\n%s\n", lines[i].text);
		bo_buf_printf(&expected, "3:%zu: error: %s\n    3 | %s\n      | %s\n",
			      strcspn(lines[i].caret, "^") + 1, lines[i].error, lines[i].text,
			      lines[i].caret);
		expect_report(text.data, text.len, expected.data);
		bo_buf_done(&text);
		bo_buf_done(&expected);
	}
}

Test(conf_errors, a_scalar_of_the_wrong_kind_says_what_is_wanted_and_what_was_found)
{
	static const struct bad_line lines[] = {
		{"title: [a]", "'title' must be a text, found a list", "       ^~~"},
		{"title:", "'title' must be a text, found nothing", "^~~~~"},
		{"image: ''", "'image' must be a path, found ''", "       ^~"},
		{"trials: many", "'trials' must be a whole number, found 'many'", "        ^~~~"},
		{"trials: [many]", "'trials' must be a whole number, found a list",
		 "        ^~~~~~"},
		{"trials: 1.5", "'trials' must be a whole number, found '1.5'", "        ^~~"},
		{"trials: 0x", "'trials' must be a whole number, found '0x'", "        ^~"},
		{"trials: 0", "'trials' must be at least 1, found '0'", "        ^"},
		{"trials: 99999999999999999999", "'trials' is out of range: '99999999999999999999'",
		 "        ^~~~~~~~~~~~~~~~~~~~"},
		{"strict: maybe # so", "'strict' must be yes or no, found 'maybe'",
		 "        ^~~~~"},
		{"wait: 250", "'wait': a bare number; say for example '250 ms'", "      ^~~"},
		{"wait: {a: 1}", "'wait' must be a duration such as '250 ms', found a mapping",
		 "      ^~~~~~"},
		{"wait: \"1\\0 s\"", "'wait' contains a NUL byte", "      ^~~~~~~"},
		{"room: 46 KB",
		 "'room': unknown unit; expected one of B KiB MiB, for example '46 KiB'",
		 "      ^~~~~"},
		{"room: 1 MiB", "'room' must be 1 KiB to 64 KiB, found '1 MiB'", "      ^~~~~"},
		{"baud: 0 baud", "'baud': too small; expected at least 1 baud", "      ^~~~~~"},
		{"loss: 5 pct", "'loss': unknown unit; expected one of % ppm, for example '5 %'",
		 "      ^~~~~"},
		{"loss: 101 %", "'loss' must be 0 % to 100 %, found '101 %'", "      ^~~~~"},
		{"speed: 4", "'speed': a bare number; say for example '1 MHz'", "       ^"},
		{"level: hihg",
		 "'level' must be one of low, high, found 'hihg' (did you mean 'high'?)",
		 "       ^~~~"},
		{"level: 7", "'level' must be one of low, high, found '7'", "       ^"},
		{"mark: AB", "'mark': expected one letter, found 'AB'", "      ^~"},
		{"mark: \"\\e\\\\\"", "'mark': expected one letter, found '\\x1b\\\\'",
		 "      ^~~~~~"},
	};

	expect_bad_lines(lines, COUNT(lines));
}

Test(conf_errors, a_list_or_set_names_the_item)
{
	static const struct bad_line lines[] = {
		{"lines: [rts, rst]",
		 "'lines' must be any of dtr, rts, break, found 'rst' (did you mean 'rts'?)",
		 "             ^~~"},
		{"lines: [rts, rts]", "'lines' lists 'rts' twice", "             ^~~"},
		{"lines: {a: b}", "'lines' must be any of dtr, rts, break, found a mapping",
		 "       ^~~~~~"},
		{"notes: [a, [b]]", "item 2 of 'notes' must be a single value, found a list",
		 "           ^~~"},
		{"notes: {a: b}", "'notes' must be a text or a list of texts, found a mapping",
		 "       ^~~~~~"},
		{"configs:", "'configs' must be a path or a list of paths, found nothing",
		 "^~~~~~~"},
		{"configs: ['./', '']", "'configs' must be a path or a list of paths, found ''",
		 "                ^~"},
	};

	expect_bad_lines(lines, COUNT(lines));
}

Test(conf_errors, keys_are_checked_at_every_level)
{
	static const struct bad_line lines[] = {
		{"tilte: x", "unknown key 'tilte' (did you mean 'title'?)", "^~~~~"},
		{"\"tri\\eals\": 1", "unknown key 'tri\\x1bals' (did you mean 'trials'?)",
		 "^~~~~~~~~~"},
		{"wire: {pin: 3, qqq: low}",
		 "unknown key 'qqq'; expected one of pin, level, settle", "               ^~~"},
		{"wire: {level: low}", "'wire' lacks the key 'pin', a whole number", "^~~~"},
		{"wire: {pin: -1}", "'pin' must be 0 to 7, found '-1'", "            ^~"},
		{"wire: {pin: 1, pin: 2}", "'pin' is given twice (first on line 3)",
		 "               ^~~"},
		{"wire: 3", "'wire' must be a mapping, found a single value", "      ^"},
		{"board: c", "'board' is given twice (first on line 2)", "^~~~~"},
		{"[a]: b", "a key must be a single word, found a list", "^~~"},
		{"? {a: b}", "a key must be a single word, found a mapping", "  ^~~~~~"},
		{"<<: {title: x}",
		 "unknown key '<<'; expected one of brownout, title, board, image, trials, strict, "
		 "wait, room, baud, loss, speed, level, lines, notes, configs, wire, steps, power, "
		 "mark",
		 "^~"},
		{"steps: [a]", "'steps' must be a mapping of names, found a list", "       ^~~"},
		{"steps: {a b: {}}",
		 "'a b' cannot name an entry of 'steps'; it must be a name of 1 to 64 letters, "
		 "digits, '.', '_' or '-'",
		 "        ^~~"},
		{"steps: {a: 1}", "'a' must be a mapping, found a single value", "           ^"},
		{"steps: {a: }", "'a' must be a mapping, found nothing", "        ^"},
		{"steps: {a: {}, a: {}}", "'a' is given twice (first on line 3)",
		 "               ^"},
	};

	expect_bad_lines(lines, COUNT(lines));
}

Test(conf_errors, a_driver_that_cannot_be_chosen_lists_those_that_can)
{
	static const struct bad_line lines[] = {
		{"power: wire",
		 "'power' must be a mapping with the key 'driver', found a single value",
		 "       ^~~~"},
		{"power: {pin: 1}", "'power' lacks the key 'driver', one of wire, tool, none",
		 "^~~~~"},
		{"power: {driver: wrie}",
		 "unknown driver 'wrie' (did you mean 'wire'?); one of wire, tool, none",
		 "                ^~~~"},
		{"power: {driver: q}", "unknown driver 'q'; one of wire, tool, none",
		 "                ^"},
		{"power: {driver: [a]}", "'driver' must be one of wire, tool, none, found a list",
		 "        ^~~~~~"},
		{"power: {driver: wire}", "'power' lacks the key 'pin', a whole number", "^~~~~"},
		{"power: {driver: tool, argv: a, pin: 1}",
		 "unknown key 'pin'; expected one of driver, argv, search",
		 "                               ^~~"},
		{"power: {driver: none, pin: 1}", "unknown key 'pin'; expected driver",
		 "                      ^~~"},
		{"power: {driver: none, driver: wire}", "'driver' is given twice (first on line 3)",
		 "                      ^~~~~~"},
	};

	expect_bad_lines(lines, COUNT(lines));
}

Test(conf_errors, yaml_that_hides_what_is_meant_is_refused)
{
	static const struct bad_line lines[] = {
		{"title: &x a", "anchors (&x) are not allowed; write the value out", "       ^~~~"},
		{"title: *x", "aliases (*x) are not allowed; write the value out", "       ^~"},
		{"title: !!str a", "tags (!) are not allowed; the key says what type its value has",
		 "       ^~~~~~~"},
		{"- a", "did not find expected key while parsing a block mapping (begun on line 1)",
		 "^"},
		{"title: a b: c", "mapping values are not allowed in this context", "          ^"},
	};

	expect_bad_lines(lines, COUNT(lines));
}

Test(conf_errors, the_schema_version_comes_first)
{
	static const struct {
		const char *text, *report;
	} cases[] = {
		{"board: b\n", "1:1: error: the file must begin with 'brownout: 1'\n"
			       "    1 | board: b\n"
			       "      | ^~~~~\n"},
		{"{}\n",
		 "1:1: error: the file must begin with 'brownout: 1'\n"
		 "    1 | {}\n"
		 "      | ^~\n"
		 "1:1: error: the key 'board' is missing, a name of 1 to 64 letters, digits, "
		 "'.', '_' or '-'\n"
		 "    1 | {}\n"
		 "      | ^~\n"},
		{"board: b\nbrownout: 1\n",
		 "2:1: error: 'brownout' must be the first key of the file\n"
		 "    2 | brownout: 1\n"
		 "      | ^~~~~~~~\n"},
		{"brownout: 2\nnew: {}\n",
		 "1:11: error: schema version '2' is unknown; this program reads version 1\n"
		 "    1 | brownout: 2\n"
		 "      |           ^\n"},
		{"brownout: one\nnew: {}\n",
		 "1:11: error: schema version 'one' is unknown; this program reads version 1\n"
		 "    1 | brownout: one\n"
		 "      |           ^~~\n"},
		{"brownout:\nboard: b\n",
		 "1:1: error: 'brownout' must be a whole number, found nothing\n"
		 "    1 | brownout:\n"
		 "      | ^~~~~~~~\n"},
		{"[a]\n", "1:1: error: the file must be a mapping of keys to values, found a list\n"
			  "    1 | [a]\n"
			  "      | ^~~\n"},
		{"---\n",
		 "2:1: error: the file must be a mapping of keys to values, found nothing\n"
		 "    2 | \n"
		 "      | ^\n"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_report(cases[i].text, strlen(cases[i].text), cases[i].report);
}

Test(conf_errors, all_mistakes_are_reported_and_none_twice)
{
	static const char text[] = "brownout: 1\n"
				   "baord: b\n"
				   "wait: 5\n"
				   "steps:\n"
				   "  one:\n"
				   "    wire:\n"
				   "      settle: 2 s\n";

	/* 'board' is not missing as well: the unknown key was meant to be it. */
	expect_report(text, strlen(text),
		      "2:1: error: unknown key 'baord' (did you mean 'board'?)\n"
		      "    2 | baord: b\n"
		      "      | ^~~~~\n"
		      "3:7: error: 'wait': a bare number; say for example '250 ms'\n"
		      "    3 | wait: 5\n"
		      "      |       ^\n"
		      "7:15: error: 'settle' must be 1 us to 1 s, found '2 s'\n"
		      "    7 |       settle: 2 s\n"
		      "      |               ^~~\n"
		      "6:5: error: 'wire' lacks the key 'pin', a whole number\n"
		      "    6 |     wire:\n"
		      "      |     ^~~~\n");
}

Test(conf_errors, the_twenty_first_mistake_ends_the_report)
{
	struct bo_buf text = {0}, shown;
	size_t messages = 0;

	bo_buf_printf(&text, "brownout: 1\nboard: b\nsteps:\n");
	for (int i = 0; i < 20; i++)
		bo_buf_printf(&text, "  s%d: x\n", i);
	shown = refuse(text.data, text.len);
	cr_expect_null(strstr(shown.data, "not shown"), "twenty are all shown");
	bo_buf_done(&shown);

	bo_buf_printf(&text, "  s20: x\n  s21: x\n");
	shown = refuse(text.data, text.len);
	for (const char *p = shown.data; (p = strstr(p, ": error: 's")); p++)
		messages++;
	cr_expect_eq(messages, 20);
	cr_expect_not_null(
		strstr(shown.data, " error: more than 20 mistakes; the rest is not shown\n"));
	bo_buf_done(&shown);
	bo_buf_done(&text);
}

Test(conf_errors, a_long_line_is_shown_around_the_mistake)
{
	struct bo_buf text = {0}, expected = {0};

	bo_buf_printf(&text, "brownout: 1\nboard: b\nnotes: [%0200d, [x], %0200d]\n", 0, 0);
	bo_buf_printf(&expected,
		      "3:211: error: item 2 of 'notes' must be a single value, found a list\n"
		      "    3 | ...%058d, [x], %058d...\n"
		      "      | %63s^~~\n",
		      0, 0, "");
	expect_report(text.data, text.len, expected.data);
	bo_buf_done(&text);
	bo_buf_done(&expected);
}
