#include "harness/engine/trial.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/conclude.h"
#include "harness/engine/trial_state.h"

/* ---- the update session, step by step ---- */

static int step_boot(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	(void)deadline;
	int step = hearing_wait_ready(trial, trial->target->deadline.boot, err);

	if (step == BO_STEP_TIMEOUT || step == BO_STEP_DEAD)
		return bo_err_set(
			err, -EIO,
			"the target did not boot its baseline before anything was done to it");
	return step;
}

static int step_upload(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	trial->resumed = false;
	return session_job(trial, BO_JOB_UPLOAD, deadline, err);
}

static int step_test(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	return session_job(trial, BO_JOB_TEST, deadline, err);
}

/* The answer and the new boot's first words may arrive together: what is expected is settled before
 * anything is asked. */
static int step_reset(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	bool was_ready = trial->seen.ready;

	trial->update_ordered = true;
	trial->reset_asked = true;
	trial->seen.ready = false;
	int step = session_job(trial, BO_JOB_RESET, deadline, err);

	/* The answer to a reset may be lost with the reset itself. */
	if (step == BO_STEP_SILENT)
		step = BO_STEP_OK;
	if (step == BO_STEP_REFUSED || step == BO_STEP_TIMEOUT)
		trial->seen.ready = was_ready || trial->seen.ready;
	return step;
}

static int step_swap(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	(void)deadline;
	return hearing_wait_ready(trial, trial->target->deadline.recovery, err);
}

static const struct {
	const char *phase;
	int (*run)(struct bo_trial *trial, bo_ns deadline, struct bo_err *err);
} update_steps[] = {
	{"boot", step_boot},   {"upload", step_upload}, {"mark for test", step_test},
	{"reset", step_reset}, {"install", step_swap},
};

static int drive_update(struct bo_trial *trial, size_t first, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	int step = BO_STEP_OK;

	for (size_t i = first;
	     step == BO_STEP_OK && i < sizeof(update_steps) / sizeof(update_steps[0]); i++) {
		trial_phase(trial, update_steps[i].phase);
		step = update_steps[i].run(trial, deadline, err);
	}
	if (step == BO_STEP_REFUSED)
		trial->seen.refused = true;
	return step;
}

/* ---- recovery ---- */

static int cycle_power(struct bo_trial *trial, struct bo_err *err)
{
	static const char *const names[] = {"power cycle 1", "power cycle 2", "power cycle 3",
					    "many power cycles"};
	int step = BO_STEP_TIMEOUT;

	for (int64_t i = 0; i < trial->target->power_cycles; i++) {
		trial->came_back = names[i < 3 ? i : 3];
		trial_phase(trial, trial->came_back);
		int rc = supply_cycle(trial, err);

		if (rc < 0)
			return rc;
		step = hearing_wait_ready(trial, trial->target->deadline.recovery, err);
		if (step < 0 || step == BO_STEP_OK || step == BO_STEP_FAULT)
			return step;
	}
	return step;
}

/* After a cut: the end of the off time, and whether the target comes back by itself. */
static int power_up_again(struct bo_trial *trial, struct bo_err *err)
{
	trial_phase(trial, "power is off");
	int rc = supply_end_cut(trial, err);

	if (rc < 0)
		return rc;
	trial_phase(trial, "recover");
	trial->came_back = "first boot";
	return hearing_wait_ready(trial, trial->target->deadline.recovery, err);
}

/* After a cut, or when the target fell silent: brings it back as far as it will come. */
static int recover(struct bo_trial *trial, int step, struct bo_err *err)
{
	for (;;) {
		while (step == BO_STEP_FAULT)
			step = power_up_again(trial, err);
		if (step < 0 || trial->seen.ready)
			return step;
		step = cycle_power(trial, err);
		if (step != BO_STEP_FAULT)
			return step;
	}
}

/* What an update procedure does once the target is back: confirm the new image, or, when it is not
 * to be confirmed, give the target the boot at which it rolls back. */
static int settle(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;

	if (!trial->seen.ready ||
	    strcmp(trial->seen.version, trial->images->new_image.version) != 0)
		return BO_STEP_OK;
	trial_phase(trial, trial->scenario->update.confirm ? "confirm" : "leave unconfirmed");
	if (trial->scenario->update.confirm)
		return session_job(trial, BO_JOB_CONFIRM, deadline, err);
	int step = step_reset(trial, deadline, err);

	return step == BO_STEP_OK ? step_swap(trial, deadline, err) : step;
}

/* A bench that cannot be cleared is an outcome (unresolved), not the end of the trial. */
static int clear_bench(struct bo_trial *trial, struct bo_err *err)
{
	int rc = observe_clear_bench(trial, err);

	if (rc < 0 && rc != -EINTR)
		trial_note(trial, "rig", "s:s", "text", bo_err_text(err));
	return rc == -EINTR ? rc : 0;
}

static int update_and_recover(struct bo_trial *trial, size_t first, struct bo_err *err)
{
	int step = drive_update(trial, first, err);

	if (step > 0 && step != BO_STEP_FAULT && trial->seen.ready)
		step = BO_STEP_OK;
	/* A fault may strike while the target settles, and while it is asked how it is. */
	do {
		if (step > 0)
			step = recover(trial, step, err);
		while (step >= 0 && trial->seen.ready) {
			step = settle(trial, err);
			if (step != BO_STEP_FAULT)
				break;
			step = recover(trial, step, err);
		}
		if (step < 0)
			return step;
		if (!trial->seen.ready)
			return clear_bench(trial, err);
		trial_phase(trial, "observe");
		step = observe(trial, err);
	} while (step == BO_STEP_FAULT);
	return step < 0 ? step : 0;
}

static const char *how_it_came_back(const struct bo_trial *trial)
{
	if (trial->seen.clear_tried)
		return "did not";
	return trial->came_back ? trial->came_back : "undisturbed";
}

static void judge(struct bo_trial *trial, struct bo_judgement *ret)
{
	bo_oracle_judge(&trial->seen, &trial->images->old_image, &trial->images->new_image, ret);
	trial_note(trial, "outcome", "s:s, s:s, s:s, s:b", "outcome",
		   bo_outcome_names[ret->outcome], "why", ret->why, "how", how_it_came_back(trial),
		   "resumed", trial->resumed);
}

/* Can a new update be installed now? */
static int update_again(struct bo_trial *trial, struct bo_err *err)
{
	trial_phase(trial, "update again");
	bo_injector_stop(&trial->injector);
	trial->seen = (struct bo_observed){.confirm_wanted = trial->seen.confirm_wanted};
	trial->update_ordered = false;
	trial->came_back = NULL;
	int rc = supply_cycle(trial, err);

	return rc < 0 ? rc : update_and_recover(trial, 0, err);
}

static bool is_alive(enum bo_outcome outcome)
{
	return outcome > BO_OUTCOME_RECOVERY_MODE;
}

static int carry_out(struct bo_trial *trial, struct bo_findings *findings, struct bo_err *err)
{
	trial_phase(trial, "prepare");
	int rc = prepare_start_state(trial, err);

	if (rc == 0)
		rc = hearing_open(trial, err);
	if (rc == 0)
		rc = session_open(trial, err);
	if (rc == 0)
		rc = conclude_arm(trial, err);
	if (rc == 0)
		rc = supply_set(trial, true, err);
	if (rc == 0)
		rc = update_and_recover(trial, 0, err);
	if (rc < 0)
		return rc;
	judge(trial, &findings->first);
	if (trial->scenario->promises.then && is_alive(findings->first.outcome)) {
		rc = update_again(trial, err);
		if (rc == 0)
			judge(trial, &findings->then);
		findings->resumed = trial->resumed;
	}
	return rc;
}

int bo_trial_run(const struct bo_trial_args *args, struct bo_err *err)
{
	const struct bo_job *job = args->job;
	struct bo_findings findings = {0};
	struct bo_trial trial = {
		.args = args,
		.bench = args->bench,
		.loop = args->loop,
		.scenario = job->scenario,
		.target = job->target,
		.images = &job->images,
		.record = args->record,
		.began = bo_loop_now(args->loop),
		.seen = {.confirm_wanted = job->scenario->update.confirm},
	};

	conclude_begin(&trial);
	int rc = carry_out(&trial, &findings, err);

	bo_injector_stop(&trial.injector);
	session_close(&trial);
	hearing_close(&trial);
	witness_close(&trial);
	return conclude_end(&trial, &findings, rc, err);
}
