#include "harness/engine/steps.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- the plainest kinds ---- */

static int step_boot(struct bo_trial *trial, const struct bo_scenario_step *keys,
		     struct bo_err *err)
{
	const struct bo_console *console = trial->bench->console;
	bool first = trial->step.index == 0 && !trial->again;
	bo_ns patience = first ? trial->target->deadline.boot : trial->target->deadline.recovery;
	int step = hearing_wait_ready(trial, patience, err);

	(void)keys;
	if (step != BO_STEP_TIMEOUT && step != BO_STEP_DEAD)
		return step;
	if (!first) {
		steps_blame(trial, "no application within %lld ms", (long long)(patience / BO_MS));
		return step;
	}
	if (step == BO_STEP_TIMEOUT && console->away.code)
		return bo_err_set(err, -ENODEV,
				  "the console did not come back before anything was done to the "
				  "target: %s",
				  bo_err_text(&console->away));
	return bo_err_set(err, -EIO,
			  "the target did not boot its baseline before anything was done to it");
}

static bool never(struct bo_trial *trial)
{
	(void)trial;
	return false;
}

static int step_wait(struct bo_trial *trial, const struct bo_scenario_step *keys,
		     struct bo_err *err)
{
	unsigned boots = trial->boots;
	int step = trial_wait(trial, never, bo_loop_now(trial->loop) + keys->duration, err);

	if (step == BO_STEP_DEAD)
		steps_blame(trial, "the target died while it was left alone");
	else if (step == BO_STEP_TIMEOUT && trial->boots > boots)
		steps_blame(trial, "the target was left alone and booted, %u times",
			    trial->boots - boots);
	else if (step == BO_STEP_TIMEOUT)
		step = BO_STEP_OK;
	return step;
}

static int (*const kinds[BO_DO_COUNT])(struct bo_trial *trial, const struct bo_scenario_step *keys,
				       struct bo_err *err) = {
	[BO_DO_FLASH] = step_flash, [BO_DO_BOOT] = step_boot,	  [BO_DO_UPDATE] = step_update,
	[BO_DO_SEND] = step_send,   [BO_DO_EXPECT] = step_expect, [BO_DO_WAIT] = step_wait,
	[BO_DO_POWER] = step_power, [BO_DO_RESET] = step_reset,	  [BO_DO_QUERY] = step_query,
	[BO_DO_EXEC] = step_exec,
};

/* ---- one after the other ---- */

/* A fault has struck since the step began, or still works on the target. */
static bool is_disturbed(const struct bo_trial *trial)
{
	return trial->fired > trial->step.fired || trial->cut.fault;
}

void steps_blame(struct bo_trial *trial, const char *fmt, ...)
{
	char why[sizeof(trial->step.failure) - 48];
	va_list args;

	/* a second update and a control are judged by what they lead to */
	bool first = !trial->again && trial->base == &trial->images->update;

	if (trial->step.failure[0] || !first || is_disturbed(trial))
		return;
	va_start(args, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	(void)snprintf(trial->step.failure, sizeof(trial->step.failure), "step %zu (%s): %s",
		       trial->step.index + 1, trial->step.name, why);
}

static int carry_out(struct bo_trial *trial, const struct bo_conf_choice *choice, size_t index,
		     struct bo_err *err)
{
	const struct bo_scenario_step *keys = bo_step_keys(choice);
	enum bo_step_kind kind = bo_step_kind_of(choice);
	int step = BO_STEP_OK;

	trial->step.index = index;
	trial->step.name = choice->option->name;
	trial->step.keys = keys;
	trial->step.fired = trial->fired;
	if (kind != BO_DO_EXPECT)
		trial->step.heard = 0;
	trial_phase(trial, choice->option->name);
	if (keys->phase)
		step = trial_pass_phase(trial, keys->phase, err);
	if (step == BO_STEP_OK)
		step = kinds[kind](trial, keys, err);
	if (step >= 0)
		trial_note(trial, "step", "s:I, s:s, s:s", "n", (json_int_t)index + 1, "do",
			   trial->step.name, "result", trial_step_names[step]);
	return step;
}

/* An update that nothing disturbed and that others follow must have led to its image. */
static void blame_update(struct bo_trial *trial)
{
	const char *wanted = trial->offer->identity.version;

	if (trial->seen.confirm_wanted && strcmp(trial->seen.version, wanted) != 0)
		steps_blame(trial, "%s should run, %.40s does%s%s", wanted, trial->seen.version,
			    trial->seen.refused ? ": refused: " : "",
			    trial->seen.refused ? trial->job_end.text : "");
}

/* The target comes to rest before the next step, as after the last one. */
static int end_step(struct bo_trial *trial, enum bo_step_kind kind, int step, struct bo_err *err)
{
	if (kind != BO_DO_UPDATE)
		return bring_back(trial, step, err);
	step = bring_to_rest(trial, step, update_settle, err);
	if (step == BO_STEP_OK)
		blame_update(trial);
	return step;
}

bool steps_are_staged(const struct bo_trial *trial)
{
	return bo_job_is_staged(trial->args->job) && !trial->again;
}

int steps_drive(struct bo_trial *trial, const struct bo_conf_list *steps, struct bo_err *err)
{
	const struct bo_conf_choice *choice = steps->items;
	int step = BO_STEP_OK;

	for (size_t i = steps_are_staged(trial) ? 1 : 0; i < steps->count; i++) {
		enum bo_step_kind kind = bo_step_kind_of(&choice[i]);

		step = carry_out(trial, &choice[i], i, err);
		if (step < 0 || (kind == BO_DO_BOOT && step != BO_STEP_OK) ||
		    trial->step.failure[0] || i + 1 == steps->count)
			break;
		step = end_step(trial, kind, step, err);
		if (step < 0 || !trial->seen.ready || trial->step.failure[0])
			break;
	}
	return step;
}

/* ---- lines that steps wait for ---- */

static void heard(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		  bo_ns at)
{
	struct bo_trial *trial = ctx;

	(void)match;
	(void)at;
	trial->step.heard |= (uint64_t)1 << (rule - trial->listener.rule);
	trial_note(trial, "heard", "s:s", "pattern", rule->pattern);
}

static bool listen_for(struct bo_trial *trial, const char *pattern)
{
	return bo_listener_add(&trial->listener,
			       &(struct bo_listener_rule){.pattern = pattern, .matched = heard});
}

bool steps_listen(struct bo_trial *trial)
{
	const struct bo_conf_list *steps = bo_scenario_steps(trial->scenario);
	const struct bo_conf_choice *choice = steps->items;
	bool fits = true;

	for (size_t i = 0; i < steps->count; i++) {
		const struct bo_scenario_step *keys = bo_step_keys(&choice[i]);
		const char *const *unless = keys->unless.items;

		if (keys->console)
			fits = fits && listen_for(trial, keys->console);
		for (size_t k = 0; fits && k < keys->unless.count; k++)
			fits = listen_for(trial, unless[k]);
	}
	return fits;
}
