#include "netem/message.h"

#include <assert.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <string.h>

#include "harness/model/netem_dist.h"

/* Linux 6.6; Debian 12's headers end before it. */
#define NETEM_PRNG_SEED 14
#define MESSAGE_MAX	12288 /* a table is 8 KiB */
#define TOLD		(NLM_F_REQUEST | NLM_F_ACK)
#define REPLACE		(TOLD | NLM_F_CREATE | NLM_F_REPLACE)
#define CREATE		(TOLD | NLM_F_CREATE | NLM_F_EXCL)
#define DUMP		(NLM_F_REQUEST | NLM_F_DUMP)
#define INGRESS_HANDLE	TC_H_MAKE(TC_H_INGRESS, 0)
#define FILTER_PRIORITY 1
#define LARGEST_PACKET	(65536 + 18) /* of IPv4, in Ethernet with a VLAN */
#define FIRST_ACTION	1

/* ---- parts ---- */

static struct nl_msg *begin(int type, int flags, const void *head, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_MAX);
	void *at;

	assert(msg);
	at = nlmsg_put(msg, 0, 0, type, (int)len, flags) ? nlmsg_data(nlmsg_hdr(msg)) : NULL;
	assert(at);
	memcpy(at, head, len);
	return msg;
}

static void put(struct nl_msg *msg, int type, const void *data, size_t len)
{
	int rc = nla_put(msg, type, (int)len, data);

	assert(rc == 0);
}

static void put_text(struct nl_msg *msg, int type, const char *text)
{
	put(msg, type, text, strlen(text) + 1);
}

static void put_u32(struct nl_msg *msg, int type, uint32_t value)
{
	put(msg, type, &value, sizeof(value));
}

static void put_u64(struct nl_msg *msg, int type, uint64_t value)
{
	put(msg, type, &value, sizeof(value));
}

static void put_be16(struct nl_msg *msg, int type, uint16_t value)
{
	value = htons(value);
	put(msg, type, &value, sizeof(value));
}

static struct nlattr *nest(struct nl_msg *msg, int type)
{
	struct nlattr *attr = nla_nest_start(msg, type);

	assert(attr);
	return attr;
}

static struct nl_msg *begin_tc(int type, int flags, const struct netem_place *place, uint32_t info,
			       const char *kind)
{
	struct tcmsg tc = {.tcm_family = AF_UNSPEC,
			   .tcm_ifindex = place->ifindex,
			   .tcm_handle = place->handle,
			   .tcm_parent = place->parent,
			   .tcm_info = info};
	struct nl_msg *msg = begin(type, flags, &tc, sizeof(tc));

	if (kind)
		put_text(msg, TCA_KIND, kind);
	return msg;
}

/* ---- netem ---- */

static void put_loss(struct nl_msg *msg, const struct netem_wire *wire)
{
	struct tc_netem_gemodel model = {.p = (uint32_t)wire->p,
					 .r = (uint32_t)wire->r,
					 .h = (uint32_t)wire->h,
					 .k1 = (uint32_t)wire->k1};
	struct nlattr *loss;

	if (!wire->chain)
		return; /* without the attribute the kernel goes back to random loss */
	loss = nest(msg, TCA_NETEM_LOSS);
	put(msg, NETEM_LOSS_GE, &model, sizeof(model));
	nla_nest_end(msg, loss);
}

static void put_rate(struct nl_msg *msg, const struct netem_wire *wire)
{
	bool wide = wire->rate_Bps > UINT32_MAX;
	struct tc_netem_rate rate = {.rate = wide ? UINT32_MAX : (uint32_t)wire->rate_Bps,
				     .packet_overhead = (int32_t)(uint32_t)wire->overhead};

	put(msg, TCA_NETEM_RATE, &rate, sizeof(rate));
	if (wide)
		put_u64(msg, TCA_NETEM_RATE64, wire->rate_Bps);
}

static void put_table(struct nl_msg *msg, enum bo_netem_dist dist)
{
	int16_t table[BO_NETEM_DIST_POINTS];

	bo_netem_dist_fill(dist, table);
	put(msg, TCA_NETEM_DELAY_DIST, table, sizeof(table));
}

struct nl_msg *netem_msg_netem(const struct netem_place *place, const struct netem_wire *wire,
			       enum bo_netem_dist dist)
{
	/* the times follow in ns: these are in ticks of a unit that hosts disagree about */
	const struct tc_netem_qopt options = {.limit = (uint32_t)wire->limit,
					      .loss = (uint32_t)wire->loss,
					      .gap = (uint32_t)wire->gap,
					      .duplicate = (uint32_t)wire->duplicate};
	const struct tc_netem_corr correlation = {0};
	const struct tc_netem_reorder reorder = {.probability = (uint32_t)wire->reorder};
	const struct tc_netem_corrupt corrupt = {.probability = (uint32_t)wire->corrupt};
	struct nl_msg *msg = begin_tc(RTM_NEWQDISC, REPLACE, place, 0, "netem");
	struct nlattr *attr = nest(msg, TCA_OPTIONS);
	int rc = nlmsg_append(msg, (void *)(uintptr_t)&options, sizeof(options), NLA_ALIGNTO);

	assert(rc == 0);
	put(msg, TCA_NETEM_CORR, &correlation, sizeof(correlation));
	put(msg, TCA_NETEM_REORDER, &reorder, sizeof(reorder));
	put(msg, TCA_NETEM_CORRUPT, &corrupt, sizeof(corrupt));
	put_loss(msg, wire);
	put_rate(msg, wire);
	put_u64(msg, TCA_NETEM_LATENCY64, wire->latency_ns);
	put_u64(msg, TCA_NETEM_JITTER64, wire->jitter_ns);
	if (wire->jitter_ns)
		put_table(msg, dist);
	if (wire->seed)
		put_u64(msg, NETEM_PRNG_SEED, wire->seed);
	nla_nest_end(msg, attr);
	return msg;
}

/* ---- other queueing disciplines ---- */

struct nl_msg *netem_msg_prio(const struct netem_place *place)
{
	const struct tc_prio_qopt options = {.bands = 2};
	struct nl_msg *msg = begin_tc(RTM_NEWQDISC, REPLACE, place, 0, "prio");

	put(msg, TCA_OPTIONS, &options, sizeof(options));
	return msg;
}

struct nl_msg *netem_msg_tbf(const struct netem_place *place, uint32_t bytes)
{
	/* a known link layer spares the kernel a table of times */
	const struct tc_tbf_qopt options = {.rate = {.rate = 1, .linklayer = TC_LINKLAYER_ETHERNET},
					    .limit = LARGEST_PACKET};
	struct nl_msg *msg = begin_tc(RTM_NEWQDISC, REPLACE, place, 0, "tbf");
	struct nlattr *attr = nest(msg, TCA_OPTIONS);

	put(msg, TCA_TBF_PARMS, &options, sizeof(options));
	put_u32(msg, TCA_TBF_BURST, bytes);
	nla_nest_end(msg, attr);
	return msg;
}

static struct netem_place ingress_of(int ifindex)
{
	return (struct netem_place){ifindex, TC_H_INGRESS, INGRESS_HANDLE};
}

struct nl_msg *netem_msg_ingress(int ifindex)
{
	struct netem_place place = ingress_of(ifindex);

	return begin_tc(RTM_NEWQDISC, CREATE, &place, 0, "ingress");
}

struct nl_msg *netem_msg_qdisc_delete(const struct netem_place *place)
{
	return begin_tc(RTM_DELQDISC, TOLD, place, 0, NULL);
}

struct nl_msg *netem_msg_qdisc_dump(void)
{
	return begin_tc(RTM_GETQDISC, DUMP, &(struct netem_place){0}, 0, NULL);
}

/* ---- filters ---- */

enum side { TO_PEER, FROM_PEER };

static const struct keys {
	int address, mask, tcp_port, udp_port;
} keys[][2] = {
	/* AF_INET, AF_INET6 */
	[TO_PEER] = {{TCA_FLOWER_KEY_IPV4_DST, TCA_FLOWER_KEY_IPV4_DST_MASK, TCA_FLOWER_KEY_TCP_DST,
		      TCA_FLOWER_KEY_UDP_DST},
		     {TCA_FLOWER_KEY_IPV6_DST, TCA_FLOWER_KEY_IPV6_DST_MASK, TCA_FLOWER_KEY_TCP_DST,
		      TCA_FLOWER_KEY_UDP_DST}},
	[FROM_PEER] = {{TCA_FLOWER_KEY_IPV4_SRC, TCA_FLOWER_KEY_IPV4_SRC_MASK,
			TCA_FLOWER_KEY_TCP_SRC, TCA_FLOWER_KEY_UDP_SRC},
		       {TCA_FLOWER_KEY_IPV6_SRC, TCA_FLOWER_KEY_IPV6_SRC_MASK,
			TCA_FLOWER_KEY_TCP_SRC, TCA_FLOWER_KEY_UDP_SRC}},
};

static uint16_t ether_type(const struct bo_netem_flow *flow)
{
	if (!flow)
		return ETH_P_ALL;
	return flow->family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP;
}

static void put_flow(struct nl_msg *msg, const struct bo_netem_flow *flow, enum side side)
{
	static const uint8_t whole[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	bool six = flow->family == AF_INET6;
	const struct keys *key = &keys[side][six];
	size_t len = six ? 16 : 4;

	put_be16(msg, TCA_FLOWER_KEY_ETH_TYPE, ether_type(flow));
	put(msg, key->address, flow->peer, len);
	put(msg, key->mask, whole, len);
	if (flow->protocol)
		put(msg, TCA_FLOWER_KEY_IP_PROTO, &flow->protocol, sizeof(flow->protocol));
	if (flow->port)
		put_be16(msg, flow->protocol == IPPROTO_TCP ? key->tcp_port : key->udp_port,
			 flow->port);
}

static struct nl_msg *begin_filter(const struct netem_place *qdisc,
				   const struct bo_netem_flow *flow)
{
	struct netem_place place = {.ifindex = qdisc->ifindex, .parent = qdisc->handle};
	uint32_t info = TC_H_MAKE(FILTER_PRIORITY << 16, htons(ether_type(flow)));

	return begin_tc(RTM_NEWTFILTER, CREATE, &place, info, flow ? "flower" : "matchall");
}

struct nl_msg *netem_msg_filter_class(const struct netem_place *qdisc,
				      const struct bo_netem_flow *flow, uint32_t classid)
{
	struct nl_msg *msg = begin_filter(qdisc, flow);
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	put_u32(msg, TCA_FLOWER_CLASSID, classid);
	put_flow(msg, flow, TO_PEER);
	nla_nest_end(msg, options);
	return msg;
}

static void put_redirect(struct nl_msg *msg, int type, int to)
{
	const struct tc_mirred mirred = {
		.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR, .ifindex = (uint32_t)to};
	struct nlattr *list = nest(msg, type);
	struct nlattr *action = nest(msg, FIRST_ACTION);
	struct nlattr *options;

	put_text(msg, TCA_ACT_KIND, "mirred");
	options = nest(msg, TCA_ACT_OPTIONS);
	put(msg, TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
	nla_nest_end(msg, options);
	nla_nest_end(msg, action);
	nla_nest_end(msg, list);
}

struct nl_msg *netem_msg_filter_redirect(int ifindex, const struct bo_netem_flow *flow, int to)
{
	struct netem_place ingress = ingress_of(ifindex);
	struct nl_msg *msg = begin_filter(&ingress, flow);
	struct nlattr *options = nest(msg, TCA_OPTIONS);

	if (flow)
		put_flow(msg, flow, FROM_PEER);
	put_redirect(msg, flow ? TCA_FLOWER_ACT : TCA_MATCHALL_ACT, to);
	nla_nest_end(msg, options);
	return msg;
}

struct nl_msg *netem_msg_filter_dump(int ifindex)
{
	struct netem_place place = {.ifindex = ifindex, .parent = INGRESS_HANDLE};

	return begin_tc(RTM_GETTFILTER, DUMP, &place, 0, NULL);
}

/* ---- links, addresses and routes ---- */

struct nl_msg *netem_msg_link_get(const char *name)
{
	const struct ifinfomsg link = {0};
	struct nl_msg *msg = begin(RTM_GETLINK, NLM_F_REQUEST, &link, sizeof(link));

	put_text(msg, IFLA_IFNAME, name);
	return msg;
}

struct nl_msg *netem_msg_ifb_create(const char *name)
{
	const struct ifinfomsg link = {0};
	struct nl_msg *msg = begin(RTM_NEWLINK, CREATE, &link, sizeof(link));
	struct nlattr *info;

	put_text(msg, IFLA_IFNAME, name);
	info = nest(msg, IFLA_LINKINFO);
	put_text(msg, IFLA_INFO_KIND, "ifb");
	nla_nest_end(msg, info);
	return msg;
}

struct nl_msg *netem_msg_link_up(int ifindex)
{
	const struct ifinfomsg link = {
		.ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};

	return begin(RTM_NEWLINK, TOLD, &link, sizeof(link));
}

struct nl_msg *netem_msg_link_move(int ifindex, pid_t pid)
{
	const struct ifinfomsg link = {.ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_NEWLINK, TOLD, &link, sizeof(link));
	uint32_t to = (uint32_t)pid;

	put(msg, IFLA_NET_NS_PID, &to, sizeof(to));
	return msg;
}

struct nl_msg *netem_msg_link_delete(int ifindex)
{
	const struct ifinfomsg link = {.ifi_index = ifindex};

	return begin(RTM_DELLINK, TOLD, &link, sizeof(link));
}

struct nl_msg *netem_msg_link_look(int ifindex)
{
	const struct ifinfomsg link = {.ifi_index = ifindex};

	return begin(RTM_GETLINK, NLM_F_REQUEST, &link, sizeof(link));
}

struct nl_msg *netem_msg_mtu(int ifindex, uint32_t mtu_bytes)
{
	const struct ifinfomsg link = {.ifi_index = ifindex};
	struct nl_msg *msg = begin(RTM_NEWLINK, TOLD, &link, sizeof(link));

	put_u32(msg, IFLA_MTU, mtu_bytes);
	return msg;
}

struct nl_msg *netem_msg_altname(int ifindex, const char *name, bool there)
{
	const struct ifinfomsg link = {.ifi_index = ifindex};
	struct nl_msg *msg = begin(there ? RTM_NEWLINKPROP : RTM_DELLINKPROP, there ? CREATE : TOLD,
				   &link, sizeof(link));
	struct nlattr *list = nest(msg, IFLA_PROP_LIST);

	put_text(msg, IFLA_ALT_IFNAME, name);
	nla_nest_end(msg, list);
	return msg;
}

struct nl_msg *netem_msg_address_dump(void)
{
	const struct ifaddrmsg address = {.ifa_family = AF_INET6};

	return begin(RTM_GETADDR, DUMP, &address, sizeof(address));
}

struct nl_msg *netem_msg_route_dump(void)
{
	const struct rtmsg route = {0};

	return begin(RTM_GETROUTE, DUMP, &route, sizeof(route));
}
