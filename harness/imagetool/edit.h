#ifndef BO_HARNESS_IMAGETOOL_EDIT_H
#define BO_HARNESS_IMAGETOOL_EDIT_H

#include "harness/imagetool/keys.h"

/*
 * An image taken apart, so that a field can be changed and the whole be hashed and signed again.
 * What depends on the rest (hash, key hash, public key, signatures) is not kept: edit_emit() makes
 * it anew. Zero-initialise; edit_done() frees.
 */
#define EDIT_TLVS_MAX 32

struct edit {
	struct bo_image_spec spec; /* its body is `body`, its protected TLVs are `protected` */
	uint8_t *body;
	struct bo_image_tlv protected[EDIT_TLVS_MAX];
	struct bo_image_tlv plain[EDIT_TLVS_MAX]; /* behind hash and signature */
	size_t plain_count;
};

/*
 * From a whole image; `data` must outlive the edit, as TLVs point into it. -EINVAL when it has more
 * TLVs than fit, header padding that is not zero, or a protected area without TLVs: nobody writes
 * such images, and we could not write them again. -EBADMSG and the like as bo_image_parse().
 */
int edit_open(const uint8_t *data, size_t len, struct edit *ret, struct bo_err *err);
void edit_done(struct edit *edit);

/* Sets the protected TLV of this type, or drops it when data is NULL. `data` must outlive the
 * edit. -EINVAL when there is no room. */
int edit_protect(struct edit *edit, uint16_t type, const void *data, size_t len,
		 struct bo_err *err);
/* NULL when there is none. */
const struct bo_image_tlv *edit_protected(const struct edit *edit, uint16_t type);

/* Makes the body `len` bytes long, filling up with 0xFF. */
void edit_resize(struct edit *edit, size_t len);

/* Builds the image, with a signature unless key is NULL. `out` is replaced. */
int edit_emit(const struct edit *edit, const struct key *key, struct bo_buf *out,
	      struct bo_err *err);

#endif
