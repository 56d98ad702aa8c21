#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "harness/base/prng.h"
#include "harness/model/stats.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ppb, to the last digit that closed forms and published tables give */
Test(stats, bounds_are_those_of_clopper_and_pearson)
{
	static const struct {
		uint64_t failures, n;
		int64_t confidence;
		double lower, upper;
	} cases[] = {
		/* no failure: 1 - 0.05^(1/n); all: its mirror image */
		{0, 1, BO_STATS_95, 0, 0.95},
		{0, 10, BO_STATS_95, 0, 0.258865551},
		{0, 299, BO_STATS_95, 0, 0.009969147},
		{0, 2995, BO_STATS_95, 0, 0.000999744},
		{0, 29956, BO_STATS_95, 0, 0.000099999},
		{10, 10, BO_STATS_95, 0.741134449, 1},
		/* the sum of the terms, computed exactly and solved for the rate */
		{1, 10, BO_STATS_95_SIDED, 0.002528579, 0.445016117},
		{5, 10, BO_STATS_95_SIDED, 0.187086028, 0.812913972},
		{2, 50, BO_STATS_95_SIDED, 0.004881433, 0.137137626},
		{50, 100, BO_STATS_95_SIDED, 0.398321129, 0.601678871},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		double lower = (double)bo_stats_lower_ppb(cases[i].failures, cases[i].n,
							  cases[i].confidence) /
			       BO_STATS_ONE;
		double upper = (double)bo_stats_upper_ppb(cases[i].failures, cases[i].n,
							  cases[i].confidence) /
			       BO_STATS_ONE;

		cr_expect(fabs(lower - cases[i].lower) < 2e-8, "%llu of %llu: %.9f",
			  (unsigned long long)cases[i].failures, (unsigned long long)cases[i].n,
			  lower);
		cr_expect(fabs(upper - cases[i].upper) < 2e-8, "%llu of %llu: %.9f",
			  (unsigned long long)cases[i].failures, (unsigned long long)cases[i].n,
			  upper);
	}
	cr_expect_eq(bo_stats_upper_ppb(0, 0, BO_STATS_95), BO_STATS_ONE, "nothing is known");
	cr_expect_eq(bo_stats_lower_ppb(0, 0, BO_STATS_95), 0);
}

Test(stats, large_counts_neither_overflow_nor_take_long)
{
	int64_t half = bo_stats_upper_ppb(500000, 1000000, BO_STATS_95);
	int64_t rare = bo_stats_upper_ppb(1, 10000000, BO_STATS_95);

	/* the normal approximation: 0.5 + 1.645 * 0.0005 */
	cr_expect(llabs(half - 500822800) < 2000, "%lld", (long long)half);
	/* Poisson: 4.744 / n */
	cr_expect(llabs(rare - 474) < 2, "%lld", (long long)rare);
	cr_expect_lt(bo_stats_lower_ppb(999999, 1000000, BO_STATS_95), BO_STATS_ONE);
}

/* What the bound is for: whatever the true rate, it is below it in at least 95 of 100 campaigns. */
Test(stats, the_bound_covers_the_true_rate)
{
	static const uint64_t rates_per_mille[] = {5, 50, 300, 900};
	struct bo_prng prng;

	bo_prng_init(&prng, 1);
	for (size_t r = 0; r < COUNT(rates_per_mille); r++) {
		unsigned covered = 0;

		for (unsigned campaign = 0; campaign < 1000; campaign++) {
			uint64_t failures = 0;

			for (unsigned i = 0; i < 60; i++)
				failures += bo_prng_below(&prng, 1000) < rates_per_mille[r];
			covered += bo_stats_upper_ppb(failures, 60, BO_STATS_95) >=
				   (int64_t)rates_per_mille[r] * 1000000;
		}
		cr_expect_geq(covered, 940, "%u of 1000", covered);
	}
}

Test(stats, how_many_clean_trials_show_a_rate)
{
	cr_expect_eq(bo_stats_trials_for(10000000), 299);
	cr_expect_eq(bo_stats_trials_for(1000000), 2995);
	cr_expect_eq(bo_stats_trials_for(100000), 29956);
	cr_expect_eq(bo_stats_trials_for(BO_STATS_ONE), 1);
	cr_expect_eq(bo_stats_trials_for(0), UINT64_MAX);
}

Test(stats, rates_are_shown_with_three_digits_rounded_to_the_safe_side)
{
	static const struct {
		int64_t ppb;
		const char *up, *down;
	} cases[] = {
		{0, "0 %", "0 %"},
		{7, "0.0000007 %", "0.0000007 %"},
		{99999, "0.01000 %", "0.00999 %"},
		{999748, "0.1000 %", "0.0999 %"},
		{9968855, "0.997 %", "0.996 %"},
		{258865551, "25.9 %", "25.8 %"},
		{999999999, "100.0 %", "99.9 %"},
		{BO_STATS_ONE, "100 %", "100 %"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[BO_STATS_TEXT_MAX];

		cr_expect_str_eq(bo_stats_format(text, cases[i].ppb, 1), cases[i].up);
		cr_expect_str_eq(bo_stats_format(text, cases[i].ppb, 0), cases[i].down);
	}
}
