#ifndef BO_HARNESS_ENGINE_PULSE_H
#define BO_HARNESS_ENGINE_PULSE_H

#include <stdbool.h>

#include "harness/base/clock.h"

/*
 * Signs of life of the application, from its first one until the outcome stands: the lines that the
 * scenario calls its heartbeat, else every ready line and every answer of the update protocol. A
 * gap includes what we do to the target meanwhile: the time without power, and that we take to ask.
 */
struct bo_pulse {
	unsigned beats;
	bo_ns last;
	bo_ns gap;	 /* the longest */
	bo_ns heard_gap; /* the longest in which the console was there all the time */
	bool blind;	 /* it was away since the last beat */
	bool was_blind;	 /* it ever was */
	bool closed;
	/* The update as a whole: from its first offer to the last ready line or answer of a target
	 * that was ready in the end. BO_NEVER: it was not offered. */
	bo_ns offered_at, over_at;
	bool over;
};

/* Whether the debug port of a production board lets anybody in. */
enum bo_lock_state { BO_LOCK_UNTRIED, BO_LOCK_UNKNOWN, BO_LOCK_HOLDS, BO_LOCK_OPEN };

struct bo_lock {
	enum bo_lock_state state;
	char why[160];
};

#endif
