#ifndef BO_HARNESS_MODEL_VERDICT_H
#define BO_HARNESS_MODEL_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* What the target did. The order is that of the decision: the first that fits is the outcome. */
enum bo_outcome {
	BO_OUTCOME_NONE, /* not decided: the trial ended before the target could be judged */
	BO_OUTCOME_WRONG_IMAGE,
	BO_OUTCOME_BRICKED,
	BO_OUTCOME_UNRESOLVED, /* did not come back, and the bench could not clear itself */
	BO_OUTCOME_BOOT_LOOP,
	BO_OUTCOME_RECOVERY_MODE,
	BO_OUTCOME_DEGRADED,
	BO_OUTCOME_REFUSED,
	BO_OUTCOME_ROLLED_BACK,
	BO_OUTCOME_KEPT_OLD,
	BO_OUTCOME_UPDATED,
	BO_OUTCOME_COUNT,
};

/* Whether the outcome held against the promise. A skipped or inconclusive trial is not a pass. */
enum bo_verdict { BO_PASS, BO_FAIL, BO_SKIPPED, BO_INCONCLUSIVE, BO_VERDICT_COUNT };

/* NULL-terminated, in enum order, as they stand in files and ids. */
extern const char *const bo_outcome_names[BO_OUTCOME_COUNT + 1];
extern const char *const bo_verdict_names[BO_VERDICT_COUNT + 1];

/* The old image runs: nothing came of the update. */
bool bo_outcome_is_old(enum bo_outcome outcome);

/* -1 when there is no such name. */
int bo_outcome_parse(const char *name);
int bo_verdict_parse(const char *name);

/* The documented exit codes; the precedence when several apply is 4, 1, 3, 0. */
enum bo_exit {
	BO_EXIT_OK = 0,
	BO_EXIT_BROKEN_PROMISE = 1,
	BO_EXIT_USAGE = 2,
	BO_EXIT_NO_VERDICT = 3,
	BO_EXIT_INTERNAL = 4,
	BO_EXIT_BUSY = 75,
	BO_EXIT_SIGNAL = 128, /* plus the signal's number */
};

/* What a run adds up to; the last line of a run prints these. */
struct bo_tally {
	uint64_t planned, fired, proven, judged, skipped, not_applicable;
	uint64_t passed, failed, inconclusive, unresolved;
	uint64_t stopped; /* strategies that were not begun */
};

/* How many of the planned trials must be judged, unless somebody says otherwise. */
#define BO_MIN_JUDGED_PPM 950000

/* 1 on a broken promise; 3 when fewer than `min_judged_ppm` of the planned trials were judged or
 * a fired cut was not proven or a strategy was not begun; else 0. */
int bo_tally_exit(const struct bo_tally *tally, int64_t min_judged_ppm);

#endif
