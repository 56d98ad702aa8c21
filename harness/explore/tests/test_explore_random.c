#include <stdlib.h>

#include "harness/explore/tests/brute.h"

/* BROWNOUT_SWEEP=N in the environment: N random programs instead of a few. */
#ifdef __SANITIZE_ADDRESS__
#define FEW 8u
#else
#define FEW 40u
#endif
/* Of the random programs, the first for which what a single boot reads is not enough: one in a
 * thousand is like it. */
#define FIRST_UNFIT 687u

static unsigned sweep(unsigned few)
{
	const char *more = getenv("BROWNOUT_SWEEP");

	return more ? (unsigned)strtoul(more, NULL, 10) : few;
}

static void draw(uint64_t seed, struct fm *fm, struct random_code *code, uint8_t start[FM_SIZE])
{
	struct bo_prng prng;

	bo_prng_init(&prng, seed);
	random_code_draw(&prng, code);
	random_memory_draw(&prng, start);
	*fm = (struct fm){.program = random_program, .code = code};
}

Test(explore_random, the_closure_foretells_every_schedule_of_random_programs)
{
	uint64_t schedules = 0, states = 0, merged = 0, one;
	unsigned n = sweep(FEW);

	for (uint64_t seed = 0; seed < n; seed++) {
		unsigned tears = seed % 4 ? BO_TEARS_WHOLE : ALL_TEARS;
		struct bo_explore_stats stats;
		struct random_code code;
		uint8_t start[FM_SIZE];
		struct bo_explore *x;
		struct fm fm;

		draw(seed, &fm, &code, start);
		x = explore(&fm, start, tears, false);
		cr_assert(brute_agrees(&fm, start, x, tears, &one), "program %lu",
			  (unsigned long)seed);
		bo_explore_stats(x, &stats);
		schedules += one;
		states += stats.cut_states;
		merged += stats.cut_states - stats.classes;
		bo_explore_free(x);
	}
	cr_log_info("%lu schedules, %lu cut states, %lu merged", (unsigned long)schedules,
		    (unsigned long)states, (unsigned long)merged);
	cr_assert_gt(merged, states / 4, "%lu of %lu", (unsigned long)merged,
		     (unsigned long)states);
}

/* The same comparison says no of a rule that is wrong. */
Test(explore_random, merging_by_what_one_boot_reads_misses_schedules)
{
	unsigned missed = 0, n = sweep(1);

	for (uint64_t seed = FIRST_UNFIT; seed < FIRST_UNFIT + n; seed++) {
		struct random_code code;
		uint8_t start[FM_SIZE];
		struct bo_explore *x;
		struct fm fm;
		uint64_t one;

		draw(seed, &fm, &code, start);
		x = explore(&fm, start, BO_TEARS_WHOLE, true);
		missed += !brute_agrees(&fm, start, x, BO_TEARS_WHOLE, &one);
		bo_explore_free(x);
	}
	cr_assert_gt(missed, 0);
}
