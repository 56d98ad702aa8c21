#include "harness/engine/trial.h"

#include <assert.h>
#include <errno.h>

#include "harness/engine/acts.h"
#include "harness/engine/conclude.h"
#include "harness/engine/steps.h"

static int settle_and_observe(struct bo_trial *trial, struct bo_err *err)
{
	int step = update_settle(trial, err);

	if (step < 0 || step == BO_STEP_FAULT || !trial->seen.ready)
		return step;
	acts_heal(trial);
	trial_phase(trial, "observe");
	return observe(trial, err);
}

/* A fault may strike while the target recovers, settles, and is asked how it is; and it may go away
 * by itself. */
static int update_and_recover(struct bo_trial *trial, const struct bo_conf_list *steps,
			      struct bo_err *err)
{
	int step = steps_drive(trial, steps, err);

	if (step >= 0)
		step = bring_to_rest(trial, step, settle_and_observe, err);
	if (step <= BO_STEP_OK)
		return step;
	acts_heal(trial);
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
	acts_heal(trial);
	trial->seen = (struct bo_observed){.confirm_wanted = trial->seen.confirm_wanted};
	trial->update_ordered = trial->reset_asked = trial->uploaded = false;
	trial->settled = false;
	trial->updates = 0;
	trial->came_back = NULL;
	trial->base = trial->offer;
	if (!trial->images->control.data)
		return;
	trial->base = trial->offer = &trial->images->control;
	session_offer(trial, trial->offer);
}

/* Can a new update be installed now? Where the update runs already: can it be delivered? */
static int update_again(struct bo_trial *trial, bool runs_new, struct bo_err *err)
{
	trial_phase(trial, "update again");
	forget_update(trial);
	trial->again = true;
	trial->deliver_only = runs_new;
	int rc = supply_cycle(trial, err);

	return rc < 0 ? rc : update_and_recover(trial, &bo_steps_default, err);
}

/* The untampered twin, from the same start state and on the same way. */
static int update_control(struct bo_trial *trial, struct bo_judgement *ret, struct bo_err *err)
{
	trial_phase(trial, "control");
	forget_update(trial);
	trial->again = trial->deliver_only = false;
	trial->old_image = &trial->images->golden.identity;
	int rc = prepare_start_state(trial, err);

	hearing_expect_boot(trial);
	if (rc == 0)
		rc = supply_set(trial, true, err);
	if (rc == 0)
		rc = update_and_recover(trial, bo_scenario_steps(trial->scenario), err);
	if (rc < 0)
		return rc;
	struct end end = end_of(trial, trial->old_image);

	note_end(trial, "control", &end);
	*ret = end.judgement;
	return 0;
}

static bool is_alive(enum bo_outcome outcome)
{
	return outcome >= BO_OUTCOME_RECOVERY_MODE;
}

/* What breaks a transfer off is its server, or its broker, and the same update goes on. */
static bool meets_a_server(const struct bo_scenario *scenario)
{
	return scenario->has_server || scenario->jobs.count > 0;
}

static int conclude_update(struct bo_trial *trial, struct bo_findings *findings, struct bo_err *err)
{
	const struct bo_identity *old_image = trial->old_image;
	const struct bo_identity *new_image = &trial->offer->identity;
	struct end first = end_of(trial, old_image), then = {0};
	facts_freeze(trial);
	bool runs_new = bo_observed_runs(&trial->seen, new_image);
	bool again = trial->scenario->promises.then && is_alive(first.judgement.outcome);
	int rc = again ? update_again(trial, runs_new, err) : 0;

	if (again && rc == 0) {
		then = end_of(trial, runs_new ? new_image : old_image);
		first.seen.takes_no_more = trial->seen.ready && !trial->uploaded;
		judge(&first);
	}
	note_end(trial, "outcome", &first);
	findings->first = first.judgement;
	findings->seen = first.seen;
	findings->resumed = first.resumed && meets_a_server(trial->scenario);
	if (!again || rc < 0)
		return rc;
	note_end(trial, "outcome", &then);
	findings->then = then.judgement;
	findings->resumed |= then.resumed;
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
		rc = update_and_recover(trial, bo_scenario_steps(trial->scenario), err);
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
		.base = &job->images.update,
		.old_image = &job->images.golden.identity,
		.record = args->record,
		.began = bo_loop_now(args->loop),
		.seen = {.confirm_wanted = job->scenario->update.confirm},
	};

	conclude_begin(&trial);
	int rc = carry_out(&trial, &findings, err);

	bo_injector_stop(&trial.injector);
	acts_close(&trial);
	session_close(&trial);
	hearing_close(&trial);
	witness_close(&trial);
	return conclude_end(&trial, &findings, rc, err);
}
