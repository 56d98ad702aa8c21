#include "harness/base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for `more` bytes and the terminator. Out of memory ends the process: no caller could
 * go on, and the journal on disk stays whole. */
static void buf_reserve(struct bo_buf *buf, size_t more)
{
	assert(more < SIZE_MAX / 4 && buf->len < SIZE_MAX / 4);
	size_t need = buf->len + more + 1;

	if (need <= buf->cap)
		return;
	size_t cap = buf->cap ? buf->cap : 64;

	while (cap < need)
		cap *= 2;
	char *data = realloc(buf->data, cap);

	if (!data)
		abort();
	buf->data = data;
	buf->cap = cap;
}

void bo_buf_add(struct bo_buf *buf, const void *data, size_t len)
{
	buf_reserve(buf, len);
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void bo_buf_printf(struct bo_buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	assert(len >= 0);
	buf_reserve(buf, (size_t)len);
	va_start(args, fmt);
	vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
}

/* The escaped form of one byte: 1, 2 or 4 characters. */
static size_t escape_byte(char out[4], unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";

	if (byte == '\\') {
		memcpy(out, "\\\\", 2);
		return 2;
	}
	if (byte >= 0x20 && byte < 0x7F) {
		out[0] = (char)byte;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[byte >> 4];
	out[3] = hex[byte & 15];
	return 4;
}

void bo_buf_escape(struct bo_buf *buf, const void *data, size_t len)
{
	const unsigned char *byte = data;
	char out[4];

	bo_buf_add(buf, NULL, 0);
	for (size_t i = 0; i < len; i++)
		bo_buf_add(buf, out, escape_byte(out, byte[i]));
}

void bo_buf_printable(struct bo_buf *buf, const char *text, size_t len)
{
	bo_buf_add(buf, NULL, 0);
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\\')
			bo_buf_add(buf, &text[i], 1);
		else
			bo_buf_escape(buf, &text[i], 1);
}

void bo_buf_reset(struct bo_buf *buf)
{
	buf->len = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void bo_buf_done(struct bo_buf *buf)
{
	free(buf->data);
	*buf = (struct bo_buf){0};
}

const char *bo_str_escape(char *out, size_t cap, const void *data, size_t len)
{
	const unsigned char *byte = data;
	size_t used = 0, whole = 0; /* `whole`: where the text can be cut and "..." still fits */
	char text[4];

	assert(cap >= 4);
	for (size_t i = 0; i < len; i++) {
		size_t n = escape_byte(text, byte[i]);

		if (used + n >= cap) {
			memcpy(out + whole, "...", 4);
			return out;
		}
		memcpy(out + used, text, n);
		used += n;
		if (used + 4 <= cap)
			whole = used;
	}
	out[used] = '\0';
	return out;
}

bool bo_str_copy(char *out, size_t cap, const char *text)
{
	size_t len = strlen(text);

	assert(cap > 0);
	bool fits = len < cap;

	if (!fits)
		len = cap - 1;
	memmove(out, text, len);
	out[len] = '\0';
	return fits;
}

#define NEAREST_MAX 64

/* Edit distance with transpositions of neighbours (optimal string alignment). */
static unsigned edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];
		const unsigned *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *bo_str_nearest(const char *text, const char *const *names, size_t count)
{
	size_t len = strlen(text);
	const char *nearest = NULL;
	unsigned best = (unsigned)(len / 3 + 1) + 1; /* a third of it may be wrong, and one more */

	if (len > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]);

		if (name_len > NEAREST_MAX)
			continue;
		unsigned distance = edit_distance(text, len, names[i], name_len);

		if (distance < best && distance < name_len) {
			best = distance;
			nearest = names[i];
		}
	}
	return nearest;
}

const char *bo_str_group(char *out, size_t cap, uint64_t value)
{
	char digits[24], text[32];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	size_t used = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	bo_str_copy(out, cap, text);
	return out;
}
