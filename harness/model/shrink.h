#ifndef BO_HARNESS_MODEL_SHRINK_H
#define BO_HARNESS_MODEL_SHRINK_H

#include "harness/model/schedule.h"

/*
 * Makes a failing schedule smaller, after Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input" (2002): faults are left out, halves of them first and the earlier ones
 * first, so that the later ones stay; then each that is left is made simpler: no delay, any boot,
 * one outage instead of several, round numbers. Pure: whoever tries the candidates says which still
 * fail.
 */
struct bo_shrink {
	struct bo_schedule current; /* fails */
	size_t next;		    /* candidate */
};

/* The next schedule to try. False: none is left, `current` is as small as it gets. */
bool bo_shrink_next(struct bo_shrink *shrink, struct bo_schedule *ret);
/* The candidate fails in the same way: go on from there. One that passes, or whose faults did not
 * fire, is simply passed over. */
void bo_shrink_take(struct bo_shrink *shrink, const struct bo_schedule *candidate);

#endif
