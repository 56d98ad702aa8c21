#ifndef BO_NETEM_LINK_H
#define BO_NETEM_LINK_H

#include "harness/model/netem_stats.h"
#include "netem/flow.h"

/*
 * One interface whose packets are impaired.
 *
 * down is what leaves by the interface, towards the target: a netem at its root, or, for one peer
 * only, below a "prio" whose first band carries everybody else untouched. up is what comes in from
 * the target: it takes the way over an "ifb" interface of our own that has a netem. Netem works on
 * what leaves an interface only, hence the detour.
 *
 * Everything we set is recognised again, whoever finds it: qdisc handles 7b00: to 7b0f: and an
 * interface "bo-ifbN", N being the index of the impaired one. The last digit of the handle says
 * which offloads (tso, gso, gro, lro) were on before and are switched on again in the end.
 *
 * Nothing of somebody else's is ever replaced: an interface whose root was changed by hand is
 * refused, and so is one that carries a default route, unless the caller insists.
 */
struct bo_netem_link;

#define BO_NETEM_IFB "bo-ifb"

enum bo_netem_flag {
	BO_NETEM_I_KNOW = 1, /* the interface may be a default route's */
	/*
	 * What is set stays when the link is closed and when the process dies, and what a process
	 * before left is changed instead of removed. Otherwise a guard process heals the interface
	 * on every way out, SIGKILL included; it is started before anything is changed.
	 */
	BO_NETEM_STAY = 2,
};

/*
 * Takes the interface: another process that has it is -EBUSY, told by an abstract unix socket of
 * its network namespace that the guard holds until it has healed. `flow` NULL: every packet. What a
 * dead run left behind is removed. -ENODEV: no such interface; -EEXIST: somebody else's queueing
 * discipline; -EINVAL: a default route; -EPERM: no CAP_NET_ADMIN.
 */
int bo_netem_open(const char *device, const struct bo_netem_flow *flow, unsigned flags,
		  struct bo_netem_link **ret, struct bo_err *err);

/*
 * Sets both directions, or the one that is not NULL; the other is left as it is. A setting of the
 * same link that is already there is replaced in one step, without a moment in between; packets
 * that wait keep the time they were given. What the kernel has made of it is read back: -EPROTO
 * names the first attribute it ignored or changed. After a failure nothing of ours is left on
 * the interface. -ENOSYS: the kernel lacks a module, which is named.
 */
int bo_netem_apply(struct bo_netem_link *link, const struct bo_netem *down,
		   const struct bo_netem *up, struct bo_err *err);

#define BO_NETEM_MTU_LEAST 68	 /* RFC 791: what every hop passes; Linux ends IPv4 below it */
#define BO_NETEM_MTU_MOST  65535 /* of an IPv4 packet */

/*
 * The interface's MTU, 68 to 65535 bytes: larger packets are split or refused on the way down, and
 * what comes in larger is up to the interface (a veth drops it). 0: as it was found. It is healed
 * as everything else is, and independent of what bo_netem_apply() sets. -EINVAL: not of this
 * interface, or less than the IPv6 addresses on it stand.
 */
int bo_netem_set_mtu(struct bo_netem_link *link, int64_t mtu_bytes, struct bo_err *err);

/*
 * So many bytes more pass in each direction, counted as the interface counts them (with the
 * Ethernet header where there is one), and then nothing: one byte a second does, which is a packet
 * in a minute or more. Stands until it is set anew, or to 0, or healed; bo_netem_apply() leaves it.
 * It comes behind a setting: -EINVAL where there is none in that direction. A packet larger than
 * all that may pass is lost at once. -1: that direction is left as it is. After any other failure
 * nothing of ours is left on the interface.
 */
int bo_netem_blackhole(struct bo_netem_link *link, int64_t down_bytes, int64_t up_bytes,
		       struct bo_err *err);

/* Takes away what is set in both directions; offloads and the MTU come back. */
int bo_netem_clear(struct bo_netem_link *link, struct bo_err *err);

/* Heals (unless BO_NETEM_STAY), ends the guard, frees. NULL is allowed. */
int bo_netem_close(struct bo_netem_link *link, struct bo_err *err);

/* ---- looking ---- */

struct bo_netem_status {
	bool set;		 /* there is a netem */
	bool ours;		 /* and it has our handle */
	bool blackhole;		 /* and only so many bytes pass it */
	struct bo_netem netem;	 /* without the distribution, which no kernel tells */
	uint64_t packets, bytes; /* that passed since it was created */
	uint64_t dropped;	 /* lost by the model, or for want of room: one counter for both */
	uint64_t waiting;	 /* in it now */
	/* that came to be impaired, copies not counted: known of what comes in, where the
	 * redirection counts them; else BO_NETEM_UNKNOWN */
	uint64_t offered;
};

struct bo_netem_view {
	struct bo_netem_status down, up;
	bool one_peer;			    /* of ours, and for one peer only */
	int64_t mtu_bytes, mtu_found_bytes; /* as it is; as it was before us, 0: it is that */
	char other_kind[16]; /* what somebody else has put at the root: "tbf"; "" when nobody */
};

/* Needs no privilege. -ENODEV: no such interface. */
int bo_netem_look(const char *device, struct bo_netem_view *ret, struct bo_err *err);

/* The same at less cost, for the counters of a link that is held. */
int bo_netem_look_at(struct bo_netem_link *link, struct bo_netem_view *ret, struct bo_err *err);

/* For bo_netem_period(). */
struct bo_netem_counters bo_netem_counters_of(const struct bo_netem_status *status);

/* As bo_netem_clear(), without a link: for state that a dead or finished run left. Returns 1 when
 * there was something to remove, else 0; -EBUSY when a live process has the interface. */
int bo_netem_clear_device(const char *device, struct bo_err *err);

#endif
