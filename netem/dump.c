#include "netem/dump.h"

#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <string.h>

#define NETEM_PRNG_SEED 14
#define NETEM_KNOWN	NETEM_PRNG_SEED

/* Copies a structure out of an attribute; one that is too short is as if it were not there. */
static bool take(struct nlattr *attr, void *out, size_t len)
{
	if (!attr || nla_len(attr) < (int)len)
		return false;
	memcpy(out, nla_data(attr), len);
	return true;
}

/* The attributes below `attr`; false when it is not there or not whole. */
static bool open_nest(struct nlattr *attr, struct nlattr **ret, int most)
{
	return attr && nla_parse_nested(ret, most, attr, NULL) == 0;
}

/* ---- netem ---- */

static void read_chain(struct nlattr *loss, struct netem_wire *wire)
{
	struct nlattr *models[NETEM_LOSS_MAX + 1];
	struct tc_netem_gemodel model;

	if (!open_nest(loss, models, NETEM_LOSS_MAX) ||
	    !take(models[NETEM_LOSS_GE], &model, sizeof(model)))
		return;
	wire->chain = 1;
	wire->p = model.p;
	wire->r = model.r;
	wire->h = model.h;
	wire->k1 = model.k1;
}

static void read_rate(struct nlattr **attrs, struct netem_wire *wire)
{
	struct tc_netem_rate rate;

	if (take(attrs[TCA_NETEM_RATE], &rate, sizeof(rate))) {
		wire->rate_Bps = rate.rate;
		wire->overhead = (uint32_t)rate.packet_overhead;
	}
	(void)take(attrs[TCA_NETEM_RATE64], &wire->rate_Bps, sizeof(wire->rate_Bps));
}

_Static_assert(sizeof(struct tc_netem_qopt) % NLA_ALIGNTO == 0, "attributes follow it at once");

/* struct tc_netem_qopt, then attributes. */
static int read_netem(struct nlattr *options, struct netem_wire *ret)
{
	struct nlattr *attrs[NETEM_KNOWN + 1];
	struct tc_netem_qopt fixed;
	struct tc_netem_reorder reorder = {0};
	struct tc_netem_corrupt corrupt = {0};
	int rest = options ? nla_len(options) - (int)sizeof(fixed) : -1;

	if (rest < 0 || !take(options, &fixed, sizeof(fixed)))
		return -EBADMSG;
	if (nla_parse(attrs, NETEM_KNOWN,
		      (struct nlattr *)((char *)nla_data(options) + sizeof(fixed)), rest, NULL) < 0)
		return -EBADMSG;
	*ret = (struct netem_wire){.limit = fixed.limit,
				   .loss = fixed.loss,
				   .gap = fixed.gap,
				   .duplicate = fixed.duplicate};
	(void)take(attrs[TCA_NETEM_LATENCY64], &ret->latency_ns, sizeof(ret->latency_ns));
	(void)take(attrs[TCA_NETEM_JITTER64], &ret->jitter_ns, sizeof(ret->jitter_ns));
	(void)take(attrs[NETEM_PRNG_SEED], &ret->seed, sizeof(ret->seed));
	(void)take(attrs[TCA_NETEM_REORDER], &reorder, sizeof(reorder));
	(void)take(attrs[TCA_NETEM_CORRUPT], &corrupt, sizeof(corrupt));
	ret->reorder = reorder.probability;
	ret->corrupt = corrupt.probability;
	read_chain(attrs[TCA_NETEM_LOSS], ret);
	read_rate(attrs, ret);
	return 0;
}

/* ---- any queueing discipline ---- */

static void read_statistics(struct nlattr *stats, struct netem_qdisc *qdisc)
{
	struct nlattr *attrs[TCA_STATS_MAX + 1];
	struct gnet_stats_queue queue;
	/* struct gnet_stats_basic without the padding at its end, which not every kernel sends */
	struct {
		uint64_t bytes;
		uint32_t packets;
	} __attribute__((packed)) basic;

	if (!open_nest(stats, attrs, TCA_STATS_MAX))
		return;
	if (take(attrs[TCA_STATS_BASIC], &basic, sizeof(basic))) {
		qdisc->bytes = basic.bytes;
		qdisc->packets = basic.packets;
	}
	if (take(attrs[TCA_STATS_QUEUE], &queue, sizeof(queue))) {
		qdisc->dropped = queue.drops;
		qdisc->waiting = queue.qlen;
	}
}

static int read_kind(struct nlattr *attr, char out[NETEM_KIND_MAX])
{
	size_t len = attr ? strnlen(nla_data(attr), (size_t)nla_len(attr)) : 0;

	if (len == 0 || len >= NETEM_KIND_MAX)
		return -EBADMSG;
	memcpy(out, nla_data(attr), len);
	return 0;
}

int netem_dump_qdisc(const struct nlmsghdr *head, struct netem_qdisc *ret)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)(uintptr_t)head;
	struct nlattr *attrs[TCA_MAX + 1];
	struct netem_qdisc qdisc = {0};
	const struct tcmsg *tc;

	if (msg->nlmsg_type != RTM_NEWQDISC || !nlmsg_valid_hdr(msg, sizeof(*tc)) ||
	    nlmsg_parse(msg, sizeof(*tc), attrs, TCA_MAX, NULL) < 0)
		return -EBADMSG;
	tc = nlmsg_data(msg);
	qdisc.place = (struct netem_place){tc->tcm_ifindex, tc->tcm_parent, tc->tcm_handle};
	if (read_kind(attrs[TCA_KIND], qdisc.kind) < 0)
		return -EBADMSG;
	if (strcmp(qdisc.kind, "netem") == 0 && read_netem(attrs[TCA_OPTIONS], &qdisc.wire) < 0)
		return -EBADMSG;
	read_statistics(attrs[TCA_STATS2], &qdisc);
	*ret = qdisc;
	return 0;
}

/* ---- links and routes ---- */

int netem_dump_link(const struct nlmsghdr *head)
{
	const struct ifinfomsg *link = nlmsg_data(head);

	return head->nlmsg_type == RTM_NEWLINK && nlmsg_valid_hdr(head, sizeof(*link))
		       ? link->ifi_index
		       : 0;
}

/* struct rtnexthop after struct rtnexthop, rtnetlink(7). */
static bool leaves_by(struct nlattr *hops, int ifindex)
{
	const char *at = hops ? nla_data(hops) : NULL;
	size_t left = hops ? (size_t)nla_len(hops) : 0;
	struct rtnexthop hop;

	while (left >= sizeof(hop)) {
		memcpy(&hop, at, sizeof(hop));
		if (hop.rtnh_ifindex == ifindex)
			return true;
		size_t len = (size_t)NLA_ALIGN(hop.rtnh_len);

		if (hop.rtnh_len < sizeof(hop) || len > left)
			return false;
		at += len;
		left -= len;
	}
	return false;
}

bool netem_dump_default_route(const struct nlmsghdr *head, int ifindex)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)(uintptr_t)head;
	struct nlattr *attrs[RTA_MAX + 1];
	const struct rtmsg *route;
	int out = 0;

	if (msg->nlmsg_type != RTM_NEWROUTE || !nlmsg_valid_hdr(msg, sizeof(*route)) ||
	    nlmsg_parse(msg, sizeof(*route), attrs, RTA_MAX, NULL) < 0)
		return false;
	route = nlmsg_data(msg);
	if (route->rtm_dst_len != 0 || route->rtm_type != RTN_UNICAST)
		return false;
	(void)take(attrs[RTA_OIF], &out, sizeof(out));
	return out == ifindex || leaves_by(attrs[RTA_MULTIPATH], ifindex);
}
