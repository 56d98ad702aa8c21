#include "drivers/serve/server.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/serve/tls.h"

#define CLIENTS_MAX 16
#define CHUNK	    1024
#define IDLE	    (60 * BO_S)

enum stage { GREETING, READING, HEAD, BODY, BYE };

struct client {
	struct bo_server *server; /* NULL: this place is free */
	struct bo_watch watch;
	struct bo_timer timer; /* the end of patience, of a stall, or of a pause between chunks */
	SSL *ssl;
	enum stage stage;
	uint64_t nth;
	struct bo_http_reader reader;
	struct bo_reply reply;
	size_t head_sent;
	uint64_t offset; /* of the next byte of the file */
	uint64_t reported;
	bool stalled; /* the stall is over */
	/* made, not yet taken by TCP */
	uint8_t out[CHUNK + 32];
	size_t out_len, out_sent;
	uint64_t out_offset; /* `offset` once it is */
};

struct bo_server {
	struct bo_server_args args;
	struct bo_loop *loop;
	struct bo_watch watch;
	struct bo_timer again; /* when it listens once more */
	uint16_t port;
	uint64_t requests;
	struct client clients[CLIENTS_MAX];
};

#define client_of(member, name) ((struct client *)((char *)(member)-offsetof(struct client, name)))

/* ---- what is told ---- */

static void say(const struct client *client, json_t *event)
{
	char *text = json_dumps(event, JSON_COMPACT);
	struct bo_buf line = {0};

	assert(text);
	bo_buf_printf(&line, "%s\n", text);
	client->server->args.say(client->server->args.ctx, line.data);
	bo_buf_done(&line);
	free(text);
	json_decref(event);
}

static void say_request(const struct client *client)
{
	const struct bo_http_request *request = &client->reader.request;
	char target[BO_HTTP_TEXT_MAX * 4 + 1];

	bo_str_escape(target, sizeof(target), request->target, strlen(request->target));
	say(client, json_pack("{s:s, s:I, s:s, s:s, s:s, s:i}", "event", "request", "nth",
			      (json_int_t)client->nth, "method", request->method, "target", target,
			      "range", request->range.asked ? client->reader.range : "", "status",
			      client->reply.status));
}

static void say_body(struct client *client)
{
	uint64_t every = client->server->args.body_every;

	if (!every || client->offset / every == client->reported / every)
		return;
	client->reported = client->offset;
	say(client, json_pack("{s:s, s:I, s:I}", "event", "body", "nth", (json_int_t)client->nth,
			      "offset", (json_int_t)client->offset));
}

/* ---- one client ---- */

static void leave(struct client *client, const char *how)
{
	struct bo_server *server = client->server;

	if (client->stage >= HEAD)
		say(client, json_pack("{s:s, s:I, s:I, s:s}", "event", "end", "nth",
				      (json_int_t)client->nth, "offset", (json_int_t)client->offset,
				      "how", how));
	bo_loop_unwatch(server->loop, &client->watch);
	bo_loop_disarm(server->loop, &client->timer);
	SSL_free(client->ssl);
	(void)close(client->watch.fd);
	bo_buf_done(&client->reply.head);
	*client = (struct client){0};
}

static void wait_for(struct client *client, short events, bo_ns patience)
{
	struct bo_loop *loop = client->server->loop;

	client->watch.events = events;
	bo_loop_arm(loop, &client->timer, bo_clock_stamp(loop->clock) + patience);
}

/* What a call of OpenSSL or a socket means: 1 go on, 0 come again, -1 the client is gone. */
static int outcome(struct client *client, ssize_t rc)
{
	if (client->ssl) {
		int why = rc > 0 ? SSL_ERROR_NONE : SSL_get_error(client->ssl, (int)rc);

		if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
			wait_for(client, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, IDLE);
			return 0;
		}
		return why == SSL_ERROR_NONE ? 1 : -1;
	}
	if (rc > 0)
		return 1;
	if (rc < 0 && (errno == EAGAIN || errno == EINTR)) {
		wait_for(client, client->stage == READING ? POLLIN : POLLOUT, IDLE);
		return 0;
	}
	return -1;
}

static ssize_t put(struct client *client, const void *data, size_t len)
{
	return client->ssl ? SSL_write(client->ssl, data, (int)len)
			   : send(client->watch.fd, data, len, MSG_NOSIGNAL);
}

static int greet(struct client *client)
{
	int rc = client->ssl ? outcome(client, SSL_accept(client->ssl)) : 1;

	if (rc > 0)
		client->stage = READING;
	return rc;
}

static int read_request(struct client *client)
{
	struct bo_server *server = client->server;
	uint8_t data[2048];
	ssize_t n = client->ssl ? SSL_read(client->ssl, data, sizeof(data))
				: recv(client->watch.fd, data, sizeof(data), 0);
	int rc = outcome(client, n);

	if (rc <= 0)
		return rc;
	int complete = bo_http_reader_feed(&client->reader, data, (size_t)n);

	if (complete < 0)
		return -1;
	if (complete == 0)
		return 1;
	client->nth = ++server->requests;
	bo_reply_make(server->args.offer, &client->reader.request, client->nth,
		      client->ssl && bo_tls_knows_client(client->ssl), &client->reply);
	client->offset = client->out_offset = client->reported = client->reply.from;
	client->stage = HEAD;
	say_request(client);
	return 1;
}

static int send_head(struct client *client)
{
	const struct bo_buf *head = &client->reply.head;
	ssize_t n = put(client, head->data + client->head_sent, head->len - client->head_sent);
	int rc = outcome(client, n);

	if (rc <= 0)
		return rc;
	client->head_sent += (size_t)n;
	if (client->head_sent == head->len)
		client->stage = client->reply.file ? BODY : BYE;
	return 1;
}

/* The end of what may be sent in one go: a place where something is to happen is never run over. */
static uint64_t next_stop(const struct client *client)
{
	const struct bo_reply *reply = &client->reply;
	uint64_t every = client->server->args.body_every;
	uint64_t stop = client->offset + CHUNK;

	if (every && (client->offset / every + 1) * every < stop)
		stop = (client->offset / every + 1) * every;

	if (stop > reply->until + reply->extra)
		stop = reply->until + reply->extra;
	if (reply->end_at < stop)
		stop = reply->end_at;
	if (!client->stalled && reply->stall_at < stop)
		stop = reply->stall_at;
	return stop;
}

/* What nobody announced is zeros. */
static void copy(const struct bo_reply *reply, uint64_t from, size_t len, uint8_t *out)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t at = from + i;

		out[i] = at < reply->until ? reply->file[at] : 0;
		if (at == reply->corrupt_at)
			out[i] = (uint8_t)~out[i];
	}
}

static void fill(struct client *client, uint64_t stop)
{
	const struct bo_reply *reply = &client->reply;
	size_t len = (size_t)(stop - client->offset), head = 0;

	if (reply->chunked)
		head = (size_t)snprintf((char *)client->out, sizeof(client->out), "%zx\r\n", len);
	copy(reply, client->offset, len, client->out + head);
	client->out_len = head + len;
	if (reply->chunked) {
		(void)memcpy(client->out + client->out_len, "\r\n", 2);
		client->out_len += 2;
	}
	client->out_sent = 0;
	client->out_offset = stop;
}

static int flush(struct client *client)
{
	ssize_t n = put(client, client->out + client->out_sent, client->out_len - client->out_sent);
	int rc = outcome(client, n);

	if (rc <= 0)
		return rc;
	client->out_sent += (size_t)n;
	if (client->out_sent < client->out_len)
		return 1;
	uint64_t sent = client->out_offset - client->offset;

	client->out_len = 0;
	client->offset = client->out_offset;
	say_body(client);
	if (client->reply.bits_per_s <= 0 || !sent)
		return 1;
	wait_for(client, 0, (bo_ns)sent * 8 * BO_S / client->reply.bits_per_s);
	return 0;
}

static int send_body(struct client *client)
{
	struct bo_reply *reply = &client->reply;

	if (client->out_len)
		return flush(client);
	if (client->offset == reply->stall_at && !client->stalled) {
		client->stalled = true;
		wait_for(client, 0, reply->stall_ns);
		return 0;
	}
	if (client->offset == reply->end_at) {
		client->stage = BYE;
		return 1;
	}
	if (client->offset < reply->until + reply->extra) {
		fill(client, next_stop(client));
		return 1;
	}
	if (reply->chunked) {
		reply->chunked = false;
		(void)memcpy(client->out, "0\r\n\r\n", 5);
		client->out_len = 5;
		client->out_sent = 0;
		return 1;
	}
	client->stage = BYE;
	return 1;
}

static const char *const ways[] = {[BO_END_WHOLE] = "whole",
				   [BO_END_CLOSE] = "close",
				   [BO_END_RESET] = "reset",
				   [BO_END_TLS_CUT] = "tls-cut",
				   [BO_END_RESTART] = "restart"};

static void hang_up(struct client *client, const char *how)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	/* close() then sends RST instead of FIN: socket(7), SO_LINGER */
	(void)setsockopt(client->watch.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	leave(client, how);
}

static void stay_away(struct bo_server *server, bo_ns away)
{
	bo_loop_unwatch(server->loop, &server->watch);
	(void)close(server->watch.fd);
	server->watch.fd = -1;
	bo_loop_arm(server->loop, &server->again, bo_clock_stamp(server->loop->clock) + away);
}

/* As a server that is restarted: nobody's connection outlives it. */
static void restart(struct bo_server *server, bo_ns away)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (server->clients[i].server)
			hang_up(&server->clients[i], ways[BO_END_RESTART]);
	stay_away(server, away);
}

static int say_bye(struct client *client)
{
	enum bo_reply_end end = client->reply.end;

	if (client->ssl && (end == BO_END_WHOLE || end == BO_END_CLOSE))
		(void)SSL_shutdown(client->ssl);
	if (end == BO_END_RESTART)
		restart(client->server, client->reply.away_ns);
	else if (end == BO_END_RESET)
		hang_up(client, ways[end]);
	else
		leave(client, ways[end]);
	return 0;
}

static void go_on(struct client *client)
{
	static int (*const stages[])(struct client * client) = {[GREETING] = greet,
								[READING] = read_request,
								[HEAD] = send_head,
								[BODY] = send_body,
								[BYE] = say_bye};
	int rc = 1;

	while (rc > 0)
		rc = stages[client->stage](client);
	if (rc < 0)
		leave(client, "gone");
}

static void client_ready(struct bo_watch *watch, short revents)
{
	struct client *client = client_of(watch, watch);

	/* it hung up while nothing was to be sent: a stall, or a slow body */
	if (client->watch.events == 0 && (revents & (POLLERR | POLLHUP))) {
		leave(client, "gone");
		return;
	}
	go_on(client);
}

static void time_over(struct bo_timer *timer)
{
	struct client *client = client_of(timer, timer);

	if (client->watch.events == 0)
		go_on(client);
	else
		leave(client, "gone");
}

/* ---- all of them ---- */

static struct client *free_place(struct bo_server *server)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (!server->clients[i].server)
			return &server->clients[i];
	return NULL;
}

static void welcome(struct bo_watch *watch, short revents)
{
	struct bo_server *server =
		(struct bo_server *)((char *)watch - offsetof(struct bo_server, watch));
	struct client *client = free_place(server);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)revents;
	if (fd < 0)
		return;
	SSL *ssl = client && server->args.tls ? SSL_new(server->args.tls) : NULL;

	if (!client || (server->args.tls && (!ssl || !SSL_set_fd(ssl, fd)))) {
		SSL_free(ssl);
		(void)close(fd);
		return;
	}
	*client = (struct client){.server = server,
				  .watch = {.fd = fd, .events = POLLIN, .ready = client_ready},
				  .timer = {.fire = time_over},
				  .ssl = ssl};
	bo_http_reader_init(&client->reader);
	bo_loop_watch(server->loop, &client->watch);
	wait_for(client, POLLIN, IDLE);
}

/* Until listen() is called, who connects is turned away as if nobody were there. */
static int listen_on(uint16_t port, bool now, uint16_t *ret_port, struct bo_err *err)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;

	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
	    bind(fd, (struct sockaddr *)&address, len) == 0 &&
	    (!now || listen(fd, CLIENTS_MAX) == 0) &&
	    getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
		*ret_port = ntohs(address.sin_port);
		return fd;
	}
	int rc = bo_err_set(err, -errno, "127.0.0.1 port %u: %s", port, strerror(errno));

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static void come_back(struct bo_timer *timer)
{
	struct bo_server *server =
		(struct bo_server *)((char *)timer - offsetof(struct bo_server, again));
	struct bo_err err = {0};

	if (server->watch.fd < 0)
		server->watch.fd = listen_on(server->port, true, &server->port, &err);
	else
		(void)listen(server->watch.fd, CLIENTS_MAX);
	/* somebody else has its port for a moment */
	if (server->watch.fd < 0)
		bo_loop_arm(server->loop, timer, bo_clock_stamp(server->loop->clock) + 50 * BO_MS);
	else
		bo_loop_watch(server->loop, &server->watch);
}

int bo_server_open(const struct bo_server_args *args, struct bo_loop *loop, struct bo_server **ret,
		   struct bo_err *err)
{
	struct bo_server *server = calloc(1, sizeof(*server));

	assert(server);
	server->args = *args;
	server->loop = loop;
	const struct bo_mischief *down =
		bo_mischief_find(args->offer->mischief, args->offer->mischiefs, BO_MISCHIEF_DOWN);
	int fd = listen_on(args->port, !down, &server->port, err);

	if (fd < 0) {
		free(server);
		return fd;
	}
	server->watch = (struct bo_watch){.fd = fd, .events = POLLIN, .ready = welcome};
	server->again = (struct bo_timer){.fire = come_back};
	if (down)
		bo_loop_arm(loop, &server->again, bo_clock_stamp(loop->clock) + down->argument);
	else
		bo_loop_watch(loop, &server->watch);
	*ret = server;
	return 0;
}

uint16_t bo_server_port(const struct bo_server *server)
{
	return server->port;
}

void bo_server_close(struct bo_server *server)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (server->clients[i].server)
			leave(&server->clients[i], "gone");
	bo_loop_unwatch(server->loop, &server->watch);
	bo_loop_disarm(server->loop, &server->again);
	if (server->watch.fd >= 0)
		(void)close(server->watch.fd);
	free(server);
}
