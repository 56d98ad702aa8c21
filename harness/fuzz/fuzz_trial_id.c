#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any text is either refused with a reason, or has one spelling that means the same, safe to paste
 * into a shell and to make folders of. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char once[BO_ID_MAX], twice[BO_ID_MAX];
	struct bo_trial_id id, again;
	struct bo_err err = {0};

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	if (bo_trial_id_parse(text, &id, &err) < 0) {
		assert(err.code && err.text[0]);
	} else if (bo_trial_id_format(&id, once, sizeof(once))) {
		assert(!strchr(id.scenario, '/') && !strchr(id.variant, '/'));
		assert(once[strspn(once, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789._+=:,@-/")] == '\0');
		assert(bo_trial_id_parse(once, &again, &err) == 0);
		assert(bo_trial_id_format(&again, twice, sizeof(twice)));
		assert(strcmp(once, twice) == 0);
	}
	free(text);
	return 0;
}
