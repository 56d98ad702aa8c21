#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/proc.h"

/*
 * How many trials a second one core gets through on sim, and where their time goes: the worker says
 * when a phase begins, and the host's clock is read at each. A trial is whole: start state, update,
 * cut, recovery, verdict, and the second update where the scenario promises one.
 *
 * Run it in the root of the repository; it needs the firmware's images.
 */
#define ROUNDS 5

enum part { PREPARE, BOOT, UPLOAD, SWAP, RECOVERY, VERDICT, PARTS };

static const char *const part_names[PARTS] = {"prepare", "boot",     "upload",
					      "swap",	 "recovery", "verdict"};

/* A trial's phases, as the worker names them. Others belong to the part before. */
static const struct {
	const char *phase;
	enum part part;
} phases[] = {
	{"prepare", PREPARE},  {"boot", BOOT},	     {"upload", UPLOAD},
	{"reset", SWAP},       {"install", SWAP},    {"power is off", RECOVERY},
	{"recover", RECOVERY}, {"observe", VERDICT}, {"update again", PREPARE},
};

static const struct {
	const char *scenario, *what;
	int bar;
} cases[] = {
	{"clean-update", "16 KiB, no cut", 6},
	{"upload-cut", "16 KiB, cut in the upload, updated again", 6},
	{"swap-cut", "16 KiB, cut in the swap", 6},
	{"large-update", "44 KiB, cut in the upload, updated again", 2},
};

static char dir[] = "/tmp/bo-bench-sim-XXXXXX";
static char programs[PATH_MAX - 32];
static struct bo_clock bench_clock;
static struct bo_loop loop;

static void give_up(const char *what)
{
	fprintf(stderr, "bench_sim: %s\n", what);
	exit(1);
}

/* The run that makes the plan; its worker is what is measured afterwards. */
static void make_plan(const char *scenario)
{
	char program[PATH_MAX];
	const char *const argv[] = {program,   "run", "--rack", "fixtures/racks/sim.yaml",
				    "--bench", "sim", "--out",	dir,
				    scenario,  NULL};
	struct bo_proc_args args = {.argv = argv, .pipe_out = true};
	struct bo_proc proc;
	int status = 0;

	snprintf(program, sizeof(program), "%s/brownout", programs);
	if (bo_proc_spawn(&args, &proc, NULL) < 0 ||
	    bo_proc_wait(&proc, &loop, bo_clock_stamp(&bench_clock) + 120 * BO_S, &status) < 0 ||
	    status != 0)
		give_up("the run fails: is the firmware built (make firmware)?");
	bo_proc_kill(&proc);
}

static enum part part_of(const char *phase, enum part before)
{
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		if (strcmp(phases[i].phase, phase) == 0)
			return phases[i].part;
	return before;
}

/* Reads "0 PHASE" lines, and adds the time of each to its part. */
static void follow(FILE *said, bo_ns spent[PARTS])
{
	enum part part = PREPARE;
	bo_ns since = BO_NEVER;
	char line[128];

	while (fgets(line, sizeof(line), said)) {
		bo_ns now = bo_clock_stamp(&bench_clock);

		line[strcspn(line, "\n")] = 0;
		if (since != BO_NEVER)
			spent[part] += now - since;
		since = now;
		part = part_of(strchr(line, ' ') ? strchr(line, ' ') + 1 : "", part);
	}
}

static void remove_tree(const char *path)
{
	const char *const argv[] = {"rm", "-rf", path, NULL};
	struct bo_proc_args args = {.argv = argv};
	struct bo_proc proc;
	int status;

	if (bo_proc_spawn(&args, &proc, NULL) == 0)
		(void)bo_proc_wait(&proc, &loop, BO_NEVER, &status);
}

/* A worker leaves alone what has a verdict. */
static void forget_trials(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/trials", dir);
	remove_tree(path);
}

static bo_ns one_round(bo_ns spent[PARTS])
{
	char program[PATH_MAX], plan[64];
	FILE *said;
	bo_ns sum = 0;
	int out[2];

	snprintf(program, sizeof(program), "%s/brownout-sim", programs);
	snprintf(plan, sizeof(plan), "%s/plan.json", dir);
	forget_trials();
	if (pipe(out) < 0)
		give_up("no pipe");
	pid_t pid = fork();

	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		execl(program, program, "run", "--plan", plan, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	said = fdopen(out[0], "r");
	memset(spent, 0, PARTS * sizeof(*spent));
	follow(said, spent);
	fclose(said);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < PARTS; i++)
		sum += spent[i];
	if (sum == 0)
		give_up("the worker did nothing");
	return sum;
}

static void measure(const char *scenario, const char *what, int bar)
{
	bo_ns spent[PARTS], best[PARTS] = {0}, least = BO_NEVER;

	make_plan(scenario);
	for (int i = 0; i < ROUNDS; i++) {
		bo_ns sum = one_round(spent);

		if (sum < least) {
			least = sum;
			memcpy(best, spent, sizeof(best));
		}
	}
	printf("  %-42s %5.1f /s (bar %d)", what, 1e9 / (double)least, bar);
	for (int i = 0; i < PARTS; i++)
		printf("  %s %.0f", part_names[i], (double)best[i] / 1e6);
	printf(" ms\n");
}

int main(void)
{
	if (bo_proc_self_dir(programs, sizeof(programs) - 8) < 0 || !mkdtemp(dir))
		give_up("no folder");
	strcat(programs, "/../..");
	bo_clock_real_init(&bench_clock);
	bo_loop_init(&loop, &bench_clock);
	printf("trials on sim, one core, best of %d\n", ROUNDS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		measure(cases[i].scenario, cases[i].what, cases[i].bar);
	remove_tree(dir);
	return 0;
}
