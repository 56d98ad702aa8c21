#ifndef BOARD_SERVER_H
#define BOARD_SERVER_H

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/board/board.h"
#include "fixtures/lab/rbb.h"

/*
 * A process with one virtual board whose debug port is a remote_bitbang socket, for tests that run
 * real OpenOCD. The test controls the board by one-byte requests; each is answered.
 */
struct board_server {
	pid_t pid;
	int control;
	char socket_path[96];
};

enum board_request {
	BOARD_OFF = '0',
	BOARD_ON = '1',
	BOARD_COUNT = 'c',    /* nothing but the answer */
	BOARD_FLIP = 'f',     /* inverts a bit of the flash at BOARD_FLIP_OFFSET; power is cycled */
	BOARD_CUT_SOON = 'x', /* power off after 100 more flash operations */
};

#define BOARD_FLIP_OFFSET 0x1234

struct board_answer {
	struct board_counters counters;
	bool powered;
};

#define BOARD_SLICE_NS 125000 /* 1000 cycles at 8 MHz between looks at the socket */

static inline void board_flip(struct board *board)
{
	uint16_t halfword;

	memcpy(&halfword, board_flash(board) + BOARD_FLIP_OFFSET, sizeof(halfword));
	halfword ^= 1;
	board_power(board, false);
	board_flash_write(board, BOARD_FLIP_OFFSET, &halfword, sizeof(halfword));
	board_power(board, true);
}

static inline uint64_t board_flash_ops(const struct board *board)
{
	struct board_counters counters;

	board_counters(board, &counters);
	return counters.flash_ops;
}

static inline void board_obey(struct board *board, char request, uint64_t *cut_at)
{
	if (request == BOARD_OFF || request == BOARD_ON)
		board_power(board, request == BOARD_ON);
	else if (request == BOARD_FLIP)
		board_flip(board);
	else if (request == BOARD_CUT_SOON)
		*cut_at = board_flash_ops(board) + 100;
}

static inline void board_answer(struct board *board, int control, uint64_t *cut_at)
{
	struct board_answer answer = {0};
	char request;

	if (read(control, &request, 1) != 1)
		_exit(0);
	board_obey(board, request, cut_at);
	board_counters(board, &answer.counters);
	answer.powered = board_powered(board);
	if (write(control, &answer, sizeof(answer)) != sizeof(answer))
		_exit(1);
}

static inline _Noreturn void board_serve(const struct board_server *server, int control)
{
	struct board_config config = {.seed = 1, .uid = "BOV-0000001"};
	struct board *board = board_new(&config);
	static struct rbb_server rbb;
	uint64_t cut_at = UINT64_MAX;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!board || rbb_server_open(&rbb, board, server->socket_path) < 0)
		_exit(1);
	board_power(board, true);
	for (;;) {
		struct pollfd fds[1 + RBB_FDS] = {{.fd = control, .events = POLLIN}};
		nfds_t n_fds = rbb_server_fds(&rbb, fds + 1);

		poll(fds, 1 + n_fds, rbb.client >= 0 ? 0 : 20);
		rbb_server_serve(&rbb, fds + 1, n_fds);
		board_run(board, board_now(board) + BOARD_SLICE_NS, 0);
		if (board_flash_ops(board) >= cut_at) {
			board_power(board, false);
			cut_at = UINT64_MAX;
		}
		if (fds[0].revents)
			board_answer(board, control, &cut_at);
	}
}

static inline void board_server_ask(const struct board_server *server, enum board_request request,
				    struct board_answer *ret)
{
	struct board_answer answer;
	char byte = (char)request;

	assert(write(server->control, &byte, 1) == 1);
	assert(read(server->control, &answer, sizeof(answer)) == sizeof(answer));
	if (ret)
		*ret = answer;
}

/* The socket is `dir`/jtag; it listens when this returns. */
static inline void board_server_start(struct board_server *server, const char *dir)
{
	int ends[2];

	snprintf(server->socket_path, sizeof(server->socket_path), "%s/jtag", dir);
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	server->pid = fork();
	assert(server->pid >= 0);
	if (server->pid == 0) {
		close(ends[0]);
		board_serve(server, ends[1]);
	}
	close(ends[1]);
	server->control = ends[0];
	board_server_ask(server, BOARD_COUNT, NULL);
}

static inline void board_server_stop(struct board_server *server)
{
	close(server->control);
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	unlink(server->socket_path);
}

#endif
