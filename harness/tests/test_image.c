#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/image/mcuboot.h"

#define CAP 1024

static const uint8_t counter[4] = {5, 0, 0, 0};
static const struct bo_image_tlv tlvs[] = {
	{BO_IMAGE_TLV_SECURITY_COUNTER, sizeof(counter), counter},
};

static size_t build(uint8_t *out, size_t protected_count)
{
	struct bo_image_spec spec = {
		.version = {1, 2, 300, 0},
		.header_len = 64,
		.body = "sixteen bytes...",
		.body_len = 16,
		.protected_tlvs = tlvs,
		.protected_count = protected_count,
	};
	struct bo_err err = {0};

	cr_assert_eq(bo_image_build(&spec, out, CAP, &err), 0, "%s", err.text);
	return bo_image_len(&spec);
}

Test(image, what_is_built_parses_back)
{
	for (size_t protected_count = 0; protected_count < 2; protected_count++) {
		uint8_t data[CAP];
		size_t len = build(data, protected_count);
		struct bo_image image;

		cr_assert_eq(bo_image_parse(data, len, &image, NULL), 0);
		cr_assert_str_eq(image.version_text, "1.2.300");
		cr_assert_eq(image.total_len, len);
		cr_assert_eq(image.header_len, 64);
		cr_assert_eq(image.body_len, 16);
		cr_assert_eq(image.protected_len, protected_count ? 12 : 0);
		cr_assert_arr_eq(image.hash, data + len - 32, 32);
	}
}

/* The SHA-256 of 32 header bytes and no body, computed with coreutils' sha256sum. */
Test(image, the_hash_covers_header_and_body)
{
	static const uint8_t want[32] = {0x0b, 0x43, 0xff, 0x18, 0x77, 0xa8, 0x6a, 0x75,
					 0xb7, 0x82, 0x92, 0x4f, 0x3f, 0xe6, 0x25, 0x0a,
					 0x08, 0x8a, 0x92, 0xae, 0x90, 0x50, 0xa8, 0x7f,
					 0x8d, 0x1b, 0x61, 0x5d, 0xcc, 0x20, 0xef, 0x6e};
	struct bo_image_spec spec = {.version = {1, 0, 0, 0}, .header_len = 32};
	struct bo_image image;
	uint8_t data[CAP];

	cr_assert_eq(bo_image_build(&spec, data, sizeof(data), NULL), 0);
	cr_assert_eq(bo_image_parse(data, bo_image_len(&spec), &image, NULL), 0);
	cr_assert_arr_eq(image.hash, want, 32);
}

Test(image, erased_flash_behind_the_image_is_not_part_of_it)
{
	uint8_t data[CAP];
	size_t len;
	struct bo_image image;

	memset(data, 0xFF, sizeof(data));
	len = build(data, 0);
	cr_assert_eq(bo_image_parse(data, sizeof(data), &image, NULL), 0);
	cr_assert_eq(image.total_len, len);
}

Test(image, every_single_bit_flip_is_refused)
{
	uint8_t data[CAP];
	size_t len = build(data, 1);

	for (size_t bit = 0; bit < len * 8; bit++) {
		struct bo_image image;
		struct bo_err err = {0};

		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert_lt(bo_image_parse(data, len, &image, &err), 0, "bit %zu", bit);
		cr_assert_neq(err.text[0], '\0', "bit %zu", bit);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

Test(image, every_truncation_is_named_as_missing_data)
{
	uint8_t data[CAP];
	size_t len = build(data, 1);

	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *copy = malloc(cut + 1); /* so that a read behind the cut is seen by ASan */
		struct bo_image image;

		memcpy(copy, data, cut);
		copy = realloc(copy, cut ? cut : 1);
		cr_assert_eq(bo_image_parse(copy, cut, &image, NULL), -ENODATA, "at %zu", cut);
		free(copy);
	}
}

Test(image, malformed_images_are_refused_with_the_reason)
{
	/* header 64, body 16, protected area 80..91 (info, one TLV of 4), area 92, TLV 96..131 */
	static const struct {
		size_t at;
		uint8_t value;
		int rc;
		const char *says;
	} cases[] = {
		{0, 0x3c, -EPROTO, "image magic 0x96f3b83c, expected 0x96f3b83d"},
		{8, 31, -EPROTO, "header length 31, at least 32 expected"},
		{9, 0xff, -ENODATA, "data ends at 132, header and body need 65360"},
		{15, 0xff, -ENODATA, "data ends at 132, header and body need 4278190160"},
		{10, 0, -EPROTO, "TLV area at 80: magic 0x6908, expected 0x6907"},
		{10, 13, -EPROTO, "protected TLVs: header says 13 bytes, area says 12"},
		{80, 0x09, -EPROTO, "TLV area at 80: magic 0x6909, expected 0x6908"},
		{82, 3, -EPROTO, "TLV area at 80: length 3 is too small"},
		{82, 6, -EPROTO, "TLV at 84: area ends inside its head"},
		{86, 5, -EPROTO, "TLV at 84: length 5 leaves the area"},
		{94, 41, -ENODATA, "data ends at 132, TLV area at 92 has 41 bytes"},
		{96, 0x11, -EPROTO, "no SHA-256 TLV"},
		{100, 0xAA, -EBADMSG, "SHA-256 over 92 bytes does not match the image's hash"},
		{70, 0xAA, -EBADMSG, "SHA-256 over 92 bytes does not match the image's hash"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_image image = {.total_len = 77};
		struct bo_err err = {0};
		uint8_t data[CAP];
		size_t len = build(data, 1);

		data[cases[i].at] = cases[i].value;
		cr_expect_eq(bo_image_parse(data, len, &image, &err), cases[i].rc, "case %zu", i);
		cr_expect_str_eq(err.text, cases[i].says);
		cr_expect_eq(image.total_len, 77, "touched on failure, case %zu", i);
	}
}

/* Two hashes could disagree: which one counts would then be a matter of the reader. */
Test(image, two_hashes_and_a_short_hash_are_refused)
{
	struct bo_image image;
	struct bo_err err = {0};
	uint8_t data[CAP];
	size_t len = build(data, 0);
	size_t area = len - 40;

	memcpy(data + len, data + len - 36, 36);
	data[area + 2] = 76;
	cr_assert_eq(bo_image_parse(data, len + 36, &image, &err), -EPROTO);
	cr_assert_str_eq(err.text, "more than one SHA-256 TLV");

	data[area + 2] = 39;
	data[area + 6] = 31;
	cr_assert_eq(bo_image_parse(data, len, &image, &err), -EPROTO);
	cr_assert_str_eq(err.text, "SHA-256 TLV has 31 bytes, expected 32");
}

Test(image, what_cannot_be_built_is_refused)
{
	struct bo_image_spec spec = {.header_len = 31};
	uint8_t data[CAP];

	cr_assert_eq(bo_image_len(&spec), 0);
	cr_assert_eq(bo_image_build(&spec, data, sizeof(data), NULL), -EINVAL);
	spec.header_len = 32;
	cr_assert_eq(bo_image_build(&spec, data, bo_image_len(&spec) - 1, NULL), -ENOSPC);
	cr_assert_eq(bo_image_build(&spec, data, bo_image_len(&spec), NULL), 0);
}

Test(image, versions_are_read_and_printed_as_smp_servers_do)
{
	static const struct {
		const char *text, *printed; /* printed NULL: refused */
	} cases[] = {
		{"1.2.3", "1.2.3"},
		{"0.0.0", "0.0.0"},
		{"1.2.3+4", "1.2.3.4"},
		{"1.2.3.4", "1.2.3.4"},
		{"1.2.3+0", "1.2.3"},
		{"255.255.65535.4294967295", "255.255.65535.4294967295"},
		{"256.0.0", NULL},
		{"1.2", NULL},
		{"1.2.", NULL},
		{"1+2+3", NULL},
		{"", NULL},
		{"1.2.65536", NULL},
		{"1.2.3.4294967296", NULL},
		{"1.2.3-rc1", NULL},
		{"1.2.3.4.5", NULL},
		{" 1.2.3", NULL},
		{"-1.2.3", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_image_version version;
		char text[BO_IMAGE_VERSION_MAX];
		int rc = bo_image_version_parse(cases[i].text, &version, NULL);

		cr_expect_eq(rc, cases[i].printed ? 0 : -EINVAL, "'%s'", cases[i].text);
		if (cases[i].printed && rc == 0)
			cr_expect_str_eq(bo_image_version_text(&version, text), cases[i].printed);
	}
}
