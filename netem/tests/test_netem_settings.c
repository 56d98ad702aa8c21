#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/model/netem.h"
#include "harness/model/netem_dist.h"
#include "netem/flow.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000

Test(netem_settings, contradictions_and_impossible_values_are_named)
{
	static const struct {
		struct bo_netem netem;
		const char *why;
	} cases[] = {
		{{.loss_ppm = 1000001},
		 "loss is out of range: a share of the packets is 0 to 100 %"},
		{{.duplicate_ppm = -1}, "duplicate is out of range"},
		{{.delay_ns = 601 * BO_S}, "delay is out of range: 0 to 10 min"},
		{{.delay_ns = -1}, "delay is out of range"},
		{{.dist = BO_NETEM_DISTS}, "distribution is out of range"},
		{{.overhead_bytes = 1501, .rate_Bps = 1}, "overhead is out of range"},
		{{.limit_packets = 1000001}, "limit is out of range: 1 to 1000000 packets"},
		{{.loss_ppm = 1, .chain = {1, 1, 1, 0}}, "random loss and a Gilbert-Elliott chain"},
		{{.chain = {0, 1, 1, 0}}, "p = 0 never becomes bad"},
		{{.chain = {1, 0, 1, 0}}, "r = 0 never becomes good again"},
		{{.chain = {1, 1, 0, 0}}, "loses nothing in either state"},
		{{.jitter_ns = 1}, "jitter without a delay"},
		{{.delay_ns = 1, .jitter_ns = 2}, "jitter larger than the delay"},
		{{.delay_ns = 1, .dist = BO_NETEM_NORMAL}, "a distribution without jitter"},
		{{.reorder_ppm = 1}, "reorder without a delay"},
		{{.delay_ns = 1, .gap_packets = 5}, "a gap without reorder"},
		{{.overhead_bytes = 4}, "overhead without a rate"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_err err = {0};

		cr_expect_eq(bo_netem_check(&cases[i].netem, &err), -EINVAL, "%s", cases[i].why);
		cr_expect_not_null(strstr(err.text, cases[i].why), "'%s' for %s", err.text,
				   cases[i].why);
	}
}

Test(netem_settings, every_profile_can_be_set_and_says_where_it_comes_from)
{
	struct bo_err err = {0};
	size_t count = 0;

	for (const struct bo_netem_profile *p = bo_netem_profiles; p->name; p++, count++) {
		cr_expect_eq(bo_netem_check(&p->down, &err), 0, "%s: %s", p->name, err.text);
		cr_expect_eq(bo_netem_check(&p->up, &err), 0, "%s: %s", p->name, err.text);
		cr_expect(p->what && p->source && p->caveat, "%s", p->name);
		cr_expect_gt(p->down.rate_Bps, 0, "%s", p->name);
		cr_expect_lt(bo_netem_limit(&p->down), 100000, "%s", p->name);
	}
	cr_expect_geq(count, 13);
}

Test(netem_settings, a_profile_is_found_by_name_and_a_wrong_name_gets_the_nearest)
{
	const struct bo_netem_profile *profile = NULL;
	struct bo_err err = {0};

	cr_expect_eq(bo_netem_profile_find("geo", &profile, &err), 0);
	cr_expect_eq(profile->down.delay_ns, 279 * BO_MS);
	cr_expect_eq(bo_netem_profile_find("wifi-lossi", &profile, &err), -ENOENT);
	cr_expect_str_eq(err.text, "no profile 'wifi-lossi' (did you mean 'wifi-lossy'?)");
	cr_expect_eq(bo_netem_profile_find("\x1b[2J", &profile, &err), -ENOENT);
	cr_expect_null(strchr(err.text, 0x1b));
}

Test(netem_settings, the_limit_holds_what_the_delay_holds)
{
	static const struct {
		struct bo_netem netem;
		int64_t least, most;
	} cases[] = {
		{{0}, 1000, 1000},
		{{.limit_packets = 7}, 7, 7},
		/* 8 kB/s: 12 packets of 1500 bytes in 2 s, 31 of 256 bytes on their way */
		{{.rate_Bps = 8000, .delay_ns = BO_S}, 64 + 31 + 10, 64 + 48 + 10},
		/* 1 Gbit/s for 100 ms in packets of 1500 bytes */
		{{.delay_ns = 100 * BO_MS}, 1000 + 8333, 1000 + 12500},
		{{.delay_ns = 600 * BO_S}, 1000000, 1000000},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t limit = bo_netem_limit(&cases[i].netem);

		cr_expect(limit >= cases[i].least && limit <= cases[i].most, "%zu: %lld", i,
			  (long long)limit);
	}
}

Test(netem_settings, the_mean_loss_is_the_chains_own)
{
	struct bo_netem chain = {.chain = {PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}};

	/* (1 x 70 + 10 x 0.1) / 11 percent */
	cr_expect_eq(bo_netem_mean_loss_ppm(&chain), 64545);
	cr_expect_eq(bo_netem_mean_loss_ppm(&(struct bo_netem){.loss_ppm = 7}), 7);
}

Test(netem_settings, more_drops_than_the_model_has_are_not_explained)
{
	static const struct {
		struct bo_netem netem;
		uint64_t offered, dropped;
		bool explained;
	} cases[] = {
		{{0}, 1000, 0, true},
		{{0}, 1000, 1, true},
		{{0}, 1000, 2, false},
		/* 5 % of 10,000: 500, deviation 21.8 */
		{{.loss_ppm = 5 * PERCENT}, 10000, 0, true},
		{{.loss_ppm = 5 * PERCENT}, 10000, 582, true},
		{{.loss_ppm = 5 * PERCENT}, 10000, 583, false},
		/* 6.455 % of 20,000 in bursts: 1291, deviation 117 instead of 34.8 */
		{{.chain = {PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}}, 20000, 1450, true},
		{{.chain = {PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}},
		 20000,
		 1800,
		 false},
		{{.loss_ppm = 1000000}, 1000, 1000, true},
		{{.loss_ppm = 5 * PERCENT}, 0, 0, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(bo_netem_explains(&cases[i].netem, cases[i].offered, cases[i].dropped),
			     cases[i].explained, "%zu", i);
}

Test(netem_settings, settings_in_words)
{
	static const struct {
		struct bo_netem netem;
		const char *text;
	} cases[] = {
		{{0}, "nothing"},
		{{.delay_ns = 100 * BO_MS,
		  .jitter_ns = 10 * BO_MS,
		  .dist = BO_NETEM_NORMAL,
		  .loss_ppm = 5 * PERCENT,
		  .rate_Bps = 8000,
		  .overhead_bytes = -4,
		  .limit_packets = 9,
		  .seed = 3},
		 "delay 100 ms +-10 ms normal, loss 5 %, rate 64 kbit with -4 bytes more a packet, "
		 "limit 9, seed 3"},
		{{.delay_ns = 1,
		  .chain = {PERCENT, 10 * PERCENT, 70 * PERCENT, 0},
		  .duplicate_ppm = 1,
		  .corrupt_ppm = 2,
		  .reorder_ppm = 3,
		  .gap_packets = 5},
		 "delay 1 ns, Gilbert-Elliott p 1 % r 10 %, loss 70 % when bad, 0 % when good, "
		 "duplicate 0.0001 %, corrupt 0.0002 %, reorder 0.0003 % of every 5. packet"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf text = {0};

		bo_netem_text(&cases[i].netem, &text);
		cr_expect_str_eq(text.data, cases[i].text);
		bo_buf_done(&text);
	}
}

/* ---- tables ---- */

/* Mean and deviation in the table's unit, times 1000. */
static void moments(const int16_t *table, long *ret_mean, long *ret_variance)
{
	long sum = 0, squares = 0;

	for (int i = 0; i < BO_NETEM_DIST_POINTS; i++) {
		sum += table[i];
		squares += (long)table[i] * table[i];
		cr_assert(i == 0 || table[i] >= table[i - 1], "falls at %d", i);
	}
	*ret_mean = sum * 1000 / BO_NETEM_DIST_POINTS / 8192;
	*ret_variance = squares / BO_NETEM_DIST_POINTS * 1000 / (8192L * 8192);
}

Test(netem_dist, tables_have_their_distributions_mean_and_deviation)
{
	static const struct {
		enum bo_netem_dist dist;
		long least_variance, most_variance; /* times 1000 */
		int16_t first, quarter, last;
	} cases[] = {
		{BO_NETEM_UNIFORM, 330, 335, -8190, -4096, 8190},
		/* quantiles of the normal distribution: 0.25 at -0.6745, 1 - 1/8192 at 3.668 */
		{BO_NETEM_NORMAL, 995, 1000, -30052, -5525, 30052},
		/* (1 - q)^(-1/3) - 1.5 over sqrt(3)/2; its tail beyond 4 deviations is cut */
		{BO_NETEM_PARETO, 540, 546, -4729, -3778, 32767},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int16_t table[BO_NETEM_DIST_POINTS];
		long mean, variance;

		bo_netem_dist_fill(cases[i].dist, table);
		moments(table, &mean, &variance);
		cr_expect(mean > -40 && mean < 2, "%zu: %ld", i, mean);
		cr_expect(variance >= cases[i].least_variance && variance <= cases[i].most_variance,
			  "%zu: %ld", i, variance);
		cr_expect_leq(abs(table[0] - cases[i].first), 2, "%zu: %d", i, table[0]);
		cr_expect_leq(abs(table[1024] - cases[i].quarter), 4, "%zu: %d", i, table[1024]);
		cr_expect_leq(abs(table[4095] - cases[i].last), 2, "%zu: %d", i, table[4095]);
	}
}

/* ---- flows ---- */

Test(netem_flow, a_peer_is_an_address_and_perhaps_a_port)
{
	static const struct {
		const char *text;
		int family;
		uint8_t first, last, protocol;
		uint16_t port;
	} cases[] = {
		{"192.0.2.7", 2, 192, 7, 0, 0},
		{"192.0.2.7/udp", 2, 192, 7, 17, 0},
		{"192.0.2.7:1337/udp", 2, 192, 7, 17, 1337},
		{"2001:db8::7", 10, 0x20, 7, 0, 0},
		{"[2001:db8::7]", 10, 0x20, 7, 0, 0},
		{"[2001:db8::7]:80/tcp", 10, 0x20, 7, 6, 80},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_netem_flow flow = {0};
		struct bo_err err = {0};

		cr_expect_eq(bo_netem_flow_parse(cases[i].text, &flow, &err), 0, "%s", err.text);
		cr_expect_eq(flow.family, cases[i].family, "%s", cases[i].text);
		cr_expect_eq(flow.peer[0], cases[i].first, "%s", cases[i].text);
		cr_expect_eq(flow.peer[flow.family == 2 ? 3 : 15], cases[i].last);
		cr_expect_eq(flow.protocol, cases[i].protocol, "%s", cases[i].text);
		cr_expect_eq(flow.port, cases[i].port, "%s", cases[i].text);
	}
}

Test(netem_flow, what_is_no_peer_is_refused_with_the_reason)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "not an IP address"},
		{"example.org", "not an IP address"},
		{"192.0.2", "not an IP address"},
		{"192.0.2.7:80", "a port needs a protocol"},
		{"192.0.2.7:0/udp", "the port is not 1 to 65535"},
		{"192.0.2.7:65536/udp", "the port is not 1 to 65535"},
		{"192.0.2.7:8x/udp", "the port is not 1 to 65535"},
		{"[2001:db8::7]80/udp", "the port is not 1 to 65535"},
		{"192.0.2.7:80/sctp", "the protocol is not tcp or udp"},
		{"\x1b[2J", "not an IP address"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_netem_flow flow = {.family = 99};
		struct bo_err err = {0};

		cr_expect_eq(bo_netem_flow_parse(cases[i].text, &flow, &err), -EINVAL, "%s",
			     cases[i].text);
		cr_expect_not_null(strstr(err.text, cases[i].why), "%s: %s", cases[i].text,
				   err.text);
		cr_expect_eq(flow.family, 99, "%s: touched", cases[i].text);
	}
}
