#include <errno.h>

#include "harness/engine/trial_state.h"

/*
 * Resets of the schedule. A reset is no cut: power stays, RAM stays, and what the target says of
 * its cause must tell it from one; the next boot is its witness. It is carried out from a timer of
 * its own, right behind the point: a probe takes its time, in which the loop turns.
 */

static struct bo_trial *of_timer(struct bo_timer *timer)
{
	return (struct bo_trial *)((char *)timer - offsetof(struct bo_trial, reset.timer));
}

static void fail(struct bo_trial *trial, struct bo_err *err)
{
	(void)bo_err_wrap(err, "reset");
	if (!trial->broken.code)
		trial->broken = *err;
}

static void let_go(struct bo_trial *trial)
{
	struct bo_err err = {0};
	bo_ns at;

	trial->reset.held = false;
	if (bo_line_set(trial->bench->reset, false, &at, &err) < 0)
		fail(trial, &err);
	else
		trial_note(trial, "reset", "s:s, s:I", "pin", "let go", "done",
			   trial_time(trial, at));
}

static int pull_pin(struct bo_trial *trial, bo_ns *ret_at, struct bo_err *err)
{
	if (!trial->bench->reset)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no reset pin");
	int rc = bo_line_set(trial->bench->reset, true, ret_at, err);

	if (rc < 0)
		return rc;
	trial->reset.held = true;
	bo_loop_arm(trial->loop, &trial->reset.timer, *ret_at + trial->reset.fault->for_ns);
	return 0;
}

/* The rule that nobody touches the debug port until the outcome stands is broken here. */
static int use_probe(struct bo_trial *trial, bo_ns *ret_at, struct bo_err *err)
{
	if (!trial->bench->flash)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no probe");
	trial_note(trial, "probe", "s:s, s:s", "did", "attached", "why", "reset of the schedule");
	int rc = bo_flash_reset(trial->bench->flash, ret_at, err);

	if (rc == 0)
		trial_note(trial, "probe", "s:s", "did", "detached");
	return rc;
}

static int (*const by[BO_RESET_COUNT])(struct bo_trial *trial, bo_ns *ret_at,
				       struct bo_err *err) = {
	[BO_RESET_PROBE] = use_probe,
	[BO_RESET_PIN] = pull_pin,
};

static void carry_out(struct bo_timer *timer)
{
	struct bo_trial *trial = of_timer(timer);
	struct bo_reset_act *reset = &trial->reset;
	struct bo_err err = {0};
	bo_ns at;

	if (reset->held) {
		let_go(trial);
		return;
	}
	reset->open = true; /* the boot may be heard before the probe has let go */
	reset->boot_was_due = trial->reset_asked;
	if (by[reset->fault->reset](trial, &at, &err) < 0)
		fail(trial, &err);
	else
		trial_fault_done(trial, reset->fault, reset->due, at);
}

void reset_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	reset_close(trial);
	trial->reset =
		(struct bo_reset_act){.timer = {.fire = carry_out}, .fault = fault, .due = due};
	bo_loop_arm(trial->loop, &trial->reset.timer, bo_loop_now(trial->loop));
}

static const char *judge(const struct bo_trial *trial, const char *cause)
{
	const struct bo_conf_list *causes[BO_RESET_COUNT] = {
		[BO_RESET_PROBE] = &trial->target->reset_causes.probe,
		[BO_RESET_PIN] = &trial->target->reset_causes.pin,
	};
	const struct bo_conf_list *told = causes[trial->reset.fault->reset];

	if (trial->reset.boot_was_due)
		return "the target had been asked for a reset at that moment";
	if (told->count > 0 && (!cause || !bo_conf_list_has(told, cause)))
		return "the boot after the reset says another cause";
	return NULL;
}

bool reset_hear_boot(struct bo_trial *trial, const char *cause)
{
	struct bo_reset_act *reset = &trial->reset;

	if (!reset->open)
		return false;
	const char *why_not = judge(trial, cause);

	reset->open = false;
	reset->felt = true;
	trial->seen.ready = false;
	trial->came_back = "after the reset";
	trial_note(trial, "reset", "s:s, s:s", "target", "booted", "cause", cause ? cause : "");
	if (!why_not)
		trial_fault_proven(trial, "reset-cause");
	else if (!trial->fault_gap)
		trial->fault_gap = why_not;
	return true;
}

void reset_hear_ready(struct bo_trial *trial)
{
	if (trial->reset.open && !trial->fault_gap)
		trial->fault_gap = "the target went on without a boot because of the reset";
	trial->reset.open = false;
}

void reset_close(struct bo_trial *trial)
{
	struct bo_reset_act *reset = &trial->reset;

	if (reset->held)
		let_go(trial);
	bo_loop_disarm(trial->loop, &reset->timer);
	if (reset->open && !trial->fault_gap)
		trial->fault_gap = "no boot was heard after the reset";
	reset->open = false;
}
