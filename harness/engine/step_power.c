#include <errno.h>

#include "harness/engine/steps.h"

/* Steps that make the target boot: power, reset, and the probe that writes flash. */

static int wait_for_boot(struct bo_trial *trial, const char *after, int64_t n, struct bo_err *err)
{
	bo_ns patience = trial->target->deadline.recovery;
	int step = hearing_wait_ready(trial, patience, err);

	if (step == BO_STEP_TIMEOUT || step == BO_STEP_DEAD)
		steps_blame(trial, "no application within %lld ms after %s %lld",
			    (long long)(patience / BO_MS), after, (long long)n);
	return step;
}

int step_power(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	int step = BO_STEP_OK;

	for (int64_t n = 1; step == BO_STEP_OK && n <= keys->times; n++) {
		bo_ns off_at = bo_loop_now(trial->loop);
		int rc = supply_down(trial, err);

		if (rc == 0 && (rc = bo_loop_sleep_until(trial->loop, off_at + keys->duration)) < 0)
			bo_err_set(err, rc, "interrupted");
		hearing_expect_boot(trial);
		if (rc == 0)
			rc = supply_set(trial, true, err);
		if (rc < 0)
			return rc;
		step = wait_for_boot(trial, "power-on", n, err);
	}
	return step;
}

/* ---- reset ---- */

static int by_protocol(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;

	return session_reset(trial, deadline, err);
}

static int by_probe(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns at;

	if (!trial->bench->flash)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no probe");
	trial->reset_asked = true;
	trial->seen.ready = false;
	trial_note(trial, "probe", "s:s, s:s", "did", "attached", "why", "step");
	int rc = bo_flash_reset(trial->bench->flash, &at, err);

	if (rc == 0)
		trial_note(trial, "probe", "s:s", "did", "detached");
	return rc;
}

#define PIN_HELD_NS (10 * BO_MS)

static int by_pin(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns at;

	if (!trial->bench->reset)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no reset pin");
	trial->reset_asked = true;
	trial->seen.ready = false;
	int rc = bo_line_set(trial->bench->reset, true, &at, err);

	if (rc == 0 && (rc = bo_loop_sleep_until(trial->loop, at + PIN_HELD_NS)) < 0)
		bo_err_set(err, rc, "interrupted");
	int released =
		bo_line_set(trial->bench->reset, false, &at, rc < 0 ? &(struct bo_err){0} : err);

	return rc < 0 ? rc : released;
}

int step_reset(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	static int (*const ways[])(struct bo_trial * trial, struct bo_err * err) = {
		[BO_RESET_WAY_PROTOCOL] = by_protocol,
		[BO_RESET_WAY_PROBE] = by_probe,
		[BO_RESET_WAY_PIN] = by_pin,
	};
	int step = ways[keys->way](trial, err);

	if (step == BO_STEP_REFUSED || step == BO_STEP_TIMEOUT)
		steps_blame(trial, "the target did not take the order to reset");
	return step == BO_STEP_OK ? wait_for_boot(trial, "reset", 1, err) : step;
}

/* ---- flash ---- */

static int write_range(struct bo_trial *trial, const struct bo_range_content *content,
		       struct bo_err *err)
{
	struct bo_flash_id id;
	int rc = bo_bench_attach(trial->bench, &id, err);

	if (rc == 0)
		rc = prepare_range(trial, content, err);
	if (rc == 0)
		rc = bo_flash_detach(trial->bench->flash, err);
	return rc < 0 ? bo_err_wrap(err, "probe") : 0;
}

/* A probe resets what it attaches to: what the target says then is no behaviour of its own. */
int step_flash(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err)
{
	const struct bo_range_content *content = &trial->images->step_content[trial->step.index];

	(void)keys;
	if (!trial->bench->flash)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no probe to write flash with");
	witness_close(trial);
	trial->deaf = true;
	int rc = write_range(trial, content, err);

	facts_flashed(trial, content);
	if (rc == 0)
		rc = supply_cycle(trial, err);
	return rc < 0 ? rc : wait_for_boot(trial, "power-on", 1, err);
}
