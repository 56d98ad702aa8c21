#include <errno.h>

#include "harness/explore/tests/brute.h"

/* The explorer on boot programs whose answer is known, its limits, and what it refuses. */

static struct bo_explore_config config_of(struct fm *fm, const uint8_t *const *start,
					  unsigned tears)
{
	struct bo_explore_config config = {
		.machine = fm_machine(fm), .starts = start, .start_count = 1, .tears = tears};

	promises(&config);
	return config;
}

static int run(const struct bo_explore_config *config, struct bo_explore **ret, struct bo_err *err)
{
	*ret = bo_explore_new(config);
	cr_assert_not_null(*ret);
	return bo_explore_run(*ret, err);
}

Test(explore, a_program_that_looks_back_is_found_out_by_the_fixpoint_alone)
{
	struct fm fm = {.program = look_back_program};
	uint8_t start[FM_SIZE];
	const struct bo_finding *findings;
	struct bo_explore *x;
	uint64_t schedules;

	memset(start, 0xFF, sizeof(start));
	x = explore(&fm, start, BO_TEARS_WHOLE, true);
	cr_assert_eq(bo_explore_findings(x, &findings), 0);
	cr_assert_not(brute_agrees(&fm, start, x, BO_TEARS_WHOLE, &schedules));
	bo_explore_free(x);
	x = explore(&fm, start, BO_TEARS_WHOLE, false);
	cr_assert_eq(bo_explore_findings(x, &findings), 1);
	cr_assert_eq(findings[0].cuts, 1);
	cr_assert_eq(findings[0].boots, 2);
	cr_assert(brute_agrees(&fm, start, x, BO_TEARS_WHOLE, &schedules));
	bo_explore_free(x);
}

Test(explore, what_is_bounded_is_verified_as_well)
{
	static const enum swap_bug bug = SWAP_RIGHT;
	struct fm fm = {.program = swap_program, .code = &bug};
	uint8_t start[FM_SIZE];
	const uint8_t *starts[] = {start};
	struct bo_explore_config config = config_of(&fm, starts, ALL_TEARS);
	struct bo_explore_stats stats;
	struct bo_err err = {0};
	struct bo_explore *x;

	swap_start(start);
	config.depth_max = 1;
	config.verify_ppm = 1000000;
	cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_BOUNDED, "%s", err.text);
	bo_explore_stats(x, &stats);
	cr_assert_geq(stats.verified, stats.cut_states);
	bo_explore_free(x);
}

Test(explore, verification_catches_the_wrong_rule_and_not_the_right_one)
{
	struct fm fm = {.program = look_back_program};
	uint8_t start[FM_SIZE];
	const uint8_t *starts[] = {start};
	struct bo_explore_config config = config_of(&fm, starts, BO_TEARS_WHOLE);
	struct bo_explore_stats stats;
	struct bo_err err = {0};
	struct bo_explore *x;

	memset(start, 0xFF, sizeof(start));
	config.verify_ppm = 20000000; /* there are few states */
	cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_CLOSED, "%s", err.text);
	bo_explore_stats(x, &stats);
	cr_assert_gt(stats.verified, 100);
	bo_explore_free(x);
	config.test_read_once = true;
	cr_assert_eq(run(&config, &x, &err), -EPROTO);
	cr_assert(strstr(err.text, "does not boot as it does"), "%s", err.text);
	bo_explore_free(x);
}

/* Carries a schedule out and returns the outcome it leads to. */
static uint32_t carry_out(struct fm *fm, const uint8_t *start, const struct bo_step *steps,
			  size_t count)
{
	uint8_t at[FM_SIZE];
	struct bo_boot boot;

	memcpy(at, start, sizeof(at));
	for (size_t i = 0; i < count; i++) {
		fm_load(fm, at, NULL);
		fm_boot(fm, steps[i].cut ? &steps[i].at : NULL, &boot, NULL);
		memcpy(at, boot.memory, sizeof(at));
	}
	boot_from(fm, at, &boot);
	return boot.outcome;
}

Test(explore, a_right_swap_is_closed_and_each_bug_is_found_with_as_few_cuts_as_it_needs)
{
	static const struct {
		enum swap_bug bug;
		unsigned tears;
		bool found;
		struct bo_cut at;
	} cases[] = {
		{SWAP_RIGHT, BO_TEARS_WHOLE, false, {0}},
		{SWAP_RIGHT, ALL_TEARS, false, {0}},
		/* behind the erase of page 1 */
		{SWAP_FORGETFUL, BO_TEARS_WHOLE, true, {6, BO_TEAR_CLEAN, 0}},
		{SWAP_MARKED_EARLY, BO_TEARS_WHOLE, true, {2, BO_TEAR_CLEAN, 0}},
		{SWAP_HASTY, BO_TEARS_WHOLE, true, {3, BO_TEAR_CLEAN, 0}},
	};
	uint8_t start[FM_SIZE];
	uint64_t schedules;

	swap_start(start);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm fm = {.program = swap_program, .code = &cases[i].bug};
		struct bo_explore *x = explore(&fm, start, cases[i].tears, false);
		const struct bo_finding *findings;
		size_t count = bo_explore_findings(x, &findings), at;
		struct bo_step steps[4];

		cr_assert_eq(count > 0, cases[i].found, "case %zu: %zu", i, count);
		if (count) {
			cr_assert_eq(bo_explore_schedule(x, findings[0].state, &at, steps, 4), 1);
			cr_assert_eq(steps[0].at.op, cases[i].at.op, "case %zu: %u", i,
				     steps[0].at.op);
			cr_assert_eq(steps[0].at.tear, cases[i].at.tear, "case %zu", i);
			cr_assert_eq(carry_out(&fm, start, steps, 1), OUT_LOST, "case %zu", i);
		}
		cr_assert(brute_agrees(&fm, start, x, cases[i].tears, &schedules), "case %zu", i);
		bo_explore_free(x);
	}
}

Test(explore, what_needs_two_cuts_is_found_with_two)
{
	static const bool right = true, wrong = false;
	struct fm fm = {.program = journal_program, .code = &right};
	const struct bo_finding *findings;
	struct bo_step steps[4];
	uint8_t start[FM_SIZE];
	struct bo_explore *x;
	size_t at;

	memset(start, 0xFF, sizeof(start));
	fm_put(start, 0, 0, SWAP_OLD);
	x = explore(&fm, start, ALL_TEARS & ~(1u << BO_TEAR_HIGH | 1u << BO_TEAR_BITS), false);
	cr_assert_eq(bo_explore_findings(x, &findings), 0);
	bo_explore_free(x);
	fm.code = &wrong;
	x = explore(&fm, start, BO_TEARS_WHOLE, false);
	cr_assert_gt(bo_explore_findings(x, &findings), 0);
	cr_assert_eq(findings[0].cuts, 2);
	cr_assert_eq(bo_explore_schedule(x, findings[0].state, &at, steps, 4), 2);
	cr_assert_eq(steps[0].at.op, 4); /* the journal is set, nothing applied */
	cr_assert_eq(steps[1].at.op, 3); /* the journal is gone, nothing written */
	cr_assert_eq(carry_out(&fm, start, steps, 2), OUT_LOST);
	bo_explore_free(x);
}

/* ---- limits ---- */

Test(explore, a_bound_on_cuts_is_kept_and_said)
{
	static const bool wrong = false;
	struct fm fm = {.program = journal_program, .code = &wrong};
	uint8_t start[FM_SIZE];
	const uint8_t *starts[] = {start};
	struct bo_explore_config config = config_of(&fm, starts, BO_TEARS_WHOLE);
	const struct bo_finding *findings;
	struct bo_err err = {0};
	struct bo_explore *x;

	memset(start, 0xFF, sizeof(start));
	fm_put(start, 0, 0, SWAP_OLD);
	for (config.depth_max = 1; config.depth_max <= 2; config.depth_max++) {
		cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_BOUNDED);
		cr_assert_eq(bo_explore_bound(x), config.depth_max);
		cr_assert_eq(bo_explore_findings(x, &findings) > 0, config.depth_max == 2);
		bo_explore_free(x);
	}
	config.depth_max = 100; /* more than there is to find */
	cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_CLOSED);
	cr_assert_eq(bo_explore_bound(x), UINT32_MAX);
	bo_explore_free(x);
}

Test(explore, a_budget_stops_it_and_nothing_is_claimed_beyond)
{
	static const enum swap_bug bug = SWAP_RIGHT;
	struct fm fm = {.program = swap_program, .code = &bug};
	uint8_t start[FM_SIZE];
	const uint8_t *starts[] = {start};
	struct bo_explore_config config = config_of(&fm, starts, ALL_TEARS);
	struct bo_explore_stats whole, stopped;
	struct bo_err err = {0};
	struct bo_explore *x;

	swap_start(start);
	cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_CLOSED);
	bo_explore_stats(x, &whole);
	bo_explore_free(x);
	for (config.boots_max = 1; config.boots_max < whole.boots; config.boots_max++) {
		cr_assert_eq(run(&config, &x, &err), BO_EXPLORE_STOPPED);
		bo_explore_stats(x, &stopped);
		cr_assert_eq(stopped.boots, config.boots_max);
		cr_assert_lt(bo_explore_bound(x), 10);
		bo_explore_free(x);
	}
}

/* ---- machines that break the conditions ---- */

Test(explore, a_machine_whose_operations_do_not_explain_its_memory_is_refused)
{
	static const enum swap_bug bug = SWAP_RIGHT;
	static const struct {
		bool hides_a_write, hides_reads;
		const char *says;
	} cases[] = {{true, false, "do not explain"}, {false, true, "programs what was not read"}};
	uint8_t start[FM_SIZE];
	const uint8_t *starts[] = {start};

	swap_start(start);
	for (size_t i = 0; i < 2; i++) {
		struct fm fm = {.program = swap_program,
				.code = &bug,
				.hides_a_write = cases[i].hides_a_write,
				.hides_reads = cases[i].hides_reads};
		struct bo_explore_config config = config_of(&fm, starts, BO_TEARS_WHOLE);
		struct bo_err err = {0};
		struct bo_explore *x;

		cr_assert_eq(run(&config, &x, &err), -EPROTO, "case %zu", i);
		cr_assert(strstr(err.text, cases[i].says), "%s", err.text);
		bo_explore_free(x);
	}
}

Test(explore, a_boot_that_never_comes_to_a_good_outcome_is_stuck)
{
	struct random_code code = {.insn = {{.kind = R_END, .other = OUT_OLD}}};
	struct fm fm = {.program = random_program, .code = &code};
	const struct bo_finding *findings;
	uint8_t start[FM_SIZE];
	struct bo_explore *x;

	memset(start, 0xFF, sizeof(start));
	x = explore(&fm, start, BO_TEARS_WHOLE, false);
	cr_assert_eq(bo_explore_findings(x, &findings), 1);
	cr_assert_eq(findings[0].kind, BO_FINDING_STUCK);
	cr_assert_eq(findings[0].cuts + findings[0].boots, 0);
	bo_explore_free(x);
}
