#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *text_of(const struct bo_match *match, size_t i)
{
	return i < match->count ? match->capture[i].text : "-";
}

Test(pattern, a_line_is_matched_and_its_captures_are_taken)
{
	static const struct {
		const char *pattern, *line;
		bool matches;
		const char *first, *second;
	} cases[] = {
		{"BO-APP ver={version} slot={slot}", "BO-APP ver=1.0.0 slot=0", true, "1.0.0", "0"},
		{"BO-APP ver={version} slot={slot}", "noise BO-APP ver=1 slot=2\r", true, "1", "2"},
		{"BO-APP ver={version} slot={slot}", "BO-APP ver=1.0.0", false, "-", "-"},
		{"BO-APP ver={version} slot={slot}", "BO-APP ver= slot=0", false, "-", "-"},
		{"BO-APP ver={version} slot={slot}", "BO-APP ver=1 2 slot=0", false, "-", "-"},
		{"[app] version {v} in slot {s} is up", "[app] version 2 in slot 0 is up", true,
		 "2", "0"},
		{"[app] version {v} in slot {s} is up", "[app] version 2 in slot 0 is down", false,
		 "-", "-"},
		{"reset by {cause}, start no. {n}", "reset by power, start no. 12", true, "power",
		 "12"},
		{"cut", "a cut!", true, "-", "-"},
		{"cut", "cu", false, "-", "-"},
		{"cut", "", false, "-", "-"},
		{"", "anything", true, "-", "-"},
		{"", "", true, "-", "-"},
		{"{a}", "  word rest", true, "word", "-"},
		{"{a}", " \t\r", false, "-", "-"},
		{"{a}", "", false, "-", "-"},
		/* at least one character, even where the text behind begins at once */
		{"x{a}=", "x==", true, "=", "-"},
		/* as short as the text behind allows */
		{"x{a}-", "x1-2-3", true, "1", "-"},
		{"{a}{b}", "abc", false, "-", "-"},
		/* the first beginning fails, a later one does not */
		{"ab{a}c", "ab ab1c", true, "1", "-"},
		{"aab", "aaab", true, "-", "-"},
		/* a brace that opens nothing is itself */
		{"a {b", "a {b", true, "-", "-"},
		{"a {b", "a xb", false, "-", "-"},
		{"a}", "a}", true, "-", "-"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *line = cases[i].line;
		struct bo_match match = {0};
		bool matches = bo_pattern_match(cases[i].pattern, line, strlen(line), &match);

		cr_expect_eq(matches, cases[i].matches, "'%s' on '%s'", cases[i].pattern, line);
		cr_expect_eq(bo_pattern_match(cases[i].pattern, line, strlen(line), NULL), matches,
			     "'%s' on '%s' without captures", cases[i].pattern, line);
		if (!matches)
			continue;
		cr_expect_str_eq(text_of(&match, 0), cases[i].first, "'%s' on '%s'",
				 cases[i].pattern, line);
		cr_expect_str_eq(text_of(&match, 1), cases[i].second, "'%s' on '%s'",
				 cases[i].pattern, line);
	}
}

Test(pattern, captures_are_found_by_name)
{
	static const char line[] = "ver=7 slot=1";
	struct bo_match match;

	cr_assert(bo_pattern_match("ver={version} slot={slot}", line, strlen(line), &match));
	cr_expect_str_eq(bo_match_text(&match, "slot"), "1");
	cr_expect_str_eq(bo_match_text(&match, "version"), "7");
	cr_expect_null(bo_match_text(&match, "vers"));
}

Test(pattern, a_captured_text_is_escaped_and_cut)
{
	static const char hostile[] = "v=\x1b[2J\0\xff end";
	char longest[200];
	struct bo_match match;

	cr_assert(bo_pattern_match("v={v}", hostile, sizeof(hostile) - 1, &match));
	cr_expect_str_eq(match.capture[0].text, "\\x1b[2J\\x00\\xff");
	memset(longest, 'a', sizeof(longest));
	cr_assert(bo_pattern_match("{v}", longest, sizeof(longest), &match));
	cr_expect_eq(strlen(match.capture[0].text), BO_CAPTURE_TEXT_MAX - 1);
	cr_expect_str_eq(match.capture[0].text + BO_CAPTURE_TEXT_MAX - 5, "a...");
}

Test(pattern, more_captures_than_there_is_room_for_still_have_to_match)
{
	static const char line[] = "1 2 3 4 5";
	struct bo_match match;

	cr_assert(bo_pattern_match("{a} {b} {c} {d} {e}", line, strlen(line), &match));
	cr_expect_eq(match.count, BO_CAPTURES_MAX);
	cr_expect_str_eq(bo_match_text(&match, "d"), "4");
	cr_expect_not(bo_pattern_match("{a} {b} {c} {d} {e} {f}", line, strlen(line), &match));
}

Test(pattern, a_long_name_is_cut_without_harm)
{
	struct bo_match match;

	cr_assert(bo_pattern_match("{a-name-that-is-longer-than-its-place}", "x", 1, &match));
	cr_expect_str_eq(match.capture[0].name, "a-name-that-is-longer-t");
}

Test(pattern, a_line_is_read_to_its_length_only)
{
	cr_expect_not(bo_pattern_match("abc", "abc", 2, NULL));
	cr_expect(bo_pattern_match("b", "a\0b", 3, NULL));
}
