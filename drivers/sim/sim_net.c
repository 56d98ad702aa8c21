#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/net/impair.h"
#include "drivers/net/ip_udp.h"
#include "drivers/net/slip_codec.h"
#include "drivers/sim/sim.h"
#include "drivers/sim/sim_parts.h"

/*
 * The board's place on a network: its USART2, at the other end of which packets leave a line of
 * SLIP and meet the impairments, one for each way. A packet is impaired as the network would: with
 * its headers, before the line towards the target, and behind the one from it.
 */

/* Ours; the target answers to where a request came from. */
#define HOST_PORT 40000

struct sim_net {
	struct bo_net net;
	struct sim *sim;
	struct bo_udp_way way; /* of what we send */
	uint16_t id;
	struct bo_slip_decoder decoder;
	struct bo_impair down, up;
	struct bo_timer told;	   /* an impairment is in force: */
	struct bo_net_period over; /* what the one before it did */
};

static struct sim_net *of(struct bo_net *net)
{
	return (struct sim_net *)((char *)net - offsetof(struct sim_net, net));
}

static struct sim_line *line_of(const struct sim_net *self)
{
	return &self->sim->line[SIM_LINE_NET];
}

/* ---- down ---- */

/* Behind the impairments: the line, and what it has no room for is gone. */
static void leave(void *ctx, const uint8_t *packet, size_t len)
{
	struct sim_net *self = ctx;
	uint8_t text[BO_SLIP_FRAME_MAX(BO_SLIP_PACKET_MAX)];
	size_t text_len = bo_slip_encode(packet, len, text, sizeof(text));

	(void)sim_line_put(line_of(self), bo_loop_now(self->sim->env->loop), text, text_len);
}

static int net_send(struct bo_net *net, const void *data, size_t len, struct bo_err *err)
{
	struct sim_net *self = of(net);
	uint8_t packet[BO_SLIP_PACKET_MAX];

	if (len > net->datagram_max)
		return bo_err_set(err, -EMSGSIZE, "%zu bytes, but the link's MTU leaves %zu", len,
				  net->datagram_max);
	if (BO_SLIP_FRAME_MAX(BO_IP_UDP_HEAD + len) > SIM_QUEUE_MAX - line_of(self)->queued)
		return bo_err_set(err, -ENOBUFS, "more than %d bytes wait for the line",
				  SIM_QUEUE_MAX);
	if (line_of(self)->breaks)
		return 0;
	size_t packet_len =
		bo_ip_udp_build(&self->way, self->id++, data, len, packet, sizeof(packet));

	bo_impair_push(&self->down, packet, packet_len);
	return 0;
}

/* ---- up ---- */

static void arrive(void *ctx, const uint8_t *packet, size_t len)
{
	struct sim_net *self = ctx;
	const struct bo_udp_way *way = &self->way;
	struct bo_udp_way found;
	const uint8_t *data;
	size_t data_len;

	if (bo_ip_udp_parse(packet, len, &found, &data, &data_len) < 0 || found.from != way->to ||
	    found.to != way->from || found.from_port != way->to_port ||
	    found.to_port != way->from_port)
		return;
	if (self->net.rx && data_len > 0)
		self->net.rx(self->net.ctx, bo_loop_now(self->sim->env->loop), data, data_len);
}

void sim_net_deliver(struct sim *sim)
{
	struct sim_line *line = &sim->line[SIM_LINE_NET];
	struct sim_net *self = sim->net;
	const uint8_t *packet;
	size_t len = line->out_len, packet_len;

	line->out_len = 0;
	for (size_t at = 0; self && at < len;) {
		at += bo_slip_decode(&self->decoder, line->out + at, len - at, &packet,
				     &packet_len);
		if (packet)
			bo_impair_push(&self->up, packet, packet_len);
	}
}

/* ---- the link ---- */

static int net_hold_break(struct bo_net *net, bool on, struct bo_err *err)
{
	struct sim_net *self = of(net);

	(void)err;
	sim_line_hold_break(line_of(self), on);
	bo_slip_decoder_drop(&self->decoder);
	bo_impair_flush(&self->down);
	bo_impair_flush(&self->up);
	return 0;
}

static void tell(struct bo_timer *timer)
{
	struct sim_net *self = (struct sim_net *)((char *)timer - offsetof(struct sim_net, told));

	if (self->net.changed)
		self->net.changed(self->net.ctx, bo_loop_now(self->sim->env->loop), &self->over,
				  NULL);
}

static int net_impair(struct bo_net *net, const struct bo_netem *down, const struct bo_netem *up,
		      struct bo_err *err)
{
	struct sim_net *self = of(net);
	struct bo_loop *loop = self->sim->env->loop;

	(void)err;
	bo_impair_set(&self->down, down, &self->over.down);
	bo_impair_set(&self->up, up, &self->over.up);
	bo_loop_arm(loop, &self->told, bo_loop_now(loop));
	return 0;
}

static void net_close(struct bo_net *net)
{
	struct sim_net *self = of(net);

	bo_loop_disarm(self->sim->env->loop, &self->told);
	bo_impair_done(&self->down);
	bo_impair_done(&self->up);
	sim_line_hold_break(line_of(self), false);
	self->sim->net = NULL;
	free(self);
}

static const struct bo_net_ops net_ops = {
	.name = "sim",
	.send = net_send,
	.hold_break = net_hold_break,
	.impair = net_impair,
	.close = net_close,
};

/* ---- open ---- */

static void init_way(struct sim_net *self, struct bo_impair *impair, const char *name,
		     bo_impair_out *out)
{
	struct bo_prng root, stream;

	bo_prng_init(&root, self->sim->env->seed);
	bo_prng_split(&root, name, &stream);
	bo_impair_init(impair, self->sim->env->loop, bo_prng_next(&stream), out, self);
}

static int net_open(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err)
{
	const struct bo_sim_net_config *conf = config;
	struct sim *sim = sim_find(env, err);

	if (!sim)
		return -EINVAL;
	struct sim_net *self = calloc(1, sizeof(*self));

	if (!self)
		return bo_err_set(err, -ENOMEM, "out of memory");
	*self = (struct sim_net){
		.net = {.ops = &net_ops, .datagram_max = (size_t)conf->mtu - BO_IP_UDP_HEAD},
		.sim = sim,
		.way = {.from = conf->host,
			.to = conf->address,
			.from_port = HOST_PORT,
			.to_port = (uint16_t)conf->port},
		.told = {.fire = tell},
	};
	bo_slip_decoder_init(&self->decoder);
	init_way(self, &self->down, "network.down", leave);
	init_way(self, &self->up, "network.up", arrive);
	sim_line_open(&sim->line[SIM_LINE_NET], conf->baud);
	sim->net = self;
	*ret = &self->net;
	return 0;
}

const struct bo_driver bo_driver_sim_net = {
	.name = "sim",
	.help = "the virtual board's USART2, as a line of SLIP",
	.role = BO_ROLE_NETWORK,
	.caps = BO_CAP_DATAGRAMS | BO_CAP_NETEM,
	.fields = bo_sim_net_fields,
	.config_size = sizeof(struct bo_sim_net_config),
	.open = net_open,
	.check = bo_sim_net_check,
};
