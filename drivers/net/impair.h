#ifndef BO_DRIVERS_NET_IMPAIR_H
#define BO_DRIVERS_NET_IMPAIR_H

#include "drivers/api/net.h"
#include "harness/base/loop.h"
#include "harness/base/prng.h"

/*
 * One direction of a link, impaired in user space: what harness/model/netem.h says, done to packets
 * on the loop's clock instead of by the kernel. Packets go in with bo_impair_push() and come out
 * through `out`, at once or from the loop.
 *
 * The order of things is that of the kernel (net/sched/sch_netem.c of Linux 6.1): a packet is
 * doubled, then one copy may be lost, and each that is left is corrupted, finds room or none, and
 * leaves when its time comes; packets of one time leave in the order in which they came. A packet
 * is what the link carries, headers included: the rate counts its bytes, and a corrupted bit may be
 * any of them.
 *
 * The same seed, and the same packets at the same times, make the same decisions. Each purpose has
 * a stream of its own: how packets are delayed does not change which are lost.
 */
typedef void bo_impair_out(void *ctx, const uint8_t *data, size_t len);

enum bo_impair_draw {
	BO_IMPAIR_DUPLICATE,
	BO_IMPAIR_LOSS,
	BO_IMPAIR_MOVE, /* of the chain */
	BO_IMPAIR_CORRUPT,
	BO_IMPAIR_WHERE, /* the bit */
	BO_IMPAIR_REORDER,
	BO_IMPAIR_JITTER,
	BO_IMPAIR_DRAWS
};

struct bo_impair_packet; /* one that waits */

/* Filled by bo_impair_init(); to be looked at through the functions below. */
struct bo_impair {
	struct bo_loop *loop;
	bo_impair_out *out;
	void *ctx;
	struct bo_netem netem;
	struct bo_prng draws[BO_IMPAIR_DRAWS];
	bool bad;	    /* state of the chain */
	int64_t since_jump; /* packets since one was last let ahead */
	int16_t *table;	    /* of the jitter's distribution; NULL while there is no jitter */
	struct bo_impair_packet *first, *last; /* by the time they are due */
	uint64_t waiting;
	struct bo_net_count count;
	struct bo_timer timer;
};

/* A link that does nothing to packets yet. `out` may push into other directions, and into this one.
 */
void bo_impair_init(struct bo_impair *impair, struct bo_loop *loop, uint64_t seed,
		    bo_impair_out *out, void *ctx);

/*
 * From now on packets are treated like that; those that wait keep the time they were given. What
 * was done since the last call is in *ret_over (NULL: nobody asks), and counting begins anew. A
 * chain begins in its good state. `netem` has passed bo_netem_check(); a seed in it begins the
 * streams anew.
 */
void bo_impair_set(struct bo_impair *impair, const struct bo_netem *netem,
		   struct bo_net_count *ret_over);

/* A packet of at least one byte comes to be impaired, now. */
void bo_impair_push(struct bo_impair *impair, const void *data, size_t len);

/* Packets that are on their way. What was offered and doubled has passed, was dropped, or waits. */
static inline uint64_t bo_impair_waiting(const struct bo_impair *impair)
{
	return impair->waiting;
}

/* What is on its way is gone with the link, and counts as nothing: no model explains it. */
void bo_impair_flush(struct bo_impair *impair);

/* Flushes and lets go of everything; the struct may be initialised again. */
void bo_impair_done(struct bo_impair *impair);

#endif
