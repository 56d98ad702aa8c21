#include "harness/image/signature.h"

#include <errno.h>
#include <string.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_sign.h>

void bo_image_key_hash(const uint8_t key[BO_IMAGE_KEY_LEN], uint8_t ret[BO_IMAGE_HASH_LEN])
{
	/* SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes */
	uint8_t der[12 + BO_IMAGE_KEY_LEN] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
					      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

	memcpy(der + 12, key, BO_IMAGE_KEY_LEN);
	crypto_hash_sha256(ret, der, sizeof(der));
}

/* RSA, ECDSA and Ed25519 signatures: MCUboot uses 0x20 to 0x25. */
static bool is_signature(uint16_t type)
{
	return type >= BO_IMAGE_TLV_RSA2048 && type <= 0x25;
}

int bo_image_signature_find(const uint8_t *data, const struct bo_image *image, uint16_t type,
			    const uint8_t key_hash[BO_IMAGE_HASH_LEN], struct bo_image_tlv *ret,
			    struct bo_err *err)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	bool ours = false, named = false;

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		if (cursor.protected)
			continue;
		if (tlv.type == BO_IMAGE_TLV_KEY_HASH) {
			ours = tlv.len == BO_IMAGE_HASH_LEN &&
			       !memcmp(tlv.data, key_hash, BO_IMAGE_HASH_LEN);
			named |= ours;
		} else if (ours && tlv.type == type) {
			*ret = tlv;
			return 0;
		} else if (is_signature(tlv.type)) {
			ours = false;
		}
	}
	if (!named)
		return bo_err_set(err, -ENOKEY, "no key hash names this key");
	return bo_err_set(err, -ENODATA, "no signature of kind 0x%02x follows the key's hash",
			  type);
}

int bo_image_verify(const uint8_t *data, const struct bo_image *image,
		    const uint8_t key[BO_IMAGE_KEY_LEN], struct bo_err *err)
{
	uint8_t key_hash[BO_IMAGE_HASH_LEN];
	struct bo_image_tlv tlv = {0};
	int rc;

	bo_image_key_hash(key, key_hash);
	rc = bo_image_signature_find(data, image, BO_IMAGE_TLV_ED25519, key_hash, &tlv, err);
	if (rc < 0)
		return rc;
	if (tlv.len != BO_IMAGE_SIGNATURE_LEN)
		return bo_err_set(err, -EPROTO, "signature has %u bytes, expected %d", tlv.len,
				  BO_IMAGE_SIGNATURE_LEN);
	if (crypto_sign_verify_detached(tlv.data, image->hash, BO_IMAGE_HASH_LEN, key) != 0)
		return bo_err_set(err, -EBADMSG, "signature does not hold");
	return 0;
}
