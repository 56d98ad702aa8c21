#ifndef BO_NETEM_TIMELINE_H
#define BO_NETEM_TIMELINE_H

#include "harness/base/loop.h"
#include "harness/model/netem.h"

/*
 * Settings that change by the clock: outages, flaps, a link that gets worse. Each change is one
 * atomic replace. Times count from bo_netem_play() and never drift: a step that came late does not
 * shift the next one. Packets that were delayed when a step came keep the time they were given, so
 * an outage lets those arrive that had been sent before it.
 */
struct bo_netem_step {
	bo_ns at_ns;
	struct bo_netem down, up;
};

struct bo_netem_player {
	/* set by the caller, and kept until it is stopped */
	const struct bo_netem_step *steps;
	size_t count;
	bo_ns period_ns; /* begins anew after it; 0: once, and the last step stays */
	/* bo_netem_apply() of a link; a negative return ends it */
	int (*apply)(void *ctx, const struct bo_netem *down, const struct bo_netem *up,
		     struct bo_err *err);
	void *ctx;

	/* results */
	uint64_t applied;  /* steps */
	bo_ns late_ns;	   /* the latest of them */
	struct bo_err err; /* why it ended; code 0 while all is well */

	/* private */
	struct bo_loop *loop;
	struct bo_timer timer;
	bo_ns begun_ns;
	size_t next;
};

/* -EINVAL unless there are steps, the first is at 0, each is later than the one before and before
 * the period's end, and all pass bo_netem_check(). */
int bo_netem_timeline_check(const struct bo_netem_step *steps, size_t count, bo_ns period_ns,
			    struct bo_err *err);

/* Begins with the next turn of the loop. The timeline has passed the check. */
void bo_netem_play(struct bo_netem_player *player, struct bo_loop *loop);
/* No further step; what stands is left as it is. */
void bo_netem_stop(struct bo_netem_player *player);

/* Everything is lost from `netem`, and nothing else changes about it. */
struct bo_netem bo_netem_outage(const struct bo_netem *netem);

/* A link that is well and then away for `outage_ns` at the end of each period. */
void bo_netem_flap(const struct bo_netem *down, const struct bo_netem *up, bo_ns outage_ns,
		   bo_ns period_ns, struct bo_netem_step ret_steps[2]);

#endif
