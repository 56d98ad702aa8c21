#include "harness/model/conf.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/model/conf_parts.h"

/* ---- memory: freed all at once ---- */

struct bo_conf_chunk {
	struct bo_conf_chunk *next;
	size_t used, cap;
	_Alignas(max_align_t) char data[];
};

enum { CHUNK_MIN = 4096 };

void *bo_conf_alloc(struct bo_conf *conf, size_t count, size_t size)
{
	struct bo_conf_chunk *chunk = conf->chunks;
	size_t bytes;
	void *memory;

	assert(!__builtin_mul_overflow(count, size, &bytes) && bytes < SIZE_MAX / 2);
	bytes = (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!chunk || chunk->cap - chunk->used < bytes) {
		size_t cap = bytes > CHUNK_MIN ? bytes : CHUNK_MIN;

		chunk = calloc(1, sizeof(*chunk) + cap);
		assert(chunk);
		chunk->cap = cap;
		chunk->next = conf->chunks;
		conf->chunks = chunk;
	}
	memory = chunk->data + chunk->used;
	chunk->used += bytes;
	return memory;
}

const char *bo_conf_copy(struct bo_conf *conf, const char *text, size_t len)
{
	char *copy = bo_conf_alloc(conf, len + 1, 1);

	if (len)
		memcpy(copy, text, len);
	return copy;
}

void bo_conf_free(struct bo_conf *conf)
{
	struct bo_conf_chunk *next;

	if (!conf)
		return;
	for (struct bo_conf_chunk *chunk = conf->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(conf);
}

/* ---- reading ---- */

static int refuse_file(struct bo_buf *report, const char *path, int code, const char *why)
{
	bo_buf_escape(report, path, strlen(path));
	bo_buf_printf(report, ": error: %s\n", why);
	return code;
}

int bo_conf_read_text(const struct bo_conf_args *args, const char *text, size_t len,
		      struct bo_conf **ret, void **ret_data, struct bo_buf *report)
{
	struct bo_conf *conf;
	struct bo_conf_diag diag = {.out = report};
	void *data;

	if (len > BO_CONF_BYTES_MAX)
		return refuse_file(report, args->path, -EFBIG, "larger than 1 MiB");
	conf = calloc(1, sizeof(*conf));
	assert(conf);
	conf->last_place = &conf->places;
	conf->source.path = bo_conf_copy(conf, args->path, strlen(args->path));
	conf->source.text = bo_conf_copy(conf, text, len);
	conf->source.len = len;
	diag.source = &conf->source;
	data = bo_conf_alloc(conf, 1, args->size);
	if (bo_conf_guard(&diag))
		bo_conf_walk(conf, args, &diag, data);
	size_t before = report->len;

	if (!diag.errors && args->check)
		args->check(conf, data, report);
	if (diag.errors || report->len > before) {
		bo_conf_free(conf);
		return -EINVAL;
	}
	*ret = conf;
	*ret_data = data;
	return 0;
}

/* Reads to the end or to one byte more than is allowed. The length, or -errno. */
static ssize_t read_whole(const char *path, char *text)
{
	/* Without O_NONBLOCK opening a FIFO would wait for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = 0, got = 1;

	if (fd < 0)
		return -errno;
	while (got > 0 && len <= BO_CONF_BYTES_MAX) {
		got = read(fd, text + len, (size_t)(BO_CONF_BYTES_MAX + 1 - len));
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got < 0)
			len = -errno;
		else
			len += got;
	}
	close(fd);
	return len;
}

int bo_conf_read(const struct bo_conf_args *args, struct bo_conf **ret, void **ret_data,
		 struct bo_buf *report)
{
	char *text = malloc(BO_CONF_BYTES_MAX + 1);
	ssize_t len;
	int r;

	assert(text);
	len = read_whole(args->path, text);
	if (len < 0)
		r = refuse_file(report, args->path, (int)len, strerror((int)-len));
	else
		r = bo_conf_read_text(args, text, (size_t)len, ret, ret_data, report);
	free(text);
	return r;
}

/* ---- questions asked after reading ---- */

static const struct bo_conf_place *find_place(const struct bo_conf *conf, const char *where,
					      size_t len)
{
	for (const struct bo_conf_place *place = conf->places; place; place = place->next)
		if (!strncmp(place->where, where, len) && !place->where[len])
			return place;
	return NULL;
}

/* The place of `where` or of the nearest key around it; the top of the file when there is none. */
static struct bo_conf_span nearest_span(const struct bo_conf *conf, const char *where)
{
	const struct bo_conf_place *place = NULL;

	for (size_t len = strlen(where); len && !place; len--)
		if (!where[len] || where[len] == '.')
			place = find_place(conf, where, len);
	return place ? place->span : (struct bo_conf_span){0};
}

void bo_conf_complain(const struct bo_conf *conf, struct bo_buf *report, const char *where,
		      const char *fmt, ...)
{
	struct bo_conf_diag diag = {.source = &conf->source, .out = report};
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	assert(len >= 0);
	bo_conf_error(&diag, nearest_span(conf, where), "%s", text);
	free(text);
}

const char *bo_conf_key(const struct bo_conf *conf, const char *where)
{
	const struct bo_conf_place *place = find_place(conf, where, strlen(where));

	return place ? place->where : NULL;
}

bool bo_conf_given(const struct bo_conf *conf, const char *where)
{
	return bo_conf_key(conf, where) != NULL;
}

/* ---- tables ---- */

size_t bo_conf_count_fields(const struct bo_conf_field *fields)
{
	size_t count = 0;

	while (fields && fields[count].key)
		count++;
	return count;
}

const char *const *bo_conf_keys(struct bo_conf *conf, const struct bo_conf_field *fields,
				const char *reserved)
{
	size_t count = bo_conf_count_fields(fields), used = 0;
	const char **keys = bo_conf_alloc(conf, count + 2, sizeof(*keys));

	if (reserved)
		keys[used++] = reserved;
	for (size_t i = 0; i < count; i++)
		keys[used++] = fields[i].key;
	return keys;
}

const struct bo_conf_option *bo_conf_options(const struct bo_conf_args *args,
					     const struct bo_conf_field *field)
{
	const struct bo_conf_option *options = field->options;

	if (!options && args->options)
		options = args->options(args->ctx, field->key);
	assert(options);
	return options;
}

bool bo_conf_list_has(const struct bo_conf_list *list, const char *text)
{
	const char *const *values = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(values[i], text) == 0)
			return true;
	return false;
}
