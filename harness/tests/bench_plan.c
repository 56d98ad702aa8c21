#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/proc.h"
#include "harness/base/str.h"

/*
 * How long it takes to list a plan of 10,000 trials, and to go on with a run of 1,000 whose trials
 * all have their verdicts, from fork to exit. The best of several: other load only adds.
 *
 * Run it in the root of the repository; it needs the firmware's images.
 */
#define ROUNDS 5
#define LISTED 10000
#define DONE   1000

static char dir[] = "/tmp/bo-bench-plan-XXXXXX";
static char program[PATH_MAX];
static struct bo_clock bench_clock;

static void give_up(const char *what)
{
	fprintf(stderr, "bench_plan: %s\n", what);
	exit(1);
}

static bo_ns run_once(const char *const *argv, const char *out)
{
	bo_ns begin = bo_clock_stamp(&bench_clock);
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

		dup2(fd, STDOUT_FILENO);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		give_up(argv[1]);
	return bo_clock_stamp(&bench_clock) - begin;
}

static bo_ns run_often(const char *const *argv, const char *out)
{
	bo_ns best = BO_NEVER;

	for (int i = 0; i < ROUNDS; i++) {
		bo_ns took = run_once(argv, out);

		best = took < best ? took : best;
	}
	return best;
}

static void write_scenario(const char *path, unsigned trials)
{
	FILE *file = fopen(path, "w");
	char here[PATH_MAX];

	if (!file || !getcwd(here, sizeof(here)))
		give_up("cannot write the scenario");
	fprintf(file,
		"brownout: 1\nscenario: many\ntargets: [f103-swap]\nimages: %s/build/images\n"
		"baseline: {boot: {image: \"{class}/boot.bin\"}, slot0: {image: "
		"\"{class}/app-1.0.0.bin\"}}\n"
		"update: {image: \"{class}/app-2.0.0.bin\"}\npromises: {outcome: updated}\n"
		"strategy: {kind: random, over: flash.op.1..30000, trials: %u}\n",
		here, trials);
	(void)fclose(file);
}

/* The shortest journal that is one. */
static void write_verdict(const char *id)
{
	char command[1024], path[1024];

	snprintf(command, sizeof(command), "%s/run/trials/%s", dir, id);
	for (char *at = command + strlen(dir) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(command, 0777);
		*at = '/';
	}
	(void)mkdir(command, 0777);
	snprintf(path, sizeof(path), "%.900s/journal.jsonl", command);
	FILE *file = fopen(path, "w");

	if (!file)
		give_up("cannot write a journal");
	fprintf(file,
		"{\"at\":0,\"ev\":\"trial\",\"id\":\"%s\"}\n"
		"{\"at\":1,\"ev\":\"outcome\",\"outcome\":\"updated\",\"why\":\"\",\"how\":\"\"}\n"
		"{\"at\":2,\"ev\":\"verdict\",\"verdict\":\"pass\",\"judged\":true,\"fired\":1,"
		"\"proven\":1}\n",
		id);
	(void)fclose(file);
}

static unsigned write_verdicts(const char *list)
{
	FILE *file = fopen(list, "r");
	char line[600];
	unsigned count = 0;

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		write_verdict(line);
		count++;
	}
	if (file)
		(void)fclose(file);
	return count;
}

int main(void)
{
	char self[PATH_MAX - 32], scenario[128], list[128], run[128], json[160];
	static const char rack[] = "fixtures/racks/sim.yaml";

	if (bo_proc_self_dir(self, sizeof(self)) < 0 || !mkdtemp(dir))
		give_up("no place to work in");
	snprintf(program, sizeof(program), "%s/../../brownout", self);
	snprintf(scenario, sizeof(scenario), "%s/many.yaml", dir);
	snprintf(list, sizeof(list), "%s/list", dir);
	snprintf(run, sizeof(run), "%s/run", dir);
	snprintf(json, sizeof(json), "%s/log", dir);
	bo_clock_real_init(&bench_clock);
	const char *const plan[] = {program,   "plan", "--rack", rack,
				    "--bench", "sim",  scenario, NULL};
	const char *const save[] = {program, "plan",   "--rack", rack,	   "--bench",
				    "sim",   "--save", run,	 scenario, NULL};
	const char *const resume[] = {program, "run", "--resume", run, NULL};

	write_scenario(scenario, LISTED);
	bo_ns listed = run_often(plan, list);

	write_scenario(scenario, DONE);
	(void)run_once(save, list);
	unsigned count = write_verdicts(list);
	bo_ns resumed = run_often(resume, json);

	printf("plans, best of %d\n", ROUNDS);
	printf("  %d trials listed       %6.1f ms (bar 100 ms)\n", LISTED, (double)listed / 1e6);
	printf("  run of %u resumed     %6.1f ms (bar 1000 ms)\n", count, (double)resumed / 1e6);
	(void)fflush(stdout);
	char *const remove[] = {"rm", "-rf", dir, NULL};

	execvp("rm", remove);
	return 1;
}
