#include "harness/imagetool/check.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct subject {
	const uint8_t *data;
	size_t len;
	const struct check_policy *policy;
	struct bo_image image;
	char found[256];
};

/* 0: yes, and what was found stands in s->found; 1: not asked; negative: no. */
typedef int (*check)(struct subject *s, struct bo_err *err);

#define NOT_ASKED 1

static void found(struct subject *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void found(struct subject *s, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(s->found, sizeof(s->found), fmt, args);
	va_end(args);
}

static int check_format(struct subject *s, struct bo_err *err)
{
	int rc = bo_image_layout(s->data, s->len, &s->image, err);

	if (rc < 0)
		return rc;
	if (s->image.total_len != s->len)
		return bo_err_set(err, -EPROTO, "%zu bytes behind the image",
				  s->len - s->image.total_len);
	found(s, "version %s, %zu bytes", s->image.version_text, s->len);
	return 0;
}

static int check_hash(struct subject *s, struct bo_err *err)
{
	int rc = bo_image_parse(s->data, s->len, &s->image, err);

	if (rc == 0)
		found(s, "SHA-256 over header, body and protected TLVs");
	return rc;
}

static int check_key(struct subject *s, struct bo_err *err)
{
	struct bo_image_tlv tlv;
	int rc = bo_image_signature_find(s->data, &s->image, key_tlv_type(s->policy->key),
					 key_hash(s->policy->key), &tlv, err);

	if (rc == -ENODATA) /* the next check's business */
		rc = 0;
	if (rc == 0)
		found(s, "the image names this key");
	return rc;
}

static int check_signature(struct subject *s, struct bo_err *err)
{
	const struct key *key = s->policy->key;
	struct bo_image_tlv tlv = {0};
	int rc = bo_image_signature_find(s->data, &s->image, key_tlv_type(key), key_hash(key), &tlv,
					 err);

	if (rc == 0)
		rc = key_verify(key, s->image.hash, tlv.data, tlv.len, err);
	if (rc == 0)
		found(s, "%s", key_kind(key));
	return rc;
}

/* Where a TLV may stand: what decides anything must be covered by the hash. */
static bool may_stand(uint16_t type, bool protected)
{
	static const uint8_t plain[] = {
		BO_IMAGE_TLV_KEY_HASH,	BO_IMAGE_TLV_PUBLIC_KEY, BO_IMAGE_TLV_SHA256,
		BO_IMAGE_TLV_RSA2048,	BO_IMAGE_TLV_ECDSA,	 BO_IMAGE_TLV_RSA3072,
		BO_IMAGE_TLV_ED25519,	BO_IMAGE_TLV_ENC_RSA,	 BO_IMAGE_TLV_ENC_KW,
		BO_IMAGE_TLV_ENC_EC256, BO_IMAGE_TLV_ENC_X25519,
	};

	for (size_t i = 0; i < sizeof(plain); i++)
		if (type == plain[i])
			return !protected;
	return protected;
}

static int check_tlvs(struct subject *s, struct bo_err *err)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	unsigned count = 0;

	for (; bo_image_tlv_next(s->data, &s->image, &cursor, &tlv); count++)
		if (!may_stand(tlv.type, cursor.protected))
			return bo_err_set(err, -EPROTO,
					  "TLV 0x%04x at %zu does not belong among the %s ones",
					  tlv.type, cursor.at,
					  cursor.protected ? "protected" : "unprotected");
	found(s, "%u, each where it belongs", count);
	return 0;
}

static int check_flags(struct subject *s, struct bo_err *err)
{
	static const uint16_t keys[] = {BO_IMAGE_TLV_ENC_RSA, BO_IMAGE_TLV_ENC_KW,
					BO_IMAGE_TLV_ENC_EC256, BO_IMAGE_TLV_ENC_X25519};
	struct bo_image_tlv tlv;
	bool has_key = false;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		has_key |= bo_image_tlv_find(s->data, &s->image, false, keys[i], &tlv);
	if (s->image.flags & BO_IMAGE_NOT_BOOTABLE)
		return bo_err_set(err, -EPROTO, "marked as not bootable");
	if (!!(s->image.flags & BO_IMAGE_ENCRYPTED) != has_key)
		return bo_err_set(err, -EPROTO,
				  has_key ? "a key for what is not encrypted"
					  : "encrypted, without a key");
	found(s, "0x%08x", s->image.flags);
	return 0;
}

static int check_product(struct subject *s, struct bo_err *err)
{
	char product[BO_IMAGE_PRODUCT_MAX + 1];
	char shown[2][4 * BO_IMAGE_PRODUCT_MAX + 1];

	if (!s->policy->product)
		return NOT_ASKED;
	if (!bo_image_product(s->data, &s->image, product))
		return bo_err_set(err, -EPROTO, "the image names no product");
	bo_str_escape(shown[0], sizeof(shown[0]), product, strlen(product));
	bo_str_escape(shown[1], sizeof(shown[1]), s->policy->product, strlen(s->policy->product));
	if (strcmp(product, s->policy->product) != 0)
		return bo_err_set(err, -EPROTO, "for '%s', expected '%s'", shown[0], shown[1]);
	found(s, "'%s'", shown[0]);
	return 0;
}

static int check_version(struct subject *s, struct bo_err *err)
{
	char min[BO_IMAGE_VERSION_MAX];

	if (!s->policy->min_version)
		return NOT_ASKED;
	bo_image_version_text(s->policy->min_version, min);
	if (bo_image_version_compare(&s->image.version, s->policy->min_version) < 0)
		return bo_err_set(err, -EPROTO, "%s is older than %s", s->image.version_text, min);
	found(s, "%s, at least %s", s->image.version_text, min);
	return 0;
}

static int check_counter(struct subject *s, struct bo_err *err)
{
	uint32_t counter = 0;

	if (s->policy->min_counter < 0)
		return NOT_ASKED;
	if (!bo_image_security_counter(s->data, &s->image, &counter))
		return bo_err_set(err, -EPROTO, "no protected security counter");
	if (counter < s->policy->min_counter)
		return bo_err_set(err, -EPROTO, "%u is lower than %u", counter,
				  (unsigned)s->policy->min_counter);
	found(s, "%u, at least %u", counter, (unsigned)s->policy->min_counter);
	return 0;
}

static int check_size(struct subject *s, struct bo_err *err)
{
	if (s->policy->max_size < 0)
		return NOT_ASKED;
	if ((int64_t)s->len > s->policy->max_size)
		return bo_err_set(err, -EFBIG, "%zu bytes, %lld fit", s->len,
				  (long long)s->policy->max_size);
	found(s, "%zu bytes of %lld", s->len, (long long)s->policy->max_size);
	return 0;
}

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Regions by address bits 31..29 (ARMv7-M ARM, B3.1): 0 Code, 1 SRAM, 3 and 4 RAM; the others hold
 * devices, from which no core fetches. */
static bool is_memory(uint32_t addr)
{
	unsigned region = addr >> 29;

	return region == 0 || region == 1 || region == 3 || region == 4;
}

int check_vectors(const uint8_t *body, size_t len, struct bo_err *err)
{
	if (len < 64)
		return bo_err_set(err, -EPROTO, "too short for a vector table");
	uint32_t stack = word(body), reset = word(body + 4);

	if (stack % 4 || !stack || !is_memory(stack - 4))
		return bo_err_set(err, -EPROTO, "stack pointer 0x%08x is none", stack);
	if (!(reset & 1) || !is_memory(reset))
		return bo_err_set(err, -EPROTO, "reset vector 0x%08x leads nowhere", reset);
	return 0;
}

static int check_cortex_m(struct subject *s, struct bo_err *err)
{
	int rc;

	if (!s->policy->cortex_m)
		return NOT_ASKED;
	rc = check_vectors(s->data + s->image.header_len, s->image.body_len, err);
	if (rc == 0)
		found(s, "stack pointer and reset vector lead into memory");
	return rc;
}

/* A failed one of these takes the facts away that the others go by. */
static const struct {
	const char *name;
	check run;
	bool is_base;
} checks[CHECK_COUNT] = {
	{"format", check_format, true},	    {"hash", check_hash, true},
	{"key", check_key, false},	    {"signature", check_signature, false},
	{"tlvs", check_tlvs, false},	    {"flags", check_flags, false},
	{"product", check_product, false},  {"version", check_version, false},
	{"counter", check_counter, false},  {"size", check_size, false},
	{"vectors", check_cortex_m, false},
};

void check_image(const uint8_t *data, size_t len, const struct check_policy *policy,
		 struct check_report *ret)
{
	struct subject s = {.data = data, .len = len, .policy = policy};
	bool blind = false;

	*ret = (struct check_report){0};
	for (size_t i = 0; i < CHECK_COUNT; i++) {
		struct check_line *line = &ret->lines[i];
		struct bo_err err = {0};

		line->name = checks[i].name;
		line->result = CHECK_NOT_JUDGED;
		if (blind)
			continue;
		s.found[0] = '\0';
		int rc = checks[i].run(&s, &err);

		line->result = rc < 0 ? CHECK_FAILED : rc == NOT_ASKED ? CHECK_NOT_ASKED : CHECK_OK;
		(void)bo_str_copy(line->text, sizeof(line->text), rc < 0 ? err.text : s.found);
		if (rc < 0 && !ret->failed)
			ret->failed = line->name;
		blind = rc < 0 && checks[i].is_base;
	}
}

const char *check_result_text(enum check_result result)
{
	static const char *const texts[] = {"ok", "FAILED", "not asked", "not judged"};

	return texts[result];
}
