#ifndef BO_NETEM_WIRE_H
#define BO_NETEM_WIRE_H

#include "harness/model/netem.h"

/*
 * A netem as the kernel keeps it: shares as fractions of 2^32 - 1. Written by message.c, read by
 * dump.c, compared field by field.
 */
struct netem_wire {
	uint64_t latency_ns, jitter_ns;
	uint64_t limit, gap;
	uint64_t loss, duplicate, reorder, corrupt;
	uint64_t rate_Bps;
	uint64_t overhead; /* an int32_t as the kernel stores it */
	uint64_t chain;	   /* 1: the four below are the loss model */
	/* as in struct tc_netem_gemodel: h is the share that survives the bad state */
	uint64_t p, r, h, k1;
	uint64_t seed; /* 0: none set, or a kernel that has none */
};

/* `netem` has passed bo_netem_check(). */
void netem_wire_make(const struct bo_netem *netem, struct netem_wire *ret);

/* What it would look like as settings, for people: the distribution is not among it. */
void netem_wire_settings(const struct netem_wire *wire, struct bo_netem *ret);

/* The name of the first field in which the kernel differs from what was asked, NULL when none
 * does. A seed that was not asked for may be anything. */
const char *netem_wire_differs(const struct netem_wire *asked, const struct netem_wire *seen);

#endif
