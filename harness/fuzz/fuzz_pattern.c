#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is a pattern, a newline, a console line. Whatever it is, captures are printable and
 * asking for them changes no answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *newline = memchr(data, '\n', size);
	size_t len = newline ? (size_t)(newline - data) : size;
	char *pattern = malloc(len + 1);
	const char *line = newline ? (const char *)newline + 1 : (const char *)data + size;
	size_t line_len = newline ? size - len - 1 : 0;
	struct bo_match match = {0};

	assert(pattern);
	memcpy(pattern, data, len);
	pattern[len] = '\0';
	bool matches = bo_pattern_match(pattern, line, line_len, &match);

	assert(matches == bo_pattern_match(pattern, line, line_len, NULL));
	assert(match.count <= BO_CAPTURES_MAX);
	for (size_t i = 0; matches && i < match.count; i++) {
		const char *text = match.capture[i].text;

		assert(text[0] && strlen(text) < BO_CAPTURE_TEXT_MAX);
		for (; *text; text++)
			assert(*text >= 0x20 && *text < 0x7f);
	}
	free(pattern);
	return 0;
}
