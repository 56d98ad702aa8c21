#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "drivers/serial/stream.h"
#include "harness/engine/injector.h"
#include "harness/engine/listener.h"

/*
 * From a line on the console to the cut being issued, in process: stream, patterns, injector,
 * beside the least that any C program needs on the same pty (poll, read, compare). A second process
 * writes the line the moment it has been told to, and says when.
 */
#define ROUNDS 400
#define TURNS  5
#define LINE   "BO-BOOT swap type=test pages=16 from=0\r\n"

struct shared {
	_Atomic int64_t written_ns;
};

static struct shared *shared;
static int go[2]; /* a byte: the next line, please. Blocking: a writer that spins wears out its
		     slice */
static struct bo_clock bench_clock;
static bo_ns latency[ROUNDS];

static void write_lines(int fd)
{
	struct timespec pause = {0, 300000};
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int round = 1; round <= ROUNDS; round++) {
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		nanosleep(&pause, NULL); /* the reader is asleep by then */
		shared->written_ns = bo_clock_stamp(&bench_clock);
		if (write(fd, LINE, strlen(LINE)) < 0)
			_exit(1);
	}
	pause.tv_sec = 60;
	nanosleep(&pause, NULL);
	_exit(0);
}

static void want_line(void)
{
	if (write(go[1], "x", 1) != 1)
		exit(1);
}

/* ---- the floor ---- */

static void bare(int fd)
{
	char data[4096];

	for (int round = 0; round < ROUNDS; round++) {
		size_t len = 0;

		want_line();
		while (!len || !memmem(data, len, "BO-BOOT swap", 12) || data[len - 1] != '\n') {
			struct pollfd pfd = {.fd = fd, .events = POLLIN};
			ssize_t n = poll(&pfd, 1, -1) == 1 ? read(fd, data + len, 64) : 0;

			len += n > 0 ? (size_t)n : 0;
		}
		latency[round] = bo_clock_stamp(&bench_clock) - shared->written_ns;
	}
}

/* ---- brownout ---- */

struct chain {
	struct bo_listener listener;
	struct bo_injector injector;
	int round;
};

static void heard(void *ctx, const struct bo_listener_rule *rule, const struct bo_match *match,
		  bo_ns at)
{
	struct chain *chain = ctx;

	(void)match;
	(void)bo_injector_point(&chain->injector, rule->name, rule->count, at);
}

static void received(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	bo_listener_feed(&((struct chain *)ctx)->listener, at, data, len);
}

static void cut(void *ctx, const struct bo_fault *fault, bo_ns due)
{
	struct chain *chain = ctx;

	(void)fault;
	(void)due;
	latency[chain->round++] = bo_clock_stamp(&bench_clock) - shared->written_ns;
}

static bool is_cut(void *ctx)
{
	return bo_injector_waiting(&((struct chain *)ctx)->injector) == NULL;
}

static void whole(int fd)
{
	static const char *const others[] = {"BO-BOOT cause={cause} boots={boots}",
					     "BO-APP ver={version} slot={slot}",
					     "BO-BOOT no image"};
	static struct chain chain;
	struct bo_schedule schedule = {.count = 1};
	struct bo_loop loop;
	struct bo_console *console;

	bo_loop_init(&loop, &bench_clock);
	chain = (struct chain){.listener = {.ctx = &chain}};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		(void)bo_listener_add(&chain.listener,
				      &(struct bo_listener_rule){.pattern = others[i],
								 .name = "other",
								 .matched = heard});
	(void)bo_listener_add(&chain.listener,
			      &(struct bo_listener_rule){.pattern = "BO-BOOT swap type=test",
							 .name = "swap",
							 .matched = heard});
	console = bo_stream_new(&(struct bo_stream_args){.loop = &loop, .name = "pty", .fd = fd});
	console->rx = received;
	console->ctx = &chain;
	strcpy(schedule.fault[0].point, "swap");
	for (int round = 0; round < ROUNDS; round++) {
		schedule.fault[0].n = (uint64_t)round + 1;
		bo_injector_init(&chain.injector, &loop, &schedule);
		chain.injector.act = cut;
		chain.injector.ctx = &chain;
		bo_injector_start(&chain.injector);
		want_line();
		(void)bo_loop_until(&loop, is_cut, &chain, BO_NEVER);
	}
	bo_console_close(console);
}

/* ---- both ---- */

static int compare(const void *a, const void *b)
{
	bo_ns x = *(const bo_ns *)a, y = *(const bo_ns *)b;

	return (x > y) - (x < y);
}

struct figures {
	double p50_us, p99_us;
};

static void measure(void (*run)(int fd), bool nonblocking, struct figures *best)
{
	struct termios mode;
	int fds[2];

	if (openpty(&fds[0], &fds[1], NULL, NULL, NULL) < 0 || tcgetattr(fds[1], &mode) < 0)
		exit(1);
	cfmakeraw(&mode);
	(void)tcsetattr(fds[1], TCSANOW, &mode);
	(void)fcntl(fds[1], F_SETFL, nonblocking ? O_NONBLOCK : 0);
	pid_t pid = fork();

	if (pid == 0)
		write_lines(fds[0]);
	run(fds[1]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	qsort(latency, ROUNDS, sizeof(latency[0]), compare);
	double p50_us = (double)latency[ROUNDS / 2] / 1e3;
	double p99_us = (double)latency[ROUNDS * 99 / 100] / 1e3;

	best->p50_us = p50_us < best->p50_us ? p50_us : best->p50_us;
	best->p99_us = p99_us < best->p99_us ? p99_us : best->p99_us;
}

int main(void)
{
	struct figures floor = {1e9, 1e9}, ours = {1e9, 1e9};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pipe(go) < 0)
		return 1;
	bo_clock_real_init(&bench_clock);
	for (int turn = 0; turn < TURNS; turn++) {
		measure(bare, false, &floor);
		measure(whole, true, &ours);
	}
	printf("console pattern to cut issued, %d lines on a pty, best of %d\n", ROUNDS, TURNS);
	printf("  %-28s p50 %6.1f us  p99 %6.1f us\n", "C floor: poll, read, compare", floor.p50_us,
	       floor.p99_us);
	printf("  %-28s p50 %6.1f us  p99 %6.1f us\n", "stream, patterns, injector", ours.p50_us,
	       ours.p99_us);
	printf("  above the floor: p50 %.1f us (bar 30), p99 %.1f us (bar 150)\n",
	       ours.p50_us - floor.p50_us, ours.p99_us - floor.p99_us);
	return 0;
}
