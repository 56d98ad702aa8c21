#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#include "netem/dump.h"

#define FIRST_ACTION 1

/* nlmsg_parse() and its like take what they only read without const. */
static struct nlmsghdr *readable(const struct nlmsghdr *head)
{
	return (struct nlmsghdr *)(uintptr_t)head;
}

/* ---- interfaces ---- */

/* One alternative name of many. */
static void read_name(struct nlattr *attr, struct netem_mtu *mtu)
{
	char name[NETEM_MTU_TAG_MAX];
	uint32_t found;
	int ifindex;

	if (nla_type(attr) != IFLA_ALT_IFNAME || nla_len(attr) > (int)sizeof(name) ||
	    !memchr(nla_data(attr), '\0', (size_t)nla_len(attr)))
		return;
	(void)nla_strlcpy(name, attr, sizeof(name));
	if (sscanf(name, NETEM_MTU_TAG, &found, &ifindex) != 2)
		return;
	mtu->found = found;
	memcpy(mtu->tag, name, sizeof(name));
}

int netem_dump_mtu(const struct nlmsghdr *head, struct netem_mtu *ret)
{
	struct nlattr *attrs[IFLA_MAX + 1], *name;
	struct netem_mtu mtu = {0};
	int rest;

	if (head->nlmsg_type != RTM_NEWLINK || !nlmsg_valid_hdr(head, sizeof(struct ifinfomsg)) ||
	    nlmsg_parse(readable(head), sizeof(struct ifinfomsg), attrs, IFLA_MAX, NULL) < 0 ||
	    !attrs[IFLA_MTU] || nla_len(attrs[IFLA_MTU]) != sizeof(mtu.now))
		return -EBADMSG;
	mtu.now = nla_get_u32(attrs[IFLA_MTU]);
	if (attrs[IFLA_PROP_LIST])
		nla_for_each_nested(name, attrs[IFLA_PROP_LIST], rest) read_name(name, &mtu);
	*ret = mtu;
	return 0;
}

int netem_dump_address(const struct nlmsghdr *head)
{
	const struct ifaddrmsg *address = nlmsg_data(head);

	return head->nlmsg_type == RTM_NEWADDR && nlmsg_valid_hdr(head, sizeof(*address))
		       ? (int)address->ifa_index
		       : 0;
}

/* ---- filters ---- */

static const struct {
	const char *kind;
	int actions, most;
	bool one_peer;
} filters[] = {
	{"matchall", TCA_MATCHALL_ACT, TCA_MATCHALL_MAX, false},
	{"flower", TCA_FLOWER_ACT, TCA_FLOWER_MAX, true},
};

/* TCA_OPTIONS, its list of actions, the first of them, its counters. */
static int read_action(struct nlattr *options, int actions, int most, uint64_t *ret)
{
	struct nlattr *attrs[TCA_FLOWER_MAX + 1], *list[FIRST_ACTION + 1], *action[TCA_ACT_MAX + 1],
		*stats[TCA_STATS_MAX + 1];
	struct {
		uint64_t bytes;
		uint32_t packets;
	} __attribute__((packed)) basic;

	_Static_assert(TCA_MATCHALL_MAX <= TCA_FLOWER_MAX, "one array holds either");
	if (!options || nla_parse_nested(attrs, most, options, NULL) < 0 || !attrs[actions] ||
	    nla_parse_nested(list, FIRST_ACTION, attrs[actions], NULL) < 0 || !list[FIRST_ACTION] ||
	    nla_parse_nested(action, TCA_ACT_MAX, list[FIRST_ACTION], NULL) < 0 ||
	    !action[TCA_ACT_STATS] ||
	    nla_parse_nested(stats, TCA_STATS_MAX, action[TCA_ACT_STATS], NULL) < 0 ||
	    !stats[TCA_STATS_BASIC] || nla_len(stats[TCA_STATS_BASIC]) < (int)sizeof(basic))
		return -EBADMSG;
	memcpy(&basic, nla_data(stats[TCA_STATS_BASIC]), sizeof(basic));
	*ret = basic.packets;
	return 0;
}

int netem_dump_redirected(const struct nlmsghdr *head, int ifindex, struct netem_redirected *ret)
{
	struct nlattr *attrs[TCA_MAX + 1];
	const struct tcmsg *tc = nlmsg_data(head);

	if (head->nlmsg_type != RTM_NEWTFILTER || !nlmsg_valid_hdr(head, sizeof(*tc)) ||
	    tc->tcm_ifindex != ifindex ||
	    nlmsg_parse(readable(head), sizeof(*tc), attrs, TCA_MAX, NULL) < 0 || !attrs[TCA_KIND])
		return -EBADMSG;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct netem_redirected redirected = {.one_peer = filters[i].one_peer};

		if (nla_strcmp(attrs[TCA_KIND], filters[i].kind) != 0 ||
		    read_action(attrs[TCA_OPTIONS], filters[i].actions, filters[i].most,
				&redirected.packets) < 0)
			continue;
		*ret = redirected;
		return 0;
	}
	return -EBADMSG;
}
