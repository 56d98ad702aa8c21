#include <criterion/criterion.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "harness/model/netem_dist.h"
#include "netem/dump.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000
#define MS	     1000000

/*
 * Golden bytes, in groups of four as a reader of linux/rtnetlink.h would count them: host order on
 * the little-endian hosts brownout is for. Attributes that hold others carry NLA_F_NESTED, 0x8000.
 */
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

/* RTM_NEWQDISC 0x24, flags request ack replace create 0x505; struct tcmsg; TCA_KIND "netem". */
#define HEAD(length)                                                                       \
	length " 24000505 00000000 00000000 00000000 03000000 0000017b ffffffff 00000000 " \
	       "0a000100 6e657465 6d000000 "
/* TCA_NETEM_CORR, which is never set; it is sent so that nobody else's stays. */
#define CORR		     "10000100 00000000 00000000 00000000 "
#define REORDER(p)	     "0c000300 " p " 00000000 "
#define CORRUPT(p)	     "0c000400 " p " 00000000 "
#define RATE(rate, overhead) "14000600 " rate " " overhead " 00000000 00000000 "
#define NS(attr, low, high)  "0c00" attr "00 " low " " high
#define NONE		     "00000000"

Test(netem_msg, netem_is_encoded_to_the_byte)
{
	static const struct {
		const char *what;
		struct bo_netem netem;
		const char *bytes;
	} cases[] = {
		/* TCA_OPTIONS: latency, limit 1000, loss, gap, duplicate, jitter */
		{"nothing",
		 {0},
		 HEAD("a0000000") "70000280 " NONE " e8030000 " NONE " " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
					  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
		/* 5 %, 10 %, 2 % and 25 % of 2^32 - 1, rounded; a gap of 1 is what makes it reorder
		 */
		{"shares",
		 {.delay_ns = 20 * MS,
		  .loss_ppm = 5 * PERCENT,
		  .duplicate_ppm = 10 * PERCENT,
		  .corrupt_ppm = 2 * PERCENT,
		  .reorder_ppm = 25 * PERCENT,
		  .limit_packets = 77},
		 HEAD("a0000000") "70000280 " NONE " 4d000000 cdcccc0c 01000000 9a999919 " NONE
				  " " CORR REORDER("00000040") CORRUPT("52b81e05") RATE(NONE, NONE)
					  NS("0a", "002d3101", NONE) " " NS("0b", NONE, NONE)},
		/* everything is lost: ~0, not 0 */
		{"outage",
		 {.loss_ppm = 1000000, .limit_packets = 1},
		 HEAD("a0000000") "70000280 " NONE " 01000000 ffffffff " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
					  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
		/* TCA_NETEM_LOSS, nested NETEM_LOSS_GE: p, r, h = 1 - 70 %, k1 = 0.1 % */
		{"chain",
		 {.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10},
		  .limit_packets = 1},
		 HEAD("b8000000") "88000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE)
					  CORRUPT(NONE) "18000580 14000200 295c8f02 9a999919 "
							"cccccc4c 37894100 " RATE(NONE, NONE)
								NS("0a", NONE,
								   NONE) " " NS("0b", NONE, NONE)},
		/* 64 kbit/s are 8000 bytes a second; 4 bytes less a packet */
		{"rate",
		 {.rate_Bps = 8000, .overhead_bytes = -4, .limit_packets = 1},
		 HEAD("a0000000") "70000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE) CORRUPT(NONE) RATE("401f0000", "fcffffff")
					  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
		/* 40 Gbit/s do not fit 32 bits: TCA_NETEM_RATE64 as well */
		{"wide rate",
		 {.rate_Bps = INT64_C(5000000000), .limit_packets = 1},
		 HEAD("ac000000") "7c000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE) CORRUPT(NONE) RATE("ffffffff", NONE)
					  NS("08", "00f2052a", "01000000") " " NS(
						  "0a", NONE, NONE) " " NS("0b", NONE, NONE)},
		/* 5 s in ns are more than 32 bits; TCA_NETEM_PRNG_SEED is 14 */
		{"long delay and seed",
		 {.delay_ns = INT64_C(5000000000), .seed = 0x1122334455667788, .limit_packets = 1},
		 HEAD("ac000000") "7c000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
				  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
					  NS("0a", "00f2052a", "01000000") " " NS(
						  "0b", NONE, NONE) " " NS("0e", "88776655",
									   "44332211")},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect_bytes(netem(&cases[i].netem), cases[i].bytes, cases[i].what);
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

static const struct bo_netem_flow udp = {
	.family = AF_INET, .peer = {192, 0, 2, 7}, .protocol = IPPROTO_UDP, .port = 1337};
static const struct bo_netem_flow tcp6 = {
	.family = AF_INET6, .peer = {0x20, 0x01, [15] = 7}, .protocol = IPPROTO_TCP, .port = 80};
static const struct bo_netem_flow any = {.family = AF_INET, .peer = {192, 0, 2, 7}};

Test(netem_msg, everything_around_it_is_encoded_to_the_byte)
{
	const struct netem_place root = {3, TC_H_ROOT, 0x7b000000};

	/* bands 2, sixteen priorities in band 0 */
	expect_bytes(netem_msg_prio(&root),
		     "48000000 24000505 00000000 00000000 00000000 03000000 0000007b ffffffff "
		     "00000000 09000100 7072696f 00000000 18000200 02000000 00000000 00000000 "
		     "00000000 00000000",
		     "prio");
	/* request ack excl create; parent TC_H_INGRESS, handle ffff: */
	expect_bytes(netem_msg_ingress(3),
		     "30000000 24000506 00000000 00000000 00000000 03000000 0000ffff f1ffffff "
		     "00000000 0c000100 696e6772 65737300",
		     "ingress");
	expect_bytes(netem_msg_qdisc_delete(&root),
		     "24000000 25000500 00000000 00000000 00000000 03000000 0000007b ffffffff "
		     "00000000",
		     "delete");
	expect_bytes(netem_msg_qdisc_dump(),
		     "24000000 26000103 00000000 00000000 00000000 00000000 00000000 00000000 "
		     "00000000",
		     "dump");
	/* priority 1, protocol 0x0800 in network order; flower: classid 7b00:2, ethertype, address,
	 * mask, protocol, port 1337 */
	expect_bytes(netem_msg_filter_class(&root, &udp, 0x7b000002),
		     "64000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000007b "
		     "08000100 0b000100 666c6f77 65720000 34000280 08000100 0200007b 06000800 "
		     "08000000 08000c00 c0000207 08000d00 ffffffff 05000900 11000000 06001500 "
		     "05390000",
		     "filter");
	expect_bytes(netem_msg_link_get("bo-ifb3"),
		     "2c000000 12000100 00000000 00000000 00000000 00000000 00000000 00000000 "
		     "0c000300 626f2d69 66623300",
		     "link");
	expect_bytes(netem_msg_ifb_create("bo-ifb3"),
		     "38000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000 "
		     "0c000300 626f2d69 66623300 0c001280 08000100 69666200",
		     "ifb");
	expect_bytes(netem_msg_link_up(3),
		     "20000000 10000500 00000000 00000000 00000000 03000000 01000000 01000000",
		     "up");
	expect_bytes(netem_msg_link_delete(3),
		     "20000000 11000500 00000000 00000000 00000000 03000000 00000000 00000000",
		     "link delete");
	expect_bytes(netem_msg_link_move(3, 0x1234),
		     "28000000 10000500 00000000 00000000 00000000 03000000 00000000 00000000 "
		     "08001300 34120000",
		     "link move");
	expect_bytes(netem_msg_route_dump(),
		     "1c000000 1a000103 00000000 00000000 00000000 00000000 00000000", "routes");
}

/* An action list with one mirred: stolen, egress redirect, interface 9. */
#define MIRRED                                                                              \
	"34000180 0b000100 6d697272 65640000 24000280 20000200 00000000 00000000 04000000 " \
	"00000000 00000000 01000000 09000000"

Test(netem_msg, what_comes_in_is_redirected)
{
	/* parent ffff:, protocol all */
	expect_bytes(netem_msg_filter_redirect(3, NULL, 9),
		     "70000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff "
		     "00030100 0d000100 6d617463 68616c6c 00000000 3c000280 38000280 " MIRRED,
		     "all");
	expect_bytes(netem_msg_filter_redirect(3, &any, 9),
		     "84000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff "
		     "08000100 0b000100 666c6f77 65720000 54000280 06000800 08000000 08000a00 "
		     "c0000207 08000b00 ffffffff 38000380 " MIRRED,
		     "one peer");
	expect_bytes(netem_msg_filter_redirect(3, &tcp6, 9),
		     "ac000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff "
		     "86dd0100 0b000100 666c6f77 65720000 7c000280 06000800 86dd0000 14000e00 "
		     "20010000 00000000 00000000 00000007 14000f00 ffffffff ffffffff ffffffff "
		     "ffffffff 05000900 06000000 06001200 00500000 38000380 " MIRRED,
		     "one peer's port over IPv6");
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
