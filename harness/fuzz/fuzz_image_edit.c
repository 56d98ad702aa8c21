#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "harness/imagetool/check.h"
#include "harness/imagetool/edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The published test key, fixtures/images/keys/test.pem. */
static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
			  "MC4CAQAwBQYDK2VwBCIEIAA3q75jaBxQymWvvR8pebw9WDLQfBMTuCUVIwOmE8sf\n"
			  "-----END PRIVATE KEY-----\n";

/* What was taken apart and put together again has the same content, and a signature that holds. */
static void check_round_trip(const struct edit *edit, const struct key *key,
			     const struct bo_image *image)
{
	const struct check_policy policy = {.key = key, .min_counter = -1, .max_size = -1};
	struct check_report report;
	struct bo_buf out = {0};
	struct bo_image again;

	if (edit_emit(edit, key, &out, NULL) == 0) {
		assert(bo_image_parse((uint8_t *)out.data, out.len, &again, NULL) == 0);
		assert(memcmp(again.hash, image->hash, sizeof(again.hash)) == 0);
		check_image((uint8_t *)out.data, out.len, &policy, &report);
		for (size_t i = 0; i < 4; i++) /* format, hash, key, signature */
			assert(report.lines[i].result == CHECK_OK);
	}
	bo_buf_done(&out);
}

/* Mutation never hits a right hash: it is put right, so that what lies behind it is reached. */
static uint8_t *with_right_hash(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	struct bo_image_tlv tlv;
	struct bo_image image;

	assert(copy);
	if (size)
		memcpy(copy, data, size);
	if (bo_image_layout(copy, size, &image, NULL) == 0 &&
	    bo_image_tlv_find(copy, &image, false, BO_IMAGE_TLV_SHA256, &tlv) &&
	    tlv.len == BO_IMAGE_HASH_LEN)
		memcpy(copy + ((const uint8_t *)tlv.data - copy), image.hash, BO_IMAGE_HASH_LEN);
	return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct key *key;
	struct check_report report;
	struct edit edit = {0};
	struct bo_image image;

	if (!key)
		assert(key_from_text("test", pem, &key, NULL) == 0);
	const struct bo_image_version version = {1, 0, 0, 0};
	const struct check_policy policy = {.key = key,
					    .product = "vector",
					    .min_version = &version,
					    .min_counter = 3,
					    .max_size = 4096,
					    .cortex_m = true};

	check_image(data, size, &policy, &report);
	for (size_t i = 0; i < CHECK_COUNT; i++)
		assert(report.lines[i].name &&
		       (report.lines[i].result != CHECK_FAILED || report.lines[i].text[0]));
	uint8_t *copy = with_right_hash(data, size);

	if (edit_open(copy, size, &edit, NULL) == 0) {
		assert(bo_image_parse(copy, size, &image, NULL) == 0);
		check_round_trip(&edit, key, &image);
		edit_done(&edit);
	}
	free(copy);
	return 0;
}
