#ifndef BO_HARNESS_ENGINE_OUTPUTS_H
#define BO_HARNESS_ENGINE_OUTPUTS_H

#include <stddef.h>

#include "drivers/api/power.h"
#include "harness/base/loop.h"

/*
 * A bench's power as an ordered list of outputs: the target's supply first, then whatever else
 * could feed the target (VBUS, isolators in the probe's and the console's lines). Going off they
 * are switched in the rack file's order, going on in the reverse one, with an output's `delay`
 * between it and the one after it, both ways: what might feed an unpowered target is disconnected
 * after the supply has gone, and connected before it comes, while the console still holds break.
 *
 * The first output carries the target's rail. It alone says when power went and came.
 */
#define BO_OUTPUTS_MAX 8

struct bo_output {
	const char *name; /* as in the rack file */
	struct bo_power *power;
};

struct bo_outputs {
	struct bo_loop *loop;
	struct bo_output list[BO_OUTPUTS_MAX];
	size_t count;
	/* from the first output's "off" to the rail certainly dead, over all of them */
	bo_ns drain_ns;
	bo_ns settle_ns; /* from its "on" to the rail up */
	/* the rest of a power-off that is under way */
	struct bo_timer timer;
	size_t next;	    /* first that has not been switched yet */
	struct bo_err late; /* what went wrong while nobody could be told */
};

void bo_outputs_init(struct bo_outputs *outputs, struct bo_loop *loop);
/* The outputs belong to the list from now on; in the rack file's order. */
void bo_outputs_add(struct bo_outputs *outputs, const char *name, struct bo_power *power);

/*
 * Switches the rail off and returns when that was acknowledged; the outputs behind it follow while
 * the loop turns. Anything that an earlier call left under way is dropped.
 */
int bo_outputs_off(struct bo_outputs *outputs, bo_ns *ret_at, struct bo_err *err);
/* Turns the loop until the last output is off. -EINTR; what went wrong on the way. */
int bo_outputs_finish(struct bo_outputs *outputs, struct bo_err *err);
/* All on, the rail last; turns the loop for the delays. *ret_at is the rail's. */
int bo_outputs_on(struct bo_outputs *outputs, bo_ns *ret_at, struct bo_err *err);

/* What was switched by hand stays as it is when closed, or does not. */
void bo_outputs_keep(struct bo_outputs *outputs, bool keep);
/* The rail last: nothing loses its way to the ground before it. */
void bo_outputs_close(struct bo_outputs *outputs);

#endif
