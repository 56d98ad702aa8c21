#ifndef BO_DRIVERS_TESTS_NET_RIG_H
#define BO_DRIVERS_TESTS_NET_RIG_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/api/driver.h"
#include "drivers/api/net.h"
#include "drivers/net/ip_udp.h"
#include "drivers/net/net_drivers.h"
#include "drivers/net/slip_codec.h"
#include "harness/model/conf.h"

/* A network driver under test, what it delivered, and a target at the far end of a pty that speaks
 * SLIP and sends back each datagram it gets. */
#define NET_RIG_PATIENCE (30 * BO_S)

struct net_rig {
	struct bo_loop loop;
	struct bo_clock clock;
	struct bo_net *net;
	struct bo_conf *conf;
	struct bo_buf report;

	int far, near; /* the pty */
	char path[64];
	struct bo_watch peer;
	struct bo_slip_decoder decoder;
	bool silent;	/* the target sends nothing back */
	unsigned heard; /* datagrams it got */
	uint16_t heard_port;

	unsigned got; /* datagrams that came here */
	size_t got_len;
	uint8_t data[2048]; /* the last */
	unsigned changed;
	struct bo_err change_err;
	struct bo_net_period over;
	unsigned lost;
	struct bo_err why;
	unsigned want;
};

static inline void net_rig_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct net_rig *rig = ctx;

	cr_assert_leq(at, bo_clock_stamp(&rig->clock));
	cr_assert_eq(rig->lost, 0, "a datagram after the loss");
	cr_assert_leq(len, sizeof(rig->data));
	memcpy(rig->data, data, len);
	rig->got_len = len;
	rig->got++;
}

static inline void net_rig_changed(void *ctx, bo_ns at, const struct bo_net_period *over,
				   const struct bo_err *err)
{
	struct net_rig *rig = ctx;

	(void)at;
	rig->over = *over;
	rig->change_err = err ? *err : (struct bo_err){0};
	rig->changed++;
}

static inline void net_rig_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct net_rig *rig = ctx;

	(void)at;
	rig->lost++;
	rig->why = *why;
}

/* The target's own stack. */
static inline void net_rig_answer(struct net_rig *rig, const uint8_t *packet, size_t len)
{
	struct bo_udp_way way;
	const uint8_t *data;
	size_t data_len;
	uint8_t out[2048], frame[BO_SLIP_FRAME_MAX(2048)];

	if (bo_ip_udp_parse(packet, len, &way, &data, &data_len) < 0)
		return;
	rig->heard++;
	rig->heard_port = way.to_port;
	if (rig->silent)
		return;
	const struct bo_udp_way back = {way.to, way.from, way.to_port, way.from_port};
	size_t used =
		bo_ip_udp_build(&back, (uint16_t)rig->heard, data, data_len, out, sizeof(out));

	used = bo_slip_encode(out, used, frame, sizeof(frame));
	cr_assert_eq(write(rig->far, frame, used), (ssize_t)used);
}

static inline void net_rig_peer(struct bo_watch *watch, short revents)
{
	struct net_rig *rig = (struct net_rig *)((char *)watch - offsetof(struct net_rig, peer));
	uint8_t in[4096];
	ssize_t len = read(rig->far, in, sizeof(in));

	(void)revents;
	for (const uint8_t *at = in; len > 0;) {
		const uint8_t *packet;
		size_t packet_len;
		size_t used = bo_slip_decode(&rig->decoder, at, (size_t)len, &packet, &packet_len);

		at += used;
		len -= (ssize_t)used;
		if (packet)
			net_rig_answer(rig, packet, packet_len);
	}
}

/* Programs of the same build: beside $(B)/brownout. */
static inline void net_rig_programs(void)
{
	char self[PATH_MAX], *end;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	cr_assert_gt(len, 0);
	self[len] = '\0';
	end = strstr(self, "/drivers/tests/");
	cr_assert_not_null(end, "%s", self);
	*end = '\0';
	setenv("BROWNOUT_LIBEXEC", self, 1);
}

static inline void net_rig_init(struct net_rig *rig)
{
	*rig = (struct net_rig){.far = -1};
	net_rig_programs();
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
	bo_slip_decoder_init(&rig->decoder);
	cr_assert_eq(openpty(&rig->far, &rig->near, rig->path, NULL, NULL), 0);
	cr_assert_eq(fcntl(rig->far, F_SETFL, O_NONBLOCK), 0);
	rig->peer = (struct bo_watch){.fd = rig->far, .events = POLLIN, .ready = net_rig_peer};
	bo_loop_watch(&rig->loop, &rig->peer);
}

/* The mapping of `network:` in a rack file. NULL when it is refused. */
static inline const void *net_rig_config(struct net_rig *rig, const struct bo_driver *driver,
					 const char *text)
{
	const struct bo_conf_args args = {
		.path = "rack.yaml", .fields = driver->fields, .size = driver->config_size};
	void *config = NULL;

	bo_conf_free(rig->conf);
	rig->conf = NULL;
	bo_buf_reset(&rig->report);
	if (bo_conf_read_text(&args, text, strlen(text), &rig->conf, &config, &rig->report) < 0)
		return NULL;
	return config;
}

static inline int net_rig_try(struct net_rig *rig, const struct bo_driver *driver, const char *text,
			      struct bo_err *err)
{
	struct bo_driver_env env = {.loop = &rig->loop, .bench = "b1"};
	const void *config = net_rig_config(rig, driver, text);
	void *net = NULL;

	cr_assert_not_null(config, "%s", rig->report.data);
	int rc = driver->open(&env, config, &net, err);

	if (rc < 0)
		return rc;
	rig->net = net;
	rig->net->rx = net_rig_rx;
	rig->net->changed = net_rig_changed;
	rig->net->lost = net_rig_lost;
	rig->net->ctx = rig;
	return 0;
}

/* The far end as the driver's tty, with more settings. */
static inline void net_rig_slip(struct net_rig *rig, const char *more)
{
	char text[512];
	struct bo_err err = {0};

	snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\n%s", rig->path, more);
	cr_assert_eq(net_rig_try(rig, &bo_driver_slip, text, &err), 0, "%s", err.text);
}

static inline void net_rig_hang_up(struct net_rig *rig)
{
	bo_loop_unwatch(&rig->loop, &rig->peer);
	close(rig->far);
	rig->far = -1;
}

static inline void net_rig_done(struct net_rig *rig)
{
	bo_net_close(rig->net);
	bo_loop_unwatch(&rig->loop, &rig->peer);
	cr_assert_null(rig->loop.watches);
	cr_assert_null(rig->loop.timers);
	if (rig->far >= 0)
		close(rig->far);
	if (rig->near >= 0)
		close(rig->near);
	bo_conf_free(rig->conf);
	bo_buf_done(&rig->report);
}

static inline bool net_rig_has(void *ctx)
{
	struct net_rig *rig = ctx;

	return rig->got >= rig->want;
}

static inline bool net_rig_heard(void *ctx)
{
	struct net_rig *rig = ctx;

	return rig->heard >= rig->want;
}

static inline bool net_rig_has_changed(void *ctx)
{
	return ((struct net_rig *)ctx)->changed;
}

static inline bool net_rig_is_lost(void *ctx)
{
	return ((struct net_rig *)ctx)->lost;
}

static inline void net_rig_until(struct net_rig *rig, bool (*done)(void *ctx))
{
	cr_assert_eq(bo_loop_until(&rig->loop, done, rig,
				   bo_clock_stamp(&rig->clock) + NET_RIG_PATIENCE),
		     0, "heard %u, got %u", rig->heard, rig->got);
}

static inline void net_rig_turn(struct net_rig *rig, bo_ns duration)
{
	(void)bo_loop_sleep_until(&rig->loop, bo_clock_stamp(&rig->clock) + duration);
}

/* A datagram goes there and comes back. */
static inline void net_rig_echo(struct net_rig *rig, const void *data, size_t len)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_net_send(rig->net, data, len, &err), 0, "%s", err.text);
	rig->want = rig->got + 1;
	net_rig_until(rig, net_rig_has);
	cr_assert_eq(rig->got_len, len);
	cr_assert_arr_eq(rig->data, data, len);
}

/* The process that this one started as brownout-link; 0: there is none. */
static inline pid_t net_rig_helper(pid_t parent)
{
	char path[64], line[32] = "", name[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	f = fopen(path, "re");
	cr_assert_not_null(f);
	(void)!fgets(line, sizeof(line), f);
	fclose(f);
	pid_t pid = atoi(line);

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f) {
		(void)!fgets(name, sizeof(name), f);
		fclose(f);
	}
	return strcmp(name, "brownout-link\n") == 0 ? pid : 0;
}

#endif
