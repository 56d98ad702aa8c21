#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/exec/exec_said.h"
#include "drivers/pull/pull_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
	for (; *text; text++)
		assert(*text >= 0x20 && *text < 0x7f);
}

/* What is passed on of a slot is understood there, and says the same. */
static void check_slot(int number, const struct bo_update_slot *slot)
{
	struct bo_buf line = {0};
	struct exec_said said;

	pull_status_slot(number, slot, &line);
	assert(exec_said_parse(line.data, line.len, &said, NULL) == 0);
	assert(said.kind == EXEC_SAID_SLOT && said.value == (uint64_t)number);
	assert(said.slot.has_hash == slot->has_hash && said.slot.active == slot->active);
	assert(said.slot.confirmed == slot->confirmed && said.slot.pending == slot->pending);
	assert(said.slot.permanent == slot->permanent);
	assert(memcmp(said.slot.hash, slot->hash, sizeof(slot->hash)) == 0);
	bo_buf_done(&line);
}

/* The input: a device's message on its status topic. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pull_status status;
	struct bo_err err = {0};
	uint8_t *copy = malloc(size + 1);

	assert(copy);
	memcpy(copy, data, size);
	int rc = pull_status_parse(copy, size, &status, &err);

	free(copy);
	check_text(err.text);
	assert((rc == 0) == (err.code == 0));
	if (rc < 0)
		return 0;
	assert(status.said < PULL_SAID_COUNT && status.job[0]);
	check_text(status.job);
	check_text(status.why);
	for (int i = 0; i < 2; i++)
		if (status.slot[i].present)
			check_slot(i, &status.slot[i]);
	return 0;
}
