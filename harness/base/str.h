#ifndef BO_HARNESS_BASE_STR_H
#define BO_HARNESS_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing text; always terminated. Zero-initialise; bo_buf_done() frees and resets. */
struct bo_buf {
	char *data;
	size_t len;
	size_t cap;
};

void bo_buf_add(struct bo_buf *buf, const void *data, size_t len);
void bo_buf_printf(struct bo_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bytes from a target, a tool or a file name: what is not printable ASCII becomes \xNN,
 * a backslash is doubled, so that no byte string can pass for another one. */
void bo_buf_escape(struct bo_buf *buf, const void *data, size_t len);
/* The same for a line that is about to be shown and may hold escaped parts already: backslashes
 * stay single. */
void bo_buf_printable(struct bo_buf *buf, const char *text, size_t len);
void bo_buf_reset(struct bo_buf *buf);
void bo_buf_done(struct bo_buf *buf);

/* Escapes into a fixed buffer (cap >= 4), always terminated; cut with "..." when too long. Returns
 * out. */
const char *bo_str_escape(char *out, size_t cap, const void *data, size_t len);

/* Copies with termination; false when it did not fit (out is then cut). */
bool bo_str_copy(char *out, size_t cap, const char *text);

/* The entry of `names` nearest to `text`, NULL when none is near enough to suggest. */
const char *bo_str_nearest(const char *text, const char *const *names, size_t count);

/* "1,234,567": thousands grouped, for figures that people read. Returns out. */
const char *bo_str_group(char *out, size_t cap, uint64_t value);

#endif
