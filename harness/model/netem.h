#ifndef BO_HARNESS_MODEL_NETEM_H
#define BO_HARNESS_MODEL_NETEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"
#include "harness/base/str.h"

/*
 * What the kernel's netem does to the packets of one direction. All zero is a line that does
 * nothing to them.
 *
 * Shares are parts per million of the packets, 0 to 1,000,000; times are nanoseconds. What the
 * kernel makes of a value is read back after each change and compared, so that an attribute that a
 * kernel does not know, and accepts in silence, is an error. The table of a distribution is the one
 * thing no kernel reports.
 *
 * Correlated loss, delay and duplication are not offered. Netem's correlation is a moving average
 * of its random numbers: it changes the mean with the correlation (tc-netem(8) says itself that it
 * is no statistical correlation), so what was asked is never what is measured. Gilbert-Elliott says
 * what is meant and can be checked.
 *
 * Facts about the wire: linux/pkt_sched.h, and net/sched/sch_netem.c of Linux 6.1.
 */
enum bo_netem_dist {
	BO_NETEM_UNIFORM, /* delay - jitter .. delay + jitter */
	BO_NETEM_NORMAL,  /* jitter is the standard deviation; cut at 3.7 of them */
	/* Pareto of shape 3: most packets a little early, few much too late. The kernel's tables
	 * end at 4 times the jitter, which leaves a deviation of 0.74 jitter. */
	BO_NETEM_PARETO,
	BO_NETEM_DISTS,
};

/*
 * Gilbert-Elliott: a chain of a good and a bad state that moves once a packet. The mean loss is
 * (p bad + r good) / (p + r), a stay in the bad state lasts 1/r packets in the mean.
 */
struct bo_netem_chain {
	int64_t p_ppm;	  /* good to bad; 0: no chain */
	int64_t r_ppm;	  /* bad to good */
	int64_t bad_ppm;  /* loss in the bad state; tc calls it 1-h */
	int64_t good_ppm; /* loss in the good state; tc calls it 1-k */
};

struct bo_netem {
	int64_t delay_ns; /* up to 10 min */
	/*
	 * Up to the delay where the distribution is uniform: nothing arrives before it was sent.
	 * Without a rate, packets overtake each other where the jitter exceeds the gap between
	 * them; with one, the kernel keeps their order.
	 */
	int64_t jitter_ns;
	enum bo_netem_dist dist;
	int64_t loss_ppm; /* independent from packet to packet; not together with a chain */
	struct bo_netem_chain chain;
	int64_t duplicate_ppm;
	/* One bit of the packet is inverted after its checksums were made: for TCP, and UDP with a
	 * checksum, that is loss. */
	int64_t corrupt_ppm;
	/* That share of every gap-th packet leaves at once, ahead of those being delayed; needs a
	 * delay. gap 0 is 1: every packet. */
	int64_t reorder_ppm;
	int64_t gap_packets;
	/* Bytes per second, 0 is no limit. A packet takes (its bytes + overhead) / rate. */
	int64_t rate_Bps;
	int64_t overhead_bytes; /* -1500 .. 1500 */
	/* How many packets may wait; one more is dropped, and looks like loss. 0: chosen by
	 * bo_netem_limit(). */
	int64_t limit_packets;
	/* The kernel's random numbers begin with it, 0: with whatever they like. Linux 6.6; before
	 * that (Debian 12 has 6.1) setting one is an error. It repeats decisions only for the same
	 * packets in the same order. */
	uint64_t seed;
};

extern const char *const bo_netem_dist_names[BO_NETEM_DISTS + 1]; /* NULL-terminated */

/* -EINVAL and the first contradiction or value outside its range; else 0. */
int bo_netem_check(const struct bo_netem *netem, struct bo_err *err);

/*
 * The limit that is set: limit_packets, or else room for what the delay holds (of 256 bytes each,
 * 1.5 times over) and for 2 s of the rate in packets of 1500 bytes; without a rate, for 1 Gbit/s.
 * 64 to 1,000,000.
 */
int64_t bo_netem_limit(const struct bo_netem *netem);

/* The mean share of packets lost, by the chain's own arithmetic where there is one. */
int64_t bo_netem_mean_loss_ppm(const struct bo_netem *netem);

/*
 * Whether the model can have lost `dropped` of `offered` packets: false when there were more than
 * in the worst 0.01 % of all cases, by the chain's own variance where there is one. The rest went
 * for want of room then, as the kernel counts both together, and the measurement is a rig's fault.
 */
bool bo_netem_explains(const struct bo_netem *netem, uint64_t offered, uint64_t dropped);

/* "delay 100 ms +-10 ms normal, loss 5 %, rate 64 kbit", "nothing"; a uniform jitter has no name.
 */
void bo_netem_text(const struct bo_netem *netem, struct bo_buf *out);

/* ---- named profiles ---- */

/*
 * down is towards the target (what leaves this host), up comes from it. The figures are orders of
 * magnitude for one kind of link, not measurements of a network: `source` says where they come
 * from, `caveat` what they leave out.
 */
struct bo_netem_profile {
	const char *name;
	const char *what;
	struct bo_netem down, up;
	const char *source, *caveat;
};

/* Ended by name NULL. */
extern const struct bo_netem_profile bo_netem_profiles[];

/* -ENOENT, with the nearest name, when there is no such profile. */
int bo_netem_profile_find(const char *name, const struct bo_netem_profile **ret,
			  struct bo_err *err);

#endif
