#ifndef BO_HARNESS_FUZZ_FUZZ_FILE_H
#define BO_HARNESS_FUZZ_FUZZ_FILE_H

#include <assert.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* For parsers that take a path: the input as a file that has one, in memory. Returns its path, good
 * until the next call. */
static inline const char *fuzz_file(const void *data, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz", MFD_CLOEXEC);
	assert(fd >= 0);
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static char fuzz_dir_path[] = "/tmp/brownout-fuzz-XXXXXX";

static inline int fuzz_remove(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info, (void)type, (void)walk;
	return remove(path);
}

static inline void fuzz_dir_done(void)
{
	(void)nftw(fuzz_dir_path, fuzz_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* For parsers that look through folders: one for all inputs, which goes with the process. */
static inline const char *fuzz_dir(void)
{
	static bool made;

	if (!made) {
		assert(mkdtemp(fuzz_dir_path));
		atexit(fuzz_dir_done);
	}
	made = true;
	return fuzz_dir_path;
}

/* DIR/NAME and the folders above it. */
static inline void fuzz_write(const char *dir, const char *name, const void *data, size_t size)
{
	char path[512];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *slash = path + strlen(dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		(void)mkdir(path, 0777);
		*slash = '/';
	}
	out = fopen(path, "we");
	assert(out);
	fwrite(data, 1, size, out);
	fclose(out);
}

/*
 * An input that stands for several files: a line "@a" begins the first, "@b" the second, each goes
 * on to the next such line. Returns its text within the input (*ret_len bytes); NULL when it is not
 * there.
 */
static inline const char *fuzz_part(const uint8_t *data, size_t size, unsigned n, size_t *ret_len)
{
	const char *at = (const char *)data, *end = at + size, *start = NULL;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		if (at[0] == '@' && next - at == 3) {
			if (start)
				break;
			if (at[1] == (char)('a' + n))
				start = next;
		}
		at = next;
	}
	if (start)
		*ret_len = (size_t)(at - start);
	return start;
}

#endif
