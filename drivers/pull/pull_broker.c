#include "drivers/pull/pull_broker.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define BEAT	 (200 * BO_MS)
#define PATIENCE (20 * BO_S)
#define ATTEMPTS 5

#define OF(part, member) \
	((struct pull_broker *)((char *)(part)-offsetof(struct pull_broker, member)))

/* ---- the broker ---- */

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

uint16_t pull_free_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 &&
		    getsockname(fd, (struct sockaddr *)&address, &len) == 0;

	if (fd >= 0)
		(void)close(fd);
	return good ? ntohs(address.sin_port) : 0;
}

static bool takes_connections(uint16_t port)
{
	const struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

	if (fd >= 0)
		(void)close(fd);
	return good;
}

/* A broker that changed its user would lose the signal that ends it with us (prctl(2),
 * PR_SET_PDEATHSIG), so that root's stays root's; anybody else's ignores `user`. */
static int write_config(const struct pull_broker *broker, char *path, size_t cap,
			struct bo_err *err)
{
	(void)snprintf(path, cap, "%s/broker-%ld.conf", broker->folder, (long)getpid());
	FILE *file = fopen(path, "we");

	if (!file)
		return bo_err_set(err, -errno, "%s: %s", path, strerror(errno));
	(void)fprintf(file,
		      "listener %u 127.0.0.1\nallow_anonymous true\npersistence false\n"
		      "user root\nlog_dest stderr\nlog_type error\n",
		      broker->port);
	return fclose(file) == 0 ? 0 : bo_err_set(err, -errno, "%s: cannot be written", path);
}

static int spawn(struct pull_broker *broker, struct bo_err *err)
{
	static const char *const names[] = {"mosquitto", "/usr/sbin/mosquitto"};
	char path[4096];
	int rc = write_config(broker, path, sizeof(path), err);

	for (size_t i = 0; rc == 0 && i < 2; i++) {
		const char *const argv[] = {names[i], "-c", path, NULL};
		const struct bo_proc_args args = {.argv = argv, .pipe_err = true};

		rc = bo_proc_spawn(&args, &broker->proc, err);
		if (rc != -ENOENT)
			return rc;
		rc = i == 0 ? 0 : rc;
	}
	return rc == -ENOENT
		       ? bo_err_set(err, rc,
				    "there is no MQTT broker: install the package 'mosquitto'")
		       : rc;
}

/* What it said last, when it had something to say. */
static int has_ended(struct pull_broker *broker, int status, struct bo_err *err)
{
	char said[200], shown[240], text[48];
	ssize_t n = read(broker->proc.err, said, sizeof(said));

	return bo_err_set(err, -EIO, "mosquitto ended (%s)%s%s",
			  bo_proc_status_text(status, text, sizeof(text)), n > 0 ? ": " : "",
			  n > 0 ? bo_str_escape(shown, sizeof(shown), said, (size_t)n) : "");
}

static void ended(struct bo_watch *watch, short revents)
{
	struct pull_broker *broker = OF(watch, end);
	int status;

	(void)revents;
	if (!bo_proc_ended(&broker->proc, &status))
		return;
	(void)has_ended(broker, status, &broker->broken);
	bo_loop_unwatch(broker->loop, watch);
	(void)close(watch->fd);
	broker->fail(broker->ctx);
}

static int start(struct pull_broker *broker, struct bo_err *err)
{
	bo_ns until = bo_clock_stamp(broker->loop->clock) + PATIENCE;
	int status, rc = spawn(broker, err);

	if (rc < 0)
		return rc;
	while (!takes_connections(broker->port)) {
		if (bo_proc_ended(&broker->proc, &status))
			return has_ended(broker, status, err);
		if (bo_clock_stamp(broker->loop->clock) > until)
			return bo_err_set(err, -ETIMEDOUT, "mosquitto does not take connections");
		(void)bo_loop_sleep_until(broker->loop,
					  bo_clock_stamp(broker->loop->clock) + 5 * BO_MS);
	}
	broker->end = (struct bo_watch){
		.fd = pidfd_open(broker->proc.pid, 0), .events = POLLIN, .ready = ended};
	bo_loop_watch(broker->loop, &broker->end);
	return 0;
}

static void stop(struct pull_broker *broker)
{
	if (broker->proc.pid > 0 && broker->end.fd > 0) {
		bo_loop_unwatch(broker->loop, &broker->end);
		(void)close(broker->end.fd);
		broker->end.fd = 0;
	}
	bo_proc_kill(&broker->proc);
}

/* ---- the client ---- */

static void connected(struct mosquitto *client, void *ctx, int rc)
{
	struct pull_broker *broker = ctx;

	if (rc == 0)
		(void)mosquitto_subscribe(client, NULL, broker->topic, 1);
}

static void came(struct mosquitto *client, void *ctx, const struct mosquitto_message *message)
{
	struct pull_broker *broker = ctx;

	(void)client;
	broker->hear(broker->ctx, message->payload,
		     message->payloadlen > 0 ? (size_t)message->payloadlen : 0);
}

static void subscribed(struct mosquitto *client, void *ctx, int mid, int count, const int *qos)
{
	struct pull_broker *broker = ctx;

	(void)client;
	(void)mid;
	(void)count;
	(void)qos;
	if (broker->subscribed)
		broker->back(broker->ctx);
	broker->subscribed = true;
}

static void unwatch(struct pull_broker *broker)
{
	bo_loop_unwatch(broker->loop, &broker->watch);
	broker->watch.fd = -1;
}

/* The socket is another one after each connection, and POLLOUT is wanted now and then. */
static void follow(struct pull_broker *broker)
{
	int fd = mosquitto_socket(broker->client);

	if (fd != broker->watch.fd)
		unwatch(broker);
	broker->watch.events =
		(short)(POLLIN | (mosquitto_want_write(broker->client) ? POLLOUT : 0));
	if (fd < 0 || broker->watch.fd == fd)
		return;
	broker->watch.fd = fd;
	bo_loop_watch(broker->loop, &broker->watch);
}

static void socket_ready(struct bo_watch *watch, short revents)
{
	struct pull_broker *broker = OF(watch, watch);

	if (revents & (POLLIN | POLLERR | POLLHUP))
		(void)mosquitto_loop_read(broker->client, 1);
	if (revents & POLLOUT)
		(void)mosquitto_loop_write(broker->client, 1);
	follow(broker);
}

static void beat(struct bo_timer *timer)
{
	struct pull_broker *broker = OF(timer, beat);

	if (mosquitto_socket(broker->client) < 0)
		(void)mosquitto_reconnect(broker->client);
	else
		(void)mosquitto_loop_misc(broker->client);
	follow(broker);
	bo_loop_arm(broker->loop, timer, bo_clock_stamp(broker->loop->clock) + BEAT);
}

static bool is_subscribed(void *ctx)
{
	return ((struct pull_broker *)ctx)->subscribed;
}

static int join(struct pull_broker *broker, struct bo_err *err)
{
	(void)mosquitto_lib_init();
	/* one that the broker keeps, so that nothing is missed while it is away */
	broker->client = mosquitto_new("brownout-pull", false, broker);
	if (!broker->client)
		return bo_err_set(err, -ENOMEM, "libmosquitto: no client");
	mosquitto_connect_callback_set(broker->client, connected);
	mosquitto_message_callback_set(broker->client, came);
	mosquitto_subscribe_callback_set(broker->client, subscribed);
	int rc = mosquitto_connect(broker->client, "127.0.0.1", broker->port, 60);

	if (rc != MOSQ_ERR_SUCCESS)
		return bo_err_set(err, -EIO, "libmosquitto: %s", mosquitto_strerror(rc));
	broker->watch = (struct bo_watch){.fd = -1, .ready = socket_ready};
	broker->beat = (struct bo_timer){.fire = beat};
	follow(broker);
	bo_loop_arm(broker->loop, &broker->beat, bo_clock_stamp(broker->loop->clock) + BEAT);
	rc = bo_loop_until(broker->loop, is_subscribed, broker,
			   bo_clock_stamp(broker->loop->clock) + PATIENCE);
	return rc < 0 ? bo_err_set(err, rc, "mosquitto does not answer") : 0;
}

/* ---- both ---- */

static void come_back(struct bo_timer *timer)
{
	struct pull_broker *broker = OF(timer, again);

	if (start(broker, &broker->broken) < 0)
		broker->fail(broker->ctx);
}

int pull_broker_open(struct pull_broker *broker, struct bo_loop *loop, const char *folder,
		     uint16_t port, struct bo_err *err)
{
	int rc = -EIO;

	broker->loop = loop;
	broker->folder = folder;
	broker->proc = BO_PROC_NONE;
	broker->again = (struct bo_timer){.fire = come_back};
	for (int i = 0; rc == -EIO && i < ATTEMPTS; i++) {
		broker->port = port ? port : pull_free_port();
		rc = start(broker, err);
		if (rc < 0)
			stop(broker);
	}
	return rc == 0 ? join(broker, err) : rc;
}

void pull_broker_publish(struct pull_broker *broker, const char *topic, const char *text,
			 bool retained)
{
	(void)mosquitto_publish(broker->client, NULL, topic, (int)strlen(text), text, 1, retained);
	follow(broker);
}

void pull_broker_drop(struct pull_broker *broker, bo_ns away)
{
	stop(broker);
	bo_loop_arm(broker->loop, &broker->again, bo_clock_stamp(broker->loop->clock) + away);
}

void pull_broker_close(struct pull_broker *broker)
{
	char path[4096];

	bo_loop_disarm(broker->loop, &broker->again);
	bo_loop_disarm(broker->loop, &broker->beat);
	if (broker->client) {
		unwatch(broker);
		mosquitto_destroy(broker->client);
		(void)mosquitto_lib_cleanup();
	}
	stop(broker);
	(void)snprintf(path, sizeof(path), "%s/broker-%ld.conf", broker->folder, (long)getpid());
	(void)unlink(path);
}
