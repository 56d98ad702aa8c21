#ifndef BO_HARNESS_IMAGE_SIGNATURE_H
#define BO_HARNESS_IMAGE_SIGNATURE_H

#include "harness/image/mcuboot.h"

/*
 * Who signed an image. MCUboot (docs/design.md "Integrity check",
 * boot/bootutil/src/image_validate.c): the unprotected area holds KEY_HASH and behind it a
 * signature over the 32 bytes of image.hash. A signature counts for the key whose hash stands last
 * in front of it, and for no other.
 *
 * Ed25519 (RFC 8032) is checked here, with libsodium. Other kinds can be found, not checked: their
 * libraries stay out of the processes that link this.
 */
#define BO_IMAGE_KEY_LEN       32
#define BO_IMAGE_SIGNATURE_LEN 64
/* KEY_HASH and an Ed25519 signature as bo_image_append() writes them */
#define BO_IMAGE_SIGNED_EXTRA (4 + BO_IMAGE_HASH_LEN + 4 + BO_IMAGE_SIGNATURE_LEN)

/*
 * SHA-256 of the key's DER SubjectPublicKeyInfo, which for Ed25519 (RFC 8410, section 4) is a
 * constant of 12 bytes and the raw key: what stands in KEY_HASH.
 */
void bo_image_key_hash(const uint8_t key[BO_IMAGE_KEY_LEN], uint8_t ret[BO_IMAGE_HASH_LEN]);

/*
 * Finds the signature of `type` that counts for this key hash. Returns 0 or
 *   -ENOKEY   no KEY_HASH names this key
 *   -ENODATA  one does, but no signature of this type follows it
 */
int bo_image_signature_find(const uint8_t *data, const struct bo_image *image, uint16_t type,
			    const uint8_t key_hash[BO_IMAGE_HASH_LEN], struct bo_image_tlv *ret,
			    struct bo_err *err);

/*
 * Whether the holder of this Ed25519 key signed image->hash; the image is one that
 * bo_image_layout() or bo_image_parse() read from `data`. 0, the errors above, or -EPROTO   the
 * signature has not 64 bytes -EBADMSG  it does not hold
 */
int bo_image_verify(const uint8_t *data, const struct bo_image *image,
		    const uint8_t key[BO_IMAGE_KEY_LEN], struct bo_err *err);

#endif
