#include "harness/imagetool/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERASED	      0xFF
#define HEADER_FIELDS 28 /* what follows is padding */
/* Everything that edit_emit() may append: key hash, signature, and their heads. */
#define SIGNED_MAX (8 + BO_IMAGE_HASH_LEN + KEY_SIGNATURE_MAX)

/* Follows from the rest of the image and the key. */
static bool is_derived(uint16_t type)
{
	return type == BO_IMAGE_TLV_KEY_HASH || type == BO_IMAGE_TLV_PUBLIC_KEY ||
	       (type >= BO_IMAGE_TLV_SHA256 && type < BO_IMAGE_TLV_ENC_RSA);
}

static int tlvs_open(const uint8_t *data, const struct bo_image *image, struct edit *edit,
		     struct bo_err *err)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		size_t *count = cursor.protected ? &edit->spec.protected_count : &edit->plain_count;
		struct bo_image_tlv *list = cursor.protected ? edit->protected : edit->plain;

		if (!cursor.protected && is_derived(tlv.type))
			continue;
		if (*count == EDIT_TLVS_MAX)
			return bo_err_set(err, -EINVAL, "more than %d TLVs in an area",
					  EDIT_TLVS_MAX);
		list[(*count)++] = tlv;
	}
	return 0;
}

int edit_open(const uint8_t *data, size_t len, struct edit *ret, struct bo_err *err)
{
	struct edit edit = {0};
	struct bo_image image;
	int rc = bo_image_parse(data, len, &image, err);

	if (rc < 0)
		return rc;
	for (size_t i = HEADER_FIELDS; i < image.header_len; i++)
		if (data[i])
			return bo_err_set(err, -EINVAL, "header: byte %zu is not zero", i);
	edit.spec = (struct bo_image_spec){
		.version = image.version,
		.load_addr = image.load_addr,
		.flags = image.flags,
		.header_len = (uint16_t)image.header_len,
		.body_len = image.body_len,
	};
	rc = tlvs_open(data, &image, &edit, err);
	if (rc < 0)
		return rc;
	if (image.protected_len && !edit.spec.protected_count)
		return bo_err_set(err, -EINVAL, "a protected area without TLVs");
	edit.body = malloc(image.body_len + 1);
	if (!edit.body)
		abort();
	memcpy(edit.body, data + image.header_len, image.body_len);
	*ret = edit;
	return 0;
}

void edit_done(struct edit *edit)
{
	free(edit->body);
	*edit = (struct edit){0};
}

int edit_protect(struct edit *edit, uint16_t type, const void *data, size_t len, struct bo_err *err)
{
	struct bo_image_tlv *list = edit->protected;
	size_t kept = 0;

	for (size_t i = 0; i < edit->spec.protected_count; i++)
		if (list[i].type != type)
			list[kept++] = list[i];
	edit->spec.protected_count = kept;
	if (!data)
		return 0;
	if (kept == EDIT_TLVS_MAX)
		return bo_err_set(err, -EINVAL, "more than %d protected TLVs", EDIT_TLVS_MAX);
	list[kept] = (struct bo_image_tlv){type, (uint16_t)len, data};
	edit->spec.protected_count++;
	return 0;
}

const struct bo_image_tlv *edit_protected(const struct edit *edit, uint16_t type)
{
	for (size_t i = 0; i < edit->spec.protected_count; i++)
		if (edit->protected[i].type == type)
			return &edit->protected[i];
	return NULL;
}

void edit_resize(struct edit *edit, size_t len)
{
	size_t old = edit->spec.body_len;

	edit->body = realloc(edit->body, len + 1);
	if (!edit->body)
		abort();
	if (len > old)
		memset(edit->body + old, ERASED, len - old);
	edit->spec.body_len = len;
}

static int append_signature(uint8_t *data, size_t cap, size_t *len, const struct key *key,
			    struct bo_err *err)
{
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t signature_len = 0;
	struct bo_image image;
	int rc = bo_image_parse(data, *len, &image, err);

	if (rc == 0)
		rc = key_sign(key, image.hash, signature, &signature_len, err);
	if (rc < 0)
		return rc;
	const struct bo_image_tlv tlvs[] = {
		{BO_IMAGE_TLV_KEY_HASH, BO_IMAGE_HASH_LEN, key_hash(key)},
		{key_tlv_type(key), (uint16_t)signature_len, signature},
	};

	for (size_t i = 0; rc == 0 && i < sizeof(tlvs) / sizeof(*tlvs); i++)
		rc = bo_image_append(data, cap, &tlvs[i], len, err);
	return rc;
}

int edit_emit(const struct edit *edit, const struct key *key, struct bo_buf *out,
	      struct bo_err *err)
{
	struct bo_image_spec spec = edit->spec;

	spec.body = edit->body;
	spec.protected_tlvs = edit->protected;
	size_t len = bo_image_len(&spec), cap = len + SIGNED_MAX;

	for (size_t i = 0; i < edit->plain_count; i++)
		cap += bo_image_tlv_len(&edit->plain[i]);
	uint8_t *data = malloc(cap);

	if (!data)
		abort();
	int rc = bo_image_build(&spec, data, cap, err);

	if (rc == 0 && key)
		rc = append_signature(data, cap, &len, key, err);
	for (size_t i = 0; rc == 0 && i < edit->plain_count; i++)
		rc = bo_image_append(data, cap, &edit->plain[i], &len, err);
	if (rc == 0) {
		bo_buf_reset(out);
		bo_buf_add(out, data, len);
	}
	free(data);
	return rc;
}
