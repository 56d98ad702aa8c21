#ifndef BO_HARNESS_TESTS_SCRATCH_DIR_H
#define BO_HARNESS_TESTS_SCRATCH_DIR_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/base/str.h"

/* A folder that goes with everything in it. */
struct scratch {
	char path[64];
};

static inline struct scratch scratch_make(void)
{
	struct scratch dir = {"/tmp/brownout-test-XXXXXX"};

	cr_assert_not_null(mkdtemp(dir.path));
	return dir;
}

static inline int scratch_remove(const char *path, const struct stat *info, int type,
				 struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void scratch_done(struct scratch *dir)
{
	(void)nftw(dir->path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* "a/b.yaml" below the folder, with the folders it needs. */
static inline void scratch_write(const struct scratch *dir, const char *name, const char *text)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	for (char *slash = path + strlen(dir->path) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(path, 0777);
		*slash = '/';
	}
	out = fopen(path, "we");
	cr_assert_not_null(out, "%s", path);
	fputs(text, out);
	fclose(out);
}

/* Entries of the folder itself. */
static inline size_t scratch_count(const struct scratch *dir)
{
	DIR *open_dir = opendir(dir->path);
	size_t count = 0;

	cr_assert_not_null(open_dir);
	for (struct dirent *entry; (entry = readdir(open_dir));)
		count += entry->d_name[0] != '.';
	closedir(open_dir);
	return count;
}

/* The whole of a file; empty and complained about when it is not there. */
static inline void slurp(const char *path, struct bo_buf *ret)
{
	char chunk[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	cr_expect_geq(fd, 0, "no file %s", path);
	bo_buf_add(ret, "", 0);
	if (fd < 0)
		return;
	for (ssize_t n; (n = read(fd, chunk, sizeof(chunk))) > 0;)
		bo_buf_add(ret, chunk, (size_t)n);
	close(fd);
}

static inline void scratch_copy(const struct scratch *dir, const char *name, const char *from)
{
	struct bo_buf text = {0};
	char path[512];

	slurp(from, &text);
	scratch_write(dir, name, "");
	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	FILE *out = fopen(path, "we");

	cr_assert_not_null(out, "%s", path);
	cr_assert_eq(fwrite(text.data, 1, text.len, out), text.len);
	fclose(out);
	bo_buf_done(&text);
}

static inline void read_into(const char *dir, const char *name, char *out, size_t cap)
{
	struct bo_buf path = {0}, text = {0};

	bo_buf_printf(&path, "%s/%s", dir, name);
	slurp(path.data, &text);
	(void)bo_str_copy(out, cap, text.data ? text.data : "");
	bo_buf_done(&path);
	bo_buf_done(&text);
}

#endif
