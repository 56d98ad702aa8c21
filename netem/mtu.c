#include "netem/mtu.h"

#include <errno.h>
#include <stdio.h>

#include "netem/dump.h"

#define IPV6_LEAST 1280

struct search {
	int ifindex;
	struct netem_mtu mtu;
	bool found, has_ipv6;
};

static void on_link(const struct nlmsghdr *head, void *ctx)
{
	struct search *search = ctx;

	if (netem_dump_link(head) == search->ifindex)
		search->found = netem_dump_mtu(head, &search->mtu) == 0;
}

int netem_mtu_read(struct netem_rtnl *rtnl, int ifindex, struct netem_mtu *ret, struct bo_err *err)
{
	struct search search = {.ifindex = ifindex};
	int rc = netem_rtnl_dump(rtnl, netem_msg_link_look(ifindex), on_link, &search, err);

	if (rc == 0 && !search.found)
		rc = bo_err_set(err, -ENODEV, "the interface has gone");
	if (rc == 0)
		*ret = search.mtu;
	return rc;
}

static void on_address(const struct nlmsghdr *head, void *ctx)
{
	struct search *search = ctx;

	search->has_ipv6 |= netem_dump_address(head) == search->ifindex;
}

static int refuse_ipv6(struct netem_rtnl *rtnl, int ifindex, uint32_t mtu_bytes, struct bo_err *err)
{
	struct search search = {.ifindex = ifindex};
	int rc = netem_rtnl_dump(rtnl, netem_msg_address_dump(), on_address, &search, err);

	if (rc == 0 && search.has_ipv6)
		rc = bo_err_set(err, -EINVAL,
				"an MTU of %u bytes ends IPv6, which needs 1280, and takes the "
				"interface's IPv6 addresses away for good; remove them first, or "
				"say 1280 or more",
				mtu_bytes);
	return rc;
}

int netem_mtu_set(struct netem_rtnl *rtnl, int ifindex, uint32_t mtu_bytes, struct bo_err *err)
{
	char tag[NETEM_MTU_TAG_MAX];
	struct netem_mtu mtu;
	int rc = netem_mtu_read(rtnl, ifindex, &mtu, err);

	if (rc == 0 && mtu_bytes < IPV6_LEAST)
		rc = refuse_ipv6(rtnl, ifindex, mtu_bytes, err);
	/* first what it was, then what it shall be: in between nothing is lost */
	if (rc == 0 && !mtu.found) {
		(void)snprintf(tag, sizeof(tag), NETEM_MTU_TAG, mtu.now, ifindex);
		rc = netem_rtnl_tell(rtnl, netem_msg_altname(ifindex, tag, true), NULL, err);
	}
	if (rc == 0)
		rc = netem_rtnl_tell(rtnl, netem_msg_mtu(ifindex, mtu_bytes), NULL, err);
	return rc;
}

int netem_mtu_heal(struct netem_rtnl *rtnl, int ifindex, struct bo_err *err)
{
	struct netem_mtu mtu;
	int rc = netem_mtu_read(rtnl, ifindex, &mtu, err);

	if (rc < 0 || !mtu.found)
		return rc;
	if (mtu.now != mtu.found)
		rc = netem_rtnl_tell(rtnl, netem_msg_mtu(ifindex, mtu.found), NULL, err);
	if (rc == 0)
		rc = netem_rtnl_tell(rtnl, netem_msg_altname(ifindex, mtu.tag, false), NULL, err);
	return rc < 0 ? rc : 1;
}
