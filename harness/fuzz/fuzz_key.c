#include <errno.h>

#include "harness/fuzz/fuzz_file.h"
#include "harness/imagetool/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A private key signs what it verifies. */
static void check_private(const struct key *key)
{
	static const uint8_t hash[BO_IMAGE_HASH_LEN] = {1};
	uint8_t signature[KEY_SIGNATURE_MAX];
	size_t len;

	assert(key_sign(key, hash, signature, &len, NULL) == 0 && len <= sizeof(signature));
	assert(key_verify(key, hash, signature, len, NULL) == 0);
	signature[len / 2] ^= 1;
	assert(key_verify(key, hash, signature, len, NULL) == -EBADMSG);
}

/* Any file is no key, with a reason, or one of a kind that is known. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = fuzz_file(data, size);
	struct bo_err err = {0};
	struct key *key = NULL;

	if (key_read_private(path, &key, &err) == 0)
		check_private(key);
	else
		assert(err.code && err.text[0] && !key);
	key_free(key);
	key = NULL;
	if (key_read_public(path, &key, &err) == 0)
		assert(key_kind(key) && key_tlv_type(key));
	else
		assert(err.code && err.text[0] && !key);
	key_free(key);
	return 0;
}
