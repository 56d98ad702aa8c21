#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "harness/image/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM 4096

/* The first byte chooses the format. Nothing outside the space is written. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t flash[ROOM + 16];
	const struct bo_container_space space = {flash + 8, 0x08000000, ROOM};
	struct bo_err err = {0};
	size_t len = 0;

	if (size == 0)
		return 0;
	memset(flash, 0xA5, sizeof(flash));
	int rc = bo_container_unpack((enum bo_container)(data[0] % 3), data + 1, size - 1, &space,
				     &len, &err);

	assert(rc < 0 ? err.text[0] != '\0' : rc == 0 && len > 0 && len <= ROOM);
	for (size_t i = 0; i < 8; i++)
		assert(flash[i] == 0xA5 && flash[ROOM + 8 + i] == 0xA5);
	return 0;
}
