#include <errno.h>
#include <string.h>

#include "harness/engine/acts.h"

/* Power: switching it, cutting it for a fault, giving it back. */

static void lines_quiet(struct bo_trial *trial, bool quiet)
{
	struct bo_err err = {0};

	line_forget_break(trial);
	link_lose(trial);
	if (bo_bench_hold_break(trial->bench, quiet, &err) < 0 && !trial->broken.code)
		trial->broken = err;
	if (quiet)
		bo_listener_break_line(&trial->listener);
}

static int switch_to(struct bo_trial *trial, bool on, bo_ns asked, bo_ns *ret_done,
		     struct bo_err *err)
{
	struct bo_outputs *outputs = &trial->bench->outputs;
	int rc =
		on ? bo_outputs_on(outputs, ret_done, err) : bo_outputs_off(outputs, ret_done, err);

	if (rc < 0)
		return rc == -EINTR ? rc : bo_err_wrap(err, "power %s", on ? "on" : "off");
	trial_note(trial, "power", "s:b, s:I, s:I", "on", on, "asked", trial_time(trial, asked),
		   "done", trial_time(trial, *ret_done));
	blind_power(trial, on, *ret_done);
	return 0;
}

static int finish_off(struct bo_trial *trial, struct bo_err *err)
{
	int rc = bo_outputs_finish(&trial->bench->outputs, err);

	return rc < 0 && rc != -EINTR ? bo_err_wrap(err, "power off") : rc;
}

int supply_set(struct bo_trial *trial, bool on, struct bo_err *err)
{
	bo_ns done;

	int rc = switch_to(trial, on, bo_loop_now(trial->loop), &done, err);

	if (rc < 0)
		return rc;
	/* Power first, both ways: a line feeds the target neither when its supply is already gone
	 * nor when it is not yet there. */
	lines_quiet(trial, !on);
	if (!on) {
		/* the boots of other power-offs say nothing about a cut before them */
		witness_close(trial);
		acts_power_off(trial);
		facts_power_off(trial, done, false);
		return finish_off(trial, err);
	}
	trial->power_edge = true;
	trial->power_ons++;
	trial->boots++;
	trial->seen.unordered_boots = 0;
	facts_power_on(trial, done);
	(void)bo_injector_point(&trial->injector, "boot", trial->boots, done);
	(void)bo_injector_point(&trial->injector, "power-on", trial->power_ons, done);
	return 0;
}

static int wait_for_rail(struct bo_trial *trial, bo_ns duration, struct bo_err *err)
{
	int rc = bo_loop_sleep_until(trial->loop, bo_loop_now(trial->loop) + duration);

	return rc < 0 ? bo_err_set(err, rc, "interrupted") : 0;
}

/* A rail that comes up later than `settle` says spoils nothing yet: its target boots later. */
#define LATE_RAIL_NS (500 * BO_MS)
#define LOOK_NS	     (10 * BO_MS)

static int sense_rail(struct bo_trial *trial, bool wanted, bool *ret_live, struct bo_err *err)
{
	bo_ns begun = bo_loop_now(trial->loop);
	int rc = bo_power_sense(trial->bench->power, ret_live, err);

	while (rc == 0 && wanted && !*ret_live && bo_loop_now(trial->loop) - begun < LATE_RAIL_NS) {
		rc = wait_for_rail(trial, LOOK_NS, err);
		if (rc == 0)
			rc = bo_power_sense(trial->bench->power, ret_live, err);
		if (rc == 0 && *ret_live)
			trial_note(trial, "late rail", "s:I", "after",
				   bo_loop_now(trial->loop) - begun);
	}
	return rc;
}

/* What the sense input says must be what the switch was told: else a trial would go on with a board
 * that never lost power, or with a witness that says "off" to everything. One that the bench does
 * not rely on may be known to lie: what it says is written down, and that is all. */
static int require_rail(struct bo_trial *trial, bool wanted, const char *why, struct bo_err *err)
{
	const struct bo_outputs *outputs = &trial->bench->outputs;
	bo_ns waited = wanted ? outputs->settle_ns : outputs->drain_ns;
	bool live;
	int rc = sense_rail(trial, wanted, &live, err);

	if (rc == -EOPNOTSUPP || rc == -EINTR)
		return rc == -EINTR ? rc : 0;
	if (rc < 0)
		return bo_err_wrap(err, "sense input");
	if (live == wanted)
		return 0;
	if (!witness_is_relied_on(trial, BO_WITNESS_SENSE)) {
		trial_note(trial, "sense", "s:b, s:b", "live", live, "wanted", wanted);
		return 0;
	}
	return bo_err_set(err, -EIO, "the rail is still %s %lld ms after power %s: %s",
			  live ? "live" : "dead", (long long)(waited / BO_MS),
			  wanted ? "on" : "off", why);
}

int supply_up(struct bo_trial *trial, struct bo_err *err)
{
	int rc = supply_set(trial, true, err);

	if (rc == 0)
		rc = wait_for_rail(trial, trial->bench->outputs.settle_ns, err);
	return rc < 0 ? rc
		      : require_rail(trial, true,
				     "a stuck switch, no supply, a sense input that is not "
				     "connected, or `settle` is too short",
				     err);
}

int supply_down(struct bo_trial *trial, struct bo_err *err)
{
	int rc = supply_set(trial, false, err);

	if (rc == 0)
		rc = wait_for_rail(trial, trial->bench->outputs.drain_ns, err);
	return rc < 0 ? rc
		      : require_rail(trial, false,
				     "a stuck switch, another supply, or `drain` is too short",
				     err);
}

int supply_cycle(struct bo_trial *trial, struct bo_err *err)
{
	int rc = supply_down(trial, err);

	if (rc < 0)
		return rc;
	hearing_expect_boot(trial);
	return supply_set(trial, true, err);
}

void supply_cut(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	struct bo_outputs *outputs = &trial->bench->outputs;
	struct bo_err err = {0};
	bo_ns done;
	int rc = 0;

	if (fault->tear) /* the first name is "any" */
		rc = bo_power_leave(outputs->list[0].power, fault->tear - 1, &err);
	if (rc == 0)
		rc = bo_outputs_off(outputs, &done, &err);
	session_drop(trial);
	if (rc < 0) {
		(void)bo_err_wrap(&err, "cut");
		trial->broken = err;
		return;
	}
	blind_power(trial, false, done);
	lines_quiet(trial, true);
	acts_power_off(trial);
	facts_power_off(trial, done, true);
	trial->cut =
		(struct bo_cut){.fault = fault, .at = done, .boot_was_due = trial->reset_asked};
	trial->reset_asked = false;
	trial_fault_done(trial, fault, due, done);
}

int supply_end_cut(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_cut *cut = &trial->cut;
	bo_ns drain = trial->bench->outputs.drain_ns;
	bo_ns off = cut->fault->off_ns ? cut->fault->off_ns : drain;
	int rc = finish_off(trial, err);

	if (rc == 0 &&
	    (rc = bo_loop_sleep_until(trial->loop, cut->at + (drain < off ? drain : off))) < 0)
		bo_err_set(err, rc, "interrupted");
	if (rc == 0)
		rc = witness_power_off(trial, cut, err);
	if (rc == 0 && (rc = bo_loop_sleep_until(trial->loop, cut->at + off)) < 0)
		bo_err_set(err, rc, "interrupted");
	if (rc < 0)
		return rc;
	witness_close(trial);
	trial->unproven = *cut;
	*cut = (struct bo_cut){0};
	hearing_expect_boot(trial);
	return supply_set(trial, true, err);
}
