#ifndef BO_NETEM_DUMP_H
#define BO_NETEM_DUMP_H

#include <linux/netlink.h>

#include "netem/message.h"

/* Reads the kernel's answers. Lengths are checked: a kernel is trusted, a bug in here is not. */

#define NETEM_KIND_MAX 16

/* One queueing discipline of a dump. */
struct netem_qdisc {
	struct netem_place place;
	char kind[NETEM_KIND_MAX];
	uint64_t bytes, packets;
	uint32_t dropped;	/* by the model and for want of room alike; they are one counter */
	uint32_t waiting;	/* packets in it now */
	struct netem_wire wire; /* all zero unless the kind is "netem" */
};

/* -EBADMSG when the message is no whole RTM_NEWQDISC; *ret is untouched then. */
int netem_dump_qdisc(const struct nlmsghdr *head, struct netem_qdisc *ret);

/* The index of an RTM_NEWLINK; 0 for what is none. */
int netem_dump_link(const struct nlmsghdr *head);

/*
 * What an interface's MTU is, and what it was before we changed it: that stands in an alternative
 * name of the interface, of which we read the number only.
 */
#define NETEM_MTU_TAG	  "brownout-mtu-%u-of-%d"
#define NETEM_MTU_TAG_MAX 48

struct netem_mtu {
	uint32_t now;
	uint32_t found; /* 0: we have not changed it */
	char tag[NETEM_MTU_TAG_MAX];
};

/* -EBADMSG when it is no RTM_NEWLINK with an MTU. */
int netem_dump_mtu(const struct nlmsghdr *head, struct netem_mtu *ret);

/* The index of the interface that an RTM_NEWADDR is about; 0 for what is none. */
int netem_dump_address(const struct nlmsghdr *head);

/* What a filter of the interface's ingress hook has sent on. */
struct netem_redirected {
	uint64_t packets;
	bool one_peer; /* not all that came */
};

/* -EBADMSG when it is no filter of ours on that interface. */
int netem_dump_redirected(const struct nlmsghdr *head, int ifindex, struct netem_redirected *ret);

/* Whether it is a default route that leaves by this interface; false for what is no route. */
bool netem_dump_default_route(const struct nlmsghdr *head, int ifindex);

#endif
