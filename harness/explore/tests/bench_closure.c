#include <time.h>

#include "harness/base/prng.h"
#include "harness/explore/explore.h"
#include "harness/explore/tests/staged.h"

/*
 * Closure over the power cuts of a whole update, swap and revert, of the reference boot loader on
 * the virtual board, with the signature checked at each boot, over the size of the images. One
 * core; seconds are its own, whatever else the host does. Beside it what it takes to try cuts one
 * by one: a boot that is cut and the one behind it, measured for some of them.
 *
 * bench_closure [FILE]: also writes the figures into FILE, a line a case, separated by tabs.
 */
#define TORN	(BO_TEARS_WHOLE | BO_TEARS_PROGRAM | BO_TEARS_ERASE)
#define SAMPLES 10u

static const struct {
	const char *kind;
	unsigned tears;
	uint32_t depth_max;
	unsigned kib;
} cases[] = {
	{"whole", BO_TEARS_WHOLE, 0, 8},
	{"whole", BO_TEARS_WHOLE, 0, 16},
	{"whole", BO_TEARS_WHOLE, 0, 32},
	{"whole", BO_TEARS_WHOLE, 0, 44},
	{"torn, one cut", TORN, 1, 44},
	{"torn", TORN, 0, 1},
	{"torn", TORN, 0, 2},
	{"torn", TORN, 0, 4},
	{"torn", TORN, 0, 8},
	{"torn", TORN, 0, 16},
	{"torn", TORN, 0, 32},
	{"torn", TORN, 0, 44},
};

struct figures {
	int result;
	size_t findings;
	struct bo_explore_stats stats;
	double seconds;
	uint64_t singles; /* schedules of one cut */
	double single_s;  /* what one of them takes when it is tried */
};

static const char *result_name(int result)
{
	static const char *const names[] = {"closed", "bounded", "stopped"};

	return result < 0 ? "failed" : names[result];
}

static double cpu_s(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void must(int result, const struct bo_err *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "%s\n", bo_err_text(err));
	exit(1);
}

/* Boots memory, which becomes what the boot leaves. */
static void boot_on(const struct bo_machine *machine, uint8_t *memory, const struct bo_cut *cut)
{
	struct bo_err err = {0};
	struct bo_boot boot;

	must(machine->ops->load(machine->self, memory, &err), &err);
	must(machine->ops->boot(machine->self, cut, &boot, &err), &err);
	memcpy(memory, boot.memory, machine->size);
}

static double sample(const struct bo_machine *machine, const uint8_t *start, uint32_t ops)
{
	static uint8_t memory[BO_BOARD_MEMORY_SIZE];
	struct bo_prng prng;
	double begun = cpu_s();

	bo_prng_init(&prng, 1);
	for (unsigned i = 0; i < SAMPLES; i++) {
		struct bo_cut cut = {.op = 1 + (uint32_t)bo_prng_below(&prng, ops + 1)};

		memcpy(memory, start, sizeof(memory));
		boot_on(machine, memory, &cut);
		boot_on(machine, memory, NULL);
	}
	return (cpu_s() - begun) / SAMPLES;
}

static void tell(size_t i, const struct figures *it)
{
	const struct bo_explore_stats *stats = &it->stats;

	printf("  %2u KiB, %-13s %6.1f s  %s, %zu findings\n", cases[i].kib, cases[i].kind,
	       it->seconds, result_name(it->result), it->findings);
	printf("    cut points %llu, cut states %llu, two-cut schedules %llu; boots %llu, classes "
	       "%u, splits %llu, R0 %u and R* %u bytes, %llu MiB\n",
	       (unsigned long long)stats->cut_points, (unsigned long long)stats->cut_states,
	       (unsigned long long)stats->pairs, (unsigned long long)stats->boots, stats->classes,
	       (unsigned long long)stats->splits, stats->read_max, stats->needed_max,
	       (unsigned long long)stats->bytes >> 20);
	printf("    one by one: %.0f ms each of %llu schedules of one cut, %.1f hours, %.0f times "
	       "as long\n",
	       it->single_s * 1000, (unsigned long long)it->singles,
	       it->single_s * (double)it->singles / 3600,
	       it->single_s * (double)it->singles / it->seconds);
}

static void put(FILE *file, size_t i, const struct figures *it)
{
	const struct bo_explore_stats *stats = &it->stats;

	fprintf(file,
		"%u\t%s\t%s\t%llu\t%llu\t%llu\t%llu\t%llu\t%u\t%llu\t%u\t%u\t%.1f\t%llu\t%.3f\t%."
		"0f\n",
		cases[i].kib, cases[i].kind, result_name(it->result),
		(unsigned long long)stats->cut_points, (unsigned long long)it->singles,
		(unsigned long long)stats->cut_states, (unsigned long long)stats->pairs,
		(unsigned long long)stats->boots, stats->classes, (unsigned long long)stats->splits,
		stats->read_max, stats->needed_max, it->seconds,
		(unsigned long long)stats->bytes >> 20, it->single_s,
		it->single_s * (double)it->singles / it->seconds);
	fflush(file);
}

static struct bo_explore *explorer(size_t i, struct bo_board_machine *board, const uint8_t *memory)
{
	const uint8_t *starts[] = {memory};
	struct bo_env power = bo_board_env(BO_RAM_GARBAGE, BO_FOUND_POWER);
	struct bo_explore_config config = {
		.envs = &power,
		.env_count = 1,
		.machine = bo_board_machine_ops(board),
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

	return bo_explore_new(&config);
}

static void measure(size_t i, struct figures *ret)
{
	static uint8_t memory[BO_BOARD_MEMORY_SIZE];
	struct bo_board_machine *board = bo_board_machine_new(&staged_config);
	struct bo_machine machine;
	const struct bo_finding *findings;
	struct bo_explore *x;
	struct bo_err err = {0};
	char old[64], update[64];
	double begun;
	uint32_t ops;

	if (!board)
		exit(1);
	snprintf(old, sizeof(old), "tiny-1.0.0-%uk.bin", cases[i].kib);
	snprintf(update, sizeof(update), "tiny-2.0.0-%uk.bin", cases[i].kib);
	staged_memory("boot.bin", update, memory);
	memset(memory + STAGED_SLOT0, 0xFF, STAGED_SLOT);
	staged_file(old, memory + STAGED_SLOT0, STAGED_SLOT);
	x = explorer(i, board, memory);
	if (!x)
		exit(1);
	begun = cpu_s();
	ret->result = bo_explore_run(x, &err);
	ret->seconds = cpu_s() - begun;
	if (ret->result < 0)
		must(ret->result, &err);
	bo_explore_stats(x, &ret->stats);
	ret->findings = bo_explore_findings(x, &findings);
	ops = bo_explore_ops(x, bo_explore_start(x, 0));
	ret->singles =
		(cases[i].tears == TORN ? 4 : 1) * (uint64_t)ops + 1; /* 3 tears an operation */
	machine = bo_board_machine_ops(board);
	ret->single_s = sample(&machine, memory, ops);
	bo_explore_free(x);
	bo_board_machine_free(board);
}

int main(int argc, char **argv)
{
	FILE *file = argc > 1 ? fopen(argv[1], "we") : NULL;

	if (argc > 1 && !file)
		return 1;
	printf("closure over power cuts, f103-swap, one core\n");
	if (file)
		fprintf(file, "KiB\tcuts\tresult\tcut points\tone-cut schedules\tcut "
			      "states\ttwo-cut schedules\t"
			      "boots\tclasses\tsplits\tR0\tR*\tseconds\tMiB\tseconds one by "
			      "one\tratio\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct figures figures = {0};

		measure(i, &figures);
		tell(i, &figures);
		if (file)
			put(file, i, &figures);
	}
	return file && fclose(file) ? 1 : 0;
}
