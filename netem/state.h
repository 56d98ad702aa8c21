#ifndef BO_NETEM_STATE_H
#define BO_NETEM_STATE_H

#include <net/if.h>

#include "netem/dump.h"
#include "netem/rtnl.h"

/* What is on an interface, and taking ours away again: used by the link and by its guard. */

#define NETEM_TAG	0x7b00u /* major of our root; the low digit is the mask of offloads */
#define NETEM_TAG_MASK	0xfff0u
#define NETEM_CHILD_TAG 0x7c00u /* the netem below our prio */

/* The two sides of an interface that can carry a netem. */
struct netem_side {
	struct netem_qdisc root;  /* handle 0: the kernel's default */
	struct netem_qdisc netem; /* at the root or below it; kind "" when there is none */
	bool blackhole;		  /* a tbf of ours stands behind that */
};

struct netem_state {
	char device[IF_NAMESIZE], ifb[IF_NAMESIZE];
	int ifindex, ifb_index; /* 0: there is none */
	struct netem_side down, up;
	bool ingress; /* the hook is there */
};

bool netem_state_tagged(const struct netem_qdisc *root);
/* Offloads that were on before we came, by the tags there are. */
unsigned netem_state_offloads(const struct netem_state *state);

/* Looks at the interface of that index. -ENODEV when it has gone. */
int netem_state_read(struct netem_rtnl *rtnl, int ifindex, struct netem_state *ret,
		     struct bo_err *err);

/* -EEXIST when somebody else has put something where ours would go. */
int netem_state_refuse(const struct netem_state *state, struct bo_err *err);

/* The hook and the ifb alone. */
int netem_state_remove_up(struct netem_rtnl *rtnl, const struct netem_state *state,
			  struct bo_err *err);

/*
 * Removes what is tagged as ours, offloads first: whatever is left of it when this is interrupted
 * is still recognised. Goes on after a failure and returns the first. 1 when there was something.
 */
int netem_state_heal(struct netem_rtnl *rtnl, int ifindex, struct bo_err *err);

#endif
