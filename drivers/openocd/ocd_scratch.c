#include "drivers/openocd/ocd_scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/openocd/ocd_reply.h"

static int write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= (size_t)written;
	}
	return 0;
}

/* Creates the file under a name of its own; `path` holds the name. */
static int make_file(char *path, const void *data, size_t len)
{
	int fd = mkostemps(path, 4, O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int rc = write_all(fd, data, len);

	close(fd);
	if (rc < 0)
		unlink(path);
	return rc;
}

int bo_ocd_scratch_make(const char *dir, const void *data, size_t len, struct bo_ocd_scratch *ret,
			struct bo_err *err)
{
	int path_len = snprintf(ret->path, sizeof(ret->path), "%s/openocd-XXXXXX.bin", dir);

	if ((size_t)path_len >= sizeof(ret->path))
		return bo_err_set(err, -ENAMETOOLONG, "openocd: run directory of %d characters",
				  path_len);
	int rc = make_file(ret->path, data, len);

	if (rc < 0)
		return bo_err_set(err, rc, "openocd: %s: %s", ret->path, strerror(-rc));
	ret->quoted = (struct bo_buf){0};
	rc = bo_ocd_quote(&ret->quoted, ret->path);
	if (rc < 0) {
		bo_ocd_scratch_done(ret);
		bo_err_set(err, rc, "openocd: control character in the run directory's name");
	}
	return rc;
}

int bo_ocd_scratch_read(const struct bo_ocd_scratch *scratch, void *data, size_t len,
			struct bo_err *err)
{
	int fd = open(scratch->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	size_t used = 0;
	ssize_t got = 1;

	if (fd < 0)
		return bo_err_set(err, -errno, "openocd: %s: %s", scratch->path, strerror(errno));
	bool whole = fstat(fd, &st) == 0 && st.st_size == (off_t)len;

	while (whole && used < len && got > 0) {
		got = read(fd, (char *)data + used, len - used);
		if (got > 0)
			used += (size_t)got;
	}
	close(fd);
	if (!whole || used < len)
		return bo_err_set(err, -EIO, "openocd: the dumped file is not %zu bytes long", len);
	return 0;
}

void bo_ocd_scratch_done(struct bo_ocd_scratch *scratch)
{
	unlink(scratch->path);
	bo_buf_done(&scratch->quoted);
}
