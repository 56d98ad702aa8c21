#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Strategies against devices that are functions. */

#define OPS 10000

static struct bo_census census;

static void count_points(void)
{
	for (uint64_t i = 1; i <= OPS; i++)
		bo_census_pass(&census, "flash.op", i, (bo_ns)i);
	for (uint64_t i = 1; i <= 34; i++)
		bo_census_pass(&census, "smp.byte", 480 * i, (bo_ns)i);
	bo_census_pass(&census, "smp.byte", 16384, 35);
	bo_census_pass(&census, "swap", 1, 40);
}

static void forget_points(void)
{
	bo_census_free(&census);
}

TestSuite(strategy, .init = count_points, .fini = forget_points);

struct made {
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct bo_campaign campaign;
};

static void make(struct made *made, const char *strategy)
{
	struct bo_buf text = {0}, report = {0};
	struct bo_err err = {0};

	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: a}}\n"
		      "update: {image: b}\npoints: {swap: {console: S}}\n"
		      "promises: {outcome: updated}\nstrategy: {%s}\n",
		      strategy);
	struct written file = written(text.data);

	cr_assert_eq(bo_scenario_read(file.path, &made->conf, &made->scenario, &report), 0, "%s",
		     report.data);
	cr_assert_eq(bo_campaign_open(&made->campaign, &made->scenario->strategy, 1, &census, &err),
		     0, "%s", bo_err_text(&err));
	written_done(&file);
	bo_buf_done(&text);
	bo_buf_done(&report);
}

static void unmake(struct made *made)
{
	bo_campaign_close(&made->campaign);
	bo_conf_free(made->conf);
}

static void show(struct bo_campaign *campaign, size_t from, struct bo_buf *out)
{
	bo_buf_printf(out, "%s", "");
	for (size_t i = from; i < campaign->count; i++) {
		struct bo_schedule schedule;

		bo_campaign_schedule(campaign, i, &schedule);
		bo_buf_printf(out, i > from ? " " : "");
		bo_schedule_format(&schedule, out);
	}
}

Test(strategy, each_kind_makes_its_schedules)
{
	static const struct {
		const char *strategy, *schedules;
	} cases[] = {
		{"kind: none", ""},
		{"kind: list, schedules: [swap.1=cut:off-1s, "
		 "\"boot.1=cut:off-1s,boot.2=cut:off-2s\", "
		 "none]",
		 "swap.1=cut:off-1s boot.1=cut:off-1s,boot.2=cut:off-2s none"},
		{"kind: linear, over: smp.byte, every: 5000, act: \"cut:off-300ms\", after: 2 ms",
		 "smp.byte.5000+2ms=cut:off-300ms smp.byte.10000+2ms=cut:off-300ms "
		 "smp.byte.15000+2ms=cut:off-300ms"},
		{"kind: linear, over: [swap.1+0ms..2ms, flash.op/5000]",
		 "swap.1=cut:off-1s swap.1+1ms=cut:off-1s swap.1+2ms=cut:off-1s "
		 "flash.op.5000=cut:off-1s flash.op.10000=cut:off-1s"},
		{"kind: linear, over: flash.op, trials: 4",
		 "flash.op.1=cut:off-1s flash.op.2501=cut:off-1s flash.op.5001=cut:off-1s "
		 "flash.op.7501=cut:off-1s"},
		{"kind: log, over: flash.op.1..8",
		 "flash.op.1=cut:off-1s flash.op.2=cut:off-1s flash.op.4=cut:off-1s "
		 "flash.op.5=cut:off-1s flash.op.7=cut:off-1s flash.op.8=cut:off-1s"},
		{"kind: log, over: smp.byte, trials: 2",
		 "smp.byte.480=cut:off-1s smp.byte.960=cut:off-1s"},
		{"kind: pairs, over: flash.op.1..2, then: [flash.op.2..3, b3.boot.3+5ms]",
		 "flash.op.1=cut:off-1s,flash.op.2=cut:off-1s "
		 "flash.op.1=cut:off-1s,flash.op.3=cut:off-1s "
		 "flash.op.1=cut:off-1s,b3.boot.3+5ms=cut:off-1s "
		 "flash.op.2=cut:off-1s,flash.op.3=cut:off-1s "
		 "flash.op.2=cut:off-1s,b3.boot.3+5ms=cut:off-1s"},
		{"kind: pairs, over: flash.op.1..100, then: b2.flash.op.1..100, trials: 2",
		 "flash.op.1=cut:off-1s,b2.flash.op.1=cut:off-1s "
		 "flash.op.51=cut:off-1s,b2.flash.op.1=cut:off-1s"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made made;
		struct bo_buf text = {0};

		make(&made, cases[i].strategy);
		(void)bo_campaign_next(&made.campaign);
		show(&made.campaign, 0, &text);
		cr_expect_str_eq(text.data, cases[i].schedules, "%s", cases[i].strategy);
		cr_expect_eq(bo_campaign_next(&made.campaign), 0, "all at once");
		for (size_t k = 0; k < made.campaign.count; k++)
			cr_expect_not(made.campaign.draw[k].uniform);
		bo_buf_done(&text);
		unmake(&made);
	}
}

Test(strategy, random_draws_each_place_at_most_once_and_the_same_ones_for_a_seed)
{
	struct made a, b;
	unsigned seen[40] = {0};

	make(&a, "kind: random, over: smp.byte, trials: 20");
	make(&b, "kind: random, over: smp.byte, trials: 1000");
	cr_assert_eq(bo_campaign_next(&a.campaign), 20);
	cr_assert_eq(bo_campaign_next(&b.campaign), 35, "there are no more");
	for (size_t i = 0; i < 20; i++) {
		cr_expect(a.campaign.draw[i].uniform);
		seen[a.campaign.draw[i].place]++;
	}
	for (size_t i = 0; i < COUNT(seen); i++)
		cr_expect_leq(seen[i], 1);
	bo_campaign_close(&b.campaign);

	struct bo_err err = {0};
	struct bo_buf first = {0}, again = {0}, other = {0};

	show(&a.campaign, 0, &first);
	for (uint64_t seed = 1; seed <= 2; seed++) {
		struct bo_buf *out = seed == 1 ? &again : &other;

		cr_assert_eq(
			bo_campaign_open(&b.campaign, &a.scenario->strategy, seed, &census, &err),
			0);
		(void)bo_campaign_next(&b.campaign);
		show(&b.campaign, 0, out);
		bo_campaign_close(&b.campaign);
	}
	cr_expect_str_eq(first.data, again.data);
	cr_expect_str_neq(first.data, other.data);
	bo_buf_done(&first);
	bo_buf_done(&again);
	bo_buf_done(&other);
	unmake(&a);
	bo_conf_free(b.conf);
}

/* ---- devices ---- */

static int always_alike(uint64_t op)
{
	(void)op;
	return 3;
}

static int three_stages(uint64_t op)
{
	return op < 2718 ? 0 : op < 6400 ? 1 : 2;
}

static int one_spot(uint64_t op)
{
	return op >= 5003 && op < 5100;
}

static int not_judged_in_the_middle(uint64_t op)
{
	return op > 4900 && op < 5100 ? BO_RESULT_UNKNOWN : op > 5000;
}

static void carry_out(struct bo_campaign *campaign, int (*device)(uint64_t op))
{
	size_t rounds = 0;

	while (bo_campaign_next(campaign) > 0) {
		cr_assert_lt(++rounds, 300);
		for (size_t i = 0; i < campaign->count; i++)
			if (campaign->draw[i].result == BO_RESULT_PENDING)
				campaign->draw[i].result =
					device(campaign->over.place[campaign->draw[i].place].n);
	}
}

/* Neighbours among the tried ones, with different results, that are neighbours of the grid too. */
static size_t boundaries(const struct bo_campaign *campaign, uint64_t *ret, size_t cap)
{
	int *result = malloc(campaign->over.count * sizeof(*result));
	size_t count = 0;

	for (size_t i = 0; i < campaign->over.count; i++)
		result[i] = BO_RESULT_UNKNOWN;
	for (size_t i = 0; i < campaign->count; i++) {
		cr_assert_eq(result[campaign->draw[i].place], BO_RESULT_UNKNOWN, "tried twice");
		result[campaign->draw[i].place] = campaign->draw[i].result;
	}
	for (size_t i = 1; i < campaign->over.count; i++)
		if (result[i] >= 0 && result[i - 1] >= 0 && result[i] != result[i - 1] &&
		    count < cap)
			ret[count++] = campaign->over.place[i].n;
	free(result);
	return count;
}

Test(strategy, bisect_finds_the_boundaries_of_linear_in_a_tenth_of_its_trials_or_less)
{
	static const struct {
		int (*device)(uint64_t op);
		size_t count;
		uint64_t at[2];
	} cases[] = {
		{always_alike, 0, {0}},
		{three_stages, 2, {2718, 6400}},
		{one_spot, 2, {5003, 5100}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct made linear, bisect;
		uint64_t by_linear[8], by_bisect[8];

		make(&linear, "kind: linear, over: flash.op");
		make(&bisect, "kind: bisect, over: flash.op, trials: 1000");
		carry_out(&linear.campaign, cases[i].device);
		carry_out(&bisect.campaign, cases[i].device);
		cr_expect_eq(linear.campaign.count, OPS);
		cr_expect_leq(bisect.campaign.count, OPS / 10);
		cr_expect_eq(boundaries(&linear.campaign, by_linear, 8), cases[i].count);
		cr_expect_eq(boundaries(&bisect.campaign, by_bisect, 8), cases[i].count);
		for (size_t k = 0; k < cases[i].count; k++) {
			cr_expect_eq(by_linear[k], cases[i].at[k]);
			cr_expect_eq(by_bisect[k], cases[i].at[k]);
		}
		unmake(&linear);
		unmake(&bisect);
	}
}

Test(strategy, a_fifth_of_bisect_is_drawn_as_if_nothing_were_interesting)
{
	struct made dull, lively;
	size_t uniform = 0;

	make(&dull, "kind: bisect, over: flash.op, trials: 203");
	make(&lively, "kind: bisect, over: flash.op, trials: 203");
	carry_out(&dull.campaign, always_alike);
	carry_out(&lively.campaign, three_stages);
	cr_expect_eq(dull.campaign.count, 203);
	for (size_t i = 0; i < dull.campaign.count; i++) {
		if (!dull.campaign.draw[i].uniform)
			continue;
		uniform++;
		cr_expect_eq(dull.campaign.draw[i].place, lively.campaign.draw[i].place);
	}
	cr_expect_eq(uniform, 41);
	unmake(&dull);
	unmake(&lively);
}

Test(strategy, bisect_does_not_insist_on_what_cannot_be_judged)
{
	struct made made;
	uint64_t at[4];

	make(&made, "kind: bisect, over: flash.op, trials: 2000");
	carry_out(&made.campaign, not_judged_in_the_middle);
	cr_expect_leq(made.campaign.count, 2000);
	cr_expect_eq(boundaries(&made.campaign, at, 4), 0, "no two judged neighbours differ");
	unmake(&made);
}

Test(strategy, a_budget_larger_than_the_grid_and_a_grid_of_one_place_end_too)
{
	struct made all, one;

	make(&all, "kind: bisect, over: [smp.byte, swap], trials: 5000");
	make(&one, "kind: bisect, over: swap, trials: 7");
	carry_out(&all.campaign, three_stages);
	carry_out(&one.campaign, three_stages);
	cr_expect_eq(all.campaign.count, 36);
	cr_expect_eq(one.campaign.count, 1);
	unmake(&all);
	unmake(&one);
}

Test(strategy, keys_that_do_not_go_together_are_complained_about)
{
	static const struct {
		const char *strategy, *complaint;
	} cases[] = {
		{"kind: linear", "strategy 'linear' needs the key 'over'"},
		{"kind: pairs, over: swap", "strategy 'pairs' needs the key 'then'"},
		{"kind: random, over: swap", "strategy 'random' needs the key 'trials'"},
		{"kind: bisect, trials: 9", "strategy 'bisect' needs the key 'over'"},
		{"kind: list", "strategy 'list' needs the key 'schedules'"},
		{"kind: linear, over: swap, then: boot", "strategy 'linear' has no use for 'then'"},
		{"kind: none, over: swap", "strategy 'none' has no use for 'over'"},
		{"kind: linear, over: [boot, swop.1]",
		 "unknown fault point 'swop' (did you mean 'swap'?); name it under 'points:'"},
		{"kind: linear, over: boot+5",
		 "axis 'boot+5': a bare number; say for example '250 ms'"},
		{"kind: linear, over: boot, act: \"cut:on\"",
		 "a cut says how long power stays away, for example cut:off-1s"},
		{"kind: list, schedules: [none, boot=cut]",
		 "fault point 'boot' has no ordinal; say for example 'boot.1'"},
		{"kind: list, schedules: [swop.1=cut:off-1s]",
		 "unknown fault point 'swop' (did you mean 'swap'?); name it under 'points:'"},
		{"kind: linear, over: boot}\nfault: {at: boot.1",
		 "a scenario has either faults or a strategy that makes them"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_conf *conf = NULL;
		struct bo_scenario *scenario = NULL;
		struct bo_buf text = {0}, report = {0};

		bo_buf_printf(&text,
			      "brownout: 1\nscenario: s\ntargets: [t]\n"
			      "baseline: {app: {image: a}}\nupdate: {image: b}\n"
			      "points: {swap: {console: S}}\npromises: {outcome: updated}\n"
			      "strategy: {%s}\n",
			      cases[i].strategy);
		struct written file = written(text.data);

		cr_expect_eq(bo_scenario_read(file.path, &conf, &scenario, &report), -EINVAL, "%s",
			     cases[i].strategy);
		expect_complaint(&report, 8, cases[i].complaint);
		written_done(&file);
		bo_buf_done(&text);
		bo_buf_done(&report);
		bo_conf_free(conf);
	}
}

Test(strategy, what_the_census_lacks_is_said)
{
	struct made made;
	struct bo_err err = {0};

	make(&made, "kind: linear, over: swap");
	bo_campaign_close(&made.campaign);
	struct bo_census nothing = {0};

	cr_expect_eq(bo_campaign_open(&made.campaign, &made.scenario->strategy, 1, &nothing, &err),
		     -ENOENT);
	cr_expect_str_eq(bo_err_text(&err),
			 "no fault point 'swap' was passed by the trial without faults");
	unmake(&made);
}
