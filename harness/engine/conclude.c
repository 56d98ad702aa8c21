#include "harness/engine/conclude.h"

#include <errno.h>
#include <string.h>

#include "harness/engine/acts.h"
#include "harness/engine/promises.h"
#include "harness/model/witness.h"

/* A trial without faults counts the points at which faults could strike. */
static bool is_census(const struct bo_trial *trial)
{
	return trial->args->schedule.count == 0;
}

static void note_drift(struct bo_trial *trial)
{
	if (trial->args->drifted_from)
		trial_note(trial, "drift", "s:s, s:s", "from", trial->args->drifted_from, "is",
			   trial->args->job->hash8);
}

/* Of several updates the last one is judged. */
static const char *new_version(const struct bo_images *images, const struct bo_scenario *scenario)
{
	const struct bo_conf_list *steps = bo_scenario_steps(scenario);
	const struct bo_conf_choice *step = steps->items;
	const struct bo_update_file *last = &images->update;

	for (size_t i = 0; i < steps->count; i++)
		if (bo_step_kind_of(&step[i]) == BO_DO_UPDATE)
			last = bo_step_keys(&step[i])->image ? &images->step[i] : &images->update;
	return last->identity.version;
}

/* NULL when there are none. */
static json_t *names_of(const struct bo_conf_list *list)
{
	const char *const *name = list->items;
	json_t *names = list->count > 0 ? json_array() : NULL;

	for (size_t i = 0; i < list->count; i++)
		(void)json_array_append_new(names, json_string(name[i]));
	return names;
}

void conclude_begin(struct bo_trial *trial)
{
	const struct bo_images *images = trial->images;
	struct bo_buf promise = {0};

	bo_injector_init(&trial->injector, trial->loop, &trial->args->schedule);
	trial->injector.act = acts_strike;
	trial->injector.ctx = trial;
	if (is_census(trial))
		trial->injector.census = &trial->census;
	bo_promises_describe(&trial->scenario->promises, &promise);
	trial_note(trial, "trial", "s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o*, s:o*", "id",
		   trial->args->id, "scenario", trial->scenario->name, "title",
		   trial->scenario->title ? trial->scenario->title : "", "target",
		   trial->target->name, "promise", promise.data, "old",
		   images->golden.identity.version, "new", new_version(images, trial->scenario),
		   "tags", names_of(&trial->scenario->tags), "requirements",
		   names_of(&trial->scenario->requirements));
	bo_buf_done(&promise);
	if (trial->scenario->stage == BO_STAGE_PROBE)
		trial_note(trial, "stage", "s:s", "by",
			   bo_job_is_staged(trial->args->job) ? "probe" : "protocol");
	note_drift(trial);
}

static void special_point(void *ctx, const char *name, uint64_t n, bo_ns at)
{
	struct bo_trial *trial = ctx;

	if (bo_injector_point(&trial->injector, name, n, at))
		trial_note(trial, "point", "s:s, s:I", "name", name, "n", (json_int_t)n);
}

int conclude_arm(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_buf faults = {0};
	int rc = acts_open(trial, is_census(trial), err);

	if (rc == 0)
		rc = pins_open(trial, err);
	if (rc < 0)
		return rc;
	bo_schedule_format(&trial->args->schedule, &faults);
	trial_note(trial, "armed", "s:s", "faults", faults.data);
	bo_buf_done(&faults);
	/* the boot that would have taken the update is over */
	trial->boots = bo_job_is_staged(trial->args->job) ? 1 : 0;
	trial->power_ons = 0;
	facts_begin(trial);
	if (is_census(trial) || bo_schedule_needs_special_points(&trial->args->schedule)) {
		trial->bench->env.point = special_point;
		trial->bench->env.point_ctx = trial;
	}
	bo_injector_start(&trial->injector);
	return bo_record_sync(trial->record, err);
}

struct verdict {
	enum bo_verdict verdict;
	bool judged;
	const char *broken; /* the promise's key */
	char why[320];
};

static void say(struct verdict *v, enum bo_verdict verdict, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct verdict *v, enum bo_verdict verdict, const char *fmt, ...)
{
	va_list args;

	v->verdict = verdict;
	v->judged = verdict == BO_PASS || verdict == BO_FAIL;
	va_start(args, fmt);
	(void)vsnprintf(v->why, sizeof(v->why), fmt, args);
	va_end(args);
}

static void say_not_reached(const struct bo_trial *trial, struct verdict *v)
{
	const struct bo_injector *injector = &trial->injector;
	const struct bo_fault *fault = bo_injector_waiting(injector);
	bool first = fault->after.n > 0 && !injector->past_after;
	struct bo_buf point = {0};
	char saw[32];

	if (first)
		bo_after_format(&fault->after, &point);
	else
		bo_point_format(fault, &point);
	if (injector->pending)
		say(v, BO_SKIPPED, "%s was passed, but the trial was over before its delay",
		    point.data);
	else if (injector->late)
		say(v, BO_SKIPPED, "%s was passed, but too late", point.data);
	else
		say(v, BO_SKIPPED, "%s not reached, saw %s", point.data,
		    bo_str_group(saw, sizeof(saw), injector->saw_max));
	bo_buf_done(&point);
}

static void say_not_proven(const struct bo_trial *trial, struct verdict *v)
{
	if (trial->fault_gap) {
		say(v, BO_INCONCLUSIVE, "fault not proven: %s", trial->fault_gap);
		return;
	}
	for (int i = 0; i < BO_WITNESS_COUNT; i++)
		if (trial->proof_gap && strcmp(trial->proof_gap, bo_witness_names[i]) == 0) {
			say(v, BO_INCONCLUSIVE, "cut not proven: %s says that power stayed",
			    trial->proof_gap);
			return;
		}
	say(v, BO_INCONCLUSIVE, "cut not proven: %s",
	    trial->proof_gap ? trial->proof_gap : "no witness was heard");
}

static void hold_against_promises(struct bo_trial *trial, const struct bo_findings *findings,
				  struct verdict *v)
{
	struct bo_held held = {0};

	bo_promises_hold(trial, findings, &held);
	say(v, held.verdict, "%s", held.why);
	if (held.verdict == BO_FAIL)
		v->broken = held.key;
}

static bool promised(unsigned set, enum bo_outcome outcome)
{
	return (set >> (unsigned)outcome) & 1u;
}

/* The promise allows one of two outcomes that only the console could have told apart, and it was
 * away. */
static bool hangs_on_the_unheard(unsigned set, const struct bo_judgement *judgement)
{
	return judgement->or_unheard != BO_OUTCOME_NONE &&
	       promised(set, judgement->outcome) != promised(set, judgement->or_unheard);
}

static const struct bo_judgement *find_unheard(const struct bo_trial *trial,
					       const struct bo_findings *findings)
{
	const struct bo_promises *promises = &trial->scenario->promises;

	if (hangs_on_the_unheard(promises->outcome, &findings->first))
		return &findings->first;
	return promises->then && hangs_on_the_unheard(promises->then, &findings->then)
		       ? &findings->then
		       : NULL;
}

static void say_unheard(const struct bo_judgement *found, struct verdict *v)
{
	say(v, BO_INCONCLUSIVE,
	    "%s or %s: the console was away when the new image could have spoken",
	    bo_outcome_names[found->outcome], bo_outcome_names[found->or_unheard]);
}

static bool is_undecided(const struct bo_judgement *judgement)
{
	return judgement->outcome == BO_OUTCOME_NONE || judgement->outcome == BO_OUTCOME_UNRESOLVED;
}

/* What ran instead of the old image speaks for itself; that it did not run does not. */
static bool hangs_on_control(const struct bo_trial *trial, const struct bo_findings *findings)
{
	return trial->images->control.data && bo_outcome_is_old(findings->first.outcome);
}

static void decide(struct bo_trial *trial, const struct bo_findings *findings, int rc,
		   const struct bo_err *err, struct verdict *v)
{
	char doubt[sizeof(v->why)];

	if (rc == -EINTR)
		say(v, BO_INCONCLUSIVE, "interrupted");
	else if (rc < 0)
		say(v, BO_INCONCLUSIVE, "rig: %.300s", bo_err_text(err));
	else if (bo_injector_waiting(&trial->injector))
		say_not_reached(trial, v);
	else if (trial->worst_lag > trial->scenario->max_lag)
		say(v, BO_INCONCLUSIVE, "rig: the fault fired %lld us after it was due",
		    (long long)(trial->worst_lag / BO_US));
	else if (trial->proven < trial->fired)
		say_not_proven(trial, v);
	else if (is_undecided(&findings->first))
		say(v, BO_INCONCLUSIVE, "%s", findings->first.why);
	else if (find_unheard(trial, findings))
		say_unheard(find_unheard(trial, findings), v);
	else if (hangs_on_control(trial, findings) &&
		 refusal_is_doubtful(trial, &findings->control, doubt, sizeof(doubt)))
		say(v, BO_INCONCLUSIVE, "%s", doubt);
	else
		hold_against_promises(trial, findings, v);
}

int conclude_end(struct bo_trial *trial, const struct bo_findings *findings, int rc,
		 struct bo_err *err)
{
	struct verdict v = {0};

	trial->bench->env.point = NULL;
	pins_close(trial);
	pins_sum_up(trial);
	datagrams_sum_up(trial);
	if (rc == 0)
		rc = oracles_ask(trial, findings, err);
	decide(trial, findings, rc, err, &v);
	if (rc < 0 && rc != -EINTR)
		trial_note(trial, "rig", "s:s", "text", bo_err_text(err));
	if (rc == 0)
		bo_census_write(&trial->census, trial_time(trial, bo_loop_now(trial->loop)),
				trial->began, &trial->record->journal);
	bo_census_free(&trial->census);
	facts_free(trial);
	if (v.verdict == BO_FAIL)
		evidence_write(trial);
	evidence_free(trial);
	trial_note(trial, "verdict", "s:s, s:s, s:s*, s:s, s:i, s:i, s:b, s:I, s:b", "verdict",
		   bo_verdict_names[v.verdict], "why", v.why, "broken", v.broken, "outcome",
		   bo_outcome_names[findings->first.outcome], "fired", (int)trial->fired, "proven",
		   (int)trial->proven, "judged", v.judged, "planned",
		   (json_int_t)trial->args->schedule.count, "interrupted", rc == -EINTR);
	int written = bo_record_sync(trial->record, err);

	if (written < 0 || rc == -EINTR)
		return written < 0 ? written : rc;
	return rc < 0 ? BO_TRIAL_RIG_BROKE : 0;
}
