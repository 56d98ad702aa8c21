#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/explore/pool.h"
#include "harness/explore/tests/fm_programs.h"

/* Several processes that boot: the same answers, whatever their number. */

#define ALL_TEARS (BO_TEARS_WHOLE | BO_TEARS_PROGRAM | BO_TEARS_ERASE)

static int open_fm(void *ctx, struct bo_machine *ret)
{
	*ret = fm_machine(ctx);
	return 0;
}

static struct bo_pool *pool_of(struct fm *fm, unsigned jobs)
{
	struct bo_pool_config config = {
		.open = open_fm, .ctx = fm, .jobs = jobs, .size = FM_SIZE, .page = FM_PAGE};
	struct bo_pool *pool = bo_pool_new(&config);

	cr_assert_not_null(pool);
	return pool;
}

static int explore_with(const struct bo_machine *machine, const uint8_t *start, unsigned tears,
			struct bo_explore **ret, struct bo_err *err)
{
	struct bo_explore_config config = {
		.machine = *machine,
		.starts = &start,
		.start_count = 1,
		.tears = tears,
		.promise = {[OUT_NEW] = BO_PROMISE_GOOD, [OUT_OLD] = BO_PROMISE_PASSING},
		.converge_boots = 3,
		.verify_ppm = 1000000,
	};

	*ret = bo_explore_new(&config);
	cr_assert_not_null(*ret);
	return bo_explore_run(*ret, err);
}

static void assert_same(const struct bo_explore *one, const struct bo_explore *other)
{
	const struct bo_finding *a, *b;
	struct bo_explore_stats s, t;
	size_t count = bo_explore_findings(one, &a);

	bo_explore_stats(one, &s);
	bo_explore_stats(other, &t);
	cr_assert_eq(memcmp(&s, &t, sizeof(s)), 0);
	cr_assert_eq(bo_explore_findings(other, &b), count);
	cr_assert_eq(memcmp(a, b, count * sizeof(*a)), 0);
	for (uint32_t state = 0; state < s.classes; state++) {
		uint32_t ops = bo_explore_ops(one, state);

		cr_assert_eq(bo_explore_outcome(one, state), bo_explore_outcome(other, state));
		cr_assert_eq(bo_explore_ops(other, state), ops);
		for (uint32_t op = 1; op <= ops + 1; op++)
			for (enum bo_tear tear = 0; tear < BO_TEARS; tear++) {
				struct bo_step step = {true, {op, tear, 0}};

				cr_assert_eq(bo_explore_after(one, state, &step),
					     bo_explore_after(other, state, &step));
			}
	}
}

Test(pool, the_graph_does_not_depend_on_how_many_boot)
{
	/* all tears of a bug multiply the classes */
	static const struct {
		enum swap_bug bug;
		unsigned tears;
	} cases[] = {{SWAP_RIGHT, ALL_TEARS}, {SWAP_FORGETFUL, BO_TEARS_WHOLE}};
	uint8_t start[FM_SIZE];
	struct bo_err err = {0};

	swap_start(start);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm fm = {.program = swap_program, .code = &cases[i].bug};
		struct bo_machine machine = fm_machine(&fm);
		struct bo_explore *alone, *together;

		cr_assert_eq(explore_with(&machine, start, cases[i].tears, &alone, &err),
			     BO_EXPLORE_CLOSED);
		for (unsigned jobs = 1; jobs <= 3; jobs++) {
			struct bo_pool *pool = pool_of(&fm, jobs);

			machine = bo_pool_machine(pool);
			cr_assert_eq(explore_with(&machine, start, cases[i].tears, &together, &err),
				     BO_EXPLORE_CLOSED, "%s", err.text);
			assert_same(alone, together);
			bo_explore_free(together);
			bo_pool_free(pool);
		}
		bo_explore_free(alone);
	}
}

Test(pool, cuts_and_more_guesses_than_anybody_asks_for_are_carried_out_all_the_same)
{
	static const enum swap_bug bug = SWAP_RIGHT;
	struct fm fm = {.program = swap_program, .code = &bug};
	struct bo_pool *pool = pool_of(&fm, 2);
	struct bo_machine machine = bo_pool_machine(pool);
	uint8_t start[FM_SIZE];
	struct bo_boot boot;

	swap_start(start);
	for (unsigned i = 0; i < 300; i++) {
		uint8_t other[FM_SIZE];

		memcpy(other, start, sizeof(other));
		memcpy(other + FM_SIZE - 8, &i, sizeof(i)); /* nobody reads there */
		machine.ops->expect(machine.self, other);
	}
	cr_assert_eq(machine.ops->load(machine.self, start, NULL), 0);
	cr_assert_eq(machine.ops->boot(machine.self, NULL, &boot, NULL), 0);
	cr_assert_eq(boot.outcome, OUT_NEW);
	cr_assert_eq(boot.log_len, 12);
	for (uint32_t op = 1; op < 4; op++) {
		struct bo_cut cut = {op, BO_TEAR_CLEAN, 0};

		cr_assert_eq(machine.ops->load(machine.self, start, NULL), 0);
		cr_assert_eq(machine.ops->boot(machine.self, &cut, &boot, NULL), 0);
		cr_assert_eq(boot.log_len, op - 1);
	}
	bo_pool_free(pool);
}

static void dying_program(struct fm *fm)
{
	(void)fm;
	_exit(7);
}

static int open_nothing(void *ctx, struct bo_machine *ret)
{
	(void)ctx;
	(void)ret;
	return -ENOMEM;
}

Test(pool, a_process_that_dies_ends_the_exploration)
{
	struct fm fm = {.program = dying_program};
	struct bo_pool_config config = {
		.open = open_nothing, .jobs = 2, .size = FM_SIZE, .page = FM_PAGE};
	struct bo_pool *pools[] = {pool_of(&fm, 2), bo_pool_new(&config)};
	uint8_t start[FM_SIZE];

	swap_start(start);
	for (size_t i = 0; i < 2; i++) {
		struct bo_machine machine = bo_pool_machine(pools[i]);
		struct bo_err err = {0};
		struct bo_explore *x;

		cr_assert_eq(explore_with(&machine, start, BO_TEARS_WHOLE, &x, &err), -EPIPE);
		cr_assert(strstr(err.text, "a process that boots for us is gone"), "%s", err.text);
		bo_explore_free(x);
		bo_pool_free(pools[i]);
	}
}
