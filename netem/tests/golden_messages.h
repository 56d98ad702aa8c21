#ifndef BO_NETEM_TESTS_GOLDEN_MESSAGES_H
#define BO_NETEM_TESTS_GOLDEN_MESSAGES_H

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "netem/message.h"

#define PERCENT 10000
#define MS	1000000

/*
 * Golden bytes of every request, in groups of four as a reader of linux/rtnetlink.h would count
 * them: host order on the little-endian hosts brownout is for. Attributes that hold others carry
 * NLA_F_NESTED, 0x8000.
 */
struct golden {
	const char *what;	      /* the function's name, and what it is asked for */
	struct nl_msg *(*make)(void); /* NULL: a netem of these settings */
	struct bo_netem settings;
	const char *bytes;
};

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

/* An action list with one mirred: stolen, egress redirect, interface 9. */
#define MIRRED                                                                              \
	"34000180 0b000100 6d697272 65640000 24000280 20000200 00000000 00000000 04000000 " \
	"00000000 00000000 01000000 09000000"

static const struct bo_netem_flow golden_udp = {
	.family = AF_INET, .peer = {192, 0, 2, 7}, .protocol = IPPROTO_UDP, .port = 1337};
static const struct bo_netem_flow golden_tcp6 = {
	.family = AF_INET6, .peer = {0x20, 0x01, [15] = 7}, .protocol = IPPROTO_TCP, .port = 80};
static const struct bo_netem_flow golden_any = {.family = AF_INET, .peer = {192, 0, 2, 7}};

static const struct netem_place golden_root = {3, TC_H_ROOT, 0x7b000000};
static const struct netem_place golden_behind = {3, 0x7b000001, 0x7d000000};

#define MAKER(name, call)                       \
	static struct nl_msg *make_##name(void) \
	{                                       \
		return call;                    \
	}
MAKER(prio, netem_msg_prio(&golden_root))
MAKER(tbf, netem_msg_tbf(&golden_behind, 20000))
MAKER(ingress, netem_msg_ingress(3))
MAKER(qdisc_delete, netem_msg_qdisc_delete(&golden_root))
MAKER(qdisc_dump, netem_msg_qdisc_dump())
MAKER(class_udp, netem_msg_filter_class(&golden_root, &golden_udp, 0x7b000002))
MAKER(class_tcp6, netem_msg_filter_class(&golden_root, &golden_tcp6, 0x7b000002))
MAKER(redirect_all, netem_msg_filter_redirect(3, NULL, 9))
MAKER(redirect_any, netem_msg_filter_redirect(3, &golden_any, 9))
MAKER(redirect_udp, netem_msg_filter_redirect(3, &golden_udp, 9))
MAKER(redirect_tcp6, netem_msg_filter_redirect(3, &golden_tcp6, 9))
MAKER(filter_dump, netem_msg_filter_dump(3))
MAKER(link_get, netem_msg_link_get("bo-ifb3"))
MAKER(ifb_create, netem_msg_ifb_create("bo-ifb3"))
MAKER(link_up, netem_msg_link_up(3))
MAKER(link_delete, netem_msg_link_delete(3))
MAKER(link_move, netem_msg_link_move(3, 0x1234))
MAKER(link_look, netem_msg_link_look(3))
MAKER(mtu, netem_msg_mtu(3, 576))
MAKER(altname, netem_msg_altname(3, "brownout-mtu-1500-of-3", true))
MAKER(altname_away, netem_msg_altname(3, "brownout-mtu-1500-of-3", false))
MAKER(address_dump, netem_msg_address_dump())
MAKER(route_dump, netem_msg_route_dump())

static const struct golden goldens[] = {
	/* TCA_OPTIONS: latency, limit 1000, loss, gap, duplicate, jitter */
	{"netem: nothing",
	 NULL,
	 {0},
	 HEAD("a0000000") "70000280 " NONE " e8030000 " NONE " " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
				  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
	/* 5 %, 10 %, 2 % and 25 % of 2^32 - 1, rounded; a gap of 1 is what makes it reorder
	 */
	{"netem: shares",
	 NULL,
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
	{"netem: outage",
	 NULL,
	 {.loss_ppm = 1000000, .limit_packets = 1},
	 HEAD("a0000000") "70000280 " NONE " 01000000 ffffffff " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
				  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
	/* TCA_NETEM_LOSS, nested NETEM_LOSS_GE: p, r, h = 1 - 70 %, k1 = 0.1 % */
	{"netem: chain",
	 NULL,
	 {.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}, .limit_packets = 1},
	 HEAD("b8000000") "88000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE)
				  CORRUPT(NONE) "18000580 14000200 295c8f02 9a999919 "
						"cccccc4c 37894100 " RATE(NONE, NONE) NS(
							"0a", NONE, NONE) " " NS("0b", NONE, NONE)},
	/* 64 kbit/s are 8000 bytes a second; 4 bytes less a packet */
	{"netem: rate",
	 NULL,
	 {.rate_Bps = 8000, .overhead_bytes = -4, .limit_packets = 1},
	 HEAD("a0000000") "70000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE) CORRUPT(NONE) RATE("401f0000", "fcffffff")
				  NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
	/* 40 Gbit/s do not fit 32 bits: TCA_NETEM_RATE64 as well */
	{"netem: wide rate",
	 NULL,
	 {.rate_Bps = INT64_C(5000000000), .limit_packets = 1},
	 HEAD("ac000000") "7c000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE) CORRUPT(NONE) RATE("ffffffff", NONE)
				  NS("08", "00f2052a",
				     "01000000") " " NS("0a", NONE, NONE) " " NS("0b", NONE, NONE)},
	/* 5 s in ns are more than 32 bits; TCA_NETEM_PRNG_SEED is 14 */
	{"netem: long delay and seed",
	 NULL,
	 {.delay_ns = INT64_C(5000000000), .seed = 0x1122334455667788, .limit_packets = 1},
	 HEAD("ac000000") "7c000280 " NONE " 01000000 " NONE " " NONE " " NONE " " NONE
			  " " CORR REORDER(NONE) CORRUPT(NONE) RATE(NONE, NONE)
				  NS("0a", "00f2052a", "01000000") " " NS("0b", NONE, NONE) " " NS(
					  "0e", "88776655", "44332211")},
	/* bands 2, sixteen priorities in band 0 */
	{"prio",
	 make_prio,
	 {0},
	 "48000000 24000505 00000000 00000000 00000000 03000000 0000007b ffffffff 00000000 "
	 "09000100 7072696f 00000000 18000200 02000000 00000000 00000000 00000000 00000000"},
	/* TCA_TBF_PARMS: two ratespecs (link layer Ethernet, 1 byte a second), limit 65554, no
	 * buffer or MTU in time; TCA_TBF_BURST 20000 */
	{"tbf",
	 make_tbf,
	 {0},
	 "60000000 24000505 00000000 00000000 00000000 03000000 0000007d 0100007b 00000000 "
	 "08000100 74626600 34000280 28000100 00010000 00000000 01000000 00000000 00000000 "
	 "00000000 12000100 00000000 00000000 08000600 204e0000"},
	/* request ack excl create; parent TC_H_INGRESS, handle ffff: */
	{"ingress",
	 make_ingress,
	 {0},
	 "30000000 24000506 00000000 00000000 00000000 03000000 0000ffff f1ffffff 00000000 "
	 "0c000100 696e6772 65737300"},
	{"qdisc_delete",
	 make_qdisc_delete,
	 {0},
	 "24000000 25000500 00000000 00000000 00000000 03000000 0000007b ffffffff 00000000"},
	{"qdisc_dump",
	 make_qdisc_dump,
	 {0},
	 "24000000 26000103 00000000 00000000 00000000 00000000 00000000 00000000 00000000"},
	/* priority 1, protocol 0x0800 in network order; flower: classid 7b00:2, ethertype, address,
	   mask, protocol, port 1337 */
	{"filter_class",
	 make_class_udp,
	 {0},
	 "64000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000007b 08000100 "
	 "0b000100 666c6f77 65720000 34000280 08000100 0200007b 06000800 08000000 08000c00 "
	 "c0000207 08000d00 ffffffff 05000900 11000000 06001500 05390000"},
	{"filter_class: IPv6, TCP",
	 make_class_tcp6,
	 {0},
	 "7c000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000007b 86dd0100 "
	 "0b000100 666c6f77 65720000 4c000280 08000100 0200007b 06000800 86dd0000 14001000 "
	 "20010000 00000000 00000000 00000007 14001100 ffffffff ffffffff ffffffff ffffffff "
	 "05000900 06000000 06001300 00500000"},
	/* parent ffff:, protocol all */
	{"filter_redirect: all",
	 make_redirect_all,
	 {0},
	 "70000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff 00030100 "
	 "0d000100 6d617463 68616c6c 00000000 3c000280 38000280 " MIRRED},
	{"filter_redirect: one peer",
	 make_redirect_any,
	 {0},
	 "84000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff 08000100 "
	 "0b000100 666c6f77 65720000 54000280 06000800 08000000 08000a00 c0000207 08000b00 "
	 "ffffffff 38000380 " MIRRED},
	{"filter_redirect: UDP",
	 make_redirect_udp,
	 {0},
	 "94000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff 08000100 "
	 "0b000100 666c6f77 65720000 64000280 06000800 08000000 08000a00 c0000207 08000b00 "
	 "ffffffff 05000900 11000000 06001400 05390000 38000380 " MIRRED},
	{"filter_redirect: IPv6, TCP",
	 make_redirect_tcp6,
	 {0},
	 "ac000000 2c000506 00000000 00000000 00000000 03000000 00000000 0000ffff 86dd0100 "
	 "0b000100 666c6f77 65720000 7c000280 06000800 86dd0000 14000e00 20010000 00000000 "
	 "00000000 00000007 14000f00 ffffffff ffffffff ffffffff ffffffff 05000900 06000000 "
	 "06001200 00500000 38000380 " MIRRED},
	{"filter_dump",
	 make_filter_dump,
	 {0},
	 "24000000 2e000103 00000000 00000000 00000000 03000000 00000000 0000ffff 00000000"},
	{"link_get",
	 make_link_get,
	 {0},
	 "2c000000 12000100 00000000 00000000 00000000 00000000 00000000 00000000 0c000300 "
	 "626f2d69 66623300"},
	{"ifb_create",
	 make_ifb_create,
	 {0},
	 "38000000 10000506 00000000 00000000 00000000 00000000 00000000 00000000 0c000300 "
	 "626f2d69 66623300 0c001280 08000100 69666200"},
	{"link_up",
	 make_link_up,
	 {0},
	 "20000000 10000500 00000000 00000000 00000000 03000000 01000000 01000000"},
	{"link_delete",
	 make_link_delete,
	 {0},
	 "20000000 11000500 00000000 00000000 00000000 03000000 00000000 00000000"},
	{"link_move",
	 make_link_move,
	 {0},
	 "28000000 10000500 00000000 00000000 00000000 03000000 00000000 00000000 08001300 "
	 "34120000"},
	{"link_look",
	 make_link_look,
	 {0},
	 "20000000 12000100 00000000 00000000 00000000 03000000 00000000 00000000"},
	{"mtu",
	 make_mtu,
	 {0},
	 "28000000 10000500 00000000 00000000 00000000 03000000 00000000 00000000 08000400 "
	 "40020000"},
	/* RTM_NEWLINKPROP 0x6c; IFLA_PROP_LIST, in it IFLA_ALT_IFNAME */
	{"altname",
	 make_altname,
	 {0},
	 "40000000 6c000506 00000000 00000000 00000000 03000000 00000000 00000000 20003480 "
	 "1b003500 62726f77 6e6f7574 2d6d7475 2d313530 302d6f66 2d330000"},
	{"altname: away",
	 make_altname_away,
	 {0},
	 "40000000 6d000500 00000000 00000000 00000000 03000000 00000000 00000000 20003480 "
	 "1b003500 62726f77 6e6f7574 2d6d7475 2d313530 302d6f66 2d330000"},
	/* AF_INET6 */
	{"address_dump",
	 make_address_dump,
	 {0},
	 "18000000 16000103 00000000 00000000 0a000000 00000000"},
	{"route_dump",
	 make_route_dump,
	 {0},
	 "1c000000 1a000103 00000000 00000000 00000000 00000000 00000000"},
};

#endif
