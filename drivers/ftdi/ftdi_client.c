#include "drivers/ftdi/ftdi_client.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/base/str.h"

/* The server's USB transfers end after 0.5 s, and a set takes two or three of them. */
#define CALL_NS (2 * BO_S)
/* A lease is answered when the chip is open; several servers may be at that at once. */
#define OPEN_NS	     (10 * BO_S)
#define TRY_AGAIN_NS (2 * BO_MS)

static int connect_to(const char *path, struct bo_err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int code;

	if (fd < 0)
		return bo_err_set(err, -errno, "socket: %s", strerror(errno));
	bo_str_copy(at.sun_path, sizeof(at.sun_path), path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	code = -errno;
	close(fd);
	return bo_err_set(err, code, "%s: %s", path, strerror(-code));
}

/* Nobody listens: never started, just ended, or killed and its socket left behind. */
static bool is_absent(int code)
{
	return code == -ENOENT || code == -ECONNREFUSED;
}

static int explain_start(struct bo_proc *proc, int status, struct bo_err *err)
{
	char said[512], shown[320], ended[64];
	ssize_t len = read(proc->err, said, sizeof(said));

	while (len > 0 && (said[len - 1] == '\n'))
		len--;
	bo_str_escape(shown, sizeof(shown), said, len > 0 ? (size_t)len : 0);
	return bo_err_set(err, -ENODEV, "the switch server did not start (%s): %s",
			  bo_proc_status_text(status, ended, sizeof(ended)), shown);
}

/* Returns when a server listens, be it ours or another client's that was faster. */
static int start_server(const struct bo_switch_address *address, struct bo_loop *loop,
			struct bo_err *err)
{
	char program[4096];
	const char *argv[] = {program,
			      address->serial ? "--usb" : "--path",
			      address->serial ? address->serial : address->port,
			      "--interface",
			      bo_switch_interfaces[address->interface],
			      NULL};
	struct bo_proc_args args = {.argv = argv, .pipe_err = true, .outlives = true};
	struct bo_proc proc = {0};
	int status = 0;
	int rc = bo_proc_helper(BO_SWITCH_PROGRAM, program, sizeof(program), err);

	if (rc == 0)
		rc = bo_proc_spawn(&args, &proc, err);
	if (rc < 0)
		return rc;
	rc = bo_proc_wait(&proc, loop, bo_clock_stamp(loop->clock) + OPEN_NS, &status);
	if (rc < 0)
		bo_err_set(err, rc, "starting the switch server: %s", strerror(-rc));
	else if (status != 0)
		rc = explain_start(&proc, status, err);
	bo_proc_kill(&proc);
	return rc;
}

static void pause_ns(struct bo_clock *clock, bo_ns duration)
{
	(void)clock->ops->wait(clock, NULL, 0, bo_clock_stamp(clock) + duration);
}

static int await_answer(struct bo_switch_client *client, bo_ns patience, bo_ns deadline,
			struct bo_err *err)
{
	for (;;) {
		struct pollfd fd = {.fd = client->fd, .events = POLLIN};
		int rc = client->clock.ops->wait(&client->clock, &fd, 1, deadline);

		if (rc > 0)
			return 0;
		if (rc < 0 && rc != -EINTR)
			return bo_err_set(err, rc, "waiting for the switch server: %s",
					  strerror(-rc));
		if (client->clock.now >= deadline)
			return bo_err_set(err, -ETIMEDOUT,
					  "the switch server did not answer within %d s",
					  (int)(patience / BO_S));
	}
}

static int server_ended(struct bo_err *err)
{
	return bo_err_set(err, -ECONNRESET,
			  "the switch server has ended; unless it was killed, the outputs are in "
			  "their safe state");
}

/* -EAGAIN: none has come. Answers to earlier requests, which came after their deadline, are passed
 * over. */
int bo_switch_client_take(struct bo_switch_client *client, struct bo_switch_answer *ret,
			  struct bo_err *err)
{
	uint8_t in[BO_SWITCH_ANSWER_SIZE + 1];

	for (;;) {
		struct bo_switch_answer answer;
		ssize_t len = recv(client->fd, in, sizeof(in), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN)
			return -EAGAIN;
		if (len <= 0)
			return server_ended(err);
		int rc = bo_switch_answer_decode(in, (size_t)len, &answer);

		if (rc == -EPROTONOSUPPORT)
			return bo_err_set(err, rc,
					  "the running switch server is of another version than "
					  "this brownout: it ends by itself seconds after its "
					  "last client; try again then");
		if (rc < 0)
			return bo_err_set(err, rc, "the switch server answered with nonsense");
		if (answer.seq != client->seq)
			continue;
		rc = bo_switch_status_errno(answer.status);
		if (rc < 0)
			return bo_err_set(err, rc, "%s", answer.text);
		*ret = answer;
		return 0;
	}
}

int bo_switch_client_ask(struct bo_switch_client *client, struct bo_switch_request request,
			 struct bo_err *err)
{
	uint8_t out[BO_SWITCH_REQUEST_MAX];

	if (client->fd < 0)
		return server_ended(err);
	request.seq = ++client->seq;
	size_t len = bo_switch_request_encode(&request, out);

	return send(client->fd, out, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : server_ended(err);
}

static int call(struct bo_switch_client *client, struct bo_switch_request request, bo_ns patience,
		struct bo_switch_answer *ret, struct bo_err *err)
{
	int rc = bo_switch_client_ask(client, request, err);
	bo_ns deadline = bo_clock_stamp(&client->clock) + patience;

	if (rc == 0)
		rc = -EAGAIN;
	while (rc == -EAGAIN) {
		rc = await_answer(client, patience, deadline, err);
		if (rc == 0)
			rc = bo_switch_client_take(client, ret, err);
	}
	return rc;
}

int bo_switch_client_call(struct bo_switch_client *client, struct bo_switch_request request,
			  struct bo_switch_answer *ret, struct bo_err *err)
{
	return call(client, request, CALL_NS, ret, err);
}

/* -EAGAIN: try again. */
static int try_open(struct bo_switch_client *client, const struct bo_switch_place *place,
		    const struct bo_switch_address *address, const struct bo_switch_request *lease,
		    struct bo_loop *loop, struct bo_err *err)
{
	struct bo_switch_answer answer;
	int rc;

	client->fd = connect_to(place->socket, err);
	if (is_absent(client->fd)) {
		rc = start_server(address, loop, err);
		return rc < 0 ? rc : -EAGAIN;
	}
	if (client->fd < 0)
		return client->fd;
	rc = call(client, *lease, OPEN_NS, &answer, err);
	if (rc < 0)
		bo_switch_client_close(client);
	/* One that was about to end took the connection, and not the request. */
	return rc == -ECONNRESET ? -EAGAIN : rc;
}

int bo_switch_client_open(struct bo_switch_client *client, const struct bo_switch_address *address,
			  const struct bo_switch_request *lease, struct bo_loop *loop,
			  struct bo_err *err)
{
	struct bo_switch_client opened = {.fd = -1};
	struct bo_switch_place place;
	bo_ns deadline;
	int rc = bo_switch_place(address, &place, err);

	if (rc < 0)
		return rc;
	bo_clock_real_init(&opened.clock);
	deadline = opened.clock.now + OPEN_NS;
	for (;;) {
		rc = try_open(&opened, &place, address, lease, loop, err);
		if (rc != -EAGAIN || bo_clock_stamp(&opened.clock) >= deadline)
			break;
		pause_ns(&opened.clock, TRY_AGAIN_NS);
	}
	if (rc == 0)
		*client = opened;
	return rc == -EAGAIN
		       ? bo_err_wrap(err, "no switch server within %d s", (int)(OPEN_NS / BO_S))
		       : rc;
}

void bo_switch_client_close(struct bo_switch_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
}
