#include "harness/model/stats.h"

#include <assert.h>
#include <stdio.h>

/* Terms smaller than this share of the largest one add nothing that a double would keep. */
#define NEGLIGIBLE 1e-20

/*
 * The sum of the binomial terms from `from` towards one end, as multiples of the term at `from`.
 * Neighbouring terms differ by (n - i) / (i + 1) * odds, so that no factorial is needed and nothing
 * overflows.
 */
static double sum_upwards(uint64_t from, uint64_t to, uint64_t n, double odds)
{
	double term = 1, sum = 0;

	for (uint64_t i = from; i <= to && term > NEGLIGIBLE; i++) {
		sum += term;
		term *= (double)(n - i) / (double)(i + 1) * odds;
	}
	return sum;
}

static double sum_downwards(uint64_t from, uint64_t n, double odds)
{
	double term = 1, sum = 0;

	for (uint64_t i = from; term > NEGLIGIBLE; i--) {
		sum += term;
		if (i == 0)
			break;
		term *= (double)i / ((double)(n - i + 1) * odds);
	}
	return sum;
}

/* P(X <= k) of a binomial distribution, 0 < rate < 1. Terms are taken relative to the largest. */
static double cumulative(uint64_t k, uint64_t n, double rate)
{
	double odds = rate / (1 - rate);
	uint64_t mode = (uint64_t)((double)(n + 1) * rate);

	mode = mode < n ? mode : n;
	double below = sum_downwards(mode, n, odds) - 1, above = sum_upwards(mode, n, n, odds) - 1;

	if (k >= mode)
		return (below + sum_upwards(mode, k, n, odds)) / (below + 1 + above);
	/* from the largest term down to k */
	double term = 1;

	for (uint64_t i = mode; i > k && term > 0; i--)
		term *= (double)i / ((double)(n - i + 1) * odds);
	return term * sum_downwards(k, n, odds) / (below + 1 + above);
}

/* The rate, in ppb, up to which P(X <= k) stays above `level`; it falls as the rate grows. */
static int64_t find_rate(uint64_t k, uint64_t n, double level)
{
	int64_t low = 0, high = BO_STATS_ONE;

	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;

		if (cumulative(k, n, (double)middle / BO_STATS_ONE) > level)
			low = middle;
		else
			high = middle;
	}
	return high;
}

int64_t bo_stats_upper_ppb(uint64_t failures, uint64_t n, int64_t confidence_ppb)
{
	assert(failures <= n);
	if (failures == n)
		return BO_STATS_ONE;
	return find_rate(failures, n, 1 - (double)confidence_ppb / BO_STATS_ONE);
}

int64_t bo_stats_lower_ppb(uint64_t failures, uint64_t n, int64_t confidence_ppb)
{
	assert(failures <= n);
	if (failures == 0)
		return 0;
	return find_rate(failures - 1, n, (double)confidence_ppb / BO_STATS_ONE) - 1;
}

uint64_t bo_stats_trials_for(int64_t rate_ppb)
{
	uint64_t low = 0, high = 1;

	if (rate_ppb <= 0)
		return UINT64_MAX;
	while (bo_stats_upper_ppb(0, high, BO_STATS_95) > rate_ppb)
		high *= 2;
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (bo_stats_upper_ppb(0, middle, BO_STATS_95) > rate_ppb)
			low = middle;
		else
			high = middle;
	}
	return high;
}

const char *bo_stats_format(char out[BO_STATS_TEXT_MAX], int64_t rate_ppb, int upwards)
{
	int64_t unit = 1; /* of the third digit */
	int decimals = 7;

	while (rate_ppb / unit >= 1000) {
		unit *= 10;
		decimals--;
	}
	int64_t rounded = (rate_ppb + (upwards ? unit - 1 : 0)) / unit * unit;
	int64_t whole = rounded / 10000000, rest = rounded % 10000000;

	decimals = decimals > 0 && rate_ppb > 0 ? decimals : 0;
	for (int i = decimals; i < 7; i++)
		rest /= 10;
	if (decimals > 0)
		(void)snprintf(out, BO_STATS_TEXT_MAX, "%d.%0*d %%", (int)whole, decimals,
			       (int)rest);
	else
		(void)snprintf(out, BO_STATS_TEXT_MAX, "%d %%", (int)whole);
	return out;
}
