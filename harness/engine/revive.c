#include <errno.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/*
 * A target that did not come back. A boot loader that waits for an image is offered the golden one:
 * the only image that is known to boot on this board. Whether it takes it tells a device that can
 * be helped in the field from a brick. Otherwise the bench has to clear itself: a target is not
 * blamed for a dead supply.
 */

static int send_golden(struct bo_trial *trial, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + trial->target->deadline.update;
	int step = session_job(trial, BO_JOB_UPLOAD, deadline, err);

	if (step != BO_STEP_OK)
		return step;
	trial->reset_asked = true;
	step = session_job(trial, BO_JOB_RESET, deadline, err);
	/* The answer to a reset may be lost with the reset itself. */
	return step == BO_STEP_SILENT ? BO_STEP_OK : step;
}

static int offer_golden(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_observed found = trial->seen;
	bool resumed = trial->resumed;

	trial_phase(trial, "offer the golden image");
	trial->dead = false; /* it is, but for this */
	session_offer(trial, &trial->images->golden);
	int step = send_golden(trial, err);

	if (step == BO_STEP_OK)
		step = hearing_wait_ready(trial, trial->target->deadline.recovery, err);
	session_offer(trial, trial->offer);
	found.took_image = step == BO_STEP_OK &&
			   strcmp(trial->seen.version, trial->images->golden.identity.version) == 0;
	trial->seen = found; /* what is ready now is the golden image */
	trial->resumed = resumed;
	return step < 0 ? step : 0;
}

/* A probe that hangs once, or a host that was busy elsewhere, must not keep a brick from being
 * told. */
#define CLEARINGS_MAX 2

static int put_golden_back(struct bo_trial *trial, struct bo_err *err)
{
	int rc = prepare_start_state(trial, err);

	hearing_expect_boot(trial);
	if (rc == 0)
		rc = supply_set(trial, true, err);
	return rc == 0 ? hearing_wait_ready(trial, trial->target->deadline.boot, err) : rc;
}

/* Somebody else's board or console: nothing that was seen is this target's. */
static bool must_end(int rc)
{
	return rc == -EINTR || rc == -EXDEV;
}

static int clear_bench(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_observed found;
	int rc;

	trial_phase(trial, "clear the bench");
	trial->seen.clear_tried = true;
	if (!trial->bench->flash)
		return bo_err_set(err, -EOPNOTSUPP, "no probe to put the golden image back with");
	rc = observe_flash(trial, err);
	found = trial->seen;
	for (int i = 0; i < CLEARINGS_MAX && !found.cleared && !must_end(rc); i++) {
		if (rc < 0)
			trial_note(trial, "rig", "s:s", "text", bo_err_text(err));
		rc = put_golden_back(trial, err);
		found.cleared = rc == BO_STEP_OK;
	}
	trial->seen = found;
	return rc < 0 ? rc : 0;
}

int revive(struct bo_trial *trial, struct bo_err *err)
{
	int rc = 0;

	bo_injector_stop(&trial->injector);
	if (trial->seen.waits_for_image)
		rc = evidence_before_help(trial, err);
	if (rc == 0 && trial->seen.waits_for_image)
		rc = offer_golden(trial, err);
	if (rc < 0 || trial->seen.took_image)
		return rc;
	rc = clear_bench(trial, err);
	if (rc >= 0 || must_end(rc))
		return rc;
	/* A bench that cannot be cleared is an outcome (unresolved), not the end of the trial. */
	trial_note(trial, "rig", "s:s", "text", bo_err_text(err));
	return 0;
}
