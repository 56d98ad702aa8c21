#include "harness/model/pattern.h"

#include <string.h>

#include "harness/base/str.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The literal at `pattern` up to the next capture or the end. */
static size_t literal_len(const char *pattern)
{
	return strcspn(pattern, "{");
}

static bool has_literal(const char *at, const char *end, const char *literal, size_t len)
{
	return (size_t)(end - at) >= len && memcmp(at, literal, len) == 0;
}

static void note_capture(struct bo_match *match, const char *name, size_t name_len,
			 const char *text, size_t len)
{
	if (!match || match->count == BO_CAPTURES_MAX)
		return;
	struct bo_capture *capture = &match->capture[match->count++];

	if (name_len >= sizeof(capture->name))
		name_len = sizeof(capture->name) - 1;
	memcpy(capture->name, name, name_len);
	capture->name[name_len] = '\0';
	(void)bo_str_escape(capture->text, sizeof(capture->text), text, len);
}

/* Matches the pattern with its first character exactly at `at`. */
static bool match_here(const char *pattern, const char *at, const char *end, struct bo_match *match)
{
	while (*pattern) {
		size_t len = literal_len(pattern);

		if (!has_literal(at, end, pattern, len))
			return false;
		at += len;
		pattern += len;
		if (*pattern == '\0')
			return true;
		const char *close = strchr(pattern, '}');

		if (!close)
			return has_literal(at, end, pattern, strlen(pattern));
		const char *name = pattern + 1;
		const char *begin = at;

		pattern = close + 1;
		len = literal_len(pattern);
		while (at < end && !is_blank(*at) &&
		       (at == begin || len == 0 || !has_literal(at, end, pattern, len)))
			at++;
		if (at == begin)
			return false;
		note_capture(match, name, (size_t)(close - name), begin, (size_t)(at - begin));
	}
	return true;
}

bool bo_pattern_match(const char *pattern, const char *line, size_t len, struct bo_match *ret)
{
	const char *end = line + len;
	size_t first = literal_len(pattern);

	for (const char *at = line; at <= end; at++) {
		if (first > 0) {
			at = memmem(at, (size_t)(end - at), pattern, first);
			if (!at)
				return false;
		}
		if (ret)
			ret->count = 0;
		if (match_here(pattern, at, end, ret))
			return true;
	}
	return false;
}

const char *bo_match_text(const struct bo_match *match, const char *name)
{
	for (size_t i = 0; i < match->count; i++)
		if (strcmp(match->capture[i].name, name) == 0)
			return match->capture[i].text;
	return NULL;
}
