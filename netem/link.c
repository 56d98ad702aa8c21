#include "netem/link.h"

#include <assert.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "netem/blackhole.h"
#include "netem/guard.h"
#include "netem/look.h"
#include "netem/mtu.h"
#include "netem/offload.h"
#include "netem/state.h"

#define IMPAIRED_BAND 2
#define MAJOR_OF(tag) ((uint32_t)(tag) << 16)

struct bo_netem_link {
	struct netem_rtnl rtnl;
	struct netem_guard guard;
	int ifindex, claim;
	char device[IF_NAMESIZE];
	bool stays, one_peer;
	struct bo_netem_flow flow;
	/* set up by this link: its netem can be replaced where it stands */
	bool down_built, up_built;
};

/* ---- taking the interface ---- */

static int find_device(const char *device, int *ret_ifindex, struct bo_err *err)
{
	char shown[64];
	unsigned ifindex = strlen(device) < IF_NAMESIZE ? if_nametoindex(device) : 0;

	if (!ifindex)
		return bo_err_set(
			err, -ENODEV,
			"no interface '%s' in this network namespace; 'ip link' lists them",
			bo_str_escape(shown, sizeof(shown), device, strlen(device)));
	*ret_ifindex = (int)ifindex;
	return 0;
}

/* An abstract socket's name belongs to the network namespace, and goes with its last holder. */
static int claim_device(const char *device, int ifindex, struct bo_err *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "brownout-netem-%d",
			   ifindex);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&name, size) == 0)
		return fd;
	int rc = errno == EADDRINUSE
			 ? bo_err_set(err, -EBUSY,
				      "another brownout impairs %s now, or is just healing it",
				      device)
			 : bo_err_set(err, -errno, "%s: %s", device, strerror(errno));

	if (fd >= 0)
		close(fd);
	return rc;
}

struct route_search {
	int ifindex;
	bool found;
};

static void on_route(const struct nlmsghdr *head, void *ctx)
{
	struct route_search *search = ctx;

	search->found |= netem_dump_default_route(head, search->ifindex);
}

static int refuse_default_route(struct bo_netem_link *link, struct bo_err *err)
{
	struct route_search search = {.ifindex = link->ifindex};
	int rc = netem_rtnl_dump(&link->rtnl, netem_msg_route_dump(), on_route, &search, err);

	if (rc == 0 && search.found)
		rc = bo_err_set(err, -EINVAL,
				"%s carries a default route: you may cut yourself off, and "
				"everything this host talks to is impaired; --i-know does it "
				"anyway",
				link->device);
	return rc;
}

static int refuse(struct bo_netem_link *link, unsigned flags, struct bo_err *err)
{
	struct netem_state state;
	int rc = netem_state_read(&link->rtnl, link->ifindex, &state, err);

	if (rc == 0)
		rc = netem_state_refuse(&state, err);
	if (rc == 0 && !(flags & BO_NETEM_I_KNOW))
		rc = refuse_default_route(link, err);
	return rc;
}

static int take(struct bo_netem_link *link, unsigned flags, struct bo_err *err)
{
	int rc = netem_rtnl_open(&link->rtnl, err);

	if (rc == 0)
		rc = link->claim = claim_device(link->device, link->ifindex, err);
	if (rc >= 0)
		rc = refuse(link, flags, err);
	if (rc == 0 && !link->stays)
		rc = netem_guard_start(&link->guard, link->ifindex, link->claim, err);
	if (rc == 0 && !link->stays)
		rc = netem_state_heal(&link->rtnl, link->ifindex, err);
	return rc < 0 ? rc : 0;
}

static void release(struct bo_netem_link *link)
{
	netem_rtnl_close(&link->rtnl);
	if (link->claim >= 0)
		close(link->claim);
	free(link);
}

int bo_netem_open(const char *device, const struct bo_netem_flow *flow, unsigned flags,
		  struct bo_netem_link **ret, struct bo_err *err)
{
	struct bo_netem_link *link;
	int ifindex;
	int rc = find_device(device, &ifindex, err);

	if (rc < 0)
		return rc;
	link = calloc(1, sizeof(*link));
	if (!link)
		return bo_err_set(err, -ENOMEM, "%s: no memory", device);
	link->claim = link->guard.fd = -1;
	link->ifindex = ifindex;
	link->stays = flags & BO_NETEM_STAY;
	link->one_peer = flow && flow->family;
	if (link->one_peer)
		link->flow = *flow;
	(void)bo_str_copy(link->device, sizeof(link->device), device);
	rc = take(link, flags, err);
	if (rc < 0) {
		(void)netem_guard_end(&link->guard, NULL);
		release(link);
		return rc;
	}
	*ret = link;
	return 0;
}

/* ---- setting ---- */

static const struct bo_netem_flow *flow_of(const struct bo_netem_link *link)
{
	return link->one_peer ? &link->flow : NULL;
}

static int put_netem(struct bo_netem_link *link, const struct netem_place *place,
		     const struct bo_netem *netem, struct bo_err *err)
{
	struct netem_wire wire;

	netem_wire_make(netem, &wire);
	return netem_rtnl_tell(&link->rtnl, netem_msg_netem(place, &wire, netem->dist), "sch_netem",
			       err);
}

/* The filter comes last: until then everybody passes untouched. */
static int build_one_peer(struct bo_netem_link *link, const struct netem_place *root,
			  const struct netem_place *child, const struct bo_netem *netem,
			  struct bo_err *err)
{
	int rc = netem_rtnl_tell(&link->rtnl, netem_msg_prio(root), "sch_prio", err);

	if (rc == 0)
		rc = put_netem(link, child, netem, err);
	if (rc == 0)
		rc = netem_rtnl_tell(&link->rtnl,
				     netem_msg_filter_class(root, &link->flow, child->parent),
				     "cls_flower", err);
	return rc;
}

/* A root of ours that this link did not build may be changed where it is one netem for all. */
static bool can_stay(const struct bo_netem_link *link, const struct netem_state *state)
{
	return link->down_built || (!link->one_peer && strcmp(state->down.root.kind, "netem") == 0);
}

static int set_down(struct bo_netem_link *link, const struct netem_state *state, uint32_t handle,
		    const struct bo_netem *netem, struct bo_err *err)
{
	struct netem_place root = {link->ifindex, TC_H_ROOT, handle};
	struct netem_place child = {link->ifindex, TC_H_MAKE(handle, IMPAIRED_BAND),
				    MAJOR_OF(NETEM_CHILD_TAG)};
	bool there = netem_state_tagged(&state->down.root);
	int rc = 0;

	link->down_built &= there;
	if (link->down_built)
		child.parent = TC_H_MAKE(state->down.root.place.handle, IMPAIRED_BAND);

	if (there && !can_stay(link, state))
		rc = netem_rtnl_tell(&link->rtnl, netem_msg_qdisc_delete(&state->down.root.place),
				     NULL, err);
	if (rc == 0 && !link->one_peer)
		rc = put_netem(link, &root, netem, err);
	else if (rc == 0 && link->down_built)
		rc = put_netem(link, &child, netem, err);
	else if (rc == 0)
		rc = build_one_peer(link, &root, &child, netem, err);
	link->down_built = rc == 0;
	return rc;
}

/* The ifb is there before anything is sent to it, and has its netem before that. */
static int build_up(struct bo_netem_link *link, const struct netem_state *state, uint32_t handle,
		    const struct bo_netem *netem, struct bo_err *err)
{
	struct netem_place root = {.parent = TC_H_ROOT, .handle = handle};
	int rc = netem_rtnl_tell(&link->rtnl, netem_msg_ifb_create(state->ifb), "ifb", err);

	if (rc == 0)
		rc = root.ifindex = netem_rtnl_index(&link->rtnl, state->ifb, err);
	if (rc >= 0)
		rc = put_netem(link, &root, netem, err);
	if (rc == 0)
		rc = netem_rtnl_tell(&link->rtnl, netem_msg_link_up(root.ifindex), NULL, err);
	if (rc == 0)
		rc = netem_rtnl_tell(&link->rtnl, netem_msg_ingress(link->ifindex), "sch_ingress",
				     err);
	if (rc == 0)
		rc = netem_rtnl_tell(
			&link->rtnl,
			netem_msg_filter_redirect(link->ifindex, flow_of(link), root.ifindex),
			link->one_peer ? "cls_flower or act_mirred" : "cls_matchall or act_mirred",
			err);
	return rc;
}

static int set_up(struct bo_netem_link *link, const struct netem_state *state, uint32_t handle,
		  const struct bo_netem *netem, struct bo_err *err)
{
	struct netem_place root = {state->ifb_index, TC_H_ROOT, handle};
	int rc;

	link->up_built &= netem_state_tagged(&state->up.root);
	if (link->up_built) {
		root.handle = state->up.root.place.handle;
		return put_netem(link, &root, netem, err);
	}
	/* what a process before has left sends who knows whose packets there */
	rc = state->ifb_index ? netem_state_remove_up(&link->rtnl, state, err) : 0;
	if (rc == 0)
		rc = build_up(link, state, handle, netem, err);
	link->up_built = rc == 0;
	return rc;
}

/* ---- and reading back ---- */

static int compare(const char *side, const struct bo_netem *asked, const struct netem_side *seen,
		   struct bo_err *err)
{
	struct netem_wire wire;
	const char *differs;

	netem_wire_make(asked, &wire);
	differs = seen->netem.kind[0] ? netem_wire_differs(&wire, &seen->netem.wire) : "netem";
	if (!differs)
		return 0;
	if (strcmp(differs, "seed") == 0)
		return bo_err_set(err, -EPROTO,
				  "%s: this kernel ignores the seed; Linux 6.6 and later have it",
				  side);
	return bo_err_set(err, -EPROTO,
			  "%s: the kernel accepted the %s and set something else, or nothing", side,
			  differs);
}

static int verify(struct bo_netem_link *link, const struct bo_netem *down,
		  const struct bo_netem *up, struct bo_err *err)
{
	struct netem_state state;
	int rc = netem_state_read(&link->rtnl, link->ifindex, &state, err);

	if (rc == 0 && down)
		rc = compare("down", down, &state.down, err);
	if (rc == 0 && up)
		rc = compare("up", up, &state.up, err);
	return rc;
}

static int apply(struct bo_netem_link *link, const struct bo_netem *down, const struct bo_netem *up,
		 struct bo_err *err)
{
	struct netem_state state;
	unsigned mask, before;
	uint32_t handle;
	int rc = netem_state_read(&link->rtnl, link->ifindex, &state, err);

	if (rc == 0)
		rc = netem_state_refuse(&state, err);
	if (rc == 0)
		rc = netem_offload_get(link->device, &mask, err);
	if (rc < 0)
		return rc;
	before = netem_state_offloads(&state) | mask;
	handle = MAJOR_OF(NETEM_TAG | before);
	if (down)
		rc = set_down(link, &state, handle, down, err);
	if (rc == 0 && up)
		rc = set_up(link, &state, handle, up, err);
	if (rc == 0 && mask)
		rc = netem_offload_set(link->device, mask, false, err);
	return rc == 0 ? verify(link, down, up, err) : rc;
}

int bo_netem_apply(struct bo_netem_link *link, const struct bo_netem *down,
		   const struct bo_netem *up, struct bo_err *err)
{
	int rc = down ? bo_netem_check(down, err) : 0;

	if (rc == 0 && up)
		rc = bo_netem_check(up, err);
	if (rc < 0)
		return rc;
	rc = apply(link, down, up, err);
	if (rc == 0)
		return 0;
	/* a setting that passed the check and that the kernel refuses is no mistake of the caller's
	 */
	if (rc == -EINVAL || rc == -ENOENT)
		rc = bo_err_set(err, -EIO, "%s", bo_err_text(err));
	bo_err_wrap(err, "%s", link->device);
	(void)bo_netem_clear(link, NULL);
	return rc;
}

int bo_netem_set_mtu(struct bo_netem_link *link, int64_t mtu_bytes, struct bo_err *err)
{
	int rc;

	if (mtu_bytes && (mtu_bytes < BO_NETEM_MTU_LEAST || mtu_bytes > BO_NETEM_MTU_MOST))
		rc = bo_err_set(err, -EINVAL, "an MTU is %d to %d bytes", BO_NETEM_MTU_LEAST,
				BO_NETEM_MTU_MOST);
	else if (mtu_bytes)
		rc = netem_mtu_set(&link->rtnl, link->ifindex, (uint32_t)mtu_bytes, err);
	else
		rc = netem_mtu_heal(&link->rtnl, link->ifindex, err);
	if (rc < 0)
		bo_err_wrap(err, "%s", link->device);
	return rc < 0 ? rc : 0;
}

int bo_netem_blackhole(struct bo_netem_link *link, int64_t down_bytes, int64_t up_bytes,
		       struct bo_err *err)
{
	struct netem_state state;
	int rc = netem_state_read(&link->rtnl, link->ifindex, &state, err);

	assert(down_bytes <= UINT32_MAX && up_bytes <= UINT32_MAX);
	if (rc == 0 && down_bytes >= 0)
		rc = netem_blackhole_set(&link->rtnl, &state.down, (uint32_t)down_bytes, err);
	if (rc == 0 && up_bytes >= 0)
		rc = netem_blackhole_set(&link->rtnl, &state.up, (uint32_t)up_bytes, err);
	if (rc < 0)
		bo_err_wrap(err, "%s", link->device);
	/* half of what was asked for is not what was asked for */
	if (rc < 0 && rc != -EINVAL)
		(void)bo_netem_clear(link, NULL);
	return rc;
}

/* ---- taking it away ---- */

int bo_netem_clear(struct bo_netem_link *link, struct bo_err *err)
{
	int rc = netem_state_heal(&link->rtnl, link->ifindex, err);

	link->down_built = link->up_built = false;
	return rc < 0 ? rc : 0;
}

int bo_netem_close(struct bo_netem_link *link, struct bo_err *err)
{
	int rc = 0;

	if (!link)
		return 0;
	if (!link->stays && netem_guard_end(&link->guard, err) < 0)
		rc = bo_netem_clear(link, err);
	release(link);
	return rc;
}

int bo_netem_clear_device(const char *device, struct bo_err *err)
{
	struct netem_rtnl rtnl;
	int ifindex, claim;
	int rc = find_device(device, &ifindex, err);

	if (rc < 0)
		return rc;
	claim = claim_device(device, ifindex, err);
	if (claim < 0)
		return claim;
	rc = netem_rtnl_open(&rtnl, err);
	if (rc == 0) {
		rc = netem_state_heal(&rtnl, ifindex, err);
		netem_rtnl_close(&rtnl);
	}
	close(claim);
	return rc;
}

/* ---- looking ---- */

int bo_netem_look(const char *device, struct bo_netem_view *ret, struct bo_err *err)
{
	struct netem_rtnl rtnl;
	int ifindex;
	int rc = find_device(device, &ifindex, err);

	if (rc == 0)
		rc = netem_rtnl_open(&rtnl, err);
	if (rc < 0)
		return rc;
	rc = netem_look(&rtnl, ifindex, ret, err);
	netem_rtnl_close(&rtnl);
	return rc;
}

int bo_netem_look_at(struct bo_netem_link *link, struct bo_netem_view *ret, struct bo_err *err)
{
	return netem_look(&link->rtnl, link->ifindex, ret, err);
}
