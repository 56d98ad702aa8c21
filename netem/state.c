#include "netem/state.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <string.h>

#include "netem/blackhole.h"
#include "netem/link.h"
#include "netem/mtu.h"
#include "netem/offload.h"

#define MAJOR(handle) (TC_H_MAJ(handle) >> 16)

bool netem_state_tagged(const struct netem_qdisc *root)
{
	return (MAJOR(root->place.handle) & NETEM_TAG_MASK) == NETEM_TAG;
}

unsigned netem_state_offloads(const struct netem_state *state)
{
	unsigned mask = 0;

	if (netem_state_tagged(&state->down.root))
		mask |= MAJOR(state->down.root.place.handle) & ~NETEM_TAG_MASK;
	if (netem_state_tagged(&state->up.root))
		mask |= MAJOR(state->up.root.place.handle) & ~NETEM_TAG_MASK;
	return mask;
}

/* ---- looking ---- */

static void note(struct netem_side *side, const struct netem_qdisc *qdisc)
{
	/* one that is the kernel's own choice has no handle, and nobody's children matter */
	if (qdisc->place.parent == TC_H_ROOT)
		side->root = *qdisc;
	if (strcmp(qdisc->kind, "netem") == 0)
		side->netem = *qdisc;
	if (MAJOR(qdisc->place.handle) == NETEM_BLACKHOLE_TAG)
		side->blackhole = true;
}

static void on_qdisc(const struct nlmsghdr *head, void *ctx)
{
	struct netem_state *state = ctx;
	struct netem_qdisc qdisc;

	if (netem_dump_qdisc(head, &qdisc) < 0)
		return;
	if (qdisc.place.ifindex == state->ifindex && qdisc.place.parent == TC_H_INGRESS)
		state->ingress = true;
	else if (qdisc.place.ifindex == state->ifindex)
		note(&state->down, &qdisc);
	else if (qdisc.place.ifindex == state->ifb_index)
		note(&state->up, &qdisc);
}

static int find_ifb(struct netem_rtnl *rtnl, struct netem_state *state, struct bo_err *err)
{
	(void)snprintf(state->ifb, sizeof(state->ifb), BO_NETEM_IFB "%d", state->ifindex);
	int rc = netem_rtnl_index(rtnl, state->ifb, err);

	state->ifb_index = rc > 0 ? rc : 0;
	return rc < 0 ? rc : 0;
}

int netem_state_read(struct netem_rtnl *rtnl, int ifindex, struct netem_state *ret,
		     struct bo_err *err)
{
	struct netem_state state = {.ifindex = ifindex};

	if (!if_indextoname((unsigned)ifindex, state.device))
		return bo_err_set(err, -ENODEV, "the interface has gone");
	int rc = find_ifb(rtnl, &state, err);

	if (rc == 0)
		rc = netem_rtnl_dump(rtnl, netem_msg_qdisc_dump(), on_qdisc, &state, err);

	if (rc == 0)
		*ret = state;
	return rc;
}

int netem_state_refuse(const struct netem_state *state, struct bo_err *err)
{
	const struct netem_qdisc *root = &state->down.root;

	if (root->place.handle && !netem_state_tagged(root))
		return bo_err_set(err, -EEXIST,
				  "%s already has a %s that is not ours (handle %x:); "
				  "'tc qdisc del dev %s root' removes it",
				  state->device, root->kind, MAJOR(root->place.handle),
				  state->device);
	if (state->ingress && !state->ifb_index)
		return bo_err_set(err, -EEXIST,
				  "%s already has an ingress hook that is not ours; "
				  "'tc qdisc del dev %s ingress' removes it",
				  state->device, state->device);
	return 0;
}

/* ---- healing ---- */

/* The first failure stays; one about what is gone already is none. */
static void keep_first(int rc, struct bo_err *now, struct bo_err *first)
{
	if (rc < 0 && rc != -ENODEV && rc != -ENOENT && rc != -EINVAL && !first->code)
		*first = *now;
}

static void remove_qdisc(struct netem_rtnl *rtnl, const struct netem_place *place,
			 struct bo_err *first)
{
	struct bo_err now = {0};

	keep_first(netem_rtnl_tell(rtnl, netem_msg_qdisc_delete(place), NULL, &now), &now, first);
}

static void restore_offloads(const struct netem_state *state, struct bo_err *first)
{
	unsigned mask = netem_state_offloads(state);
	struct bo_err now = {0};

	if (mask)
		keep_first(netem_offload_set(state->device, mask, true, &now), &now, first);
}

static void remove_up(struct netem_rtnl *rtnl, const struct netem_state *state,
		      struct bo_err *first)
{
	struct bo_err now = {0};

	if (state->ingress)
		remove_qdisc(rtnl,
			     &(struct netem_place){state->ifindex, TC_H_INGRESS,
						   TC_H_MAKE(TC_H_INGRESS, 0)},
			     first);
	keep_first(netem_rtnl_tell(rtnl, netem_msg_link_delete(state->ifb_index), NULL, &now), &now,
		   first);
}

int netem_state_remove_up(struct netem_rtnl *rtnl, const struct netem_state *state,
			  struct bo_err *err)
{
	struct bo_err first = {0};

	remove_up(rtnl, state, &first);
	return first.code ? bo_err_set(err, first.code, "%s: %s", state->device, first.text) : 0;
}

/* The interface has gone; the one that its packets took the way over may be there still. */
static int heal_orphan(struct netem_rtnl *rtnl, int ifindex, struct bo_err *err)
{
	struct netem_state state = {.ifindex = ifindex};

	int rc = find_ifb(rtnl, &state, err);

	return rc == 0 && state.ifb_index ? netem_state_remove_up(rtnl, &state, err) : rc;
}

int netem_state_heal(struct netem_rtnl *rtnl, int ifindex, struct bo_err *err)
{
	struct bo_err first = {0}, now = {0};
	struct netem_state state;
	int rc = netem_state_read(rtnl, ifindex, &state, err);
	bool down, up;

	if (rc < 0)
		return rc == -ENODEV ? heal_orphan(rtnl, ifindex, err) : rc;
	down = netem_state_tagged(&state.down.root);
	up = state.ifb_index != 0;
	restore_offloads(&state, &first);
	if (up)
		remove_up(rtnl, &state, &first);
	if (down)
		remove_qdisc(rtnl, &state.down.root.place, &first);
	rc = netem_mtu_heal(rtnl, ifindex, &now);
	keep_first(rc, &now, &first);
	if (first.code)
		return bo_err_set(err, first.code, "%s: %s", state.device, first.text);
	return down || up || rc > 0;
}
