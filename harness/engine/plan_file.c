#include "harness/engine/plan_file.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/record.h"

static char *copy(const char *text)
{
	char *copied = strdup(text);

	assert(copied);
	return copied;
}

void bo_plan_add(struct bo_plan *plan, const char *scenario, const char *id, const char *lacks)
{
	plan->trials = reallocarray(plan->trials, plan->count + 1, sizeof(*plan->trials));
	assert(plan->trials);
	struct bo_planned *trial = &plan->trials[plan->count++];

	*trial = (struct bo_planned){.scenario = copy(scenario), .lacks = lacks};
	(void)bo_str_copy(trial->id, sizeof(trial->id), id);
}

void bo_plan_free(struct bo_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		free(plan->trials[i].scenario);
	free(plan->trials);
	free(plan->rack);
	free(plan->bench);
	free(plan->out);
	*plan = (struct bo_plan){0};
}

int bo_plan_write(const struct bo_plan *plan, const char *path, struct bo_err *err)
{
	json_t *trials = json_array();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->count; i++)
		if (!plan->trials[i].lacks)
			rc = json_array_append_new(trials, json_pack("{s:s, s:s}", "scenario",
								     plan->trials[i].scenario, "id",
								     plan->trials[i].id));
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:b, s:o}", "brownout-plan", 1, "rack",
				 plan->rack, "bench", plan->bench, "out", plan->out, "anyway",
				 plan->anyway, "trials", trials);

	if (!root || rc < 0) {
		json_decref(root);
		return bo_err_set(err, -EINVAL, "a path in the plan is not valid UTF-8");
	}
	char *text = json_dumps(root, JSON_INDENT(1));

	assert(text);
	rc = bo_write_file(path, text, strlen(text), err);

	free(text);
	json_decref(root);
	return rc;
}

static int take_trials(const json_t *trials, struct bo_plan *plan)
{
	size_t i;
	const json_t *trial;
	struct bo_trial_id parsed;

	if (!json_is_array(trials))
		return -EINVAL;
	json_array_foreach(trials, i, trial)
	{
		const char *scenario = json_string_value(json_object_get(trial, "scenario"));
		const char *id = json_string_value(json_object_get(trial, "id"));

		/* an id becomes a folder's name */
		if (!scenario || !id || bo_trial_id_parse(id, &parsed, NULL) < 0)
			return -EINVAL;
		bo_plan_add(plan, scenario, id, NULL);
	}
	return 0;
}

int bo_plan_read(const char *path, struct bo_plan *ret, struct bo_err *err)
{
	json_error_t why;
	json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	struct bo_plan plan = {0};
	const char *rack = json_string_value(json_object_get(root, "rack"));
	const char *bench = json_string_value(json_object_get(root, "bench"));
	const char *out = json_string_value(json_object_get(root, "out"));
	int version = (int)json_integer_value(json_object_get(root, "brownout-plan"));
	int rc = 0;

	if (!root && access(path, R_OK) < 0)
		rc = bo_err_set(err, -errno, "plan %s: %s", path, strerror(errno));
	else if (!root)
		rc = bo_err_set(err, -EINVAL, "plan %s:%d: %s", path, why.line, why.text);
	else if (version != 1 || !rack || !bench || !out ||
		 take_trials(json_object_get(root, "trials"), &plan) < 0)
		rc = bo_err_set(err, -EINVAL, "plan %s: not a plan of this version", path);
	if (rc == 0) {
		plan.rack = copy(rack);
		plan.bench = copy(bench);
		plan.out = copy(out);
		plan.anyway = json_is_true(json_object_get(root, "anyway"));
		*ret = plan;
	} else {
		bo_plan_free(&plan);
	}
	json_decref(root);
	return rc;
}

/* Only the faults, behind the last slash, can be that long. */
static void shorten(struct bo_buf *path, const char *id)
{
	static const size_t digits = 16;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *name = strrchr(path->data, '/') + 1;
	char text[2 * sizeof(hash) + 1];

	if (strlen(name) <= NAME_MAX)
		return;
	crypto_hash_sha256(hash, (const unsigned char *)id, strlen(id));
	(void)sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	path->len = (size_t)(name - path->data) + NAME_MAX - 1 - digits;
	bo_buf_printf(path, "~%.*s", (int)digits, text);
}

void bo_plan_trial_dir(const struct bo_plan *plan, const struct bo_planned *trial,
		       struct bo_buf *out)
{
	bo_buf_printf(out, "%s/trials/%s", plan->out, trial->id);
	shorten(out, trial->id);
}
