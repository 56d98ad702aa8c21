#include <string.h>

#include "harness/engine/acts.h"
#include "harness/engine/steps.h"

/* The step `update`: an image is uploaded, marked, installed and, once it runs, made permanent. */

static int stage_upload(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	trial->resumed = trial->uploaded = false;
	trial->acknowledged = 0;
	pulse_offer(trial);
	int step = session_job(trial, BO_JOB_UPLOAD, deadline, err);

	trial->uploaded = step == BO_STEP_OK;
	return step;
}

static int stage_test(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	int step = trial->images->control.data ? session_name_staged(trial, deadline, err)
					       : BO_STEP_OK;

	return step == BO_STEP_OK ? session_job(trial, BO_JOB_TEST, deadline, err) : step;
}

static int stage_reset(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	trial->update_ordered = true;
	return session_reset(trial, deadline, err);
}

static int stage_install(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	(void)deadline;
	return hearing_wait_ready(trial, trial->target->deadline.recovery, err);
}

static const struct {
	const char *phase; /* as people read it */
	const char *name;  /* the fault point phase.NAME */
	const char *stage; /* of a refusal */
	int (*run)(struct bo_trial *trial, bo_ns deadline, struct bo_err *err);
} stages[] = {
	{"upload", "upload", "upload", stage_upload},
	{"mark for test", "test", "test", stage_test},
	{"reset", "reset", "reset", stage_reset},
	{"install", "install", "boot", stage_install},
};

enum { STAGES = sizeof(stages) / sizeof(stages[0]), INSTALL = STAGES - 1 };

static int run_stage(struct bo_trial *trial, size_t i, bo_ns deadline, struct bo_err *err)
{
	trial_phase(trial, stages[i].phase);
	int step = trial_pass_phase(trial, stages[i].name, err);

	if (step == BO_STEP_OK)
		step = stages[i].run(trial, deadline, err);
	if (step == BO_STEP_REFUSED)
		refusal_note(trial, stages[i].stage, trial->job_end.text);
	return step;
}

/* Which file: the step's own, or what is offered now. */
static const struct bo_update_file *file_of(const struct bo_trial *trial)
{
	const struct bo_update_file *own = trial->step.index < trial->images->steps
						   ? &trial->images->step[trial->step.index]
						   : NULL;

	return own && own->data && !trial->again ? own : trial->base;
}

static bool runs(const struct bo_trial *trial, const struct bo_update_file *file)
{
	return strcmp(trial->seen.version, file->identity.version) == 0;
}

static bool is_same(const struct bo_update_file *a, const struct bo_update_file *b)
{
	return memcmp(a->sha256, b->sha256, sizeof(a->sha256)) == 0;
}

/* Another update begins: what came of the one before is over. */
static void offer(struct bo_trial *trial, const struct bo_update_file *file)
{
	if (runs(trial, trial->offer))
		trial->old_image = &trial->offer->identity;
	trial->offer = file;
	session_offer(trial, file);
	trial->seen.new_ran = trial->seen.refused = false;
	trial->update_ordered = trial->reset_asked = trial->settled = false;
}

static bool is_to_be_confirmed(const struct bo_trial *trial, const struct bo_scenario_step *keys)
{
	return keys->confirm == BO_SAID_OPEN ? trial->scenario->update.confirm
					     : keys->confirm == BO_SAID_YES;
}

int step_update(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	const struct bo_update_file *file = file_of(trial), *before = trial->offer;
	bool another = trial->updates++ > 0;
	/* what runs since the update before is not installed again, only delivered */
	bool deliver =
		trial->deliver_only || (another && is_same(file, before) && runs(trial, file));
	bool staged = steps_are_staged(trial);
	size_t count = deliver ? 1 : STAGES;
	int step = BO_STEP_OK;

	if (another || file != before)
		offer(trial, file);
	trial->seen.confirm_wanted = is_to_be_confirmed(trial, keys);
	trial->update_ordered |= staged;
	trial->uploaded |= staged;
	for (size_t i = staged ? INSTALL : 0; step == BO_STEP_OK && i < count; i++)
		step = run_stage(trial, i, deadline, err);
	return step;
}

/* A target that a disturbed link kept from hearing it was not asked: it is, once the link is whole.
 */
static int confirm(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	int step = session_job(trial, BO_JOB_CONFIRM, deadline, err);

	if (step != BO_STEP_SILENT || !acts_disturb(trial))
		return step;
	acts_heal(trial);
	return session_job(trial, BO_JOB_CONFIRM, deadline, err);
}

/* What an update procedure does once the target is back: confirm the new image, or, when it is not
 * to be confirmed, give the target the boot at which it rolls back. */
int update_settle(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	bool confirms = trial->seen.confirm_wanted;

	if (trial->settled || !trial->seen.ready ||
	    strcmp(trial->seen.version, trial->offer->identity.version) != 0)
		return BO_STEP_OK;
	trial_phase(trial, confirms ? "confirm" : "leave unconfirmed");
	int step = trial_pass_phase(trial, confirms ? "confirm" : "revert", err);

	if (step == BO_STEP_OK)
		step = confirms ? confirm(trial, deadline, err) : stage_reset(trial, deadline, err);
	if (step == BO_STEP_OK && !confirms)
		step = stage_install(trial, deadline, err);
	trial->settled = step == BO_STEP_OK;
	return step;
}
