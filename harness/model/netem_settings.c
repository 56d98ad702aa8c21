#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/clock.h"
#include "harness/model/netem.h"
#include "harness/model/values.h"

#define PPM	      INT64_C(1000000)
#define PERCENT	      INT64_C(10000)
#define DELAY_MAX     (600 * BO_S)
#define RATE_MAX      (INT64_C(100000000000) / 8)
#define OVERHEAD_MAX  1500
#define LIMIT_LEAST   64
#define LIMIT_MOST    1000000
#define HELD_BYTES    256  /* of a packet on its way */
#define QUEUED_BYTES  1500 /* of a packet that waits for the rate */
#define QUEUE_S	      2
#define UNLIMITED_BPS (INT64_C(1000000000) / 8)
#define JITTERS	      4 /* the tables end at 4 times the jitter */

const char *const bo_netem_dist_names[BO_NETEM_DISTS + 1] = {
	[BO_NETEM_UNIFORM] = "uniform",
	[BO_NETEM_NORMAL] = "normal",
	[BO_NETEM_PARETO] = "pareto",
};

/* ---- ranges ---- */

static const struct range {
	const char *name;
	size_t offset;
	int64_t least, most;
	const char *why;
} ranges[] = {
#define RANGE(name, field, least, most, why)                             \
	{                                                                \
		name, offsetof(struct bo_netem, field), least, most, why \
	}
#define SHARE(name, field) RANGE(name, field, 0, PPM, "a share of the packets is 0 to 100 %")
	RANGE("delay", delay_ns, 0, DELAY_MAX, "0 to 10 min"),
	RANGE("jitter", jitter_ns, 0, DELAY_MAX, "0 to 10 min"),
	RANGE("distribution", dist, 0, BO_NETEM_DISTS - 1, "uniform, normal or pareto"),
	SHARE("loss", loss_ppm),
	SHARE("the chain's p", chain.p_ppm),
	SHARE("the chain's r", chain.r_ppm),
	SHARE("the chain's loss in the bad state", chain.bad_ppm),
	SHARE("the chain's loss in the good state", chain.good_ppm),
	SHARE("duplicate", duplicate_ppm),
	SHARE("corrupt", corrupt_ppm),
	SHARE("reorder", reorder_ppm),
	RANGE("gap", gap_packets, 0, UINT16_MAX, "0 to 65535 packets"),
	RANGE("rate", rate_Bps, 0, RATE_MAX, "at most 100 Gbit"),
	RANGE("overhead", overhead_bytes, -OVERHEAD_MAX, OVERHEAD_MAX, "-1500 to 1500 bytes"),
	RANGE("limit", limit_packets, 0, LIMIT_MOST, "1 to 1000000 packets"),
};

/* A distribution is an enum, the rest are int64_t. */
static int64_t value_of(const struct bo_netem *netem, const struct range *range)
{
	int64_t value;

	if (range->offset == offsetof(struct bo_netem, dist))
		return (int64_t)netem->dist;
	memcpy(&value, (const char *)netem + range->offset, sizeof(value));
	return value;
}

static int check_ranges(const struct bo_netem *netem, struct bo_err *err)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		int64_t value = value_of(netem, &ranges[i]);

		if (value < ranges[i].least || value > ranges[i].most)
			return bo_err_set(err, -EINVAL, "%s is out of range: %s", ranges[i].name,
					  ranges[i].why);
	}
	return 0;
}

/* ---- contradictions ---- */

static bool has_chain_parts(const struct bo_netem *netem)
{
	return netem->chain.r_ppm || netem->chain.bad_ppm || netem->chain.good_ppm;
}

static bool two_losses(const struct bo_netem *netem)
{
	return netem->loss_ppm && (netem->chain.p_ppm || has_chain_parts(netem));
}

static bool chain_without_start(const struct bo_netem *netem)
{
	return has_chain_parts(netem) && !netem->chain.p_ppm;
}

static bool chain_without_end(const struct bo_netem *netem)
{
	return netem->chain.p_ppm && !netem->chain.r_ppm;
}

static bool chain_without_loss(const struct bo_netem *netem)
{
	return netem->chain.p_ppm && !netem->chain.bad_ppm && !netem->chain.good_ppm;
}

static bool jitter_before_sending(const struct bo_netem *netem)
{
	return netem->dist == BO_NETEM_UNIFORM && netem->jitter_ns > netem->delay_ns;
}

static bool jitter_without_delay(const struct bo_netem *netem)
{
	return netem->jitter_ns && !netem->delay_ns;
}

static bool dist_without_jitter(const struct bo_netem *netem)
{
	return netem->dist != BO_NETEM_UNIFORM && !netem->jitter_ns;
}

static bool reorder_without_delay(const struct bo_netem *netem)
{
	return netem->reorder_ppm && !netem->delay_ns;
}

static bool gap_without_reorder(const struct bo_netem *netem)
{
	return netem->gap_packets && !netem->reorder_ppm;
}

static bool overhead_without_rate(const struct bo_netem *netem)
{
	return netem->overhead_bytes && !netem->rate_Bps;
}

static const struct {
	bool (*holds)(const struct bo_netem *netem);
	const char *why;
} contradictions[] = {
	{two_losses, "random loss and a Gilbert-Elliott chain together: choose one"},
	{chain_without_start, "a Gilbert-Elliott chain with p = 0 never becomes bad"},
	{chain_without_end, "a Gilbert-Elliott chain with r = 0 never becomes good again; "
			    "for an outage say loss 100 %"},
	{chain_without_loss, "a Gilbert-Elliott chain that loses nothing in either state"},
	{jitter_without_delay, "jitter without a delay: nothing arrives before it was sent"},
	{jitter_before_sending, "jitter larger than the delay: nothing arrives before it was sent"},
	{dist_without_jitter, "a distribution without jitter distributes nothing"},
	{reorder_without_delay, "reorder without a delay: there is nothing to overtake"},
	{gap_without_reorder, "a gap without reorder does nothing"},
	{overhead_without_rate, "overhead without a rate does nothing"},
};

int bo_netem_check(const struct bo_netem *netem, struct bo_err *err)
{
	int rc = check_ranges(netem, err);

	for (size_t i = 0; rc == 0 && i < sizeof(contradictions) / sizeof(contradictions[0]); i++)
		if (contradictions[i].holds(netem))
			rc = bo_err_set(err, -EINVAL, "%s", contradictions[i].why);
	return rc;
}

/* ---- what follows from them ---- */

/* How many packets of `bytes` a rate moves in that time; times are at most 50 min. */
static int64_t packets_in(int64_t rate_Bps, int64_t time_ns, int64_t bytes)
{
	return rate_Bps / bytes * (time_ns / BO_MS) / 1000;
}

int64_t bo_netem_limit(const struct bo_netem *netem)
{
	int64_t held_ns = netem->delay_ns + JITTERS * netem->jitter_ns;
	int64_t limit;

	if (netem->limit_packets)
		return netem->limit_packets;
	if (netem->rate_Bps)
		limit = LIMIT_LEAST + packets_in(netem->rate_Bps, held_ns * 3 / 2, HELD_BYTES) +
			netem->rate_Bps * QUEUE_S / QUEUED_BYTES;
	else
		limit = 1000 + packets_in(UNLIMITED_BPS, held_ns * 3 / 2, QUEUED_BYTES);
	return limit > LIMIT_MOST ? LIMIT_MOST : limit;
}

/* ---- in words ---- */

static void add_word(struct bo_buf *out, const char *name, enum bo_quantity kind, int64_t value)
{
	char text[BO_VALUES_TEXT_MAX];

	if (value)
		bo_buf_printf(out, ", %s %s", name, bo_values_format(kind, text, value));
}

/* "0.1 %": people think of packets in percent. */
static const char *share_text(char out[BO_VALUES_TEXT_MAX], int64_t ppm)
{
	int len = snprintf(out, BO_VALUES_TEXT_MAX, "%" PRId64 ".%04" PRId64, ppm / PERCENT,
			   ppm % PERCENT);

	while (out[len - 1] == '0')
		len--;
	len -= out[len - 1] == '.';
	memcpy(out + len, " %", sizeof(" %"));
	return out;
}

static void add_share(struct bo_buf *out, const char *name, int64_t ppm)
{
	char text[BO_VALUES_TEXT_MAX];

	if (ppm)
		bo_buf_printf(out, ", %s %s", name, share_text(text, ppm));
}

static void add_delay(struct bo_buf *out, const struct bo_netem *netem)
{
	char text[BO_VALUES_TEXT_MAX];

	add_word(out, "delay", BO_DURATION, netem->delay_ns);
	if (netem->jitter_ns)
		bo_buf_printf(out, " +-%s", bo_values_format(BO_DURATION, text, netem->jitter_ns));
	if (netem->dist != BO_NETEM_UNIFORM)
		bo_buf_printf(out, " %s", bo_netem_dist_names[netem->dist]);
}

static void add_chain(struct bo_buf *out, const struct bo_netem_chain *chain)
{
	char p[BO_VALUES_TEXT_MAX], r[BO_VALUES_TEXT_MAX], bad[BO_VALUES_TEXT_MAX],
		good[BO_VALUES_TEXT_MAX];

	if (chain->p_ppm)
		bo_buf_printf(out, ", Gilbert-Elliott p %s r %s, loss %s when bad, %s when good",
			      share_text(p, chain->p_ppm), share_text(r, chain->r_ppm),
			      share_text(bad, chain->bad_ppm), share_text(good, chain->good_ppm));
}

static void add_rest(struct bo_buf *out, const struct bo_netem *netem)
{
	if (netem->gap_packets > 1)
		bo_buf_printf(out, " of every %" PRId64 ". packet", netem->gap_packets);
	add_word(out, "rate", BO_RATE, netem->rate_Bps * 8);
	if (netem->overhead_bytes)
		bo_buf_printf(out, " with %" PRId64 " bytes more a packet", netem->overhead_bytes);
	if (netem->limit_packets)
		bo_buf_printf(out, ", limit %" PRId64, netem->limit_packets);
	if (netem->seed)
		bo_buf_printf(out, ", seed %" PRIu64, netem->seed);
}

void bo_netem_text(const struct bo_netem *netem, struct bo_buf *out)
{
	struct bo_buf text = {0};

	add_delay(&text, netem);
	add_share(&text, "loss", netem->loss_ppm);
	add_chain(&text, &netem->chain);
	add_share(&text, "duplicate", netem->duplicate_ppm);
	add_share(&text, "corrupt", netem->corrupt_ppm);
	add_share(&text, "reorder", netem->reorder_ppm);
	add_rest(&text, netem);
	bo_buf_printf(out, "%s", text.len ? text.data + strlen(", ") : "nothing");
	bo_buf_done(&text);
}
