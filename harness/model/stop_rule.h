#ifndef BO_HARNESS_MODEL_STOP_RULE_H
#define BO_HARNESS_MODEL_STOP_RULE_H

#include "harness/model/stats.h"

/*
 * A sequential test of a failure rate: looked at after each trial, it ends a campaign as soon as
 * the trials show that the rate is at most a limit, or above it. A bound for a fixed number of
 * trials (stats.h) that is looked at again and again is wrong far more often than it says; these
 * hold at all moments together, so that a campaign may end whenever they say so, when its time is
 * over, or when it is interrupted.
 *
 * The rates that are not refuted after n trials, f of which failed, are those p with
 *
 *   M(p) = B(a + f, b + n - f) / B(a, b) / (p^f (1 - p)^(n - f)) < 1 / (1 - confidence)
 *
 * where B is the beta function: the likelihood ratio of a mixture of all rates, weighted by a beta
 * distribution, to p. If p is the true rate, M(p) is a martingale that begins at 1, and by Ville's
 * inequality (1939) it ever reaches 20 with a probability of at most 1/20. See Robbins,
 * "Statistical methods related to the law of the iterated logarithm" (Annals of Mathematical
 * Statistics 41, 1970), and Lai, "On confidence sequences" (Annals of Statistics 4, 1976). The
 * weight, a = 1/2 and b = 1 / (2 limit), is fixed before the first trial: the rule is its limit.
 *
 * Trials must come in an order that does not depend on what they are about: that in which they were
 * drawn.
 */
enum bo_stop {
	BO_STOP_OPEN,	  /* neither is shown */
	BO_STOP_MET,	  /* the rate is at most the limit */
	BO_STOP_EXCEEDED, /* it is above */
};

extern const char *const bo_stop_names[];

struct bo_stop_counts {
	uint64_t judged, failed;
	uint64_t unresolved; /* may have been failures, or not: whatever speaks against an end */
};

/* Both bounds, with a confidence of 95 % together. 0 < limit_ppb < BO_STATS_ONE, failed <= n. */
int64_t bo_stop_upper_ppb(uint64_t failed, uint64_t n, int64_t limit_ppb);
int64_t bo_stop_lower_ppb(uint64_t failed, uint64_t n, int64_t limit_ppb);

enum bo_stop bo_stop_judge(const struct bo_stop_counts *counts, int64_t limit_ppb);

/* After how many trials without a failure it ends. */
uint64_t bo_stop_earliest(int64_t limit_ppb);

#endif
