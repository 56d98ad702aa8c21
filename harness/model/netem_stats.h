#ifndef BO_HARNESS_MODEL_NETEM_STATS_H
#define BO_HARNESS_MODEL_NETEM_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/model/netem.h"
#include "harness/model/stats.h"

/*
 * What counters say about one direction while one setting stood, and what that says about the loss.
 */
#define BO_NETEM_UNKNOWN UINT64_MAX

/* Counters of one direction at one moment, as the kernel's queueing discipline keeps them. `passed`
 * and `dropped` may be of 32 bits and begin anew: only differences are used. */
struct bo_netem_counters {
	uint64_t passed, bytes; /* copies included */
	uint64_t dropped;	/* by the model, or for want of room */
	uint64_t waiting;	/* in it now */
	uint64_t offered;	/* by somebody who counts them in front of it; BO_NETEM_UNKNOWN */
};

/* What happened between two of them. */
struct bo_netem_period {
	uint64_t seen;	     /* packets that came to be impaired, whatever became of them */
	uint64_t dropped;    /* of them and of their copies */
	uint64_t duplicated; /* copies made; BO_NETEM_UNKNOWN: they are among those seen */
	uint64_t bytes;	     /* that passed */
};

/*
 * `netem` is what stood from `before` to `after`. Linux 6.1 counts no copies: they are the surplus
 * over what was offered where somebody counted that, none where none were asked for, and not known
 * otherwise. Differences of counters are taken modulo 2^32; where fewer bytes passed than before,
 * the netem was built anew and its counters began at 0.
 */
void bo_netem_period(const struct bo_netem *netem, const struct bo_netem_counters *before,
		     const struct bo_netem_counters *after, struct bo_netem_period *ret);

/* Of each side of a two-sided interval, as bo_stats_upper_ppb() takes it. */
#define BO_NETEM_99_SIDED   995000000 /* 99 % */
#define BO_NETEM_9999_SIDED 999950000 /* 99.99 % */

/* Shares are parts per thousand million. */
struct bo_netem_loss {
	int64_t asked_ppb;
	int64_t measured_ppb, lower_ppb, upper_ppb;
	bool known; /* false: no packet was seen, or copies nobody counted are among them */
};

/*
 * The loss of a period beside the one that was asked for, and the interval of that confidence. Of
 * independent losses it is Clopper's and Pearson's. Losses of a chain come in clusters: they tell
 * as much as fewer packets that are lost independently, by the ratio of the variances
 * (bo_netem_clustering()), and the interval is that of so many.
 */
void bo_netem_measure(const struct bo_netem *netem, const struct bo_netem_period *period,
		      int64_t sided_ppb, struct bo_netem_loss *ret);

/* Whether what was asked for lies within; true when nothing is known. */
bool bo_netem_agrees(const struct bo_netem_loss *loss);

/*
 * The variance of the number of losses over what it were if they were independent: 1 without a
 * chain. Exact for many packets.
 */
double bo_netem_clustering(const struct bo_netem *netem);

/* "asked 5 %, measured 4.88 % of 20000 packets (4.50 to 5.29 %)", "asked 5 %, measured: not known".
 */
void bo_netem_loss_text(const struct bo_netem_loss *loss, uint64_t seen, struct bo_buf *out);

#endif
