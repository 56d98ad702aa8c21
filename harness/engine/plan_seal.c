#include "harness/engine/plan_seal.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define KEY "seal"

static void hash_texts(const char *first, const char *second, char ret[BO_PLAN_HASH_MAX])
{
	crypto_hash_sha256_state state;
	unsigned char digest[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const unsigned char *)first, strlen(first) + 1);
	crypto_hash_sha256_update(&state, (const unsigned char *)second, strlen(second) + 1);
	crypto_hash_sha256_final(&state, digest);
	(void)sodium_bin2hex(ret, BO_PLAN_HASH_MAX, digest, sizeof(digest));
}

void bo_plan_chain(struct bo_plan *plan, const char *id)
{
	char before[BO_PLAN_HASH_MAX];

	memcpy(before, plan->whole, sizeof(before));
	hash_texts(before, id, plan->whole);
}

static void compute(const json_t *root, char ret[BO_PLAN_HASH_MAX])
{
	json_t *rest = json_copy((json_t *)root);

	assert(rest);
	(void)json_object_del(rest, KEY);
	char *text = json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS);

	assert(text);
	hash_texts("brownout-plan", text, ret);
	free(text);
	json_decref(rest);
}

void bo_plan_seal(json_t *root)
{
	char seal[BO_PLAN_HASH_MAX];

	compute(root, seal);
	(void)json_object_set_new(root, KEY, json_string(seal));
}

int bo_plan_check_seal(const json_t *root, const char *path, struct bo_err *err)
{
	const char *given = json_string_value(json_object_get(root, KEY));
	char seal[BO_PLAN_HASH_MAX];

	compute(root, seal);
	if (given && strcmp(given, seal) == 0)
		return 0;
	return bo_err_set(err, -EINVAL,
			  "plan %s: it is not as it was written (its seal is %.16s, should be "
			  "%.16s); make it anew",
			  path, given ? given : "missing", seal);
}
