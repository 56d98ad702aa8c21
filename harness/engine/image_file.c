#include "harness/engine/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (16 << 20)

static int read_all(int fd, uint8_t *data, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, data + done, len - done);

		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

int image_file_read(const char *path, uint8_t **ret, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat info;

	if (fd < 0)
		return -errno;
	int rc = fstat(fd, &info) < 0 ? -errno : 0;

	if (rc == 0 && (!S_ISREG(info.st_mode) || info.st_size == 0 || info.st_size > FILE_MAX))
		rc = -EFBIG;
	if (rc == 0) {
		uint8_t *data = malloc((size_t)info.st_size);

		rc = data ? read_all(fd, data, (size_t)info.st_size) : -ENOMEM;
		if (rc == 0) {
			*ret = data;
			*ret_len = (size_t)info.st_size;
		} else {
			free(data);
		}
	}
	(void)close(fd);
	return rc;
}
