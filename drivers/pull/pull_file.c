#include "drivers/pull/pull_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/image/mcuboot.h"

struct reading {
	crypto_hash_sha256_state sha256;
	uint8_t head[BO_IMAGE_HEADER_MIN];
	uint64_t len;
};

static int read_all(int fd, struct reading *reading)
{
	uint8_t chunk[16384];
	ssize_t n;

	crypto_hash_sha256_init(&reading->sha256);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		if (reading->len == 0)
			memcpy(reading->head, chunk,
			       (size_t)n < sizeof(reading->head) ? (size_t)n
								 : sizeof(reading->head));
		crypto_hash_sha256_update(&reading->sha256, chunk, (size_t)n);
		reading->len += (uint64_t)n;
	}
	return n < 0 ? -errno : 0;
}

int pull_file_read(const char *path, struct pull_upload *ret, struct bo_err *err)
{
	struct reading reading = {.len = 0};
	struct bo_image image;
	uint8_t hash[crypto_hash_sha256_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = fd < 0 ? -errno : read_all(fd, &reading);

	if (fd >= 0)
		(void)close(fd);
	if (rc == 0 && !bo_str_copy(ret->file, sizeof(ret->file), path))
		rc = -ENAMETOOLONG;
	if (rc < 0)
		return bo_err_set(err, rc, "%s: %s", path, strerror(-rc));
	crypto_hash_sha256_final(&reading.sha256, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(ret->sha256 + 2 * i, 3, "%02x", hash[i]);
	ret->size = reading.len;
	if (bo_image_header(reading.head, sizeof(reading.head), &image, NULL) == 0)
		(void)bo_str_copy(ret->version, sizeof(ret->version), image.version_text);
	return 0;
}
