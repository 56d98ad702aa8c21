#include "drivers/exec/exec_hear.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_KEPT 4096

void exec_hear_reset(struct exec_hear *hear)
{
	bo_buf_reset(&hear->text);
	bo_buf_reset(&hear->words);
}

void exec_hear_done(struct exec_hear *hear)
{
	bo_buf_done(&hear->text);
	bo_buf_done(&hear->words);
}

int exec_hear_out(struct exec_hear *hear, int fd)
{
	char chunk[EXEC_SAID_LINE_MAX];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n > 0)
		bo_buf_add(&hear->text, chunk, (size_t)n);
	return (int)n;
}

bool exec_hear_words(struct exec_hear *hear, int fd)
{
	char chunk[512];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (hear->words.len + (size_t)n > WORDS_KEPT)
			bo_buf_reset(&hear->words);
		bo_buf_add(&hear->words, chunk, (size_t)n);
	}
	return n == 0;
}

int exec_hear_lines(struct exec_hear *hear,
		    int (*act)(void *ctx, const char *line, size_t len, struct bo_err *err),
		    void *ctx, struct bo_err *err)
{
	struct bo_buf *text = &hear->text;
	char *end;
	int rc = 0;

	while (rc == 0 && text->len > 0 && (end = memchr(text->data, '\n', text->len))) {
		size_t len = (size_t)(end - text->data);

		rc = act(ctx, text->data, len, err);
		text->len -= len + 1;
		memmove(text->data, end + 1, text->len);
	}
	if (rc == 0 && text->len > EXEC_SAID_LINE_MAX)
		rc = bo_err_set(err, -EPROTO, "said a line longer than %d bytes",
				EXEC_SAID_LINE_MAX);
	return rc;
}

int exec_image_path(const struct bo_driver_env *env, char out[EXEC_PATH_MAX], struct bo_err *err)
{
	char folder[EXEC_PATH_MAX - 64];

	if (!realpath(env->run_dir, folder))
		return bo_err_set(err, -errno, "%s: %s", env->run_dir, strerror(errno));
	(void)snprintf(out, EXEC_PATH_MAX, "%s/update-%ld.bin", folder, (long)getpid());
	return 0;
}

int exec_image_write(const struct bo_update_image *image, const char *path, struct bo_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int rc = fd < 0 ? -errno : 0;

	for (size_t at = 0; rc == 0 && at < image->len;) {
		ssize_t n = write(fd, image->data + at, image->len - at);

		if (n < 0 && errno != EINTR)
			rc = -errno;
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	return rc < 0 ? bo_err_set(err, rc, "cannot write %s: %s", path, strerror(-rc)) : 0;
}

void exec_image_hash(const struct bo_update_image *image, char out[65])
{
	for (size_t i = 0; i < sizeof(image->image_hash); i++)
		(void)snprintf(out + 2 * i, 3, "%02x", image->image_hash[i]);
}
