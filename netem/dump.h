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

/* Whether it is a default route that leaves by this interface; false for what is no route. */
bool netem_dump_default_route(const struct nlmsghdr *head, int ifindex);

#endif
