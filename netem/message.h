#ifndef BO_NETEM_MESSAGE_H
#define BO_NETEM_MESSAGE_H

#include <netinet/in.h>
#include <netlink/msg.h>

#include "netem/flow.h"
#include "netem/wire.h"

/*
 * Every rtnetlink request, as bytes: nothing here needs a kernel. Linux
 * Documentation/netlink/specs/tc.yaml and linux/{rtnetlink,pkt_sched,pkt_cls,if_link}.h. The caller
 * frees them with nlmsg_free().
 */

/* A queueing discipline's place: interface, parent (TC_H_ROOT or a class) and its own handle. */
struct netem_place {
	int ifindex;
	uint32_t parent, handle;
};

/*
 * Creates it, or changes it where one of the same handle is. Each attribute is sent each time: what
 * a change leaves out the kernel keeps from the setting before. The table goes only with jitter.
 */
struct nl_msg *netem_msg_netem(const struct netem_place *place, const struct netem_wire *wire,
			       enum bo_netem_dist dist);
/* Two bands, all that no filter sends elsewhere in the first. */
struct nl_msg *netem_msg_prio(const struct netem_place *place);
/*
 * Lets that many bytes through at once and one a second from then on: "tbf", the rate being the
 * least that it has. What waits for that second fills one packet's room.
 */
struct nl_msg *netem_msg_tbf(const struct netem_place *place, uint32_t bytes);
/* The hook that packets pass as they come in; its handle is always ffff:. */
struct nl_msg *netem_msg_ingress(int ifindex);
struct nl_msg *netem_msg_qdisc_delete(const struct netem_place *place);
struct nl_msg *netem_msg_qdisc_dump(void);

/* What leaves for the flow's peer goes into `classid`. */
struct nl_msg *netem_msg_filter_class(const struct netem_place *qdisc,
				      const struct bo_netem_flow *flow, uint32_t classid);
/* What comes in from the flow's peer (from anybody, when `flow` is NULL) goes through the interface
 * `to`. */
struct nl_msg *netem_msg_filter_redirect(int ifindex, const struct bo_netem_flow *flow, int to);

/* The answer counts what each of them sent on. */
struct nl_msg *netem_msg_filter_dump(int ifindex);

struct nl_msg *netem_msg_link_get(const char *name);
struct nl_msg *netem_msg_ifb_create(const char *name);
struct nl_msg *netem_msg_link_up(int ifindex);
struct nl_msg *netem_msg_link_delete(int ifindex);
/* Into the network namespace of that process. */
struct nl_msg *netem_msg_link_move(int ifindex, pid_t pid);
struct nl_msg *netem_msg_link_look(int ifindex);
struct nl_msg *netem_msg_mtu(int ifindex, uint32_t mtu_bytes);
/* Gives the interface one more name, or takes that away. */
struct nl_msg *netem_msg_altname(int ifindex, const char *name, bool there);
/* IPv6's only. */
struct nl_msg *netem_msg_address_dump(void);
struct nl_msg *netem_msg_route_dump(void);

#endif
