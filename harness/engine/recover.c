#include "harness/engine/trial_state.h"

/* Recovery: from a fault, or a target that fell silent, to an application that runs. */

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
int bring_back(struct bo_trial *trial, int step, struct bo_err *err)
{
	if (step == BO_STEP_FAULT || !trial->seen.ready)
		trial->settled = false;
	if ((step == BO_STEP_OK || step == BO_STEP_SILENT) && !trial->seen.ready) {
		trial_phase(trial, "boots by itself");
		trial->came_back = "by itself";
		step = hearing_wait_ready(trial, trial->target->deadline.recovery, err);
	}
	if (step == BO_STEP_FAULT || (step > 0 && !trial->seen.ready))
		step = recover(trial, step, err);
	return step;
}

/* Boots in answer to being spoken to, after which there is no use in speaking. */
#define RESTARTS_MAX 5

int bring_to_rest(struct bo_trial *trial, int step,
		  int (*speak)(struct bo_trial *trial, struct bo_err *err), struct bo_err *err)
{
	for (int restarts = 0; restarts < RESTARTS_MAX; restarts += step != BO_STEP_FAULT) {
		step = bring_back(trial, step, err);
		if (step < 0)
			return step;
		if (!trial->seen.ready)
			break;
		step = speak(trial, err);
		if (step < 0 || (step != BO_STEP_FAULT && trial->seen.ready))
			return step < 0 ? step : BO_STEP_OK;
	}
	return BO_STEP_TIMEOUT;
}
