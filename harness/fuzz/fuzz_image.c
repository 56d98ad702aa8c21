#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/images/keys/test_key.h"
#include "harness/image/signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every TLV lies behind the body and within the image, and the last one ends where the image does.
 */
static void check_tlvs(const uint8_t *data, const struct bo_image *image)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	size_t end = 0;

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		const uint8_t *at = tlv.data;

		assert(at == data + cursor.at + 4 && at >= data + end);
		assert(cursor.at >= image->header_len + image->body_len);
		end = cursor.at + bo_image_tlv_len(&tlv);
		assert(end <= image->total_len);
	}
	assert(!end || end == image->total_len || cursor.protected);
}

static void check_facts(const uint8_t *data, const struct bo_image *image)
{
	static const uint8_t key[BO_IMAGE_KEY_LEN] = TEST_KEY_PUBLIC;
	char product[BO_IMAGE_PRODUCT_MAX + 1];
	struct bo_err err = {0};
	uint32_t counter;

	if (bo_image_product(data, image, product))
		assert(product[0] && strlen(product) <= BO_IMAGE_PRODUCT_MAX);
	(void)bo_image_security_counter(data, image, &counter);
	assert(bo_image_verify(data, image, key, &err) == 0 || err.text[0]);
}

/* What can be appended to is whole as before, and one TLV longer. */
static void check_append(const uint8_t *data, const struct bo_image *image)
{
	static const struct bo_image_tlv tlv = {0xA1, 4, "more"};
	size_t len = image->total_len, cap = len + 8;
	uint8_t *copy = malloc(cap);
	struct bo_image grown;

	assert(copy);
	memcpy(copy, data, len);
	if (bo_image_append(copy, cap, &tlv, &len, NULL) == 0) {
		assert(len == cap && bo_image_layout(copy, len, &grown, NULL) == 0);
		assert(memcmp(grown.hash, image->hash, sizeof(grown.hash)) == 0);
	}
	free(copy);
}

/* Any bytes are either refused with a reason or describe an image that lies within them. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_image image;
	struct bo_err err = {0};
	int rc = bo_image_parse(data, size, &image, &err);

	if (rc < 0)
		assert(rc == err.code && err.text[0]);
	if (bo_image_layout(data, size, &image, NULL) < 0) {
		assert(rc < 0);
		return 0;
	}
	assert(image.total_len <= size);
	assert(image.header_len + image.body_len + image.protected_len < image.total_len);
	assert(strlen(image.version_text) < sizeof(image.version_text));
	check_tlvs(data, &image);
	check_facts(data, &image);
	check_append(data, &image);
	return 0;
}
