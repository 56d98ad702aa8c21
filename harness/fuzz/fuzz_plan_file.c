#include <errno.h>

#include "harness/engine/plan_file.h"
#include "harness/engine/plan_seal.h"
#include "harness/fuzz/fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any file is no plan, with a reason, or names trials whose folders lie below the run's. */
static void read_plan(const void *data, size_t size)
{
	struct bo_plan plan = {0};
	struct bo_buf dir = {0};
	struct bo_err err = {0};

	if (bo_plan_read(fuzz_file(data, size), &plan, &err) < 0) {
		assert(err.code == -EINVAL && err.text[0] && !plan.trials);
		return;
	}
	assert(plan.rack && plan.bench && plan.out);
	for (size_t i = 0; i < plan.count; i++) {
		bo_buf_reset(&dir);
		bo_plan_trial_dir(&plan, &plan.trials[i], &dir);
		const char *below = dir.data + strlen(plan.out);

		assert(strncmp(below, "/trials/", 8) == 0);
		assert(!strstr(below, "/../") && strcmp(below + strlen(below) - 1, "/") != 0);
	}
	bo_buf_done(&dir);
	bo_plan_free(&plan);
}

/* As it is, and, since hardly any is sealed, as somebody would have sealed it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size, 0, NULL);

	read_plan(data, size);
	if (json_is_object(root)) {
		bo_plan_seal(root);
		char *text = json_dumps(root, 0);

		read_plan(text, strlen(text));
		free(text);
	}
	json_decref(root);
	return 0;
}
