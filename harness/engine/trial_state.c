#include "harness/engine/trial_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

bo_ns trial_time(const struct bo_trial *trial, bo_ns at)
{
	return at - trial->began;
}

void trial_phase(struct bo_trial *trial, const char *name)
{
	trial_note(trial, "phase", "s:s", "name", name);
	if (trial->args->progress)
		trial->args->progress(trial->args->ctx, name);
}

const char *const trial_step_names[BO_STEP_COUNT] = {
	[BO_STEP_OK] = "done",	 [BO_STEP_FAULT] = "cut",	[BO_STEP_TIMEOUT] = "timeout",
	[BO_STEP_DEAD] = "dead", [BO_STEP_REFUSED] = "refused", [BO_STEP_SILENT] = "silent",
};

static unsigned count_phase(struct bo_trial *trial, const char *name)
{
	struct bo_phase *phase = trial->phase;
	struct bo_phase *end = phase + sizeof(trial->phase) / sizeof(trial->phase[0]) - 1;

	while (phase < end && phase->name && strcmp(phase->name, name) != 0)
		phase++;
	phase->name = name;
	return ++phase->begun;
}

static bool at_once(struct bo_trial *trial)
{
	(void)trial;
	return true;
}

int trial_pass_phase(struct bo_trial *trial, const char *name, struct bo_err *err)
{
	char point[BO_POINT_NAME_MAX];
	unsigned n = count_phase(trial, name);
	bo_ns now = bo_loop_now(trial->loop);

	(void)snprintf(point, sizeof(point), BO_PHASE_PREFIX "%s", name);
	if (bo_injector_point(&trial->injector, point, n, now))
		trial_note(trial, "point", "s:s, s:I", "name", point, "n", (json_int_t)n);
	return trial_wait(trial, at_once, now, err);
}

void trial_fault_done(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due, bo_ns done)
{
	struct bo_buf text = {0};
	bo_ns lag = done - due;

	trial->fired++;
	if (lag > trial->worst_lag)
		trial->worst_lag = lag;
	bo_fault_format(fault, &text);
	trial_note(trial, "fault", "s:s, s:I, s:I, s:I", "fault", text.data, "due",
		   trial_time(trial, due), "done", trial_time(trial, done), "lag", lag);
	bo_buf_done(&text);
}

void trial_fault_proven(struct bo_trial *trial, const char *by)
{
	trial->proven++;
	trial_note(trial, "proof", "s:s, s:b", "witness", by, "says", 1);
}

struct waiting {
	struct bo_trial *trial;
	bool (*done)(struct bo_trial *trial);
};

static bool wait_is_over(void *ctx)
{
	struct waiting *waiting = ctx;
	struct bo_trial *trial = waiting->trial;

	return trial->broken.code || trial->cut.fault || trial->dead || waiting->done(trial);
}

int trial_wait(struct bo_trial *trial, bool (*done)(struct bo_trial *trial), bo_ns deadline,
	       struct bo_err *err)
{
	struct waiting waiting = {trial, done};
	int rc = bo_loop_until(trial->loop, wait_is_over, &waiting, deadline);

	if (trial->broken.code) {
		*err = trial->broken;
		return err->code;
	}
	if (rc == -ETIMEDOUT)
		return BO_STEP_TIMEOUT;
	if (rc < 0)
		return bo_err_set(err, rc, "interrupted");
	if (trial->cut.fault)
		return BO_STEP_FAULT;
	return done(trial) ? BO_STEP_OK : BO_STEP_DEAD;
}
