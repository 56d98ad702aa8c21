#include "harness/engine/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/model/journal.h"

#define PATH_CAP 4096

static bool is_dir(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int bo_make_dirs(const char *path, struct bo_err *err)
{
	char copy[PATH_CAP];

	if (!bo_str_copy(copy, sizeof(copy), path))
		return bo_err_set(err, -ENAMETOOLONG, "folder name too long: %.80s...", path);
	for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			return bo_err_set(err, -errno, "cannot make folder %s: %s", copy,
					  strerror(errno));
		if (!is_dir(copy))
			return bo_err_set(err, -ENOTDIR,
					  "cannot make folder %s: there is a file of this name",
					  copy);
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static int create(const char *dir, const char *name, int *ret, struct bo_err *err)
{
	char path[PATH_CAP];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		return bo_err_set(err, -errno, "cannot create %s: %s", path, strerror(errno));
	*ret = fd;
	return 0;
}

int bo_record_open(struct bo_record *record, const char *dir, struct bo_err *err)
{
	*record = (struct bo_record){
		.journal_fd = -1,
		.console_fd = -1,
		.console_cap_left = BO_CONSOLE_CAP,
	};
	int rc = bo_make_dirs(dir, err);

	record->dir = strdup(dir);
	if (rc == 0 && !record->dir)
		rc = bo_err_set(err, -ENOMEM, "out of memory");
	if (rc == 0)
		rc = create(dir, "journal.jsonl", &record->journal_fd, err);
	if (rc == 0)
		rc = create(dir, "console.raw", &record->console_fd, err);
	if (rc < 0)
		bo_record_close(record);
	return rc;
}

static void note_lines(struct bo_record *record, bo_ns at, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		struct bo_record_line line = {record->console_kept + i, at};

		if (!record->within_line)
			bo_buf_add(&record->lines, &line, sizeof(line));
		record->within_line = data[i] != '\n';
	}
}

void bo_record_console(struct bo_record *record, bo_ns at, const void *data, size_t len)
{
	size_t kept = len < record->console_cap_left ? len : record->console_cap_left;

	bo_buf_add(&record->console, data, kept);
	note_lines(record, at, data, kept);
	record->console_kept += kept;
	record->console_cap_left -= kept;
	record->console_dropped += len - kept;
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int flush(struct bo_buf *buf, int fd)
{
	int rc = write_all(fd, buf->data, buf->len);

	if (rc == 0 && buf->len > 0 && fdatasync(fd) < 0 && errno != EINVAL)
		rc = -errno;
	if (rc == 0)
		bo_buf_reset(buf);
	return rc;
}

int bo_record_sync(struct bo_record *record, struct bo_err *err)
{
	int rc = flush(&record->console, record->console_fd);

	if (rc == 0)
		rc = flush(&record->journal, record->journal_fd);
	if (rc < 0)
		return bo_err_set(err, rc, "cannot write the journal: %s", strerror(-rc));
	return 0;
}

void bo_record_close(struct bo_record *record)
{
	bo_buf_done(&record->journal);
	bo_buf_done(&record->console);
	bo_buf_done(&record->lines);
	free(record->dir);
	record->dir = NULL;
	if (record->journal_fd >= 0)
		(void)close(record->journal_fd);
	if (record->console_fd >= 0)
		(void)close(record->console_fd);
	record->journal_fd = record->console_fd = -1;
}

static int append_file(const char *dir, const char *name, struct bo_buf *out)
{
	char path[PATH_CAP], chunk[16384];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		bo_buf_add(out, chunk, (size_t)n);
	(void)close(fd);
	return 0;
}

int bo_record_read_console(const struct bo_record *record, struct bo_buf *out, struct bo_err *err)
{
	int rc = append_file(record->dir, "console.raw", out);

	if (rc == 0 && out->len < record->console_kept)
		rc = -EIO;
	return rc < 0 ? bo_err_set(err, rc, "console.raw: %s", strerror(-rc)) : 0;
}

bool bo_record_read(const char *dir, struct bo_buf *out)
{
	size_t before = out->len;

	if (append_file(dir, "journal.jsonl", out) < 0)
		return false;
	const char *end =
		out->len > before ? memrchr(out->data + before, '\n', out->len - before) : NULL;

	out->len = end ? (size_t)(end - out->data) + 1 : before;
	if (out->data)
		out->data[out->len] = '\0';
	return end != NULL;
}

struct looking {
	const char *id;
	bool begun, ended;
};

static void look_at(void *ctx, const json_t *line)
{
	struct looking *looking = ctx;

	if (bo_journal_is(line, "trial"))
		looking->begun = strcmp(bo_journal_str(line, "id", ""), looking->id) == 0;
	if (bo_journal_is(line, "verdict"))
		looking->ended = !bo_journal_bool(line, "interrupted", false);
}

bool bo_record_is_whole(const char *dir, const char *id)
{
	struct bo_buf journal = {0};
	struct looking looking = {.id = id};
	size_t bad;
	bool sound = bo_record_read(dir, &journal) &&
		     bo_journal_walk(journal.data, journal.len, look_at, &looking, &bad) == 0;

	bo_buf_done(&journal);
	return sound && looking.begun && looking.ended;
}

void bo_record_forget(const char *dir)
{
	char path[PATH_CAP];

	(void)snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/cached", dir);
	(void)unlink(path);
}

int bo_write_file(const char *path, const void *data, size_t len, struct bo_err *err)
{
	char temporary[PATH_CAP];

	(void)snprintf(temporary, sizeof(temporary), "%s.%ld", path, (long)getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	int rc = fd < 0 ? -errno : write_all(fd, data, len);

	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (fd >= 0)
		(void)close(fd);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0 && fd >= 0)
		(void)unlink(temporary);
	return rc < 0 ? bo_err_set(err, rc, "cannot write %s: %s", path, strerror(-rc)) : 0;
}
