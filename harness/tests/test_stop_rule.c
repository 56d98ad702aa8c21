#include <criterion/criterion.h>

#include "harness/base/prng.h"
#include "harness/model/stop_rule.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     (BO_STATS_ONE / 100)

/* ---- how often a rule ends with what is not so ---- */

static enum bo_stop by_the_rule(const struct bo_stop_counts *counts, int64_t limit_ppb)
{
	return bo_stop_judge(counts, limit_ppb);
}

/* What people do: a bound for a fixed number of trials, looked at after each of them. */
static enum bo_stop by_peeking(const struct bo_stop_counts *counts, int64_t limit_ppb)
{
	if (bo_stats_upper_ppb(counts->failed, counts->judged, BO_STATS_95) <= limit_ppb)
		return BO_STOP_MET;
	return bo_stats_lower_ppb(counts->failed, counts->judged, BO_STATS_95) > limit_ppb
		       ? BO_STOP_EXCEEDED
		       : BO_STOP_OPEN;
}

struct ends {
	unsigned count[3];
	uint64_t trials;
};

/* 500 campaigns of at most 250 trials. With `places`, drawn without replacement from so many. */
static struct ends simulate(enum bo_stop (*rule)(const struct bo_stop_counts *, int64_t),
			    int64_t limit_ppb, int64_t rate_ppb, uint64_t places)
{
	struct ends ends = {0};
	struct bo_prng prng;

	bo_prng_init(&prng, 7);
	for (unsigned run = 0; run < 500; run++) {
		struct bo_stop_counts counts = {0};
		uint64_t left = places, bad = (uint64_t)rate_ppb * places / BO_STATS_ONE;
		enum bo_stop end = BO_STOP_OPEN;

		while (end == BO_STOP_OPEN && counts.judged < 250) {
			bool fails =
				places ? bo_prng_below(&prng, left--) < bad
				       : (int64_t)bo_prng_below(&prng, BO_STATS_ONE) < rate_ppb;

			bad -= places && fails;
			counts.judged++;
			counts.failed += fails;
			end = rule(&counts, limit_ppb);
		}
		ends.count[end]++;
		ends.trials += counts.judged;
	}
	return ends;
}

Test(stop_rule, is_wrong_at_most_as_often_as_it_says)
{
	static const struct {
		int64_t limit, rate;
		uint64_t places;
		enum bo_stop wrong;
	} cases[] = {
		{5 * PERCENT, 5 * PERCENT + PERCENT / 100, 0, BO_STOP_MET},
		{10 * PERCENT, 11 * PERCENT, 0, BO_STOP_MET},
		{10 * PERCENT, 10 * PERCENT, 0, BO_STOP_EXCEEDED},
		{30 * PERCENT, 29 * PERCENT, 0, BO_STOP_EXCEEDED},
		{10 * PERCENT, 11 * PERCENT, 1000, BO_STOP_MET},
		{10 * PERCENT, 10 * PERCENT, 500, BO_STOP_EXCEEDED},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ends ends =
			simulate(by_the_rule, cases[i].limit, cases[i].rate, cases[i].places);

		cr_expect_leq(ends.count[cases[i].wrong], 25, "case %zu: %u of 500", i,
			      ends.count[cases[i].wrong]);
	}
}

Test(stop_rule, the_check_above_catches_one_that_is_broken)
{
	struct ends met = simulate(by_peeking, 10 * PERCENT, 11 * PERCENT, 0);
	struct ends exceeded = simulate(by_peeking, 10 * PERCENT, 10 * PERCENT, 0);

	cr_expect_gt(met.count[BO_STOP_MET], 50, "%u of 500", met.count[BO_STOP_MET]);
	cr_expect_gt(exceeded.count[BO_STOP_EXCEEDED], 50, "%u of 500",
		     exceeded.count[BO_STOP_EXCEEDED]);
}

Test(stop_rule, ends_early_where_the_rate_is_far_from_the_limit)
{
	struct ends good = simulate(by_the_rule, 10 * PERCENT, PERCENT, 0);
	struct ends bad = simulate(by_the_rule, 10 * PERCENT, 40 * PERCENT, 0);

	cr_expect_geq(good.count[BO_STOP_MET], 495);
	cr_expect_lt(good.trials / 500, 60);
	cr_expect_eq(bad.count[BO_STOP_EXCEEDED], 500);
	cr_expect_lt(bad.trials / 500, 20);
}

/* Reference values: the formula of the header by the logarithms of Python's math.lgamma(). */
Test(stop_rule, earliest_ends_are_those_of_the_formula)
{
	static const struct {
		int64_t limit;
		uint64_t trials;
	} cases[] = {{10 * PERCENT, 39}, {5 * PERCENT, 81}, {PERCENT, 409}, {PERCENT / 10, 4104}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_stop_counts counts = {.judged = cases[i].trials};

		cr_expect_eq(bo_stop_earliest(cases[i].limit), cases[i].trials);
		cr_expect_leq(bo_stop_upper_ppb(0, counts.judged, cases[i].limit), cases[i].limit);
		counts.judged--;
		cr_expect_gt(bo_stop_upper_ppb(0, counts.judged, cases[i].limit), cases[i].limit);
		counts.judged++;
		counts.unresolved = 1;
		cr_expect_eq(bo_stop_judge(&counts, cases[i].limit), BO_STOP_OPEN,
			     "it may have been a failure");
	}
}

Test(stop_rule, bounds_lie_on_either_side_of_the_share_that_failed)
{
	static const struct {
		uint64_t failed, n;
	} cases[] = {{0, 0}, {0, 1}, {1, 1}, {3, 100}, {50, 100}, {100, 100}, {200, 1000000}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t failed = cases[i].failed, n = cases[i].n;
		int64_t upper = bo_stop_upper_ppb(failed, n, PERCENT);
		int64_t lower = bo_stop_lower_ppb(failed, n, PERCENT);

		cr_expect_leq(lower, upper);
		cr_expect_leq(lower * (int64_t)n, (int64_t)failed * BO_STATS_ONE);
		cr_expect_geq(upper * (int64_t)n, (int64_t)failed * BO_STATS_ONE);
		/* what may be looked at at any time is wider than what holds once */
		cr_expect_geq(upper, bo_stats_upper_ppb(failed, n, BO_STATS_95));
		cr_expect_leq(lower, bo_stats_lower_ppb(failed, n, BO_STATS_95));
	}
	cr_expect_eq(bo_stop_upper_ppb(5, 5, PERCENT), BO_STATS_ONE);
	cr_expect_eq(bo_stop_lower_ppb(0, 5, PERCENT), 0);
}
