#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "drivers/serial/stream.h"

/*
 * How fast a stream takes in bytes, beside a bare read(2) loop on the same kind of descriptor. A
 * second process writes as fast as it can.
 *
 *   make build/release/drivers/tests/bench_stream && build/release/drivers/tests/bench_stream
 */
#define TOTAL ((size_t)64 << 20)

static size_t taken;

static void take(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	(void)ctx;
	(void)at;
	(void)data;
	taken += len;
}

static pid_t start_writer(int fd)
{
	static uint8_t data[65536];
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	memset(data, 'x', sizeof(data));
	for (size_t sent = 0; sent < TOTAL;) {
		ssize_t len = write(fd, data, sizeof(data));

		sent += len > 0 ? (size_t)len : 0;
	}
	pause(); /* the end of the line must not be its loss */
	_exit(0);
}

static void through_stream(struct bo_clock *clock, int fd)
{
	struct bo_loop loop;
	struct bo_console *console;

	bo_loop_init(&loop, clock);
	console = bo_stream_new(&(struct bo_stream_args){.loop = &loop, .name = "line", .fd = fd});
	console->rx = take;
	while (taken < TOTAL)
		(void)bo_loop_turn(&loop, BO_NEVER);
	bo_console_close(console);
}

static void through_read(struct bo_clock *clock, int fd)
{
	static uint8_t data[65536];

	(void)clock;
	(void)fcntl(fd, F_SETFL, 0);
	while (taken < TOTAL) {
		ssize_t len = read(fd, data, sizeof(data));

		taken += len > 0 ? (size_t)len : 0;
	}
	close(fd);
}

static void open_pty(int fds[2])
{
	struct termios mode;

	if (openpty(&fds[0], &fds[1], NULL, NULL, NULL) < 0 || tcgetattr(fds[1], &mode) < 0)
		exit(1);
	cfmakeraw(&mode);
	(void)tcsetattr(fds[1], TCSANOW, &mode);
}

static void open_sockets(int fds[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		exit(1);
}

static void measure(const char *what, void (*open_line)(int fds[2]),
		    void (*run)(struct bo_clock *clock, int fd))
{
	struct bo_clock clock;
	bo_ns start, took;
	int fds[2];
	pid_t writer;

	bo_clock_real_init(&clock);
	open_line(fds);
	(void)fcntl(fds[1], F_SETFL, O_NONBLOCK);
	taken = 0;
	writer = start_writer(fds[0]);
	start = bo_clock_stamp(&clock);
	run(&clock, fds[1]);
	took = bo_clock_stamp(&clock) - start;
	kill(writer, SIGKILL);
	close(fds[0]);
	printf("%-22s %6lld MB/s\n", what, (long long)((bo_ns)TOTAL * 1000 / took));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	measure("pty, read(2)", open_pty, through_read);
	measure("pty, stream", open_pty, through_stream);
	measure("socket, read(2)", open_sockets, through_read);
	measure("socket, stream", open_sockets, through_stream);
	return 0;
}
