#include "harness/model/stop_rule.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* 1 / (1 - 0.95) */
#define REFUTED 20.0

const char *const bo_stop_names[] = {
	[BO_STOP_OPEN] = "open",
	[BO_STOP_MET] = "met",
	[BO_STOP_EXCEEDED] = "exceeded",
};

/*
 * Whether M(rate) is large enough. It is a product of n simple factors, and each may be taken when
 * it suits: the exponent is counted apart, so that nothing overflows on the way.
 */
static bool is_refuted(double rate, uint64_t failed, uint64_t n, int64_t limit_ppb)
{
	const double a = 0.5, b = 0.5 * BO_STATS_ONE / (double)limit_ppb;
	double product = 1;
	int64_t exponent = 0;

	for (uint64_t i = 0; i < n; i++) {
		double weight = i < failed ? a + (double)i : b + (double)(i - failed);
		int shift;

		product *= weight / (a + b + (double)i) / (i < failed ? rate : 1 - rate);
		product = frexp(product, &shift);
		exponent += shift;
	}
	if (exponent < -1000 || exponent > 1000)
		return exponent > 0;
	return ldexp(product, (int)exponent) >= REFUTED;
}

/* M falls from a rate of 0 to the share that failed, and rises from there. */
int64_t bo_stop_upper_ppb(uint64_t failed, uint64_t n, int64_t limit_ppb)
{
	assert(failed <= n);
	if (failed == n)
		return BO_STATS_ONE;
	int64_t low = (int64_t)((double)failed / (double)n * BO_STATS_ONE), high = BO_STATS_ONE;

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (is_refuted((double)middle / BO_STATS_ONE, failed, n, limit_ppb))
			high = middle;
		else
			low = middle;
	}
	return high;
}

int64_t bo_stop_lower_ppb(uint64_t failed, uint64_t n, int64_t limit_ppb)
{
	assert(failed <= n);
	if (failed == 0)
		return 0;
	int64_t low = 0, high = (int64_t)((double)failed / (double)n * BO_STATS_ONE);

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (is_refuted((double)middle / BO_STATS_ONE, failed, n, limit_ppb))
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* What the bounds say of the limit, without looking for them. */
enum bo_stop bo_stop_judge(const struct bo_stop_counts *counts, int64_t limit_ppb)
{
	uint64_t n = counts->judged + counts->unresolved;
	uint64_t most = counts->failed + counts->unresolved;
	double limit = (double)limit_ppb / BO_STATS_ONE;

	if ((double)most < limit * (double)n && is_refuted(limit, most, n, limit_ppb))
		return BO_STOP_MET;
	if ((double)counts->failed > limit * (double)n &&
	    is_refuted(limit, counts->failed, n, limit_ppb))
		return BO_STOP_EXCEEDED;
	return BO_STOP_OPEN;
}

uint64_t bo_stop_earliest(int64_t limit_ppb)
{
	struct bo_stop_counts counts = {0};
	uint64_t low = 0, high = 1;

	for (counts.judged = 1; bo_stop_judge(&counts, limit_ppb) != BO_STOP_MET;
	     counts.judged = high) {
		low = high;
		high *= 2;
	}
	while (high - low > 1) {
		counts.judged = low + (high - low) / 2;
		if (bo_stop_judge(&counts, limit_ppb) == BO_STOP_MET)
			high = counts.judged;
		else
			low = counts.judged;
	}
	return high;
}
