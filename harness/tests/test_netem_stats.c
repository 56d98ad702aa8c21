#include <criterion/criterion.h>
#include <math.h>

#include "harness/base/prng.h"
#include "harness/model/netem_stats.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PERCENT	     10000
#define UNKNOWN	     BO_NETEM_UNKNOWN

static const struct bo_netem bursts = {
	.chain = {2 * PERCENT, 20 * PERCENT, 70 * PERCENT, PERCENT / 10}};

/* ---- counters ---- */

Test(netem_stats, a_period_is_what_the_counters_moved)
{
	static const struct {
		const char *what;
		int64_t duplicate_ppm;
		struct bo_netem_counters before, after;
		struct bo_netem_period period;
	} cases[] = {
		{"passed, dropped and waiting were all seen",
		 0,
		 {100, 9000, 7, 3, UNKNOWN},
		 {200, 19000, 17, 5, UNKNOWN},
		 {112, 10, 0, 10000}},
		{"those that waited before are nobody's now",
		 0,
		 {0, 0, 0, 40, UNKNOWN},
		 {50, 5000, 0, 0, UNKNOWN},
		 {10, 0, 0, 5000}},
		{"nothing but what waited was emptied",
		 0,
		 {0, 0, 0, 40, UNKNOWN},
		 {30, 3000, 0, 5, UNKNOWN},
		 {0, 0, 0, 3000}},
		{"32 bits begin anew",
		 0,
		 {UINT32_MAX - 9, 0, UINT32_MAX, 0, UNKNOWN},
		 {90, 1, 4, 0, UNKNOWN},
		 {105, 5, 0, 1}},
		{"copies that nobody counted",
		 PERCENT,
		 {0, 0, 0, 0, UNKNOWN},
		 {110, 1, 0, 0, UNKNOWN},
		 {110, 0, UNKNOWN, 1}},
		{"copies are the surplus over what was offered",
		 PERCENT,
		 {0, 0, 0, 0, 1000},
		 {104, 1, 6, 0, 1100},
		 {100, 6, 10, 1}},
		{"what was offered counts where no copies were asked for, too",
		 0,
		 {0, 0, 0, 0, 1000},
		 {94, 1, 6, 0, 1100},
		 {100, 6, 0, 1}},
		{"one is between the counters",
		 0,
		 {0, 0, 0, 0, 1000},
		 {93, 1, 6, 0, 1100},
		 {99, 6, 0, 1}},
		{"another netem's counters began at 0",
		 PERCENT,
		 {5000, 70000, 50, 9, 5000},
		 {104, 6000, 6, 0, 100},
		 {100, 6, 10, 6000}},
		{"offered is known of one end only",
		 0,
		 {0, 0, 0, 0, UNKNOWN},
		 {94, 1, 6, 0, 1100},
		 {100, 6, 0, 1}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct bo_netem netem = {.duplicate_ppm = cases[i].duplicate_ppm};
		const struct bo_netem_period *want = &cases[i].period;
		struct bo_netem_period got;

		bo_netem_period(&netem, &cases[i].before, &cases[i].after, &got);
		cr_expect(got.seen == want->seen && got.dropped == want->dropped &&
				  got.duplicated == want->duplicated && got.bytes == want->bytes,
			  "%s: seen %llu, dropped %llu, duplicated %lld, %llu bytes", cases[i].what,
			  (unsigned long long)got.seen, (unsigned long long)got.dropped,
			  (long long)got.duplicated, (unsigned long long)got.bytes);
	}
}

/* ---- losses ---- */

static struct bo_netem_loss measure(const struct bo_netem *netem, uint64_t seen, uint64_t dropped)
{
	const struct bo_netem_period period = {.seen = seen, .dropped = dropped};
	struct bo_netem_loss loss;

	bo_netem_measure(netem, &period, BO_NETEM_9999_SIDED, &loss);
	return loss;
}

Test(netem_stats, the_loss_asked_for_is_within_or_it_is_not)
{
	static const struct {
		struct bo_netem netem;
		uint64_t seen, dropped;
		bool agrees;
	} cases[] = {
		/* 5 % of 20000 with a deviation of 30.8: 3.89 of them are 120 */
		{{.loss_ppm = 5 * PERCENT}, 20000, 1000, true},
		{{.loss_ppm = 5 * PERCENT}, 20000, 1110, true},
		{{.loss_ppm = 5 * PERCENT}, 20000, 1140, false},
		{{.loss_ppm = 5 * PERCENT}, 20000, 890, true},
		{{.loss_ppm = 5 * PERCENT}, 20000, 870, false},
		/* the clusters of this chain make it 2.4 times as wide: 323 around 1291 */
		{bursts, 20000, 1291, true},
		{bursts, 20000, 1291 + 290, true},
		{bursts, 20000, 1291 + 390, false},
		{bursts, 20000, 1291 - 270, true},
		{bursts, 20000, 1291 - 370, false},
		{{0}, 20000, 0, true},
		{{0}, 20000, 1, false},
		{{.loss_ppm = 100 * PERCENT}, 20000, 20000, true},
		{{.loss_ppm = 100 * PERCENT}, 20000, 19999, false},
		{{.loss_ppm = 5 * PERCENT}, 0, 0, true},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_netem_loss loss =
			measure(&cases[i].netem, cases[i].seen, cases[i].dropped);

		cr_expect_eq(bo_netem_agrees(&loss), cases[i].agrees, "%zu: %lld to %lld", i,
			     (long long)loss.lower_ppb, (long long)loss.upper_ppb);
		cr_expect_eq(loss.known, cases[i].seen > 0);
	}
}

Test(netem_stats, a_loss_with_uncounted_copies_is_not_known)
{
	const struct bo_netem netem = {.loss_ppm = 5 * PERCENT, .duplicate_ppm = PERCENT};
	const struct bo_netem_period period = {.seen = 10, .dropped = 9, .duplicated = UNKNOWN};
	struct bo_netem_loss loss;
	struct bo_buf text = {0};

	bo_netem_measure(&netem, &period, BO_NETEM_99_SIDED, &loss);
	cr_expect(!loss.known && bo_netem_agrees(&loss));
	bo_netem_loss_text(&loss, period.seen, &text);
	cr_expect_str_eq(text.data, "asked 5.00 %, measured: not known");
	bo_buf_done(&text);
}

Test(netem_stats, a_loss_in_words)
{
	struct bo_netem_loss loss = measure(&(struct bo_netem){.loss_ppm = 1000}, 20000, 21);
	struct bo_buf text = {0};

	bo_netem_loss_text(&loss, 20000, &text);
	cr_expect_str_eq(text.data, "asked 0.100 %, measured 0.105 % of 20000 packets (0.0382 % to "
				    "0.226 %)");
	bo_buf_done(&text);
}

/* ---- clusters ---- */

static uint64_t lost_by_chain(struct bo_prng *prng, const struct bo_netem_chain *chain, int n,
			      bool *bad)
{
	uint64_t lost = 0;

	for (int i = 0; i < n; i++) {
		int64_t move = (int64_t)bo_prng_below(prng, 1000000);

		if (move < (*bad ? chain->r_ppm : chain->p_ppm))
			*bad = !*bad;
		lost += (int64_t)bo_prng_below(prng, 1000000) <
			(*bad ? chain->bad_ppm : chain->good_ppm);
	}
	return lost;
}

Test(netem_stats, clustering_is_the_variance_that_a_chain_shows)
{
	enum { N = 2000, ROUNDS = 1500 };
	double mean = (double)bo_netem_mean_loss_ppm(&bursts) / 1e6, sum = 0;
	struct bo_prng prng;
	bool bad = false;
	int outside = 0;

	bo_prng_init(&prng, 20260);
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t lost = lost_by_chain(&prng, &bursts.chain, N, &bad);
		const struct bo_netem_period period = {.seen = N, .dropped = lost};
		struct bo_netem_loss loss;
		double off = (double)lost - N * mean;

		sum += off * off;
		bo_netem_measure(&bursts, &period, BO_NETEM_99_SIDED, &loss);
		outside += !bo_netem_agrees(&loss);
	}
	double shown = sum / ROUNDS / (N * mean * (1 - mean));

	/* a variance of 1500 rounds has a deviation of 3.7 % */
	cr_expect(fabs(shown / bo_netem_clustering(&bursts) - 1) < 0.13, "%.3f, not %.3f", shown,
		  bo_netem_clustering(&bursts));
	cr_expect_leq(outside, ROUNDS / 50, "%d of %d outside of 99 %%", outside, ROUNDS);
	cr_expect_float_eq(bo_netem_clustering(&(struct bo_netem){.loss_ppm = 5}), 1, 1e-12);
	cr_expect_lt(bo_netem_clustering(&(struct bo_netem){
			     .chain = {90 * PERCENT, 90 * PERCENT, 100 * PERCENT, 0}}),
		     1, "one that alternates");
}
