#include "harness/engine/rack_key.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

#define NAME_LEN_MAX 60

void bo_rack_key(const char *rack, const char *bench, struct bo_buf *out)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct bo_buf both = {0};

	for (size_t i = 0; bench[i] && i < NAME_LEN_MAX; i++)
		bo_buf_printf(out, "%c",
			      isalnum((unsigned char)bench[i]) || bench[i] == '-' ? bench[i] : '_');
	bo_buf_printf(&both, "%s\n%s", rack, bench);
	crypto_hash_sha256(hash, (const unsigned char *)both.data, both.len);
	bo_buf_printf(out, "-%02x%02x%02x%02x", hash[0], hash[1], hash[2], hash[3]);
	bo_buf_done(&both);
}
