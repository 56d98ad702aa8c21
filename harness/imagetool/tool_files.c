#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/imagetool/imagetool.h"

int tool_fail(const struct bo_err *err)
{
	return cmd_fail(BO_EXIT_USAGE, "%s", bo_err_text(err));
}

static int read_all(int fd, struct tool_file *file)
{
	for (size_t done = 0; done < file->len;) {
		ssize_t n = read(fd, file->data + done, file->len - done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int load(int fd, struct tool_file *file)
{
	struct stat info;

	if (fstat(fd, &info) < 0)
		return -errno;
	if (S_ISDIR(info.st_mode))
		return -EISDIR;
	if (!S_ISREG(info.st_mode))
		return -EINVAL;
	if (info.st_size > TOOL_FILE_MAX)
		return -EFBIG;
	file->len = (size_t)info.st_size;
	file->data = malloc(file->len + 1);
	if (!file->data)
		return -ENOMEM;
	return read_all(fd, file);
}

int tool_read(const char *path, struct tool_file *ret, struct bo_err *err)
{
	struct tool_file file = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = fd < 0 ? -errno : load(fd, &file);

	if (fd >= 0)
		(void)close(fd);
	if (rc < 0) {
		tool_file_done(&file);
		return bo_err_set(err, rc, "%s: %s", path, strerror(-rc));
	}
	*ret = file;
	return 0;
}

void tool_file_done(struct tool_file *file)
{
	free(file->data);
	*file = (struct tool_file){0};
}

int tool_write(const char *path, const void *data, size_t len, struct bo_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	const char *at = data;
	int rc = fd < 0 ? -errno : 0;

	while (rc == 0 && len) {
		ssize_t n = write(fd, at, len);

		if (n < 0) {
			rc = -errno;
			break;
		}
		at += n;
		len -= (size_t)n;
	}
	if (fd >= 0 && close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc < 0 ? bo_err_set(err, rc, "%s: %s", path, strerror(-rc)) : 0;
}

const char *tool_hex(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
	return out;
}
