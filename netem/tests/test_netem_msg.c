#include <criterion/criterion.h>
#include <errno.h>
#include <netlink/attr.h>
#include <string.h>

#include "harness/model/netem_dist.h"
#include "netem/dump.h"
#include "netem/tests/golden_messages.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void hex_of(struct nl_msg *msg, size_t most, char *out, size_t cap)
{
	const uint8_t *bytes = (const uint8_t *)nlmsg_hdr(msg);
	size_t len = nlmsg_hdr(msg)->nlmsg_len;

	*out = '\0';
	for (size_t i = 0; i < len && i < most && strlen(out) + 4 < cap; i++)
		sprintf(out + strlen(out), "%s%02x", i && i % 4 == 0 ? " " : "", bytes[i]);
}

static void expect_bytes(struct nl_msg *msg, const char *golden, const char *what)
{
	char hex[4096];

	hex_of(msg, 600, hex, sizeof(hex));
	cr_expect_str_eq(hex, golden, "%s:\n%s\nnot\n%s", what, hex, golden);
	nlmsg_free(msg);
}

static struct nl_msg *netem(const struct bo_netem *settings)
{
	const struct netem_place place = {3, TC_H_ROOT, 0x7b010000};
	struct netem_wire wire;
	struct bo_err err;

	cr_assert_eq(bo_netem_check(settings, &err), 0, "%s", err.text);
	netem_wire_make(settings, &wire);
	return netem_msg_netem(&place, &wire, settings->dist);
}

Test(netem_msg, every_request_is_encoded_to_the_byte)
{
	for (size_t i = 0; i < COUNT(goldens); i++) {
		const struct golden *golden = &goldens[i];

		expect_bytes(golden->make ? golden->make() : netem(&golden->settings),
			     golden->bytes, golden->what);
	}
}

Test(netem_msg, jitter_brings_its_table)
{
	const struct bo_netem settings = {.delay_ns = 20 * MS,
					  .jitter_ns = 5 * MS,
					  .dist = BO_NETEM_NORMAL,
					  .limit_packets = 1};
	struct nl_msg *msg = netem(&settings);
	const uint8_t *bytes = (const uint8_t *)nlmsg_hdr(msg);
	int16_t table[BO_NETEM_DIST_POINTS];
	/* behind the 0xa0 bytes of a netem with nothing set: length 8196, TCA_NETEM_DELAY_DIST */
	static const uint8_t head[] = {0x04, 0x20, 0x02, 0x00};

	bo_netem_dist_fill(BO_NETEM_NORMAL, table);
	cr_expect_eq(nlmsg_hdr(msg)->nlmsg_len, 0xa0 + 4 + sizeof(table));
	cr_expect_arr_eq(bytes + 0xa0, head, sizeof(head));
	cr_expect_arr_eq(bytes + 0xa0 + 4, table, sizeof(table));
	/* TCA_NETEM_JITTER64: 5,000,000 */
	static const uint8_t jitter[] = {0x0c, 0, 0x0b, 0, 0x40, 0x4b, 0x4c, 0, 0, 0, 0, 0};

	cr_expect_arr_eq(bytes + 0xa0 - sizeof(jitter), jitter, sizeof(jitter));
	nlmsg_free(msg);
}

/* ---- read back ---- */

/* A request for a netem is what the kernel answers, but for flags: what is written is read. */
static int read_again(struct nl_msg *msg, struct netem_qdisc *ret)
{
	int rc = netem_dump_qdisc(nlmsg_hdr(msg), ret);

	nlmsg_free(msg);
	return rc;
}

Test(netem_msg, what_was_written_is_read_and_differences_are_named)
{
	static const struct {
		struct bo_netem asked, set;
		const char *differs;
	} cases[] = {
		{{.loss_ppm = 50000}, {.loss_ppm = 50000}, NULL},
		{{.loss_ppm = 50000}, {.loss_ppm = 50001}, "loss"},
		{{.delay_ns = 5}, {.delay_ns = 6}, "delay"},
		{{.delay_ns = 5, .jitter_ns = 1}, {.delay_ns = 5}, "jitter"},
		{{.limit_packets = 5}, {.limit_packets = 6}, "limit"},
		{{.duplicate_ppm = 1}, {0}, "duplicate"},
		{{.corrupt_ppm = 1}, {0}, "corrupt"},
		{{.delay_ns = 5, .limit_packets = 1, .reorder_ppm = 1},
		 {.delay_ns = 5, .limit_packets = 1, .reorder_ppm = 2},
		 "reorder"},
		{{.delay_ns = 5, .limit_packets = 1, .reorder_ppm = 1},
		 {.delay_ns = 5, .limit_packets = 1, .reorder_ppm = 1, .gap_packets = 2},
		 "gap"},
		{{.rate_Bps = INT64_C(5000000000), .limit_packets = 1},
		 {.rate_Bps = INT64_C(5000000000), .limit_packets = 1},
		 NULL},
		{{.rate_Bps = 5, .limit_packets = 1}, {.rate_Bps = 6, .limit_packets = 1}, "rate"},
		{{.rate_Bps = 5, .limit_packets = 1, .overhead_bytes = -1},
		 {.rate_Bps = 5, .limit_packets = 1},
		 "overhead"},
		{{.chain = {1, 2, 3, 4}}, {.chain = {1, 2, 3, 4}}, NULL},
		{{.chain = {1, 2, 3, 4}}, {0}, "loss model"},
		{{.chain = {1, 2, 3, 4}}, {.chain = {9, 2, 3, 4}}, "loss model's p"},
		{{.chain = {1, 2, 3, 4}}, {.chain = {1, 9, 3, 4}}, "loss model's r"},
		{{.chain = {1, 2, 3, 4}}, {.chain = {1, 2, 9, 4}}, "loss model's 1-h"},
		{{.chain = {1, 2, 3, 4}}, {.chain = {1, 2, 3, 9}}, "loss model's 1-k"},
		{{.seed = 1}, {.seed = 2}, "seed"},
		{{.seed = 1}, {0}, "seed"},
		{{0}, {.seed = 2}, NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct netem_wire asked;
		struct netem_qdisc qdisc;
		const char *differs;

		netem_wire_make(&cases[i].asked, &asked);
		cr_assert_eq(read_again(netem(&cases[i].set), &qdisc), 0);
		differs = netem_wire_differs(&asked, &qdisc.wire);
		cr_expect((!differs && !cases[i].differs) ||
				  (differs && cases[i].differs &&
				   strcmp(differs, cases[i].differs) == 0),
			  "%zu: %s", i, differs ? differs : "equal");
		cr_expect_eq(qdisc.place.handle, 0x7b010000);
		cr_expect_str_eq(qdisc.kind, "netem");
	}
}

Test(netem_msg, settings_survive_the_way_to_the_kernel_and_back)
{
	const struct bo_netem settings = {.delay_ns = 20 * MS,
					  .jitter_ns = 5 * MS,
					  .chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, 1},
					  .duplicate_ppm = 7,
					  .corrupt_ppm = 999999,
					  .reorder_ppm = 123456,
					  .gap_packets = 5,
					  .rate_Bps = 8000,
					  .overhead_bytes = -4,
					  .limit_packets = 9,
					  .seed = 3};
	struct bo_buf before = {0}, after = {0};
	struct netem_qdisc qdisc;
	struct bo_netem seen;

	cr_assert_eq(read_again(netem(&settings), &qdisc), 0);
	netem_wire_settings(&qdisc.wire, &seen);
	bo_netem_text(&settings, &before);
	bo_netem_text(&seen, &after);
	cr_expect_str_eq(after.data, before.data);
	bo_buf_done(&before);
	bo_buf_done(&after);
}

Test(netem_msg, an_answer_that_is_cut_short_is_no_answer)
{
	const struct bo_netem settings = {.chain = {1, 2, 3, 4}};
	struct nl_msg *msg = netem(&settings);
	size_t len = nlmsg_hdr(msg)->nlmsg_len;
	int read = 0;

	/* in memory of exactly that size, so that a sanitizer sees one byte too many */
	for (uint32_t cut = NLMSG_HDRLEN; cut < len; cut++) {
		struct nlmsghdr *head = malloc(cut);
		struct netem_qdisc qdisc = {.kind = "untouched"};

		memcpy(head, nlmsg_hdr(msg), cut);
		head->nlmsg_len = cut;
		if (netem_dump_qdisc(head, &qdisc) == 0)
			read++;
		else
			cr_expect_str_eq(qdisc.kind, "untouched");
		free(head);
	}
	cr_expect_eq(read, 0, "%d", read);
	nlmsg_free(msg);
}

/* ---- interfaces ---- */

/* An interface with an MTU and alternative names. */
static struct nl_msg *interface(uint32_t mtu, const char *const names[2])
{
	const struct ifinfomsg link = {.ifi_index = 3};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);

	nlmsg_append(msg, (void *)(uintptr_t)&link, sizeof(link), NLMSG_ALIGNTO);
	if (mtu)
		nla_put_u32(msg, IFLA_MTU, mtu);
	struct nlattr *list = nla_nest_start(msg, IFLA_PROP_LIST);

	for (size_t i = 0; i < 2; i++)
		if (names[i])
			nla_put_string(msg, IFLA_ALT_IFNAME, names[i]);
	nla_nest_end(msg, list);
	return msg;
}

Test(netem_msg, the_mtu_that_was_found_is_read_from_a_name)
{
	static const struct {
		uint32_t mtu;
		const char *names[2];
		int rc;
		uint32_t found;
	} cases[] = {
		{1500, {NULL}, 0, 0},
		{576, {"lan0", "brownout-mtu-1500-of-3"}, 0, 1500},
		/* the index is another one in another namespace */
		{576, {"brownout-mtu-9000-of-17", "lan0"}, 0, 9000},
		{576, {"brownout-mtu--of-3", "brownout-mtu"}, 0, 0},
		{0, {"brownout-mtu-1500-of-3"}, -EBADMSG, 7},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nl_msg *msg = interface(cases[i].mtu, cases[i].names);
		struct netem_mtu mtu = {.found = 7};

		cr_expect_eq(netem_dump_mtu(nlmsg_hdr(msg), &mtu), cases[i].rc, "%zu", i);
		cr_expect_eq(mtu.found, cases[i].found, "%zu: %u", i, mtu.found);
		cr_expect_eq(netem_dump_address(nlmsg_hdr(msg)), 0);
		nlmsg_free(msg);
	}
}

/* ---- routes ---- */

static struct nl_msg *route(uint8_t prefix, uint8_t type, int out, const int *hops, size_t count)
{
	struct rtmsg head = {.rtm_dst_len = prefix, .rtm_type = type};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWROUTE, 0);
	struct rtnexthop hop[4] = {{0}};

	nlmsg_append(msg, &head, sizeof(head), NLMSG_ALIGNTO);
	if (out)
		nla_put(msg, RTA_OIF, sizeof(out), &out);
	for (size_t i = 0; i < count; i++)
		hop[i] = (struct rtnexthop){.rtnh_len = sizeof(hop[0]), .rtnh_ifindex = hops[i]};
	if (count)
		nla_put(msg, RTA_MULTIPATH, (int)(count * sizeof(hop[0])), hop);
	return msg;
}

Test(netem_msg, the_default_route_is_recognised_with_one_hop_and_with_several)
{
	static const struct {
		uint8_t prefix, type;
		int out, hops[3];
		size_t count;
		bool is_default;
	} cases[] = {
		{0, RTN_UNICAST, 3, {0}, 0, true},	 {0, RTN_UNICAST, 4, {0}, 0, false},
		{24, RTN_UNICAST, 3, {0}, 0, false},	 {0, RTN_UNREACHABLE, 3, {0}, 0, false},
		{0, RTN_UNICAST, 0, {4, 5, 3}, 3, true}, {0, RTN_UNICAST, 0, {4, 5, 6}, 3, false},
		{0, RTN_UNICAST, 0, {0}, 0, false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nl_msg *msg = route(cases[i].prefix, cases[i].type, cases[i].out,
					   cases[i].hops, cases[i].count);

		cr_expect_eq(netem_dump_default_route(nlmsg_hdr(msg), 3), cases[i].is_default,
			     "%zu", i);
		nlmsg_free(msg);
	}
}
