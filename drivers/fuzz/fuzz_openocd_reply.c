#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/openocd/ocd_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy on the heap, so that the sanitizer sees a read of one byte too many. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_ocd_reply reply;
	char *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	if (size)
		memcpy(copy, data, size);
	if (bo_ocd_reply_parse(copy, size, 7, &reply) == 0) {
		uint32_t words[3];
		uint64_t count;

		assert(reply.text >= copy && reply.text + reply.len == copy + size);
		bo_ocd_reply_words(&reply, words, 3);
		bo_ocd_reply_count(&reply, "verified", &count);
		bo_ocd_reply_is(&reply, "halted");
	}
	free(copy);
	return 0;
}
