#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/net/impair.h"

enum { PACKETS = 20000, LEN = 40, PPM = 1000000, PERCENT = 10000 };

/* Everything that came out: which packet, when, and whether it was as it had been sent. */
struct heard {
	uint32_t number;
	bool whole;
	bo_ns at;
};

struct line {
	struct bo_clock_virtual clock;
	struct bo_loop loop;
	struct bo_impair impair;
	struct heard *heard;
	size_t count, cap;
	uint64_t in;
	struct bo_net_count over;
};

static void fill(uint8_t packet[LEN], uint32_t number)
{
	for (size_t i = 0; i < LEN; i++)
		packet[i] = (uint8_t)(number >> 8 * (i % 4));
}

/* By majority of its ten copies: one inverted bit hides nobody. */
static uint32_t number_of(const uint8_t *packet)
{
	uint32_t number = 0;

	for (size_t bit = 0; bit < 32; bit++) {
		unsigned set = 0;

		for (size_t i = bit / 8; i < LEN; i += 4)
			set += packet[i] >> bit % 8 & 1u;
		number |= (uint32_t)(set > LEN / 8) << bit;
	}
	return number;
}

static void hear(void *ctx, const uint8_t *data, size_t len)
{
	struct line *line = ctx;
	uint8_t sent[LEN];

	cr_assert_eq(len, LEN);
	if (line->count == line->cap) {
		line->cap = line->cap ? 2 * line->cap : 1024;
		line->heard = realloc(line->heard, line->cap * sizeof(*line->heard));
		cr_assert_not_null(line->heard);
	}
	uint32_t number = number_of(data);

	fill(sent, number);
	line->heard[line->count++] =
		(struct heard){number, memcmp(sent, data, LEN) == 0, bo_loop_now(&line->loop)};
}

static void line_open(struct line *line, uint64_t seed, const struct bo_netem *netem)
{
	struct bo_err err = {0};

	*line = (struct line){0};
	bo_clock_virtual_init(&line->clock);
	bo_loop_init(&line->loop, &line->clock.clock);
	bo_impair_init(&line->impair, &line->loop, seed, hear, line);
	cr_assert_eq(bo_netem_check(netem, &err), 0, "%s", err.text);
	bo_impair_set(&line->impair, netem, NULL);
}

static void line_send(struct line *line, size_t packets, bo_ns gap)
{
	uint8_t packet[LEN];

	for (size_t i = 0; i < packets; i++) {
		fill(packet, (uint32_t)line->in++);
		bo_impair_push(&line->impair, packet, LEN);
		if (gap)
			(void)bo_loop_sleep_until(&line->loop, bo_loop_now(&line->loop) + gap);
	}
}

static bool is_empty(void *ctx)
{
	return bo_impair_waiting(&((struct line *)ctx)->impair) == 0;
}

static void line_drain(struct line *line)
{
	static const struct bo_netem nothing;

	cr_assert_eq(
		bo_loop_until(&line->loop, is_empty, line, bo_loop_now(&line->loop) + 3600 * BO_S),
		0);
	bo_impair_set(&line->impair, &nothing, &line->over);
	cr_assert_eq(line->over.packets + line->over.duplicated, line->count + line->over.dropped);
	cr_assert_eq(line->over.bytes, LEN * line->count);
}

static void line_close(struct line *line)
{
	bo_impair_done(&line->impair);
	free(line->heard);
}

/* Whether `seen` of `n` lies where 99.99 % of all cases do; `variance` is that of one of them. */
static bool is_likely(double seen, double n, double share, double variance)
{
	double off = seen - n * share;

	return off * off <= 3.9 * 3.9 * n * variance + 1;
}

#define EXPECT_SHARE(seen, share_ppm, what)                                                 \
	cr_expect(is_likely((double)(seen), PACKETS, (double)(share_ppm) / PPM,             \
			    (double)(share_ppm) / PPM * (1 - (double)(share_ppm) / PPM)),   \
		  "%s: %llu of %d for %lld ppm", what, (unsigned long long)(seen), PACKETS, \
		  (long long)(share_ppm))

Test(impair, a_link_that_is_well_passes_everything_at_once)
{
	struct line line;

	line_open(&line, 1, &(struct bo_netem){0});
	line_send(&line, 100, 0);
	cr_expect_eq(line.count, 100);
	for (size_t i = 0; i < line.count; i++)
		cr_expect(line.heard[i].number == i && line.heard[i].whole &&
			  line.heard[i].at == 0);
	line_drain(&line);
	line_close(&line);
}

Test(impair, each_share_is_what_was_asked)
{
	static const int64_t shares[] = {PERCENT / 10, PERCENT,	     5 * PERCENT,
					 20 * PERCENT, 60 * PERCENT, 100 * PERCENT};

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct line line;
		uint64_t broken = 0;

		line_open(&line, 7 + i, &(struct bo_netem){.loss_ppm = shares[i]});
		line_send(&line, PACKETS, 0);
		line_drain(&line);
		EXPECT_SHARE(line.over.dropped, shares[i], "loss");
		line_close(&line);

		line_open(&line, 70 + i, &(struct bo_netem){.duplicate_ppm = shares[i]});
		line_send(&line, PACKETS, 0);
		line_drain(&line);
		EXPECT_SHARE(line.over.duplicated, shares[i], "duplicates");
		line_close(&line);

		line_open(&line, 700 + i, &(struct bo_netem){.corrupt_ppm = shares[i]});
		line_send(&line, PACKETS, 0);
		line_drain(&line);
		for (size_t k = 0; k < line.count; k++)
			broken += !line.heard[k].whole;
		EXPECT_SHARE(broken, shares[i], "corrupt");
		line_close(&line);
	}
}

Test(impair, a_chain_loses_its_share_in_clusters_of_its_length)
{
	static const struct bo_netem wifi = {
		.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10}};
	/* one that loses everything while it is bad: the mean run is 1/r */
	static const struct bo_netem burst = {.chain = {2 * PERCENT, 20 * PERCENT, PPM, 0}};
	double p = 0.01, r = 0.1, apart = 0.699, mean = (p * 0.7 + r * 0.001) / (p + r);
	double variance = mean * (1 - mean) +
			  2 * apart * apart * p * r / ((p + r) * (p + r)) * (1 - p - r) / (p + r);
	struct line line;
	uint32_t next = 0;
	uint64_t runs = 0;

	line_open(&line, 3, &wifi);
	line_send(&line, PACKETS, 0);
	line_drain(&line);
	cr_expect(is_likely((double)line.over.dropped, PACKETS, mean, variance), "%llu",
		  (unsigned long long)line.over.dropped);
	line_close(&line);

	line_open(&line, 4, &burst);
	line_send(&line, PACKETS, 0);
	line_drain(&line);
	for (size_t i = 0; i < line.count; i++) {
		runs += line.heard[i].number != next;
		next = line.heard[i].number + 1;
	}
	double run = (double)line.over.dropped / (double)runs;

	/* geometric, of mean 5 and variance 20 */
	cr_expect(run > 5 - 3.9 * 4.5 / 18 && run < 5 + 3.9 * 4.5 / 18, "%f of %llu runs", run,
		  (unsigned long long)runs);
	line_close(&line);
}

/* Mean and variance of what the packets took, in milliseconds. */
static void measure_delay(struct line *line, bo_ns gap, double *ret_mean, double *ret_variance)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < line->count; i++) {
		double took = (double)(line->heard[i].at - (bo_ns)line->heard[i].number * gap) /
			      (double)BO_MS;

		sum += took;
		squares += took * took;
	}
	*ret_mean = sum / (double)line->count;
	*ret_variance = squares / (double)line->count - *ret_mean * *ret_mean;
}

Test(impair, jitter_has_the_mean_and_the_deviation_of_its_distribution)
{
	static const struct {
		enum bo_netem_dist dist;
		double deviation; /* of a jitter of 10 ms; bo_netem_dist says what is cut off */
	} cases[] = {{BO_NETEM_UNIFORM, 5.77}, {BO_NETEM_NORMAL, 10.0}, {BO_NETEM_PARETO, 7.4}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_netem netem = {
			.delay_ns = 100 * BO_MS, .jitter_ns = 10 * BO_MS, .dist = cases[i].dist};
		struct line line;
		double mean, variance, asked = cases[i].deviation * cases[i].deviation;

		line_open(&line, 11 + i, &netem);
		line_send(&line, PACKETS, BO_MS);
		line_drain(&line);
		cr_expect_eq(line.count, PACKETS);
		measure_delay(&line, BO_MS, &mean, &variance);
		/* the tables' tails are cut: a little off the mean is theirs */
		cr_expect(mean > 99 && mean < 101, "%s: %f ms", bo_netem_dist_names[cases[i].dist],
			  mean);
		cr_expect(variance > 0.9 * asked && variance < 1.1 * asked, "%s: %f",
			  bo_netem_dist_names[cases[i].dist], variance);
		line_close(&line);
	}
}

static uint64_t overtaken(const struct line *line)
{
	uint64_t count = 0;

	for (size_t i = 1; i < line->count; i++)
		count += line->heard[i].number < line->heard[i - 1].number;
	return count;
}

Test(impair, jitter_lets_packets_overtake_each_other_and_a_rate_keeps_their_order)
{
	struct bo_netem netem = {.delay_ns = 50 * BO_MS, .jitter_ns = 20 * BO_MS};
	struct line line;

	line_open(&line, 5, &netem);
	line_send(&line, PACKETS, BO_MS);
	line_drain(&line);
	cr_expect_gt(overtaken(&line), PACKETS / 10);
	line_close(&line);

	netem.rate_Bps = 1000000;
	line_open(&line, 5, &netem);
	line_send(&line, PACKETS, BO_MS);
	line_drain(&line);
	cr_expect_eq(overtaken(&line), 0);
	cr_expect_eq(line.count, PACKETS);
	line_close(&line);
}

Test(impair, equal_delays_keep_the_order)
{
	struct line line;

	line_open(&line, 5, &(struct bo_netem){.delay_ns = 50 * BO_MS});
	line_send(&line, 1000, 0);
	cr_expect_eq(line.count, 0);
	line_drain(&line);
	cr_expect_eq(overtaken(&line), 0);
	for (size_t i = 0; i < line.count; i++)
		cr_expect_eq(line.heard[i].at, 50 * BO_MS);
	line_close(&line);
}

Test(impair, of_every_gap_th_packet_that_share_is_let_ahead)
{
	static const struct {
		int64_t gap, ppm, expected_ppm;
	} cases[] = {
		{0, 25 * PERCENT, 25 * PERCENT},
		{5, 100 * PERCENT, 20 * PERCENT},
		{1, 100 * PERCENT, 100 * PERCENT},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_netem netem = {.delay_ns = 10 * BO_MS,
					 .reorder_ppm = cases[i].ppm,
					 .gap_packets = cases[i].gap};
		struct line line;
		uint64_t ahead = 0;

		line_open(&line, 9, &netem);
		line_send(&line, PACKETS, BO_MS);
		line_drain(&line);
		for (size_t k = 0; k < line.count; k++)
			ahead += line.heard[k].at == (bo_ns)line.heard[k].number * BO_MS;
		EXPECT_SHARE(ahead, cases[i].expected_ppm, "ahead");
		line_close(&line);
	}
}

Test(impair, a_rate_counts_bytes_and_overhead)
{
	/* (40 + 10) bytes at 1000 bytes a second: 50 ms each, one behind the other */
	struct line line;

	line_open(&line, 1,
		  &(struct bo_netem){
			  .rate_Bps = 1000, .overhead_bytes = 10, .delay_ns = 200 * BO_MS});
	line_send(&line, 20, 0);
	line_drain(&line);
	cr_assert_eq(line.count, 20);
	for (size_t i = 0; i < line.count; i++)
		cr_expect_eq(line.heard[i].at, 200 * BO_MS + (bo_ns)(i + 1) * 50 * BO_MS);
	line_close(&line);
}

Test(impair, one_more_than_may_wait_is_dropped)
{
	struct line line;

	line_open(&line, 1, &(struct bo_netem){.delay_ns = BO_S, .limit_packets = 10});
	line_send(&line, 25, 0);
	cr_expect_eq(bo_impair_waiting(&line.impair), 10);
	line_drain(&line);
	cr_expect_eq(line.over.dropped, 15);
	cr_expect_eq(line.count, 10);
	line_close(&line);
}

Test(impair, everything_at_once_is_accounted_for)
{
	static const struct bo_netem netem = {
		.delay_ns = 20 * BO_MS,
		.jitter_ns = 5 * BO_MS,
		.dist = BO_NETEM_PARETO,
		.chain = {2 * PERCENT, 20 * PERCENT, 50 * PERCENT, PERCENT},
		.duplicate_ppm = 10 * PERCENT,
		.corrupt_ppm = 5 * PERCENT,
		.reorder_ppm = 10 * PERCENT,
		.rate_Bps = 30000,
		.limit_packets = 30,
	};
	struct line line;

	line_open(&line, 21, &netem);
	line_send(&line, PACKETS, BO_MS);
	cr_expect_gt(bo_impair_waiting(&line.impair), 0);
	line_drain(&line);
	cr_expect_eq(line.over.packets, PACKETS);
	cr_expect_gt(line.over.dropped, PACKETS / 20);
	line_close(&line);
}

Test(impair, the_same_seed_makes_the_same_decisions_and_delay_does_not_change_losses)
{
	struct bo_netem netem = {.loss_ppm = 20 * PERCENT, .duplicate_ppm = 5 * PERCENT};
	struct line lines[4];
	static const uint64_t seeds[] = {1, 1, 1, 2};

	for (size_t i = 0; i < 4; i++) {
		netem.delay_ns = i == 2 ? 30 * BO_MS : 0;
		line_open(&lines[i], seeds[i], &netem);
		line_send(&lines[i], 1000, 0);
		line_drain(&lines[i]);
	}
	for (size_t i = 1; i < 4; i++) {
		bool same = lines[0].count == lines[i].count;

		for (size_t k = 0; same && k < lines[0].count; k++)
			same = lines[0].heard[k].number == lines[i].heard[k].number;
		cr_expect_eq(same, i < 3, "%zu", i);
	}
	for (size_t i = 0; i < 4; i++)
		line_close(&lines[i]);
}

Test(impair, a_seed_of_the_setting_begins_anew)
{
	struct bo_netem netem = {.loss_ppm = 50 * PERCENT, .seed = 99};
	struct line lines[2];

	for (size_t i = 0; i < 2; i++) {
		line_open(&lines[i], i, &netem);
		line_send(&lines[i], 200, 0);
		line_drain(&lines[i]);
	}
	cr_assert_eq(lines[0].count, lines[1].count);
	for (size_t k = 0; k < lines[0].count; k++)
		cr_expect_eq(lines[0].heard[k].number, lines[1].heard[k].number);
	for (size_t i = 0; i < 2; i++)
		line_close(&lines[i]);
}

Test(impair, what_waits_when_the_setting_changes_keeps_its_time_and_each_setting_is_counted)
{
	struct bo_net_count over = {0};
	struct line line;

	line_open(&line, 1, &(struct bo_netem){.delay_ns = BO_S});
	line_send(&line, 3, 0);
	bo_impair_set(&line.impair, &(struct bo_netem){.loss_ppm = PPM}, &over);
	cr_expect_eq(over.packets, 3);
	cr_expect_eq(over.bytes, 0);
	line_send(&line, 5, 0);
	cr_expect_eq(line.count, 0);
	cr_assert_eq(bo_loop_until(&line.loop, is_empty, &line, 2 * BO_S), 0);
	cr_assert_eq(line.count, 3);
	cr_expect_eq(line.heard[2].at, BO_S);
	bo_impair_set(&line.impair, &(struct bo_netem){0}, &over);
	cr_expect_eq(over.packets, 5);
	cr_expect_eq(over.dropped, 5);
	cr_expect_eq(over.bytes, 3 * LEN);
	line_close(&line);
}

Test(impair, what_goes_with_the_link_counts_as_nothing)
{
	struct bo_net_count over = {0};
	struct line line;

	line_open(&line, 1, &(struct bo_netem){.delay_ns = BO_S});
	line_send(&line, 3, 0);
	bo_impair_flush(&line.impair);
	cr_expect_eq(bo_impair_waiting(&line.impair), 0);
	bo_impair_set(&line.impair, &(struct bo_netem){0}, &over);
	cr_expect(over.packets == 3 && over.dropped == 0 && over.bytes == 0);
	cr_expect_eq(line.count, 0);
	line_close(&line);
}
