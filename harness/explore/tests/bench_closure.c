#include "harness/base/clock.h"
#include "harness/explore/explore.h"
#include "harness/explore/tests/staged.h"

/*
 * Closure over the power cuts of a whole update, swap and revert, of the reference boot loader on
 * the virtual board, with the signature checked at each boot. One core. Beside it what trying the
 * same two-cut schedules one by one would take at the pace of the boots that were run.
 */
static const struct {
	const char *what, *update;
	unsigned tears;
	uint32_t depth_max;
} cases[] = {
	{"16 KiB, whole units, any number of cuts", "app-2.0.0.bin", BO_TEARS_WHOLE, 0},
	{"44 KiB, whole units, any number of cuts", "app-2.0.0-44k.bin", BO_TEARS_WHOLE, 0},
	{"44 KiB, 3 torn and 3 partial erases, one cut", "app-2.0.0-44k.bin",
	 BO_TEARS_WHOLE | BO_TEARS_PROGRAM | BO_TEARS_ERASE, 1},
};

static struct bo_clock bench_clock;

static void tell(const char *what, int result, const struct bo_explore *x, bo_ns spent)
{
	static const char *const results[] = {"closed", "bounded", "stopped"};
	struct bo_explore_stats stats;
	const struct bo_finding *findings;
	double seconds = (double)spent / 1e9;

	bo_explore_stats(x, &stats);
	printf("  %-45s %6.1f s  %s, %zu findings\n", what, seconds,
	       result < 0 ? "failed" : results[result], bo_explore_findings(x, &findings));
	printf("    cut points %llu, cut states %llu, two-cut schedules %llu; boots %llu, classes "
	       "%u, splits %llu, R0 %u and R* %u bytes, %llu MiB\n",
	       (unsigned long long)stats.cut_points, (unsigned long long)stats.cut_states,
	       (unsigned long long)stats.pairs, (unsigned long long)stats.boots, stats.classes,
	       (unsigned long long)stats.splits, stats.read_max, stats.needed_max,
	       (unsigned long long)stats.bytes >> 20);
	printf("    one by one: %.0f hours for those of one cut in each class\n",
	       seconds / (double)stats.boots * (double)stats.cut_states / 3600);
}

static void measure(size_t i)
{
	static uint8_t memory[BO_BOARD_MEMORY_SIZE];
	const uint8_t *starts[] = {memory};
	struct bo_board_machine *board = bo_board_machine_new(&staged_config);
	struct bo_explore_config config = {
		.starts = starts,
		.start_count = 1,
		.tears = cases[i].tears,
		.depth_max = cases[i].depth_max,
		.promise = {[STAGED_RECOVERY] = BO_PROMISE_BROKEN,
			    [STAGED_SILENT] = BO_PROMISE_PASSING,
			    [STAGED_NEW] = BO_PROMISE_GOOD,
			    [STAGED_OLD] = BO_PROMISE_GOOD},
		.converge_boots = 3,
	};
	struct bo_explore *x;
	struct bo_err err = {0};
	int result;
	bo_ns begun;

	if (!board)
		exit(1);
	config.machine = bo_board_machine_ops(board);
	staged_memory("boot.bin", cases[i].update, memory);
	x = bo_explore_new(&config);
	if (!x)
		exit(1);
	begun = bo_clock_stamp(&bench_clock);
	result = bo_explore_run(x, &err);
	tell(cases[i].what, result, x, bo_clock_stamp(&bench_clock) - begun);
	if (result < 0)
		printf("    %s\n", bo_err_text(&err));
	bo_explore_free(x);
	bo_board_machine_free(board);
}

int main(int argc, char **argv)
{
	bo_clock_real_init(&bench_clock);
	printf("closure over power cuts, f103-swap, one core\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (argc < 2 || (size_t)atoi(argv[1]) == i)
			measure(i);
	return 0;
}
