#include <criterion/criterion.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "fixtures/images/keys/test_key.h"
#include "fixtures/images/signkey.h"
#include "harness/image/signature.h"

#define CAP 1024

static const uint8_t key[32] = TEST_KEY_PUBLIC;
static const uint8_t key_hash[32] = TEST_KEY_HASH;

/* fixtures/images/vectors/ed25519.bin: made by printf and openssl. */
static size_t load(uint8_t data[CAP])
{
	FILE *file = fopen("fixtures/images/vectors/ed25519.bin", "rbe");
	size_t len;

	cr_assert_not_null(file);
	len = fread(data, 1, CAP, file);
	fclose(file);
	return len;
}

static void append(uint8_t *data, size_t *len, uint16_t type, const void *value, size_t value_len)
{
	const struct bo_image_tlv tlv = {type, (uint16_t)value_len, value};

	cr_assert_eq(bo_image_append(data, CAP, &tlv, len, NULL), 0);
}

static int verify(const uint8_t *data, size_t len, struct bo_err *err)
{
	struct bo_image image;

	cr_assert_eq(bo_image_layout(data, len, &image, NULL), 0);
	return bo_image_verify(data, &image, key, err);
}

Test(signature, the_tlvs_of_an_image_made_by_hand_come_in_the_order_of_the_file)
{
	static const struct {
		uint16_t type, len;
		size_t at;
		bool protected;
	} want[] = {
		{BO_IMAGE_TLV_SECURITY_COUNTER, 4, 52, true},
		{BO_IMAGE_TLV_PRODUCT, 6, 60, true},
		{BO_IMAGE_TLV_SHA256, 32, 74, false},
		{BO_IMAGE_TLV_KEY_HASH, 32, 110, false},
		{BO_IMAGE_TLV_ED25519, 64, 146, false},
	};
	struct bo_image_cursor cursor = {0};
	char product[BO_IMAGE_PRODUCT_MAX + 1];
	struct bo_image_tlv tlv;
	struct bo_image image;
	uint8_t data[CAP];
	uint32_t counter = 0;
	size_t len = load(data);

	cr_assert_eq(bo_image_parse(data, len, &image, NULL), 0);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		cr_assert(bo_image_tlv_next(data, &image, &cursor, &tlv));
		cr_expect_eq(tlv.type, want[i].type);
		cr_expect_eq(tlv.len, want[i].len);
		cr_expect_eq(cursor.at, want[i].at);
		cr_expect_eq(cursor.protected, want[i].protected);
		cr_expect_eq(tlv.data, data + cursor.at + 4);
	}
	cr_expect_not(bo_image_tlv_next(data, &image, &cursor, &tlv));
	cr_expect(bo_image_product(data, &image, product));
	cr_expect_str_eq(product, "vector");
	cr_expect(bo_image_security_counter(data, &image, &counter));
	cr_expect_eq(counter, 9);
}

Test(signature, openssls_signature_holds_and_each_changed_bit_of_it_does_not)
{
	uint8_t data[CAP];
	size_t len = load(data);

	cr_assert_eq(verify(data, len, NULL), 0);
	for (size_t bit = 0; bit < 64 * 8; bit++) {
		uint8_t *at = data + len - 64 + bit / 8;
		struct bo_err err = {0};

		*at ^= (uint8_t)(1u << bit % 8);
		cr_expect_eq(verify(data, len, &err), -EBADMSG, "bit %zu", bit);
		cr_expect_str_eq(err.text, "signature does not hold");
		*at ^= (uint8_t)(1u << bit % 8);
	}
	data[40] ^= 1; /* in the body: the hash that was signed is another one now */
	cr_expect_eq(verify(data, len, NULL), -EBADMSG);
}

/* Points of small order make signatures that hold for any message; so does S + L for its S. */
Test(signature, degenerate_keys_and_signatures_are_refused)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
					  0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
					  0,	0,    0,    0,	  0,	0,    0,    0,
					  0,	0,    0,    0,	  0,	0,    0,    0x10};
	uint8_t data[CAP], small[32] = {1}, *s;
	size_t len = load(data);
	struct bo_image image;
	unsigned carry = 0;

	s = data + len - 32;
	for (unsigned i = 0; i < 32; i++) {
		carry += s[i] + (unsigned)order[i];
		s[i] = (uint8_t)carry;
		carry >>= 8;
	}
	cr_expect_eq(verify(data, len, NULL), -EBADMSG);

	len = load(data);
	memset(data + len - 64, 0, 64);
	data[len - 64] = 1; /* R of small order, S = 0 */
	bo_image_key_hash(small, data + 114);
	cr_assert_eq(bo_image_layout(data, len, &image, NULL), 0);
	cr_expect_eq(bo_image_verify(data, &image, small, NULL), -EBADMSG);
}

Test(signature, a_signature_counts_for_the_key_named_last_in_front_of_it)
{
	uint8_t data[CAP], signature[64], stranger[32] = {7};
	struct bo_err err = {0};
	size_t len = load(data), bare;

	memcpy(signature, data + len - 64, 64);
	/* without KEY_HASH and signature: area length 4 + 36 */
	bare = len - 36 - 68;
	data[72] = 40;
	data[73] = 0;

	cr_expect_eq(verify(data, bare, &err), -ENOKEY);
	cr_expect_str_eq(err.text, "no key hash names this key");

	len = bare;
	append(data, &len, BO_IMAGE_TLV_ED25519, signature, 64);
	append(data, &len, BO_IMAGE_TLV_KEY_HASH, key_hash, 32);
	cr_expect_eq(verify(data, len, &err), -ENODATA);
	cr_expect_str_eq(err.text, "no signature of kind 0x24 follows the key's hash");
	append(data, &len, BO_IMAGE_TLV_KEY_HASH, stranger, 32);
	append(data, &len, BO_IMAGE_TLV_ED25519, signature, 64);
	cr_expect_eq(verify(data, len, NULL), -ENODATA, "signed by a stranger");
	append(data, &len, BO_IMAGE_TLV_KEY_HASH, key_hash, 32);
	append(data, &len, BO_IMAGE_TLV_ECDSA, signature, 64);
	append(data, &len, BO_IMAGE_TLV_ED25519, signature, 64);
	cr_expect_eq(verify(data, len, NULL), -ENODATA, "another signature took the key's hash");
	append(data, &len, BO_IMAGE_TLV_KEY_HASH, key_hash, 32);
	append(data, &len, 0xA1, "between", 7);
	append(data, &len, BO_IMAGE_TLV_ED25519, signature, 64);
	cr_expect_eq(verify(data, len, NULL), 0);

	data[72] = 40;
	data[73] = 0;
	len = bare;
	append(data, &len, BO_IMAGE_TLV_KEY_HASH, key_hash, 32);
	append(data, &len, BO_IMAGE_TLV_ED25519, signature, 63);
	cr_expect_eq(verify(data, len, &err), -EPROTO);
	cr_expect_str_eq(err.text, "signature has 63 bytes, expected 64");
}

/* What decides about an update must be covered by the hash. */
Test(signature, product_and_counter_count_only_where_the_hash_covers_them)
{
	struct bo_image_spec spec = {.header_len = 32};
	char product[BO_IMAGE_PRODUCT_MAX + 1] = "as it was";
	struct bo_image image;
	uint8_t data[CAP];
	uint32_t counter = 77;
	size_t len = bo_image_len(&spec);

	cr_assert_eq(bo_image_build(&spec, data, CAP, NULL), 0);
	append(data, &len, BO_IMAGE_TLV_PRODUCT, "bulb", 4);
	append(data, &len, BO_IMAGE_TLV_SECURITY_COUNTER, "\1\0\0", 4);
	cr_assert_eq(bo_image_parse(data, len, &image, NULL), 0);
	cr_expect_not(bo_image_product(data, &image, product));
	cr_expect_str_eq(product, "as it was");
	cr_expect_not(bo_image_security_counter(data, &image, &counter));
	cr_expect_eq(counter, 77);
}

Test(signature, a_product_or_counter_of_a_wrong_length_is_none)
{
	static const struct bo_image_tlv cases[] = {
		{BO_IMAGE_TLV_PRODUCT, 0, ""},
		{BO_IMAGE_TLV_PRODUCT, 33, "012345678901234567890123456789012"},
		{BO_IMAGE_TLV_PRODUCT, 5, "bu\0lb"},
		{BO_IMAGE_TLV_SECURITY_COUNTER, 3, "\1\0\0"},
		{BO_IMAGE_TLV_SECURITY_COUNTER, 5, "\1\0\0\0\0"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_image_spec spec = {
			.header_len = 32, .protected_tlvs = &cases[i], .protected_count = 1};
		char product[BO_IMAGE_PRODUCT_MAX + 1];
		struct bo_image image;
		uint8_t data[CAP];
		uint32_t counter;

		cr_assert_eq(bo_image_build(&spec, data, CAP, NULL), 0);
		cr_assert_eq(bo_image_parse(data, bo_image_len(&spec), &image, NULL), 0);
		cr_expect_not(bo_image_product(data, &image, product), "case %zu", i);
		cr_expect_not(bo_image_security_counter(data, &image, &counter), "case %zu", i);
	}
}

Test(signature, what_cannot_be_appended_is_refused_and_changes_nothing)
{
	static const uint8_t large[UINT16_MAX];
	const struct bo_image_tlv small = {0xA1, 4, "more"}, big = {0xA1, UINT16_MAX, large};
	static uint8_t data[2 * UINT16_MAX];
	uint8_t before[CAP];
	struct bo_err err = {0};
	size_t len = load(data), whole = len;

	memcpy(before, data, CAP);
	cr_expect_eq(bo_image_append(data, whole + 7, &small, &len, &err), -ENOSPC);
	cr_expect_str_eq(err.text, "image: no room for a TLV of 4 bytes");
	cr_expect_eq(bo_image_append(data, sizeof(data), &big, &len, NULL), -ENOSPC);
	len = whole + 1;
	cr_expect_eq(bo_image_append(data, sizeof(data), &small, &len, &err), -EINVAL);
	cr_expect_str_eq(err.text, "image: 1 bytes behind the image's end");
	len = whole - 1;
	cr_expect_eq(bo_image_append(data, sizeof(data), &small, &len, NULL), -ENODATA);
	cr_expect_arr_eq(data, before, CAP);
	len = whole;
	cr_expect_eq(bo_image_append(data, whole + 8, &small, &len, NULL), 0);
	cr_expect_eq(len, whole + 8);
}

Test(signature, versions_are_ordered_by_each_part_in_turn)
{
	static const char *const rising[] = {"0.0.0",	  "0.0.0+1", "0.0.1",	  "0.1.0",
					     "0.1.65535", "0.2.0",   "0.255.300", "1.0.0",
					     "1.0.0+9",	  "1.0.1",   "255.0.0"};
	size_t count = sizeof(rising) / sizeof(*rising);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			struct bo_image_version a, b;
			int want = i < k ? -1 : i > k;

			cr_assert_eq(bo_image_version_parse(rising[i], &a, NULL), 0);
			cr_assert_eq(bo_image_version_parse(rising[k], &b, NULL), 0);
			cr_expect_eq(bo_image_version_compare(&a, &b), want, "%s %s", rising[i],
				     rising[k]);
		}
}

/* ---- the published keys ---- */
static void digest(const char *text, uint8_t ret[32])
{
	crypto_hash_sha256(ret, (const uint8_t *)text, strlen(text));
}

/* The bytes between the marks of a PEM file. */
static size_t pem(const char *path, uint8_t *der, size_t cap)
{
	char text[1024] = "", *begin, *end;
	FILE *file = fopen(path, "rbe");
	size_t len = 0;

	cr_assert_not_null(file, "%s", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	begin = strchr(text, '\n') + 1;
	end = strstr(begin, "-----END");
	cr_assert_not_null(end);
	cr_assert_eq(sodium_base642bin(der, cap, begin, (size_t)(end - begin), "\n", &len, NULL,
				       sodium_base64_VARIANT_ORIGINAL),
		     0);
	return len;
}

Test(signature, the_test_keys_are_what_their_published_texts_give)
{
	static const char *const names[] = {"test", "other"};
	uint8_t seed[32], der[256];
	struct signkey from_text, from_file;

	for (size_t i = 0; i < 2; i++) {
		char text[64], path[64];

		snprintf(text, sizeof(text), "brownout test key: %s", names[i]);
		digest(text, seed);
		signkey_from_seed(seed, &from_text);
		snprintf(path, sizeof(path), "fixtures/images/keys/%s.pem", names[i]);
		cr_assert_eq(signkey_read(path, &from_file, NULL), 0);
		cr_expect_arr_eq(from_file.secret, from_text.secret, 64);
		snprintf(path, sizeof(path), "fixtures/images/keys/%s.pub.pem", names[i]);
		cr_assert_eq(pem(path, der, sizeof(der)), 44);
		cr_expect_arr_eq(der + 12, from_text.public, 32);
		if (i == 0) {
			cr_expect_arr_eq(from_text.public, key, 32);
			cr_expect_arr_eq(from_text.hash, key_hash, 32);
		}
	}
	digest("brownout test key: p256 test", seed);
	cr_assert_eq(pem("fixtures/images/keys/test-p256.pem", der, sizeof(der)), 138);
	cr_expect_arr_eq(der + 36, seed, 32);
}
