#include "harness/engine/plan_file.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <search.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/plan_seal.h"
#include "harness/engine/record.h"

static char *copy(const char *text)
{
	char *copied = strdup(text);

	assert(copied);
	return copied;
}

/* ---- by id ---- */

struct known {
	size_t index;
	char id[];
};

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct known *)a)->id, ((const struct known *)b)->id);
}

static struct known *make_known(const char *id, size_t index)
{
	struct known *known = malloc(sizeof(*known) + strlen(id) + 1);

	assert(known);
	known->index = index;
	memcpy(known->id, id, strlen(id) + 1);
	return known;
}

static void remember(struct bo_plan *plan, const char *id, size_t index)
{
	struct known *known = make_known(id, index);
	struct known *const *found = tsearch(known, &plan->by_id, by_id);

	assert(found);
	if (*found != known)
		free(known);
}

size_t bo_plan_find(const struct bo_plan *plan, const char *id)
{
	struct known *key = make_known(id, 0);
	struct known *const *found = tfind(key, &plan->by_id, by_id);

	free(key);
	return found ? (*found)->index : plan->count;
}

void bo_plan_add(struct bo_plan *plan, const char *scenario, const char *id, const char *lacks)
{
	size_t count = plan->count;

	if ((count & (count - 1)) == 0)
		plan->trials =
			reallocarray(plan->trials, count ? 2 * count : 1, sizeof(*plan->trials));
	assert(plan->trials);
	struct bo_planned *trial = &plan->trials[plan->count++];

	*trial = (struct bo_planned){.scenario = copy(scenario)};
	trial->lacks = lacks ? copy(lacks) : NULL;
	(void)bo_str_copy(trial->id, sizeof(trial->id), id);
	remember(plan, id, count);
}

void bo_plan_free(struct bo_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->trials[i].scenario);
		free(plan->trials[i].lacks);
	}
	tdestroy(plan->by_id, free);
	free(plan->trials);
	free(plan->rack);
	free(plan->bench);
	free(plan->out);
	free(plan->filter);
	free(plan->waves);
	free(plan->suite);
	*plan = (struct bo_plan){0};
}

void bo_plan_repeat(struct bo_plan *plan)
{
	/* what it was made from must outlive the growing of the list */
	struct bo_planned last = plan->trials[plan->count - 1];

	bo_plan_add(plan, last.scenario, last.id, last.lacks);
	plan->trials[plan->count - 1].repeat = last.repeat + 1;
}

void bo_plan_unmake(struct bo_plan *plan)
{
	struct bo_planned *trials = plan->trials;
	size_t count = plan->count;
	bool anew = false; /* else its trials are fixed, those of other shards as well */

	for (size_t i = 0; i < count; i++)
		anew |= trials[i].census;
	if (anew)
		plan->whole[0] = '\0';
	tdestroy(plan->by_id, free);
	plan->by_id = NULL;
	plan->trials = NULL;
	plan->count = 0;
	for (size_t i = 0; i < count; i++) {
		struct bo_planned *trial = &trials[i];

		if (!trial->made) {
			bo_plan_add(plan, trial->scenario, trial->id, trial->lacks);
			plan->trials[plan->count - 1].census = trial->census;
			plan->trials[plan->count - 1].uniform = trial->uniform;
			plan->trials[plan->count - 1].repeat = trial->repeat;
			plan->trials[plan->count - 1].limit = trial->limit;
			if (anew)
				bo_plan_chain(plan, trial->id);
		}
		free(trial->scenario);
		free(trial->lacks);
	}
	free(trials);
}

void bo_plan_forget(const struct bo_plan *plan, size_t from)
{
	for (size_t i = from; i < plan->count; i++) {
		struct bo_buf dir = {0};

		bo_plan_trial_dir(plan, &plan->trials[i], &dir);
		bo_record_forget(dir.data);
		bo_buf_done(&dir);
	}
}

/* ---- as a file ---- */

/* What a trial may be besides, by name. */
static const struct mark {
	const char *name;
	size_t offset;
} marks[] = {
	{"census", offsetof(struct bo_planned, census)},
	{"made", offsetof(struct bo_planned, made)},
	{"uniform", offsetof(struct bo_planned, uniform)},
	{"left-out", offsetof(struct bo_planned, left_out)},
	{"over-budget", offsetof(struct bo_planned, over_budget)},
};

/* And numbers, which are left out when they are 0. */
static const struct mark numbers[] = {
	{"repeat", offsetof(struct bo_planned, repeat)},
	{"limit", offsetof(struct bo_planned, limit)},
};

/* What was fixed for the run before it began; left out when it is 0. */
static const struct mark rules[] = {
	{"stop-ppb", offsetof(struct bo_plan, stop_ppb)},
	{"jitter-ns", offsetof(struct bo_plan, jitter_ns)},
};

static void set_rules(const struct bo_plan *plan, json_t *root)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int64_t value = *(const int64_t *)((const char *)plan + rules[i].offset);

		if (value != 0)
			(void)json_object_set_new(root, rules[i].name, json_integer(value));
	}
}

static void take_rules(const json_t *root, struct bo_plan *plan)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		*(int64_t *)((char *)plan + rules[i].offset) =
			json_integer_value(json_object_get(root, rules[i].name));
}

static json_t *trial_as_json(const struct bo_planned *trial)
{
	json_t *object = json_pack("{s:s, s:s, s:s*}", "scenario", trial->scenario, "id", trial->id,
				   "lacks", trial->lacks);

	for (size_t i = 0; object && i < sizeof(marks) / sizeof(marks[0]); i++)
		if (*(const bool *)((const char *)trial + marks[i].offset))
			(void)json_object_set_new(object, marks[i].name, json_true());
	for (size_t i = 0; object && i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned number = *(const unsigned *)((const char *)trial + numbers[i].offset);

		if (number > 0)
			(void)json_object_set_new(object, numbers[i].name, json_integer(number));
	}
	return object;
}

int bo_plan_write(const struct bo_plan *plan, const char *path, struct bo_err *err)
{
	json_t *trials = json_array();
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->count; i++)
		rc = json_array_append_new(trials, trial_as_json(&plan->trials[i]));
	json_t *root =
		json_pack("{s:i, s:s, s:s, s:s, s:b, s:b, s:b, s:I, s:i, s:i, s:s*, s:s*, s:o}",
			  "brownout-plan", 1, "rack", plan->rack, "bench", plan->bench, "out",
			  plan->out, "anyway", plan->anyway, "exact", plan->exact, "complete",
			  plan->complete, "min-judged-ppm", (json_int_t)plan->min_judged_ppm,
			  "shard", (int)plan->shard, "shards", (int)plan->shards, "filter",
			  plan->filter, "suite", plan->suite, "trials", trials);

	if (!root || rc < 0) {
		json_decref(root);
		return bo_err_set(err, -EINVAL, "a path in the plan is not valid UTF-8");
	}
	set_rules(plan, root);
	(void)json_object_set_new(root, "whole", json_string(plan->whole));
	if (plan->waves)
		(void)json_object_set_new(root, "waves", json_string(plan->waves));
	bo_plan_seal(root);
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
		bo_plan_add(plan, scenario, id, json_string_value(json_object_get(trial, "lacks")));
		for (size_t k = 0; k < sizeof(marks) / sizeof(marks[0]); k++)
			*(bool *)((char *)&plan->trials[plan->count - 1] + marks[k].offset) =
				json_is_true(json_object_get(trial, marks[k].name));
		for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
			*(unsigned *)((char *)&plan->trials[plan->count - 1] + numbers[k].offset) =
				(unsigned)json_integer_value(
					json_object_get(trial, numbers[k].name));
	}
	return 0;
}

static void take_share(const json_t *root, struct bo_plan *plan)
{
	const char *filter = json_string_value(json_object_get(root, "filter"));
	const char *suite = json_string_value(json_object_get(root, "suite"));
	const char *whole = json_string_value(json_object_get(root, "whole"));
	const char *waves = json_string_value(json_object_get(root, "waves"));

	(void)bo_str_copy(plan->whole, sizeof(plan->whole), whole ? whole : "");
	plan->exact = json_is_true(json_object_get(root, "exact"));
	plan->complete = json_is_true(json_object_get(root, "complete"));
	plan->anyway = json_is_true(json_object_get(root, "anyway"));
	plan->min_judged_ppm = json_integer_value(json_object_get(root, "min-judged-ppm"));
	plan->shard = (unsigned)json_integer_value(json_object_get(root, "shard"));
	plan->shards = (unsigned)json_integer_value(json_object_get(root, "shards"));
	plan->filter = filter ? copy(filter) : NULL;
	plan->suite = suite ? copy(suite) : NULL;
	plan->waves = waves ? copy(waves) : NULL;
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
	else
		rc = bo_plan_check_seal(root, path, err);
	if (rc == 0) {
		plan.rack = copy(rack);
		plan.bench = copy(bench);
		plan.out = copy(out);
		take_share(root, &plan);
		take_rules(root, &plan);
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
	if (trial->repeat > 0)
		bo_buf_printf(out, "~%u", trial->repeat);
}
