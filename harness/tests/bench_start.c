#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "harness/base/proc.h"

/*
 * What it costs to say the version: from fork to exit, and the memory at its largest, beside
 * true(1), which is what starting any program costs here. The best of many: other load only adds.
 */
#define ROUNDS 40

struct cost {
	bo_ns wall;
	long rss_kib;
};

static void become(const char *program)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	dup2(null, STDOUT_FILENO);
	execlp(program, program, "--version", (char *)NULL);
	_exit(127);
}

static struct cost start_once(struct bo_clock *clock, const char *program)
{
	struct cost cost;
	struct rusage usage;
	bo_ns begin = bo_clock_stamp(clock);
	pid_t pid = fork();
	int status;

	if (pid == 0)
		become(program);
	if (wait4(pid, &status, 0, &usage) != pid || status != 0) {
		fprintf(stderr, "bench_start: %s does not start\n", program);
		exit(1);
	}
	cost.wall = bo_clock_stamp(clock) - begin;
	cost.rss_kib = usage.ru_maxrss;
	return cost;
}

static struct cost start_often(struct bo_clock *clock, const char *program)
{
	struct cost best = {BO_NEVER, LONG_MAX};

	for (int i = 0; i < ROUNDS; i++) {
		struct cost cost = start_once(clock, program);

		best.wall = cost.wall < best.wall ? cost.wall : best.wall;
		best.rss_kib = cost.rss_kib < best.rss_kib ? cost.rss_kib : best.rss_kib;
	}
	return best;
}

static void print(const char *what, const struct cost *cost)
{
	printf("  %-20s %6.2f ms %6.1f MB\n", what, (double)cost->wall / 1e6,
	       (double)cost->rss_kib / 1024);
}

int main(void)
{
	char dir[PATH_MAX - 32], program[PATH_MAX];
	struct bo_clock clock;
	struct cost ours, floor;

	if (bo_proc_self_dir(dir, sizeof(dir)) < 0)
		return 1;
	snprintf(program, sizeof(program), "%s/../../brownout", dir);
	bo_clock_real_init(&clock);
	floor = start_often(&clock, "true");
	ours = start_often(&clock, program);
	printf("starting, best of %d\n", ROUNDS);
	print("true --version", &floor);
	print("brownout --version", &ours);
	printf("  brownout / true: %.1f (bar 5 ms, 8 MB)\n",
	       (double)ours.wall / (double)floor.wall);
	return 0;
}
