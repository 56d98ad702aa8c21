#include "netem/look.h"

#include <string.h>

#include "netem/mtu.h"
#include "netem/state.h"

/* What is on an interface, for those who only look. */

struct bo_netem_counters bo_netem_counters_of(const struct bo_netem_status *status)
{
	return (struct bo_netem_counters){.passed = status->packets,
					  .bytes = status->bytes,
					  .dropped = status->dropped,
					  .waiting = status->waiting,
					  .offered = status->offered};
}

static void view_side(const struct netem_side *side, struct bo_netem_status *ret)
{
	ret->offered = BO_NETEM_UNKNOWN;
	if (!side->netem.kind[0])
		return;
	ret->set = true;
	ret->ours = netem_state_tagged(&side->root);
	ret->blackhole = side->blackhole;
	netem_wire_settings(&side->netem.wire, &ret->netem);
	ret->packets = side->netem.packets;
	ret->bytes = side->netem.bytes;
	ret->dropped = side->netem.dropped;
	ret->waiting = side->netem.waiting;
}

static void view_root(const struct netem_state *state, struct bo_netem_view *ret)
{
	const struct netem_qdisc *root = &state->down.root;

	if (root->place.handle && !netem_state_tagged(root))
		(void)bo_str_copy(ret->other_kind, sizeof(ret->other_kind), root->kind);
	else
		ret->one_peer = ret->down.ours && strcmp(root->kind, "prio") == 0;
}

struct filter_search {
	int ifindex;
	struct netem_redirected redirected;
	bool found;
};

static void on_filter(const struct nlmsghdr *head, void *ctx)
{
	struct filter_search *search = ctx;

	if (netem_dump_redirected(head, search->ifindex, &search->redirected) == 0)
		search->found = true;
}

/* The redirection counts what comes in, before any of it is lost or copied. */
static int view_redirection(struct netem_rtnl *rtnl, const struct netem_state *state,
			    struct bo_netem_view *ret, struct bo_err *err)
{
	struct filter_search search = {.ifindex = state->ifindex};
	int rc;

	if (!ret->up.ours || !state->ingress)
		return 0;
	rc = netem_rtnl_dump(rtnl, netem_msg_filter_dump(state->ifindex), on_filter, &search, err);
	if (rc == 0 && search.found) {
		ret->up.offered = search.redirected.packets;
		ret->one_peer |= search.redirected.one_peer;
	}
	return rc;
}

static int view_mtu(struct netem_rtnl *rtnl, int ifindex, struct bo_netem_view *ret,
		    struct bo_err *err)
{
	struct netem_mtu mtu;
	int rc = netem_mtu_read(rtnl, ifindex, &mtu, err);

	if (rc == 0) {
		ret->mtu_bytes = mtu.now;
		ret->mtu_found_bytes = mtu.found;
	}
	return rc;
}

int netem_look(struct netem_rtnl *rtnl, int ifindex, struct bo_netem_view *ret, struct bo_err *err)
{
	struct bo_netem_view view = {0};
	struct netem_state state;
	int rc = netem_state_read(rtnl, ifindex, &state, err);

	if (rc < 0)
		return rc;
	view_side(&state.down, &view.down);
	view_side(&state.up, &view.up);
	view_root(&state, &view);
	rc = view_redirection(rtnl, &state, &view, err);
	if (rc == 0)
		rc = view_mtu(rtnl, ifindex, &view, err);
	if (rc == 0)
		*ret = view;
	return rc;
}
