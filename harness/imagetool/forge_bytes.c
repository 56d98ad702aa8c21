#include <errno.h>
#include <string.h>

#include "harness/imagetool/negatives.h"

/* Makers that leave hash and signature as they were: what they make tests integrity checks. */

static uint8_t *bytes(struct bo_buf *out)
{
	return (uint8_t *)out->data;
}

static void copy(const struct forge *f, struct bo_buf *out)
{
	bo_buf_reset(out);
	bo_buf_add(out, f->control.data, f->control.len);
}

static unsigned get16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

/* The unprotected area's info header: magic, total. */
static size_t area_at(const struct forge *f)
{
	return f->image.header_len + f->image.body_len + f->image.protected_len;
}

/* Where the head of the control's first TLV of this type lies; the control is signed and hashed,
 * so that it is there. */
static size_t tlv_at(const struct forge *f, uint16_t type, struct bo_image_tlv *ret)
{
	struct bo_image_cursor cursor = {0};

	while (bo_image_tlv_next((const uint8_t *)f->control.data, &f->image, &cursor, ret))
		if (!cursor.protected && ret->type == type)
			break;
	return cursor.at;
}

/* Takes bytes out of the unprotected area. */
static void take_out(const struct forge *f, struct bo_buf *out, size_t at, size_t len)
{
	uint8_t *data = bytes(out);

	memmove(data + at, data + at + len, out->len - at - len);
	out->len -= len;
	put16(data + area_at(f) + 2, get16(data + area_at(f) + 2) - (unsigned)len);
}

static int append(struct bo_buf *out, uint16_t type, const void *value, uint16_t len,
		  struct bo_err *err)
{
	const struct bo_image_tlv tlv = {type, len, value};
	static const uint8_t room[4];
	size_t at = out->len;

	bo_buf_add(out, room, sizeof(room));
	bo_buf_add(out, value, len);
	return bo_image_append(bytes(out), out->len, &tlv, &at, err);
}

int make_byte_flip(struct forge *f, int offset, struct bo_buf *out, struct bo_err *err)
{
	(void)err;
	copy(f, out);
	bytes(out)[offset] ^= 1;
	return 0;
}

int make_signature_flip(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	struct bo_image_tlv tlv = {0};
	size_t at = tlv_at(f, key_tlv_type(f->key), &tlv) + 4;
	/* Behind the DER heads of ECDSA: a changed number, not a changed grammar. */
	size_t first = tlv.type == BO_IMAGE_TLV_ECDSA ? 8 : 0;

	(void)arg;
	(void)err;
	copy(f, out);
	uint64_t bit = bo_prng_below(&f->prng, 8 * 16);

	bytes(out)[at + first + bit / 8] ^= (uint8_t)(1u << bit % 8);
	return 0;
}

int make_key_hash_swap(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	struct bo_image_tlv tlv = {0};
	size_t at = tlv_at(f, BO_IMAGE_TLV_KEY_HASH, &tlv) + 4;

	(void)arg;
	(void)err;
	copy(f, out);
	memcpy(bytes(out) + at, key_hash(f->other), BO_IMAGE_HASH_LEN);
	return 0;
}

int make_body_flip(struct forge *f, int at, struct bo_buf *out, struct bo_err *err)
{
	size_t len = f->image.body_len;

	if (!len)
		return bo_err_set(err, -ENOTSUP, "the image has no body");
	const size_t places[] = {
		[AT_FIRST] = 0,
		[AT_ANY] = (size_t)bo_prng_below(&f->prng, len),
		[AT_LAST] = len - 1,
	};

	copy(f, out);
	bytes(out)[f->image.header_len + places[at]] ^= (uint8_t)(1u << bo_prng_below(&f->prng, 8));
	return 0;
}

int make_protected_flip(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	size_t at = 0;

	(void)arg;
	while (bo_image_tlv_next((const uint8_t *)f->control.data, &f->image, &cursor, &tlv))
		if (cursor.protected && tlv.len)
			at = cursor.at + 4;
	if (!at)
		return bo_err_set(err, -ENOTSUP, "the image has no protected TLV");
	copy(f, out);
	bytes(out)[at] ^= 1;
	return 0;
}

int make_hash_missing(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	struct bo_image_tlv tlv = {0};
	size_t at = tlv_at(f, BO_IMAGE_TLV_SHA256, &tlv);

	(void)arg;
	(void)err;
	copy(f, out);
	take_out(f, out, at, bo_image_tlv_len(&tlv));
	return 0;
}

int make_hash_short(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	struct bo_image_tlv tlv = {0};
	size_t at = tlv_at(f, BO_IMAGE_TLV_SHA256, &tlv);

	(void)arg;
	(void)err;
	copy(f, out);
	take_out(f, out, at + 4 + BO_IMAGE_HASH_LEN - 1, 1);
	put16(bytes(out) + at + 2, BO_IMAGE_HASH_LEN - 1);
	return 0;
}

int make_two_hashes(struct forge *f, int differ, struct bo_buf *out, struct bo_err *err)
{
	uint8_t hash[BO_IMAGE_HASH_LEN];

	memcpy(hash, f->image.hash, sizeof(hash));
	hash[0] ^= (uint8_t)differ;
	copy(f, out);
	return append(out, BO_IMAGE_TLV_SHA256, hash, sizeof(hash), err);
}

int make_truncated(struct forge *f, int cut, struct bo_buf *out, struct bo_err *err)
{
	if (f->control.len <= (size_t)cut + BO_IMAGE_HEADER_MIN)
		return bo_err_set(err, -ENOTSUP, "the image has only %zu bytes", f->control.len);
	copy(f, out);
	out->len -= (size_t)cut;
	return 0;
}

int make_short_header(struct forge *f, int len, struct bo_buf *out, struct bo_err *err)
{
	(void)err;
	copy(f, out);
	out->len = (size_t)len;
	return 0;
}

int make_header_len(struct forge *f, int len, struct bo_buf *out, struct bo_err *err)
{
	if (len > 0 && f->control.len > (size_t)len)
		return bo_err_set(err, -ENOTSUP, "the image is larger than any header length");
	copy(f, out);
	put16(bytes(out) + 8, (unsigned)len);
	return 0;
}

int make_size_wrap(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	(void)arg;
	(void)err;
	copy(f, out);
	put16(bytes(out) + 12, 0xFFF0);
	put16(bytes(out) + 14, 0xFFFF);
	return 0;
}

int make_protected_len(struct forge *f, int add, struct bo_buf *out, struct bo_err *err)
{
	(void)err;
	copy(f, out);
	put16(bytes(out) + 10, (unsigned)f->image.protected_len + (unsigned)add);
	return 0;
}

int make_tlv_overrun(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	size_t at = f->control.len;
	int rc;

	(void)arg;
	copy(f, out);
	rc = append(out, 0xA1, "over", 4, err);
	if (rc == 0)
		put16(bytes(out) + at + 2, 0x4000);
	return rc;
}

int make_tlvs_none(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	(void)arg;
	(void)err;
	copy(f, out);
	put16(bytes(out) + area_at(f) + 2, 4);
	return 0;
}

int make_tlv_unknown(struct forge *f, int type, struct bo_buf *out, struct bo_err *err)
{
	copy(f, out);
	return append(out, (uint16_t)type, "????", 4, err);
}

/* As an interrupted download that goes on from another file: the body's second half is the old
 * image's. */
int make_mix(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	size_t end = f->image.header_len + f->image.body_len;
	size_t half = f->image.header_len + f->image.body_len / 2;

	(void)arg;
	if (!f->old.data)
		return bo_err_set(err, -ENOTSUP, "needs --running");
	if (end > f->old.len)
		end = f->old.len;
	if (half >= end || !memcmp(f->old.data + half, f->control.data + half, end - half))
		return bo_err_set(err, -ENOTSUP, "the running image has no other second half");
	copy(f, out);
	memcpy(bytes(out) + half, f->old.data + half, end - half);
	return 0;
}
