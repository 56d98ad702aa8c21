#include "drivers/ftdi/switch/switch_server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "drivers/ftdi/switch/switch_session.h"
#include "harness/base/loop.h"

/* Eight pins allow eight leases; the others wait to be told who has them. */
#define CLIENTS_MAX 16
/* How often the chip and orphans are looked after. */
#define TEND_NS (250 * BO_MS)

struct client {
	struct bo_watch watch; /* fd -1: free */
	struct bo_switch_session session;
	struct server *server;
};

struct server {
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_watch listen;
	struct bo_timer tend;
	struct bo_switch_pins pins;
	struct client clients[CLIENTS_MAX];
	int client_count;
	bo_ns idle_since; /* BO_NEVER while there are clients */
	bool stay, done;
	bo_ns linger_ns;
};

/* The pins come first: a log that blocks must not keep a board in the dark. */
static void end_session(struct client *client)
{
	struct bo_switch_lease lease = {0};
	struct bo_err err = {0};
	int rc;

	if (client->session.lease)
		lease = *client->session.lease;
	rc = bo_switch_session_end(&client->session, &err);
	if (lease.held)
		syslog(LOG_WARNING, "\"%s\" (pid %d) went without releasing its pins", lease.name,
		       (int)lease.pid);
	if (rc < 0)
		syslog(LOG_CRIT, "no safe state: %s", bo_err_text(&err));
}

static void drop(struct client *client)
{
	struct server *server = client->server;

	end_session(client);
	bo_loop_unwatch(&server->loop, &client->watch);
	close(client->watch.fd);
	client->watch.fd = -1;
	if (--server->client_count == 0)
		server->idle_since = bo_clock_stamp(&server->clock);
}

/* A client that does not take its answer is as good as gone: its socket holds many. */
static bool send_answer(struct client *client, const struct bo_switch_answer *answer)
{
	uint8_t out[BO_SWITCH_ANSWER_SIZE];

	bo_switch_answer_encode(answer, out);
	return send(client->watch.fd, out, sizeof(out), MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       (ssize_t)sizeof(out);
}

static void client_ready(struct bo_watch *watch, short revents)
{
	struct client *client = (struct client *)watch;
	uint8_t in[BO_SWITCH_REQUEST_MAX + 1]; /* so that a longer message is seen to be one */
	struct bo_switch_answer answer;
	bool go_on;
	ssize_t len;

	(void)revents;
	len = recv(watch->fd, in, sizeof(in), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		drop(client);
		return;
	}
	go_on = bo_switch_session_answer(&client->session, in, (size_t)len, &answer);
	if (!send_answer(client, &answer) || !go_on)
		drop(client);
}

static struct client *free_client(struct server *server)
{
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (server->clients[i].watch.fd < 0)
			return &server->clients[i];
	return NULL;
}

static void accept_client(struct bo_watch *watch, short revents)
{
	struct server *server = (struct server *)((char *)watch - offsetof(struct server, listen));
	struct client *client = free_client(server);
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (fd < 0)
		return;
	if (!client || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0) {
		close(fd);
		return;
	}
	*client = (struct client){
		.watch = {.fd = fd, .events = POLLIN, .ready = client_ready},
		.session = {.pins = &server->pins, .pid = peer.pid},
		.server = server,
	};
	server->client_count++;
	server->idle_since = BO_NEVER;
	bo_loop_watch(&server->loop, &client->watch);
}

static void report_presence(struct server *server, bool was_present)
{
	if (was_present && !server->pins.present)
		syslog(LOG_WARNING, "the device is gone: %s", bo_err_text(&server->pins.gone));
	if (!was_present && server->pins.present)
		syslog(LOG_NOTICE, "the device is there");
}

/*
 * Orphans and kept pins keep the server alive as long as the chip is there. One that was unplugged
 * has lost its latch and drives nothing: there is nothing left to guard.
 */
static void tend(struct bo_timer *timer)
{
	struct server *server = (struct server *)((char *)timer - offsetof(struct server, tend));
	bool was_present = server->pins.present;
	int leases = bo_switch_pins_tend(&server->pins);
	bo_ns now = bo_clock_stamp(&server->clock);

	report_presence(server, was_present);
	server->done = !server->stay && server->client_count == 0 &&
		       (leases == 0 || !server->pins.present) && !server->pins.kept &&
		       now - server->idle_since >= server->linger_ns;
	bo_loop_arm(&server->loop, timer, now + TEND_NS);
}

static bool is_done(void *ctx)
{
	return ((struct server *)ctx)->done;
}

static void server_init(struct server *server, const struct bo_switch_server_args *args)
{
	*server = (struct server){
		.listen = {.fd = args->seat->listen_fd, .events = POLLIN, .ready = accept_client},
		.tend = {.fire = tend},
		.stay = args->stay,
		.linger_ns = args->linger_ns,
	};
	for (int i = 0; i < CLIENTS_MAX; i++)
		server->clients[i].watch.fd = -1;
	bo_clock_real_init(&server->clock);
	bo_loop_init(&server->loop, &server->clock);
	bo_switch_pins_init(&server->pins, args->chip, &server->clock);
	server->idle_since = bo_clock_stamp(&server->clock);
	bo_loop_watch(&server->loop, &server->listen);
	bo_loop_arm(&server->loop, &server->tend, server->idle_since);
}

int bo_switch_serve(const struct bo_switch_server_args *args, struct bo_err *err)
{
	static struct server server;
	int rc;

	bo_loop_catch_signals();
	server_init(&server, args);
	rc = bo_loop_until(&server.loop, is_done, &server, BO_NEVER);
	/* A second one must not end us before the pins are safe. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	for (int i = 0; i < CLIENTS_MAX; i++)
		if (server.clients[i].watch.fd >= 0)
			drop(&server.clients[i]);
	if (rc == -EINTR)
		rc = 0;
	if (rc == 0 && server.pins.present && bo_switch_pins_tend(&server.pins) > 0)
		rc = bo_err_set(err, -EIO, "ended with an output that is not at its safe level");
	bo_switch_pins_leave(&server.pins);
	return rc;
}
