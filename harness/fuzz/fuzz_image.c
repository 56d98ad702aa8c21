#include <assert.h>
#include <errno.h>
#include <string.h>

#include "harness/image/mcuboot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any bytes are either refused with a reason or describe an image that lies within them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_image image;
	struct bo_err err = {0};
	int rc = bo_image_parse(data, size, &image, &err);

	if (rc < 0) {
		assert(rc == err.code && err.text[0]);
		return 0;
	}
	assert(image.total_len <= size);
	assert(image.header_len + image.body_len + image.protected_len < image.total_len);
	assert(strlen(image.version_text) < sizeof(image.version_text));
	return 0;
}
