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
	const struct bo_console *console = trial->bench->console;
	bo_ns patience =
		trial->again ? trial->target->deadline.recovery : trial->target->deadline.boot;
	int step = hearing_wait_ready(trial, patience, err);

	if (!trial->again && step == BO_STEP_TIMEOUT && console->away.code)
		return bo_err_set(err, -ENODEV,
				  "the console did not come back before anything was done to the "
				  "target: %s",
				  bo_err_text(&console->away));
	if (!trial->again && (step == BO_STEP_TIMEOUT || step == BO_STEP_DEAD))
		return bo_err_set(
			err, -EIO,
			"the target did not boot its baseline before anything was done to it");
	return step;
}

static int step_upload(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	trial->resumed = trial->uploaded = false;
	trial->acknowledged = 0;
	int step = session_job(trial, BO_JOB_UPLOAD, deadline, err);

	trial->uploaded = step == BO_STEP_OK;
	return step;
}

static int step_test(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	int step = trial->images->control.data ? session_name_staged(trial, deadline, err)
					       : BO_STEP_OK;

	return step == BO_STEP_OK ? session_job(trial, BO_JOB_TEST, deadline, err) : step;
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
	const char *phase, *stage;
	int (*run)(struct bo_trial *trial, bo_ns deadline, struct bo_err *err);
} update_steps[] = {
	{"boot", "boot", step_boot},	      {"upload", "upload", step_upload},
	{"mark for test", "test", step_test}, {"reset", "reset", step_reset},
	{"install", "boot", step_swap},
};

enum {
	INSTALL = sizeof(update_steps) / sizeof(update_steps[0]),
	DELIVER = 2, /* up to the upload: what runs already is not installed again */
};

static int drive_update(struct bo_trial *trial, size_t steps, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	int step = BO_STEP_OK;

	for (size_t i = 0; step == BO_STEP_OK && i < steps; i++) {
		trial_phase(trial, update_steps[i].phase);
		step = update_steps[i].run(trial, deadline, err);
		if (step == BO_STEP_REFUSED)
			refusal_note(trial, update_steps[i].stage, trial->job_end.text);
	}
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

/* A dip that the target took for a power-on, or a reset: power is there, it is left to itself. */
static int wait_after_reset(struct bo_trial *trial, struct bo_err *err)
{
	trial->dip.felt = trial->reset.felt = false;
	trial_phase(trial, "recover");
	return hearing_wait_ready(trial, trial->target->deadline.recovery, err);
}

/* After a cut, or when the target fell silent: brings it back as far as it will come. */
static int recover(struct bo_trial *trial, int step, struct bo_err *err)
{
	for (;;) {
		while (step == BO_STEP_FAULT)
			step = power_up_again(trial, err);
		if (step >= 0 && (trial->dip.felt || trial->reset.felt))
			step = wait_after_reset(trial, err);
		if (step == BO_STEP_FAULT)
			continue;
		if (step < 0 || trial->seen.ready)
			return step;
		step = cycle_power(trial, err);
		if (step != BO_STEP_FAULT)
			return step;
	}
}

/* A target that booted in the middle of a job may come back by itself. */
static int bring_back(struct bo_trial *trial, int step, struct bo_err *err)
{
	if ((step == BO_STEP_OK || step == BO_STEP_SILENT) && !trial->seen.ready) {
		trial_phase(trial, "boots by itself");
		trial->came_back = "by itself";
		step = hearing_wait_ready(trial, trial->target->deadline.recovery, err);
	}
	if (step == BO_STEP_FAULT || (step > 0 && !trial->seen.ready))
		step = recover(trial, step, err);
	return step;
}

/* A target that a disturbed link kept from hearing it was not asked: it is, once the link is whole.
 */
static int confirm(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	int step = session_job(trial, BO_JOB_CONFIRM, deadline, err);

	if (step != BO_STEP_SILENT || !trial->link.rules)
		return step;
	link_heal(trial);
	return session_job(trial, BO_JOB_CONFIRM, deadline, err);
}

/* What an update procedure does once the target is back: confirm the new image, or, when it is not
 * to be confirmed, give the target the boot at which it rolls back. */
static int settle(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;

	if (!trial->seen.ready || strcmp(trial->seen.version, trial->offer->identity.version) != 0)
		return BO_STEP_OK;
	trial_phase(trial, trial->scenario->update.confirm ? "confirm" : "leave unconfirmed");
	if (trial->scenario->update.confirm)
		return confirm(trial, deadline, err);
	int step = step_reset(trial, deadline, err);

	return step == BO_STEP_OK ? step_swap(trial, deadline, err) : step;
}

/* Boots in answer to being spoken to, after which there is no use in speaking. */
#define RESTARTS_MAX 5

static int settle_and_observe(struct bo_trial *trial, struct bo_err *err)
{
	int step = settle(trial, err);

	if (step < 0 || step == BO_STEP_FAULT || !trial->seen.ready)
		return step;
	link_heal(trial);
	trial_phase(trial, "observe");
	return observe(trial, err);
}

/* A fault may strike while the target recovers, settles, and is asked how it is; and it may go away
 * by itself. */
static int update_and_recover(struct bo_trial *trial, size_t steps, struct bo_err *err)
{
	int step = drive_update(trial, steps, err);

	for (int restarts = 0; restarts < RESTARTS_MAX; restarts += step != BO_STEP_FAULT) {
		step = bring_back(trial, step, err);
		if (step < 0)
			return step;
		if (!trial->seen.ready)
			break;
		step = settle_and_observe(trial, err);
		if (step < 0 || (step != BO_STEP_FAULT && trial->seen.ready))
			return step < 0 ? step : 0;
	}
	link_heal(trial);
	facts_freeze(trial);
	return revive(trial, err);
}

static const char *how_it_came_back(const struct bo_trial *trial)
{
	if (trial->seen.clear_tried)
		return "did not";
	if (trial->seen.took_image)
		return "by an image";
	return trial->came_back ? trial->came_back : "undisturbed";
}

/* ---- judgement ---- */

/* How an update ended, before another one begins. */
struct end {
	struct bo_observed seen;
	const struct bo_identity *old_image, *new_image;
	const char *how;
	bool resumed;
	struct bo_judgement judgement;
};

static void judge(struct end *end)
{
	bo_oracle_judge(&end->seen, end->old_image, end->new_image, &end->judgement);
}

static struct end end_of(const struct bo_trial *trial, const struct bo_identity *old_image)
{
	struct end end = {
		.seen = trial->seen,
		.old_image = old_image,
		.new_image = &trial->offer->identity,
		.how = how_it_came_back(trial),
		.resumed = trial->resumed,
	};

	judge(&end);
	return end;
}

static void note_end(struct bo_trial *trial, const char *event, const struct end *end)
{
	trial_note(trial, event, "s:s, s:s, s:s, s:b", "outcome",
		   bo_outcome_names[end->judgement.outcome], "why", end->judgement.why, "how",
		   end->how, "resumed", end->resumed);
}

/* Of a negative from now on only the control is offered. */
static void forget_update(struct bo_trial *trial)
{
	bo_injector_stop(&trial->injector);
	link_heal(trial);
	trial->seen = (struct bo_observed){.confirm_wanted = trial->seen.confirm_wanted};
	trial->update_ordered = trial->reset_asked = trial->uploaded = false;
	trial->came_back = NULL;
	if (!trial->images->control.data)
		return;
	trial->offer = &trial->images->control;
	session_offer(trial, trial->offer);
}

/* Can a new update be installed now? Where the update runs already: can it be delivered? */
static int update_again(struct bo_trial *trial, size_t steps, struct bo_err *err)
{
	trial_phase(trial, "update again");
	forget_update(trial);
	trial->again = true;
	int rc = supply_cycle(trial, err);

	return rc < 0 ? rc : update_and_recover(trial, steps, err);
}

/* The untampered twin, from the same start state and on the same way. */
static int update_control(struct bo_trial *trial, struct bo_judgement *ret, struct bo_err *err)
{
	trial_phase(trial, "control");
	forget_update(trial);
	trial->again = false;
	int rc = prepare_start_state(trial, err);

	hearing_expect_boot(trial);
	if (rc == 0)
		rc = supply_set(trial, true, err);
	if (rc == 0)
		rc = update_and_recover(trial, INSTALL, err);
	if (rc < 0)
		return rc;
	struct end end = end_of(trial, &trial->images->golden.identity);

	note_end(trial, "control", &end);
	*ret = end.judgement;
	return 0;
}

static bool is_alive(enum bo_outcome outcome)
{
	return outcome >= BO_OUTCOME_RECOVERY_MODE;
}

static int conclude_update(struct bo_trial *trial, struct bo_findings *findings, struct bo_err *err)
{
	const struct bo_images *images = trial->images;
	const struct bo_identity *old_image = &images->golden.identity;
	const struct bo_identity *new_image = &trial->offer->identity;
	struct end first = end_of(trial, old_image), then = {0};
	facts_freeze(trial);
	bool runs_new = bo_observed_runs(&trial->seen, new_image);
	bool again = trial->scenario->promises.then && is_alive(first.judgement.outcome);
	int rc = again ? update_again(trial, runs_new ? DELIVER : INSTALL, err) : 0;

	if (again && rc == 0) {
		then = end_of(trial, runs_new ? new_image : old_image);
		first.seen.takes_no_more = trial->seen.ready && !trial->uploaded;
		judge(&first);
	}
	note_end(trial, "outcome", &first);
	findings->first = first.judgement;
	findings->seen = first.seen;
	if (!again || rc < 0)
		return rc;
	note_end(trial, "outcome", &then);
	findings->then = then.judgement;
	findings->resumed = then.resumed;
	return 0;
}

static int carry_out(struct bo_trial *trial, struct bo_findings *findings, struct bo_err *err)
{
	trial_phase(trial, "prepare");
	int rc = session_open(trial, err);

	if (rc == 0)
		rc = prepare_start_state(trial, err);
	if (rc == 0)
		rc = hearing_open(trial, err);
	if (rc == 0)
		rc = conclude_arm(trial, err);
	if (rc == 0)
		rc = supply_set(trial, true, err);
	if (rc == 0)
		rc = update_and_recover(trial, INSTALL, err);
	if (rc < 0)
		return rc;
	refusal_close(trial);
	rc = conclude_update(trial, findings, err);
	if (rc == 0 && trial->images->control.data && bo_outcome_is_old(findings->first.outcome))
		rc = update_control(trial, &findings->control, err);
	return rc;
}

int bo_trial_run(const struct bo_trial_args *args, struct bo_err *err)
{
	const struct bo_job *job = args->job;
	struct bo_findings findings = {.then.why = "none was tried"};
	struct bo_trial trial = {
		.args = args,
		.bench = args->bench,
		.loop = args->loop,
		.scenario = job->scenario,
		.target = job->target,
		.images = &job->images,
		.offer = &job->images.update,
		.record = args->record,
		.began = bo_loop_now(args->loop),
		.seen = {.confirm_wanted = job->scenario->update.confirm},
	};

	conclude_begin(&trial);
	int rc = carry_out(&trial, &findings, err);

	bo_injector_stop(&trial.injector);
	line_forget_break(&trial);
	link_close(&trial);
	session_close(&trial);
	hearing_close(&trial);
	witness_close(&trial);
	return conclude_end(&trial, &findings, rc, err);
}
