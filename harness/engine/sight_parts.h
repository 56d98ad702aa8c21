#ifndef BO_HARNESS_ENGINE_SIGHT_PARTS_H
#define BO_HARNESS_ENGINE_SIGHT_PARTS_H

#include "harness/model/schedule.h"

/* The table of who could see what; private to sight*.c. */

enum {
	EYE_ADAPTER = 1u << 0,
	EYE_LINE = 1u << 1,
	EYE_BOOTS = 1u << 2,
	EYE_CAUSES = 1u << 3,
	EYE_WATCHDOG = 1u << 4,
	EYE_FIRST_WORDS = 1u << 5,
	EYE_OFF = 1u << 6,
	EYE_INPUT = 1u << 7,
	EYE_PROBE = 1u << 8,
	EYE_LOCK = 1u << 9,
	EYE_FLASH_OPS = 1u << 10,
	EYE_ANY_PROBE = 1u << 11,
};

/*
 * Without one of `must` nobody can say anything. Without one of `whole` it may be found broken, but
 * never kept. Without one of `better` something goes unseen, which `blind` says.
 */
struct sight_need {
	const char *what;
	unsigned must, whole, better;
	const char *blind;
};

extern const struct sight_need sight_promises[]; /* by key, ended by NULL */
extern const struct sight_need sight_actions[BO_ACTION_COUNT];
extern const struct sight_need sight_points[]; /* by how they begin, ended by NULL */

#endif
