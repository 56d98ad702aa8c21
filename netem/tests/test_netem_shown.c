#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/tests/golden_messages.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_CAP     64
#define SHOWN_MAX    256
#define NESTED	     0x8000
#define DEPTH_MAX    5

/*
 * Where each attribute of each request is shown to be right: to the byte by a golden message, and,
 * for what the lab's kernel (6.1) reads back or acts upon, by the test that looks. What the kernel
 * cannot show stands in golden bytes alone. An attribute that is in neither fails.
 */
static const struct {
	const char *path; /* request, then attribute types from the outermost: "netem/2/8" */
	const char *what;
	const char *lab; /* the test; NULL: golden bytes alone */
} table[] = {
	{"netem/1", "TCA_KIND", "what_is_set_is_what_tc_reads"},
	{"netem/2", "TCA_OPTIONS", "what_is_set_is_what_tc_reads"},
	{"netem/2/1", "TCA_NETEM_CORR: sent as zeros, which tc does not print", NULL},
	{"netem/2/2", "TCA_NETEM_DELAY_DIST: never read back; jitter_brings_its_table", NULL},
	{"netem/2/3", "TCA_NETEM_REORDER", "what_is_set_is_what_tc_reads"},
	{"netem/2/4", "TCA_NETEM_CORRUPT", "what_is_set_is_what_tc_reads"},
	{"netem/2/5", "TCA_NETEM_LOSS", "what_is_set_is_what_tc_reads"},
	{"netem/2/5/2", "NETEM_LOSS_GE", "chains_and_duplicates_and_outages"},
	{"netem/2/6", "TCA_NETEM_RATE", "what_is_set_is_what_tc_reads"},
	{"netem/2/8", "TCA_NETEM_RATE64", "what_is_set_is_what_tc_reads"},
	{"netem/2/10", "TCA_NETEM_LATENCY64", "what_is_set_is_what_tc_reads"},
	{"netem/2/11", "TCA_NETEM_JITTER64", "what_is_set_is_what_tc_reads"},
	{"netem/2/14", "TCA_NETEM_PRNG_SEED: Linux 6.6", NULL},
	{"prio/1", "TCA_KIND", "one_peers_packets_are_impaired"},
	{"prio/2", "TCA_OPTIONS", "one_peers_packets_are_impaired"},
	{"tbf/1", "TCA_KIND", "after_so_many_bytes_nothing_passes"},
	{"tbf/2", "TCA_OPTIONS", "after_so_many_bytes_nothing_passes"},
	{"tbf/2/1", "TCA_TBF_PARMS", "after_so_many_bytes_nothing_passes"},
	{"tbf/2/6", "TCA_TBF_BURST", "after_so_many_bytes_nothing_passes"},
	{"ingress/1", "TCA_KIND", "the_loss_measured_is_the_loss_asked"},
	{"filter_class/1", "TCA_KIND", "one_peers_packets_are_impaired"},
	{"filter_class/2", "TCA_OPTIONS", "one_peers_packets_are_impaired"},
	{"filter_class/2/1", "TCA_FLOWER_CLASSID", "one_peers_packets_are_impaired"},
	{"filter_class/2/8", "TCA_FLOWER_KEY_ETH_TYPE", "one_peers_packets_are_impaired"},
	{"filter_class/2/9", "TCA_FLOWER_KEY_IP_PROTO", "one_peers_packets_are_impaired"},
	{"filter_class/2/12", "TCA_FLOWER_KEY_IPV4_DST", "one_peers_packets_are_impaired"},
	{"filter_class/2/13", "TCA_FLOWER_KEY_IPV4_DST_MASK", "one_peers_packets_are_impaired"},
	{"filter_class/2/16", "TCA_FLOWER_KEY_IPV6_DST", NULL},
	{"filter_class/2/17", "TCA_FLOWER_KEY_IPV6_DST_MASK", NULL},
	{"filter_class/2/19", "TCA_FLOWER_KEY_TCP_DST", NULL},
	{"filter_class/2/21", "TCA_FLOWER_KEY_UDP_DST", "one_peers_packets_are_impaired"},
	{"filter_redirect/1", "TCA_KIND", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2", "TCA_OPTIONS", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/2", "TCA_MATCHALL_ACT", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/2/1", "first action", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/2/1/1", "TCA_ACT_KIND", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/2/1/2", "TCA_ACT_OPTIONS", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/2/1/2/2", "TCA_MIRRED_PARMS", "the_loss_measured_is_the_loss_asked"},
	{"filter_redirect/2/3", "TCA_FLOWER_ACT", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/3/1", "first action", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/3/1/1", "TCA_ACT_KIND", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/3/1/2", "TCA_ACT_OPTIONS", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/3/1/2/2", "TCA_MIRRED_PARMS", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/8", "TCA_FLOWER_KEY_ETH_TYPE", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/9", "TCA_FLOWER_KEY_IP_PROTO", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/10", "TCA_FLOWER_KEY_IPV4_SRC", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/11", "TCA_FLOWER_KEY_IPV4_SRC_MASK", "one_peers_packets_are_impaired"},
	{"filter_redirect/2/14", "TCA_FLOWER_KEY_IPV6_SRC", NULL},
	{"filter_redirect/2/15", "TCA_FLOWER_KEY_IPV6_SRC_MASK", NULL},
	{"filter_redirect/2/18", "TCA_FLOWER_KEY_TCP_SRC", NULL},
	{"filter_redirect/2/20", "TCA_FLOWER_KEY_UDP_SRC", "one_peers_packets_are_impaired"},
	{"link_get/3", "IFLA_IFNAME", "the_loss_measured_is_the_loss_asked"},
	{"ifb_create/3", "IFLA_IFNAME", "the_loss_measured_is_the_loss_asked"},
	{"ifb_create/18", "IFLA_LINKINFO", "the_loss_measured_is_the_loss_asked"},
	{"ifb_create/18/1", "IFLA_INFO_KIND", "the_loss_measured_is_the_loss_asked"},
	{"link_move/19", "IFLA_NET_NS_PID", NULL},
	{"mtu/4", "IFLA_MTU", "the_mtu_changes_and_is_healed"},
	{"altname/52", "IFLA_PROP_LIST", "the_mtu_changes_and_is_healed"},
	{"altname/52/53", "IFLA_ALT_IFNAME", "the_mtu_changes_and_is_healed"},
};

/* In no golden message, for their size. */
static const char *const by_own_test[] = {"netem/2/2"};

/* ---- the attributes of a message ---- */

struct paths {
	size_t count;
	char path[SHOWN_MAX][PATH_CAP];
};

static bool holds(const struct paths *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++)
		if (strcmp(paths->path[i], path) == 0)
			return true;
	return false;
}

static void add(struct paths *paths, const char *path)
{
	if (holds(paths, path))
		return;
	cr_assert_lt(paths->count, SHOWN_MAX);
	(void)snprintf(paths->path[paths->count++], PATH_CAP, "%s", path);
}

/* A structure stands in front of a netem's options; it has no attribute of its own. */
static size_t skipped_in(const char *path)
{
	return strcmp(path, "netem/2") == 0 ? sizeof(struct tc_netem_qopt) : 0;
}

static void walk(struct paths *paths, const char *outer, const uint8_t *at, size_t len, int depth)
{
	while (len >= 4 && depth < DEPTH_MAX + 1) {
		uint16_t head[2];
		char path[PATH_CAP];

		memcpy(head, at, sizeof(head));
		cr_assert(head[0] >= 4 && head[0] <= len, "%s: %u of %zu", outer, head[0], len);
		(void)snprintf(path, sizeof(path), "%.48s/%d", outer, head[1] & ~NESTED);
		add(paths, path);
		if (head[1] & NESTED)
			walk(paths, path, at + 4 + skipped_in(path), head[0] - 4 - skipped_in(path),
			     depth + 1);
		size_t whole = (head[0] + 3u) & ~3u;

		len -= whole < len ? whole : len;
		at += whole;
	}
}

/* Of the structure between a request's header and its attributes. */
static size_t fixed_len(uint16_t type)
{
	static const struct {
		uint16_t first, last;
		size_t len;
	} families[] = {
		{RTM_NEWLINK, RTM_SETLINK, sizeof(struct ifinfomsg)},
		{RTM_NEWADDR, RTM_GETADDR, 8},
		{RTM_NEWROUTE, RTM_GETROUTE, sizeof(struct rtmsg)},
		{RTM_NEWQDISC, RTM_GETTFILTER, sizeof(struct tcmsg)},
		{RTM_NEWLINKPROP, RTM_DELLINKPROP, sizeof(struct ifinfomsg)},
	};

	for (size_t i = 0; i < COUNT(families); i++)
		if (type >= families[i].first && type <= families[i].last)
			return families[i].len;
	cr_assert_fail("type %u", type);
	return 0;
}

static void walk_message(struct paths *paths, const char *what, const uint8_t *bytes, size_t len)
{
	char name[PATH_CAP];
	struct nlmsghdr head;

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(what, ":"), what);
	memcpy(&head, bytes, sizeof(head));
	cr_assert_eq(head.nlmsg_len, len, "%s: %u, not %zu", what, head.nlmsg_len, len);
	size_t fixed = sizeof(head) + fixed_len(head.nlmsg_type);

	walk(paths, name, bytes + fixed, len - fixed, 1);
}

/* ---- what is sent, and what is shown ---- */

static void walk_netem(struct paths *paths, const struct bo_netem *settings)
{
	struct netem_wire wire;

	netem_wire_make(settings, &wire);
	struct nl_msg *msg = netem_msg_netem(&golden_root, &wire, settings->dist);

	walk_message(paths, "netem", (const uint8_t *)nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

static void walk_sent(struct paths *paths)
{
	/* each setting that there is */
	walk_netem(paths, &(struct bo_netem){.delay_ns = 1,
					     .jitter_ns = 1,
					     .dist = BO_NETEM_NORMAL,
					     .chain = {1, 2, 3, 4},
					     .duplicate_ppm = 1,
					     .corrupt_ppm = 1,
					     .reorder_ppm = 1,
					     .gap_packets = 2,
					     .rate_Bps = INT64_C(5000000000),
					     .overhead_bytes = 1,
					     .limit_packets = 1,
					     .seed = 1});
	walk_netem(paths, &(struct bo_netem){.loss_ppm = 1});
	for (size_t i = 0; i < COUNT(goldens); i++) {
		struct nl_msg *msg = goldens[i].make ? goldens[i].make() : NULL;

		if (!msg)
			continue;
		walk_message(paths, goldens[i].what, (const uint8_t *)nlmsg_hdr(msg),
			     nlmsg_hdr(msg)->nlmsg_len);
		nlmsg_free(msg);
	}
}

/* The bytes as they are written down, not those that the encoder makes now. */
static void walk_golden(struct paths *paths)
{
	for (size_t i = 0; i < COUNT(goldens); i++) {
		const char *text = goldens[i].bytes;
		uint8_t bytes[1024];
		size_t len = 0;

		for (unsigned byte; sscanf(text, " %2x", &byte) == 1; text += 2) {
			bytes[len++] = (uint8_t)byte;
			text += strspn(text, " ");
		}
		walk_message(paths, goldens[i].what, bytes, len);
	}
}

static struct paths sent, golden;

Test(netem_shown, each_attribute_of_each_request_is_shown_somewhere)
{
	struct paths listed = {0};

	walk_sent(&sent);
	walk_golden(&golden);
	for (size_t i = 0; i < COUNT(by_own_test); i++)
		add(&golden, by_own_test[i]);
	for (size_t i = 0; i < COUNT(table); i++) {
		cr_expect(!holds(&listed, table[i].path), "%s is listed twice", table[i].path);
		add(&listed, table[i].path);
		cr_expect(holds(&sent, table[i].path), "%s (%s) is in no request", table[i].path,
			  table[i].what);
		cr_expect(table[i].lab || holds(&golden, table[i].path),
			  "%s (%s) is shown neither by golden bytes nor by the lab", table[i].path,
			  table[i].what);
	}
	for (size_t i = 0; i < sent.count; i++)
		cr_expect(holds(&listed, sent.path[i]), "%s is not in the table", sent.path[i]);
	cr_expect_gt(sent.count, 40);
}

static bool says(const char *path, const char *text)
{
	FILE *file = fopen(path, "re");
	char line[256];
	bool found = false;

	cr_assert_not_null(file, "%s", path);
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	fclose(file);
	return found;
}

Test(netem_shown, the_tests_that_look_in_the_lab_exist)
{
	for (size_t i = 0; i < COUNT(table); i++)
		cr_expect(!table[i].lab || says("netem/tests/test_lab_netem.c", table[i].lab) ||
				  says("netem/tests/test_lab_link.c", table[i].lab),
			  "%s", table[i].lab);
}

/* Requests without attributes are shown by their golden bytes, too. */
Test(netem_shown, each_request_that_there_is_has_golden_bytes)
{
	FILE *header = fopen("netem/message.h", "re");
	char line[256], name[PATH_CAP];
	int count = 0;

	cr_assert_not_null(header);
	while (fgets(line, sizeof(line), header)) {
		bool found = false;

		if (sscanf(line, "struct nl_msg *netem_msg_%48[a-z0-9_](", name) != 1)
			continue;
		for (size_t i = 0; i < COUNT(goldens); i++)
			found |= strcspn(goldens[i].what, ":") == strlen(name) &&
				 strncmp(goldens[i].what, name, strlen(name)) == 0;
		cr_expect(found, "%s", name);
		count++;
	}
	fclose(header);
	cr_expect_geq(count, 17, "%d", count);
}
