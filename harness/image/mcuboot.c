#include "harness/image/mcuboot.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>

#define INFO_LEN	  4u /* magic u16, total u16, in front of each TLV area */
#define TLV_HEAD_LEN	  4u
#define PROTECTED_MAGIC	  0x6908u
#define UNPROTECTED_MAGIC 0x6907u
#define HASH_TLV_LEN	  (TLV_HEAD_LEN + BO_IMAGE_HASH_LEN)

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint8_t *put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
	return put16(put16(p, (uint16_t)v), (uint16_t)(v >> 16));
}

static uint8_t *put_bytes(uint8_t *p, const void *data, size_t len)
{
	if (len)
		memcpy(p, data, len);
	return p + len;
}

const char *bo_image_version_text(const struct bo_image_version *version,
				  char out[BO_IMAGE_VERSION_MAX])
{
	int n = snprintf(out, BO_IMAGE_VERSION_MAX, "%u.%u.%u", version->major, version->minor,
			 version->revision);

	if (version->build)
		snprintf(out + n, BO_IMAGE_VERSION_MAX - (size_t)n, ".%u", version->build);
	return out;
}

/* One decimal number of at most `max`, leaving *text behind it. */
static bool take_number(const char **text, uint32_t max, uint32_t *ret)
{
	uint64_t value = 0;
	const char *p = *text;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > max)
			return false;
	}
	*text = p;
	*ret = (uint32_t)value;
	return true;
}

int bo_image_version_parse(const char *text, struct bo_image_version *ret, struct bo_err *err)
{
	static const struct {
		uint32_t max;
		const char *separators; /* that may stand in front of this part */
	} parts[] = {{UINT8_MAX, ""}, {UINT8_MAX, "."}, {UINT16_MAX, "."}, {UINT32_MAX, ".+"}};
	uint32_t value[4] = {0};
	const char *p = text;

	for (size_t i = 0; i < 4; i++) {
		if (i == 3 && !*p)
			break;
		if (i > 0 && (!*p || !strchr(parts[i].separators, *p++)))
			return bo_err_set(err, -EINVAL, "version: expected MAJOR.MINOR.REVISION");
		if (!take_number(&p, parts[i].max, &value[i]))
			return bo_err_set(err, -EINVAL, "version: part %zu is no number up to %u",
					  i + 1, parts[i].max);
	}
	if (*p)
		return bo_err_set(err, -EINVAL, "version: unexpected text behind the number");
	*ret = (struct bo_image_version){
		.major = (uint8_t)value[0],
		.minor = (uint8_t)value[1],
		.revision = (uint16_t)value[2],
		.build = value[3],
	};
	return 0;
}

/* The TLV area at `offset`: checks its info header and every TLV's length. */
static int area_check(const uint8_t *data, size_t len, size_t offset, uint16_t magic,
		      size_t *ret_len, struct bo_err *err)
{
	size_t total, at;

	if (len - offset < INFO_LEN)
		return bo_err_set(err, -ENODATA, "data ends at %zu, TLV area expected at %zu", len,
				  offset);
	if (get16(data + offset) != magic)
		return bo_err_set(err, -EPROTO, "TLV area at %zu: magic 0x%04x, expected 0x%04x",
				  offset, get16(data + offset), magic);
	total = get16(data + offset + 2);
	if (total < INFO_LEN)
		return bo_err_set(err, -EPROTO, "TLV area at %zu: length %zu is too small", offset,
				  total);
	if (total > len - offset)
		return bo_err_set(err, -ENODATA, "data ends at %zu, TLV area at %zu has %zu bytes",
				  len, offset, total);
	for (at = INFO_LEN; at < total;) {
		size_t tlv_len;

		if (total - at < TLV_HEAD_LEN)
			return bo_err_set(err, -EPROTO, "TLV at %zu: area ends inside its head",
					  offset + at);
		tlv_len = get16(data + offset + at + 2);
		at += TLV_HEAD_LEN;
		if (tlv_len > total - at)
			return bo_err_set(err, -EPROTO, "TLV at %zu: length %zu leaves the area",
					  offset + at - TLV_HEAD_LEN, tlv_len);
		at += tlv_len;
	}
	*ret_len = total;
	return 0;
}

/* The one SHA-256 TLV of a checked area. */
static int hash_find(const uint8_t *area, size_t total, const uint8_t **ret, struct bo_err *err)
{
	const uint8_t *found = NULL;

	for (size_t at = INFO_LEN; at < total; at += TLV_HEAD_LEN + get16(area + at + 2)) {
		if (get16(area + at) != BO_IMAGE_TLV_SHA256)
			continue;
		if (found)
			return bo_err_set(err, -EPROTO, "more than one SHA-256 TLV");
		if (get16(area + at + 2) != BO_IMAGE_HASH_LEN)
			return bo_err_set(err, -EPROTO, "SHA-256 TLV has %u bytes, expected 32",
					  get16(area + at + 2));
		found = area + at + TLV_HEAD_LEN;
	}
	if (!found)
		return bo_err_set(err, -EPROTO, "no SHA-256 TLV");
	*ret = found;
	return 0;
}

int bo_image_header(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err)
{
	struct bo_image image;

	if (len < BO_IMAGE_HEADER_MIN)
		return bo_err_set(err, -ENODATA, "%zu bytes are shorter than an image header", len);
	if (get32(data) != BO_IMAGE_MAGIC)
		return bo_err_set(err, -EPROTO, "image magic 0x%08x, expected 0x%08x", get32(data),
				  BO_IMAGE_MAGIC);
	image = (struct bo_image){
		.load_addr = get32(data + 4),
		.header_len = get16(data + 8),
		.protected_len = get16(data + 10),
		.body_len = get32(data + 12),
		.flags = get32(data + 16),
		.version = {data[20], data[21], get16(data + 22), get32(data + 24)},
	};
	bo_image_version_text(&image.version, image.version_text);
	*ret = image;
	return 0;
}

/* The header's lengths lie within the data. */
static int lengths_check(const struct bo_image *image, size_t len, struct bo_err *err)
{
	if (image->header_len < BO_IMAGE_HEADER_MIN)
		return bo_err_set(err, -EPROTO, "header length %zu, at least %d expected",
				  image->header_len, BO_IMAGE_HEADER_MIN);
	if (image->header_len > len || image->body_len > len - image->header_len)
		return bo_err_set(err, -ENODATA, "data ends at %zu, header and body need %zu", len,
				  image->header_len + image->body_len);
	return 0;
}

/* Where the unprotected area begins: the hash covers what lies in front of it. */
static size_t hashed_len(const struct bo_image *image)
{
	return image->header_len + image->body_len + image->protected_len;
}

int bo_image_layout(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err)
{
	struct bo_image image;
	size_t offset, area_len = 0;
	int rc = bo_image_header(data, len, &image, err);

	if (rc == 0)
		rc = lengths_check(&image, len, err);
	if (rc < 0)
		return rc;
	offset = image.header_len + image.body_len;
	if (image.protected_len) {
		rc = area_check(data, len, offset, PROTECTED_MAGIC, &area_len, err);
		if (rc < 0)
			return rc;
		if (area_len != image.protected_len)
			return bo_err_set(err, -EPROTO,
					  "protected TLVs: header says %zu bytes, area says %zu",
					  image.protected_len, area_len);
		offset += area_len;
	}
	rc = area_check(data, len, offset, UNPROTECTED_MAGIC, &area_len, err);
	if (rc < 0)
		return rc;
	image.total_len = offset + area_len;
	crypto_hash_sha256(image.hash, data, offset);
	*ret = image;
	return 0;
}

int bo_image_parse(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err)
{
	struct bo_image image;
	const uint8_t *hash = NULL;
	int rc = bo_image_layout(data, len, &image, err);

	if (rc < 0)
		return rc;
	rc = hash_find(data + hashed_len(&image), image.total_len - hashed_len(&image), &hash, err);
	if (rc < 0)
		return rc;
	if (memcmp(image.hash, hash, BO_IMAGE_HASH_LEN))
		return bo_err_set(err, -EBADMSG,
				  "SHA-256 over %zu bytes does not match the image's hash",
				  hashed_len(&image));
	*ret = image;
	return 0;
}

bool bo_image_tlv_next(const uint8_t *data, const struct bo_image *image,
		       struct bo_image_cursor *cursor, struct bo_image_tlv *ret)
{
	size_t plain = hashed_len(image);

	if (!cursor->next)
		cursor->next = image->header_len + image->body_len + INFO_LEN;
	if (cursor->next == plain) /* behind the last protected one */
		cursor->next += INFO_LEN;
	if (cursor->next >= image->total_len)
		return false;
	cursor->at = cursor->next;
	cursor->protected = cursor->at < plain;
	*ret = (struct bo_image_tlv){
		.type = get16(data + cursor->at),
		.len = get16(data + cursor->at + 2),
		.data = data + cursor->at + TLV_HEAD_LEN,
	};
	cursor->next += bo_image_tlv_len(ret);
	return true;
}

bool bo_image_tlv_find(const uint8_t *data, const struct bo_image *image, bool protected,
		       uint16_t type, struct bo_image_tlv *ret)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;

	while (bo_image_tlv_next(data, image, &cursor, &tlv))
		if (cursor.protected == protected && tlv.type == type) {
			*ret = tlv;
			return true;
		}
	return false;
}

bool bo_image_product(const uint8_t *data, const struct bo_image *image,
		      char ret[BO_IMAGE_PRODUCT_MAX + 1])
{
	struct bo_image_tlv tlv;

	if (!bo_image_tlv_find(data, image, true, BO_IMAGE_TLV_PRODUCT, &tlv) || !tlv.len ||
	    tlv.len > BO_IMAGE_PRODUCT_MAX || memchr(tlv.data, '\0', tlv.len))
		return false;
	memcpy(ret, tlv.data, tlv.len);
	ret[tlv.len] = '\0';
	return true;
}

bool bo_image_security_counter(const uint8_t *data, const struct bo_image *image, uint32_t *ret)
{
	struct bo_image_tlv tlv;

	if (!bo_image_tlv_find(data, image, true, BO_IMAGE_TLV_SECURITY_COUNTER, &tlv) ||
	    tlv.len != 4)
		return false;
	*ret = get32(tlv.data);
	return true;
}

int bo_image_version_compare(const struct bo_image_version *a, const struct bo_image_version *b)
{
	const uint32_t parts[][2] = {{a->major, b->major},
				     {a->minor, b->minor},
				     {a->revision, b->revision},
				     {a->build, b->build}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (parts[i][0] != parts[i][1])
			return parts[i][0] < parts[i][1] ? -1 : 1;
	return 0;
}

size_t bo_image_tlv_len(const struct bo_image_tlv *tlv)
{
	return TLV_HEAD_LEN + (size_t)tlv->len;
}

static size_t protected_len(const struct bo_image_spec *spec)
{
	size_t len = spec->protected_count ? INFO_LEN : 0;

	for (size_t i = 0; i < spec->protected_count; i++)
		len += bo_image_tlv_len(&spec->protected_tlvs[i]);
	return len;
}

size_t bo_image_len(const struct bo_image_spec *spec)
{
	size_t tlvs = protected_len(spec);

	if (spec->header_len < BO_IMAGE_HEADER_MIN || tlvs > UINT16_MAX ||
	    spec->body_len > UINT32_MAX / 2)
		return 0;
	return spec->header_len + spec->body_len + tlvs + INFO_LEN + HASH_TLV_LEN;
}

static uint8_t *header_write(const struct bo_image_spec *spec, uint8_t *p)
{
	uint8_t *start = p;

	memset(p, 0, spec->header_len);
	p = put32(p, BO_IMAGE_MAGIC);
	p = put32(p, spec->load_addr);
	p = put16(p, spec->header_len);
	p = put16(p, (uint16_t)protected_len(spec));
	p = put32(p, (uint32_t)spec->body_len);
	p = put32(p, spec->flags);
	*p++ = spec->version.major;
	*p++ = spec->version.minor;
	p = put16(p, spec->version.revision);
	put32(p, spec->version.build);
	return start + spec->header_len;
}

static uint8_t *tlv_write(const struct bo_image_tlv *tlv, uint8_t *p)
{
	return put_bytes(put16(put16(p, tlv->type), tlv->len), tlv->data, tlv->len);
}

int bo_image_build(const struct bo_image_spec *spec, uint8_t *out, size_t cap, struct bo_err *err)
{
	size_t need = bo_image_len(spec);
	uint8_t hash[BO_IMAGE_HASH_LEN];
	uint8_t *p;

	if (!need)
		return bo_err_set(err, -EINVAL, "image: header, body or TLVs have no valid length");
	if (need > cap)
		return bo_err_set(err, -ENOSPC, "image: %zu bytes do not fit %zu", need, cap);
	p = header_write(spec, out);
	p = put_bytes(p, spec->body, spec->body_len);
	if (spec->protected_count)
		p = put16(put16(p, PROTECTED_MAGIC), (uint16_t)protected_len(spec));
	for (size_t i = 0; i < spec->protected_count; i++)
		p = tlv_write(&spec->protected_tlvs[i], p);
	crypto_hash_sha256(hash, out, (size_t)(p - out));
	p = put16(put16(p, UNPROTECTED_MAGIC), INFO_LEN + HASH_TLV_LEN);
	p = put_bytes(put16(put16(p, BO_IMAGE_TLV_SHA256), BO_IMAGE_HASH_LEN), hash, sizeof(hash));
	assert((size_t)(p - out) == need);
	return 0;
}

int bo_image_append(uint8_t *data, size_t cap, const struct bo_image_tlv *tlv, size_t *len,
		    struct bo_err *err)
{
	size_t add = bo_image_tlv_len(tlv);
	struct bo_image image;
	uint8_t *area;
	int rc = bo_image_layout(data, *len, &image, err);

	if (rc < 0)
		return rc;
	if (image.total_len != *len)
		return bo_err_set(err, -EINVAL, "image: %zu bytes behind the image's end",
				  *len - image.total_len);
	area = data + hashed_len(&image);
	if (get16(area + 2) + add > UINT16_MAX || *len > cap || add > cap - *len)
		return bo_err_set(err, -ENOSPC, "image: no room for a TLV of %u bytes", tlv->len);
	put16(area + 2, (uint16_t)(get16(area + 2) + add));
	tlv_write(tlv, data + *len);
	*len += add;
	return 0;
}
