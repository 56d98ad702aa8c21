#ifndef BO_HARNESS_MODEL_STATS_H
#define BO_HARNESS_MODEL_STATS_H

#include <stddef.h>
#include <stdint.h>

/*
 * What trials say about a failure rate: the bounds of Clopper and Pearson, "The use of confidence
 * or fiducial limits illustrated in the case of the binomial" (Biometrika 26, 1934). They hold for
 * every rate, not only on average, and presume trials that were drawn independently; for draws
 * without replacement they are on the safe side. Rates are parts per thousand million (ppb), upper
 * bounds rounded up, lower ones down.
 */
#define BO_STATS_ONE	  1000000000
#define BO_STATS_95	  950000000
#define BO_STATS_95_SIDED 975000000 /* each side of a two-sided interval of 95 % */

/* The smallest rate that is refuted: with a rate above it, so few failures (or fewer) among n
 * would be rarer than 1 - confidence. n = 0: anything is possible. failures <= n. */
int64_t bo_stats_upper_ppb(uint64_t failures, uint64_t n, int64_t confidence_ppb);
int64_t bo_stats_lower_ppb(uint64_t failures, uint64_t n, int64_t confidence_ppb);

/* How many trials without a failure it takes to show, with 95 %, that the rate is at most this. */
uint64_t bo_stats_trials_for(int64_t rate_ppb);

/* "0.998 %", three digits, rounded as the bound was. Returns out. */
#define BO_STATS_TEXT_MAX 32
const char *bo_stats_format(char out[BO_STATS_TEXT_MAX], int64_t rate_ppb, int upwards);

#endif
