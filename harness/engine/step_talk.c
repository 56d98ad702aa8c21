#include <errno.h>
#include <string.h>

#include "harness/engine/steps.h"
#include "harness/model/values.h"

/* Steps that ask the target: on its console, and by its update protocol. */

_Static_assert(BO_LISTENER_PATTERNS_MAX <= 64, "bo_step_run.heard has a bit for each pattern");

int step_send(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	int rc = line_send(trial, keys->text, strlen(keys->text), err);

	return rc < 0 ? bo_err_wrap(err, "console") : BO_STEP_OK;
}

/* ---- expect ---- */

static bool was_heard(const struct bo_trial *trial, const char *pattern)
{
	for (size_t i = 0; i < trial->listener.rules; i++)
		if (trial->listener.rule[i].pattern == pattern)
			return trial->step.heard >> i & 1;
	return false;
}

static const char *first_death(const struct bo_trial *trial)
{
	const char *const *unless = trial->step.keys->unless.items;

	for (size_t i = 0; i < trial->step.keys->unless.count; i++)
		if (was_heard(trial, unless[i]))
			return unless[i];
	return NULL;
}

static bool is_decided(struct bo_trial *trial)
{
	return was_heard(trial, trial->step.keys->console) || first_death(trial);
}

int step_expect(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	char wanted[BO_VALUES_TEXT_MAX];
	int step = trial_wait(trial, is_decided, bo_loop_now(trial->loop) + keys->duration, err);

	if (step == BO_STEP_TIMEOUT)
		steps_blame(trial, "expected '%.60s' within %s, and it did not come", keys->console,
			    bo_values_format(BO_DURATION, wanted, keys->duration));
	if (step == BO_STEP_DEAD)
		steps_blame(trial, "expected '%.60s', but the target died", keys->console);
	if (step != BO_STEP_OK || was_heard(trial, keys->console))
		return step;
	steps_blame(trial, "expected '%.60s', heard '%.60s'", keys->console, first_death(trial));
	return BO_STEP_REFUSED;
}

/* ---- query ---- */

static const struct bo_update_slot *active_slot(const struct bo_trial *trial)
{
	const struct bo_update_slot *slot = trial->update->state.slot;

	for (int i = 0; i < 2; i++)
		if (slot[i].present && slot[i].active)
			return &slot[i];
	return NULL;
}

static bool is_it(struct bo_trial *trial, const struct bo_scenario_step *keys,
		  const struct bo_update_slot *slot)
{
	const uint8_t *hash =
		keys->image ? trial->images->step[trial->step.index].identity.hash : NULL;

	if (keys->version && strcmp(slot->version, keys->version) != 0)
		steps_blame(trial, "expected version %.31s, it says %.31s", keys->version,
			    slot->version);
	else if (hash && !slot->has_hash)
		steps_blame(trial, "expected the hash of '%.60s', it tells none", keys->image);
	else if (hash && memcmp(slot->hash, hash, sizeof(slot->hash)) != 0)
		steps_blame(trial, "expected the hash of '%.60s', it tells another", keys->image);
	else if (keys->confirm && slot->confirmed != (keys->confirm == BO_SAID_YES))
		steps_blame(trial, "expected an image that is %s, it says that it is%s",
			    keys->confirm == BO_SAID_YES ? "confirmed" : "not confirmed",
			    slot->confirmed ? "" : " not");
	else
		return true;
	return false;
}

int step_query(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	int step = session_job(trial, BO_JOB_QUERY, deadline, err);

	if (step < 0 || step == BO_STEP_FAULT)
		return step;
	if (step != BO_STEP_OK) {
		steps_blame(trial, "expected to be told what runs, got no answer: %s",
			    trial_step_names[step]);
		return step;
	}
	const struct bo_update_slot *slot = active_slot(trial);

	if (slot)
		return is_it(trial, keys, slot) ? BO_STEP_OK : BO_STEP_REFUSED;
	steps_blame(trial, "expected to be told what runs, it says that nothing does");
	return BO_STEP_REFUSED;
}
