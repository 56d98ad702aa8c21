#include "harness/imagetool/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "harness/imagetool/imagetool.h"

#define PEM_MAX 65536

struct kind {
	const char *name;
	const char *algorithm; /* as OpenSSL calls it */
	const char *group;     /* NULL: has none */
	uint16_t tlv_type;
	bool prehashed; /* the operation takes a digest, not a message */
	const char *stranger;
};

/* Both private keys are the SHA-256 of a published text: "brownout test key: other" and "brownout
 * test key: p256 other". */
static const struct kind kinds[] = {
	{"Ed25519", "ED25519", NULL, BO_IMAGE_TLV_ED25519, false,
	 "-----BEGIN PRIVATE KEY-----\n"
	 "MC4CAQAwBQYDK2VwBCIEIN/hNLfezbHV74qCrDCb+xJVos1jYwWKB3FUb8rO+3wz\n"
	 "-----END PRIVATE KEY-----\n"},
	{"ECDSA P-256", "EC", "prime256v1", BO_IMAGE_TLV_ECDSA, true,
	 "-----BEGIN PRIVATE KEY-----\n"
	 "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgk2BmpP9+FxbhHls1\n"
	 "gQUl4gydPWqXZBTTMaNWWlB1UvKhRANCAATI/e8h8bZY57297kyXBETnt19wQhLk\n"
	 "Qs8eN/4vijPrun14hmdHX+Ndqejx3pO0r16T2dN8IxiigGPlmmqDsoyW\n"
	 "-----END PRIVATE KEY-----\n"},
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

struct key {
	EVP_PKEY *pkey;
	const struct kind *kind;
	uint8_t hash[BO_IMAGE_HASH_LEN];
};

static const struct kind *kind_of(const EVP_PKEY *pkey)
{
	char group[64] = "";

	(void)EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL);
	for (size_t i = 0; i < KINDS; i++)
		if (EVP_PKEY_is_a(pkey, kinds[i].algorithm) &&
		    (!kinds[i].group || strcmp(kinds[i].group, group) == 0))
			return &kinds[i];
	return NULL;
}

/* Never asks a terminal for a passphrase. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* Takes over `pkey`. */
static int key_make(const char *name, EVP_PKEY *pkey, struct key **ret, struct bo_err *err)
{
	const struct kind *kind = kind_of(pkey);
	struct key *key = calloc(1, sizeof(*key));
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(pkey, &der);
	int rc = 0;

	if (!kind)
		rc = bo_err_set(err, -EINVAL, "%s: %s key; Ed25519 or ECDSA P-256 expected", name,
				EVP_PKEY_get0_type_name(pkey));
	else if (!key || len < 0 ||
		 EVP_Digest(der, (size_t)len, key->hash, NULL, EVP_sha256(), NULL) != 1)
		rc = bo_err_set(err, -ENOMEM, "%s: cannot be taken over", name);
	OPENSSL_free(der);
	if (rc < 0) {
		EVP_PKEY_free(pkey);
		free(key);
		return rc;
	}
	key->pkey = pkey;
	key->kind = kind;
	*ret = key;
	return 0;
}

static EVP_PKEY *parse(const char *pem, bool private)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *pkey = NULL;

	if (bio && private)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	else if (bio)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return pkey;
}

static int key_read(const char *path, bool private, struct key **ret, struct bo_err *err)
{
	struct tool_file file = {0};
	EVP_PKEY *pkey = NULL;
	int rc = tool_read(path, &file, err);

	if (rc < 0)
		return rc;
	if (file.len > PEM_MAX) {
		tool_file_done(&file);
		return bo_err_set(err, -EFBIG, "%s: too large for a key", path);
	}
	file.data[file.len] = '\0';
	const char *pem = (const char *)file.data;

	if (!private)
		pkey = parse(pem, false);
	if (!pkey)
		pkey = parse(pem, true);
	if (pkey)
		rc = key_make(path, pkey, ret, err);
	else if (strstr(pem, "ENCRYPTED"))
		rc = bo_err_set(err, -EINVAL, "%s: has a passphrase; decrypt it first", path);
	else if (private && strstr(pem, "BEGIN PUBLIC KEY"))
		rc = bo_err_set(err, -EINVAL, "%s: a public key; signing needs the private one",
				path);
	else
		rc = bo_err_set(err, -EINVAL, "%s: no %s key in PEM", path,
				private ? "private" : "public");
	OPENSSL_cleanse(file.data, file.len);
	tool_file_done(&file);
	return rc;
}

/* A file may hold a public half that is another key's: what it signs, nobody could verify. */
static bool halves_fit(const struct key *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	bool fit = ctx && EVP_PKEY_pairwise_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return fit;
}

int key_read_private(const char *path, struct key **ret, struct bo_err *err)
{
	struct key *key;
	int rc = key_read(path, true, &key, err);

	if (rc < 0)
		return rc;
	if (!halves_fit(key)) {
		key_free(key);
		return bo_err_set(err, -EINVAL, "%s: its public and private halves do not fit",
				  path);
	}
	*ret = key;
	return 0;
}

int key_read_public(const char *path, struct key **ret, struct bo_err *err)
{
	return key_read(path, false, ret, err);
}

int key_from_text(const char *name, const char *pem, struct key **ret, struct bo_err *err)
{
	EVP_PKEY *pkey = parse(pem, true);

	if (!pkey)
		return bo_err_set(err, -EINVAL, "%s: no private key in PEM", name);
	return key_make(name, pkey, ret, err);
}

int key_stranger(const struct key *like, struct key **ret, struct bo_err *err)
{
	return key_from_text("the other test key", like->kind->stranger, ret, err);
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

const char *key_kind(const struct key *key)
{
	return key->kind->name;
}

uint16_t key_tlv_type(const struct key *key)
{
	return key->kind->tlv_type;
}

const uint8_t *key_hash(const struct key *key)
{
	return key->hash;
}

/* RFC 6979 nonces. The parameter came with OpenSSL 3.2, so that older headers do not name it. */
static void ask_for_determinism(EVP_PKEY_CTX *ctx)
{
	static const char nonce_type[] = "nonce-type";
	unsigned deterministic = 1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(nonce_type, &deterministic),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM *settable = EVP_PKEY_CTX_settable_params(ctx);

	if (settable && OSSL_PARAM_locate_const(settable, nonce_type))
		(void)EVP_PKEY_CTX_set_params(ctx, params);
}

static bool sign_digest(EVP_PKEY *pkey, const uint8_t *hash, uint8_t *ret, size_t *ret_len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx && EVP_PKEY_sign_init(ctx) == 1 &&
		  EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1;

	if (ok) {
		ask_for_determinism(ctx);
		ok = EVP_PKEY_sign(ctx, ret, ret_len, hash, BO_IMAGE_HASH_LEN) == 1;
	}
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool sign_message(EVP_PKEY *pkey, const uint8_t *hash, uint8_t *ret, size_t *ret_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		  EVP_DigestSign(ctx, ret, ret_len, hash, BO_IMAGE_HASH_LEN) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

int key_sign(const struct key *key, const uint8_t hash[BO_IMAGE_HASH_LEN], uint8_t *ret,
	     size_t *ret_len, struct bo_err *err)
{
	size_t len = KEY_SIGNATURE_MAX;
	bool ok = key->kind->prehashed ? sign_digest(key->pkey, hash, ret, &len)
				       : sign_message(key->pkey, hash, ret, &len);

	ERR_clear_error();
	if (!ok)
		return bo_err_set(err, -EINVAL, "%s key: cannot sign", key->kind->name);
	*ret_len = len;
	return 0;
}

static int verify_digest(EVP_PKEY *pkey, const uint8_t *hash, const void *signature, size_t len)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	int rc = -1;

	if (ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		rc = EVP_PKEY_verify(ctx, signature, len, hash, BO_IMAGE_HASH_LEN);
	EVP_PKEY_CTX_free(ctx);
	return rc;
}

static int verify_message(EVP_PKEY *pkey, const uint8_t *hash, const void *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = -1;

	if (ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		rc = EVP_DigestVerify(ctx, signature, len, hash, BO_IMAGE_HASH_LEN);
	EVP_MD_CTX_free(ctx);
	return rc;
}

int key_verify(const struct key *key, const uint8_t hash[BO_IMAGE_HASH_LEN], const void *signature,
	       size_t len, struct bo_err *err)
{
	int rc = key->kind->prehashed ? verify_digest(key->pkey, hash, signature, len)
				      : verify_message(key->pkey, hash, signature, len);

	ERR_clear_error();
	if (rc == 1)
		return 0;
	return bo_err_set(err, -EBADMSG, "%s signature does not hold", key->kind->name);
}
