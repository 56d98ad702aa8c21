#include "harness/model/journal.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void bo_journal_line(struct bo_buf *out, bo_ns at, const char *kind, const char *members, ...)
{
	json_t *line = json_pack("{s:I, s:s}", "at", (json_int_t)at, "ev", kind);
	char format[256];
	json_error_t why;
	va_list args;

	assert(line);
	if (members) {
		(void)snprintf(format, sizeof(format), "{%s}", members);
		va_start(args, members);
		json_t *rest = json_vpack_ex(&why, 0, format, args);

		va_end(args);
		assert(rest);
		int rc = json_object_update(line, rest);

		assert(rc == 0);
		json_decref(rest);
	}
	char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);

	assert(text);
	bo_buf_add(out, text, strlen(text));
	bo_buf_add(out, "\n", 1);
	free(text);
	json_decref(line);
}

json_t *bo_journal_parse(const char *line, size_t len)
{
	if (len > BO_JOURNAL_LINE_MAX)
		return NULL;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_integer(json_object_get(object, "at")) &&
	    json_is_string(json_object_get(object, "ev")))
		return object;
	json_decref(object);
	return NULL;
}

int bo_journal_walk(const char *text, size_t len, void (*visit)(void *ctx, const json_t *line),
		    void *ctx, size_t *reterr_line)
{
	const char *end = text + len;
	size_t number = 1;

	for (const char *at = text; at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			return 0;
		json_t *line = bo_journal_parse(at, (size_t)(newline - at));

		if (!line) {
			*reterr_line = number;
			return -EBADMSG;
		}
		visit(ctx, line);
		json_decref(line);
		at = newline + 1;
	}
	return 0;
}

const char *bo_journal_str(const json_t *line, const char *key, const char *fallback)
{
	const char *value = json_string_value(json_object_get(line, key));

	return value ? value : fallback;
}

int64_t bo_journal_int(const json_t *line, const char *key, int64_t fallback)
{
	const json_t *value = json_object_get(line, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

bool bo_journal_bool(const json_t *line, const char *key, bool fallback)
{
	const json_t *value = json_object_get(line, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}

bool bo_journal_is(const json_t *line, const char *kind)
{
	return strcmp(bo_journal_str(line, "ev", ""), kind) == 0;
}
