#include "harness/explore/tests/brute.h"

/* What a boot finds beside its memory: told apart where a boot looks at it, and nowhere else. */

static const struct bo_env envs[] = {{{0, 0}}, {{1, 0}}, {{2, 0}}};

#define ENVS (sizeof(envs) / sizeof(envs[0]))

static struct bo_explore *explore_in(struct fm *fm, const uint8_t *start, unsigned tears)
{
	struct bo_explore_config config = {
		.machine = fm_machine(fm),
		.starts = &start,
		.start_count = 1,
		.tears = tears,
		.envs = envs,
		.env_count = ENVS,
		.verify_ppm = 100000,
	};
	struct bo_explore *x;
	struct bo_err err = {0};

	config.machine.env = FM_ENV;
	promises(&config);
	x = bo_explore_new(&config);
	cr_assert_not_null(x);
	cr_assert_eq(bo_explore_run(x, &err), BO_EXPLORE_CLOSED, "%s", err.text);
	return x;
}

static uint32_t classes_of(const struct bo_explore *x)
{
	struct bo_explore_stats stats;

	bo_explore_stats(x, &stats);
	return stats.classes;
}

/* Makes page 1 anew; one that believes RAM thinks that it has done so already. */
static void believer_program(struct fm *fm)
{
	bool believes = *(const bool *)fm->code;

	if (!(believes && fm_env(fm) == 1)) {
		fm_erase(fm, 1);
		fm_write(fm, 1, 0, SWAP_NEW);
		fm_write(fm, 1, 1, SWAP_NEW);
	}
	fm_end(fm, fm_read(fm, 1, 1) == SWAP_NEW ? OUT_NEW : OUT_LOST);
}

Test(environment, a_device_that_believes_what_outlived_the_cut_is_found_in_that_environment_alone)
{
	static const bool yes = true, no = false;
	struct fm fm = {.program = believer_program, .code = &yes};
	const struct bo_finding *findings;
	struct bo_step steps[4];
	uint8_t start[FM_SIZE];
	struct bo_explore *x, *without;
	uint64_t schedules;
	size_t at;

	swap_start(start);
	fm_put(start, FM_ENV_PAGE, FM_ENV_UNIT, 0);
	x = explore_in(&fm, start, BO_TEARS_WHOLE);
	cr_assert_gt(bo_explore_findings(x, &findings), 0);
	cr_assert_eq(bo_explore_schedule(x, findings[0].state, &at, steps, 4), 1);
	cr_assert_eq(steps[0].at.env, 1);
	cr_assert(brute_agrees_in(&fm, start, x, BO_TEARS_WHOLE, ENVS, &schedules));
	bo_explore_free(x);
	without = explore(&fm, start, BO_TEARS_WHOLE, false);
	cr_assert_eq(bo_explore_findings(without, &findings), 0);
	bo_explore_free(without);

	fm.code = &no; /* who does not look has no more classes than before */
	x = explore_in(&fm, start, BO_TEARS_WHOLE);
	without = explore(&fm, start, BO_TEARS_WHOLE, false);
	cr_assert_eq(bo_explore_findings(x, &findings), 0);
	cr_assert_eq(classes_of(x), classes_of(without));
	bo_explore_free(without);
	bo_explore_free(x);
}

/* Three environments make 27 schedules of three cuts out of one. */
#ifdef __SANITIZE_ADDRESS__
#define PROGRAMS 1u
#else
#define PROGRAMS 8u
#endif

/* A random program that begins elsewhere in the second environment. */
struct random_place {
	struct random_code code;
	uint32_t elsewhere;
};

static void random_place_program(struct fm *fm)
{
	const struct random_place *place = fm->code;
	static struct random_code turned; /* outlives the jump out of here */

	turned = place->code;
	if (fm_env(fm) == 1)
		for (uint32_t i = 0; i < R_LEN; i++)
			turned.insn[i] = place->code.insn[(i + place->elsewhere) % R_LEN];
	random_code_run(fm, &turned);
}

Test(environment, every_schedule_of_random_programs_is_foretold_in_every_environment)
{
	for (uint64_t seed = 0; seed < PROGRAMS; seed++) {
		struct random_place place = {.elsewhere = 1 + (uint32_t)seed % 5};
		struct fm fm = {.program = random_place_program, .code = &place};
		struct bo_explore *x;
		struct bo_prng prng;
		uint8_t start[FM_SIZE];
		uint64_t schedules;

		bo_prng_init(&prng, 1000 + seed);
		random_code_draw(&prng, &place.code);
		random_memory_draw(&prng, start);
		fm_put(start, FM_ENV_PAGE, FM_ENV_UNIT, 0);
		x = explore_in(&fm, start, BO_TEARS_WHOLE);
		cr_assert(brute_agrees_in(&fm, start, x, BO_TEARS_WHOLE, ENVS, &schedules),
			  "program %lu", (unsigned long)seed);
		bo_explore_free(x);
	}
}
