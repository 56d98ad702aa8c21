#ifndef BO_HARNESS_IMAGETOOL_KEYS_H
#define BO_HARNESS_IMAGETOOL_KEYS_H

#include "harness/base/str.h"
#include "harness/image/signature.h"

/*
 * Keys that sign images, by OpenSSL: Ed25519 (RFC 8410) and ECDSA over P-256, from PEM files
 * without a passphrase.
 *
 * Ed25519 signatures are the same each time. ECDSA signatures are where libcrypto offers
 * deterministic nonces (RFC 6979; OpenSSL 3.2 and later), else they differ from call to call.
 */
struct key;

#define KEY_SIGNATURE_MAX 80

int key_read_private(const char *path, struct key **ret, struct bo_err *err);
/* A public key; the file may hold a private one as well. */
int key_read_public(const char *path, struct key **ret, struct bo_err *err);
/* A private key in PEM text; `name` stands for it in messages. */
int key_from_text(const char *name, const char *pem, struct key **ret, struct bo_err *err);
/* A published test key of the same kind as `like`, which no product may trust. */
int key_stranger(const struct key *like, struct key **ret, struct bo_err *err);
void key_free(struct key *key);

/* "Ed25519", "ECDSA P-256" */
const char *key_kind(const struct key *key);
/* The TLV that holds its signatures. */
uint16_t key_tlv_type(const struct key *key);
/* SHA-256 of the DER SubjectPublicKeyInfo: what stands in KEY_HASH. */
const uint8_t *key_hash(const struct key *key);

/* Signs 32 bytes of image hash; `ret` holds KEY_SIGNATURE_MAX. */
int key_sign(const struct key *key, const uint8_t hash[BO_IMAGE_HASH_LEN], uint8_t *ret,
	     size_t *ret_len, struct bo_err *err);
/* 0, or -EBADMSG when the signature does not hold. */
int key_verify(const struct key *key, const uint8_t hash[BO_IMAGE_HASH_LEN], const void *signature,
	       size_t len, struct bo_err *err);

#endif
