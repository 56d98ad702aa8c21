#ifndef BO_HARNESS_ENGINE_TRIAL_H
#define BO_HARNESS_ENGINE_TRIAL_H

#include "drivers/api/update.h"
#include "harness/engine/bench.h"
#include "harness/engine/plan.h"
#include "harness/engine/record.h"

/*
 * One trial: known start state, update, faults, recovery, observation, verdict (DESIGN.md 4).
 */
struct bo_trial_args {
	struct bo_bench *bench;
	struct bo_loop *loop;
	const struct bo_job *job;
	const struct bo_protocol *protocol;
	struct bo_schedule schedule;
	struct bo_record *record;
	const char *id;
	/* The id's hash when it is not the job's: repeated anyway, and the journal says so. */
	const char *drifted_from;
	/* A line for whoever watches: what the trial does now. Optional. */
	void (*progress)(void *ctx, const char *what);
	void *ctx;
};

enum { BO_TRIAL_RIG_BROKE = 1 };

/*
 * Runs it and writes the journal, the verdict included. 0: there is a verdict line of any kind;
 * BO_TRIAL_RIG_BROKE: there is one too (inconclusive), and the bench must be opened anew before the
 * next trial; -EINTR: a signal ended it; another -errno: the record could not be written. `err` may
 * be scribbled on in any case.
 */
int bo_trial_run(const struct bo_trial_args *args, struct bo_err *err);

#endif
