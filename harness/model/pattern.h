#ifndef BO_HARNESS_MODEL_PATTERN_H
#define BO_HARNESS_MODEL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Patterns for console lines: literal text with {name} captures. A capture is a run of at least
 * one character without blanks, as short as the text behind it allows. The pattern may begin
 * anywhere in the line. There is no backtracking into captures: matching takes time linear in the
 * line for literals, and at worst quadratic (a line of one letter, "a{x}b"), for lines of bounded
 * length.
 *
 *   "BO-APP ver={version} slot={slot}"
 */
#define BO_CAPTURES_MAX	    4
#define BO_CAPTURE_TEXT_MAX 64

struct bo_capture {
	char name[24];
	char text[BO_CAPTURE_TEXT_MAX]; /* cut when longer */
};

struct bo_match {
	struct bo_capture capture[BO_CAPTURES_MAX];
	size_t count;
};

/* `ret` may be NULL when only the answer matters. */
bool bo_pattern_match(const char *pattern, const char *line, size_t len, struct bo_match *ret);

/* The captured text, NULL when the pattern has no such capture. */
const char *bo_match_text(const struct bo_match *match, const char *name);

#endif
