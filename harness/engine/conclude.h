#ifndef BO_HARNESS_ENGINE_CONCLUDE_H
#define BO_HARNESS_ENGINE_CONCLUDE_H

#include "harness/engine/trial_state.h"

/* The beginning and the end of a trial's journal: what is tried, what was armed, the verdict. */

struct bo_findings {
	struct bo_judgement first;   /* after faults and recovery */
	struct bo_judgement then;    /* after the second update; NONE when there was none */
	struct bo_judgement control; /* of a negative; NONE when it was not asked for */
	struct bo_observed seen;     /* of the first */
	bool resumed;		     /* the second update continued the interrupted transfer; with
				      * a server that misbehaves, or jobs that do: any of them */
};

void conclude_begin(struct bo_trial *trial);
/* Writes the schedule down, durable, and starts the injector: power comes on after this. */
int conclude_arm(struct bo_trial *trial, struct bo_err *err);
/*
 * `rc` is how the trial's body ended, with its cause in `err`. Writes the verdict line and returns
 * what bo_trial_run() documents.
 */
int conclude_end(struct bo_trial *trial, const struct bo_findings *findings, int rc,
		 struct bo_err *err);

#endif
