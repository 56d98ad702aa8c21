#include "harness/model/netem_stats.h"

#include <assert.h>
#include <inttypes.h>

#define PPM	   1000000
#define DEVIATIONS 3.72 /* one normal variable in 10,000 is beyond them */
#define PPB_OF_PPM (BO_STATS_ONE / PPM)

/* ---- the model's arithmetic ---- */

int64_t bo_netem_mean_loss_ppm(const struct bo_netem *netem)
{
	const struct bo_netem_chain *chain = &netem->chain;

	if (!chain->p_ppm)
		return netem->loss_ppm;
	return (chain->p_ppm * chain->bad_ppm + chain->r_ppm * chain->good_ppm) /
	       (chain->p_ppm + chain->r_ppm);
}

static double part(int64_t ppm)
{
	return (double)ppm / PPM;
}

/*
 * Of the number of losses among n packets, over n. Losses of a chain are alike: their covariance
 * over k packets is (bad - good)^2 B G (1 - p - r)^k, B and G being the shares of the states.
 */
static double loss_variance(const struct bo_netem *netem)
{
	const struct bo_netem_chain *chain = &netem->chain;
	double mean = part(bo_netem_mean_loss_ppm(netem));
	double alone = mean * (1 - mean);

	if (!chain->p_ppm)
		return alone;
	double p = part(chain->p_ppm), r = part(chain->r_ppm), moved = p + r;
	double apart = part(chain->bad_ppm) - part(chain->good_ppm);

	return alone + 2 * apart * apart * p * r / (moved * moved) * (1 - moved) / moved;
}

double bo_netem_clustering(const struct bo_netem *netem)
{
	double mean = part(bo_netem_mean_loss_ppm(netem));
	double alone = mean * (1 - mean);

	return netem->chain.p_ppm && alone > 0 ? loss_variance(netem) / alone : 1;
}

bool bo_netem_explains(const struct bo_netem *netem, uint64_t offered, uint64_t dropped)
{
	double n = (double)offered;
	double over = (double)dropped - n * part(bo_netem_mean_loss_ppm(netem)) - 1;

	return over <= 0 || over * over <= DEVIATIONS * DEVIATIONS * n * loss_variance(netem);
}

/* ---- counters ---- */

static uint64_t since(uint64_t before, uint64_t after)
{
	return (uint32_t)(after - before);
}

/* Fewer may wait than before. */
static uint64_t with_waiting(uint64_t count, uint64_t before, uint64_t after)
{
	return before > after + count ? 0 : count + after - before;
}

void bo_netem_period(const struct bo_netem *netem, const struct bo_netem_counters *before,
		     const struct bo_netem_counters *after, struct bo_netem_period *ret)
{
	static const struct bo_netem_counters none;
	struct bo_netem_period period;
	uint64_t left;

	/* bytes are of 64 bits: fewer of them are another netem's */
	if (after->bytes < before->bytes)
		before = &none;
	period = (struct bo_netem_period){.dropped = since(before->dropped, after->dropped),
					  .bytes = after->bytes - before->bytes};
	left = with_waiting(since(before->passed, after->passed) + period.dropped, before->waiting,
			    after->waiting);

	period.seen = left;
	if (before->offered != BO_NETEM_UNKNOWN && after->offered != BO_NETEM_UNKNOWN) {
		uint64_t offered = since(before->offered, after->offered);

		/* the counters were not read in one moment: a packet may be between them */
		period.seen = offered < left || netem->duplicate_ppm ? offered : left;
		period.duplicated = left > period.seen ? left - period.seen : 0;
	} else if (netem->duplicate_ppm) {
		period.duplicated = BO_NETEM_UNKNOWN;
	}
	*ret = period;
}

/* ---- losses ---- */

/* As many independent packets as tell as much; shares stay, rounded outwards. */
static void find_bounds(const struct bo_netem_period *period, double clustering, int64_t sided_ppb,
			struct bo_netem_loss *loss)
{
	/* one that is more even than chance is no reason for a narrower interval */
	double fewer = clustering > 1 ? clustering : 1;
	uint64_t n = (uint64_t)((double)period->seen / fewer);
	double lost = (double)period->dropped / fewer;
	uint64_t least = (uint64_t)lost, most = least + ((double)least < lost);

	n = n ? n : 1;
	least = least < n ? least : n;
	most = most < n ? most : n;
	loss->lower_ppb = bo_stats_lower_ppb(least, n, sided_ppb);
	loss->upper_ppb = bo_stats_upper_ppb(most, n, sided_ppb);
}

void bo_netem_measure(const struct bo_netem *netem, const struct bo_netem_period *period,
		      int64_t sided_ppb, struct bo_netem_loss *ret)
{
	struct bo_netem_loss loss = {.asked_ppb = bo_netem_mean_loss_ppm(netem) * PPB_OF_PPM,
				     .upper_ppb = BO_STATS_ONE};

	loss.known = period->seen && period->duplicated != BO_NETEM_UNKNOWN &&
		     period->dropped <= period->seen;
	if (loss.known) {
		loss.measured_ppb =
			(int64_t)((double)period->dropped / (double)period->seen * BO_STATS_ONE);
		find_bounds(period, bo_netem_clustering(netem), sided_ppb, &loss);
	}
	*ret = loss;
}

bool bo_netem_agrees(const struct bo_netem_loss *loss)
{
	return !loss->known ||
	       (loss->lower_ppb <= loss->asked_ppb && loss->asked_ppb <= loss->upper_ppb);
}

void bo_netem_loss_text(const struct bo_netem_loss *loss, uint64_t seen, struct bo_buf *out)
{
	char asked[BO_STATS_TEXT_MAX], measured[BO_STATS_TEXT_MAX], lower[BO_STATS_TEXT_MAX],
		upper[BO_STATS_TEXT_MAX];

	bo_buf_printf(out, "asked %s, measured", bo_stats_format(asked, loss->asked_ppb, 0));
	if (!loss->known) {
		bo_buf_printf(out, ": not known");
		return;
	}
	bo_buf_printf(out, " %s of %" PRIu64 " packets (%s to %s)",
		      bo_stats_format(measured, loss->measured_ppb, 0), seen,
		      bo_stats_format(lower, loss->lower_ppb, 0),
		      bo_stats_format(upper, loss->upper_ppb, 1));
}
