#include "harness/base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Formats into `out`, what is not printable ASCII as \xNN: names and tools' words end up in
 * journals and on terminals. A text that does not fit ends in "...". Returns the length written. */
static size_t __attribute__((format(printf, 3, 0)))
format_cut(char *out, size_t cap, const char *fmt, va_list args)
{
	char raw[2 * BO_ERR_TEXT_MAX];
	size_t len = 0;

	if (vsnprintf(raw, sizeof(raw), fmt, args) < 0)
		raw[0] = '\0';
	for (const char *at = raw; *at; at++) {
		bool plain = *at >= ' ' && *at <= '~';

		if (len + (plain ? 1 : 4) >= cap) {
			len = len < cap - 4 ? len : cap - 4;
			memcpy(out + len, "...", 4);
			return len + 3;
		}
		if (plain)
			out[len++] = *at;
		else
			len += (size_t)snprintf(out + len, cap - len, "\\x%02x",
						(unsigned)(unsigned char)*at);
	}
	out[len] = '\0';
	return len;
}

int bo_err_set(struct bo_err *err, int code, const char *fmt, ...)
{
	char text[BO_ERR_TEXT_MAX];
	va_list args;

	assert(code < 0);
	if (!err)
		return code;
	/* An argument may be the text that is being replaced, so it is not written in place. */
	va_start(args, fmt);
	size_t len = format_cut(text, sizeof(text), fmt, args);
	va_end(args);
	memcpy(err->text, text, len + 1);
	err->code = code;
	return code;
}

int bo_err_wrap(struct bo_err *err, const char *fmt, ...)
{
	char context[BO_ERR_TEXT_MAX];
	va_list args;

	if (!err)
		return 0;
	va_start(args, fmt);
	size_t context_len = format_cut(context, sizeof(context), fmt, args);
	va_end(args);
	if (!err->text[0])
		bo_err_set(err, err->code ? err->code : -1, "unknown error");

	size_t text_len = strlen(err->text);

	if (context_len + 2 + text_len + 1 > sizeof(err->text))
		return err->code;
	memmove(err->text + context_len + 2, err->text, text_len + 1);
	memcpy(err->text, context, context_len);
	memcpy(err->text + context_len, ": ", 2);
	return err->code;
}

const char *bo_err_text(const struct bo_err *err)
{
	return err && err->text[0] ? err->text : "unknown error";
}
