#ifndef BO_HARNESS_MODEL_PATTERN_H
#define BO_HARNESS_MODEL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Patterns for console lines: literal text with {name} captures. A capture is a run of at least
 * one character without blanks, as short as the text behind it allows. The pattern may begin
 * anywhere in the line. Matching takes time linear in the line for any pattern with one literal in
 * front (no backtracking into captures).
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
