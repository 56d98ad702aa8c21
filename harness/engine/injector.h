#ifndef BO_HARNESS_ENGINE_INJECTOR_H
#define BO_HARNESS_ENGINE_INJECTOR_H

#include "harness/base/loop.h"
#include "harness/model/census.h"
#include "harness/model/schedule.h"

/*
 * Turns points into acts. Faults are armed in the schedule's order: the second waits only once the
 * first has been carried out. A fault fires when its point's counter first reaches its ordinal
 * (smp.byte counts bytes, so "first acknowledgement that reaches it"), after its delay. The act
 * runs straight from the loop's callback: nothing lies between the event and the act.
 *
 * A fault of a certain boot ("b2.swap.1") fires in that boot only, and its ordinal counts from the
 * beginning of it. Those of bytes (smp.byte, smp.at, those of exec and pull) do not: a transfer
 * that goes on after a boot has kept them.
 *
 * A fault after another point ("phase.second:swap.1") waits for that one first, and its own counts
 * from there; what comes later than "within" is too late, and no other occurrence helps.
 */
struct bo_injector {
	struct bo_loop *loop;
	struct bo_schedule schedule;
	size_t next; /* the fault that is armed */
	bool active;
	bool pending; /* its point was passed, the delay runs or was dropped by a stop */
	bo_ns due;
	uint64_t saw_max;		/* highest value of the armed fault's point so far */
	uint64_t boots;			/* the boot that runs */
	uint64_t before[BO_FAULTS_MAX]; /* of each fault's point, when its boot began, or `after` */
	uint64_t after_before[BO_FAULTS_MAX]; /* of `after`, when its boot began */
	bool past_after;		      /* of the armed fault; when that was */
	bo_ns after_at;
	bool late; /* its point was passed too late after that */
	struct bo_timer timer;
	struct bo_census *census; /* counts all points; NULL: nobody wants to know */
	/* Carries the fault out; `due` is when it should have happened. */
	void (*act)(void *ctx, const struct bo_fault *fault, bo_ns due);
	void *ctx;
};

void bo_injector_init(struct bo_injector *injector, struct bo_loop *loop,
		      const struct bo_schedule *schedule);
/* From now on points count. */
void bo_injector_start(struct bo_injector *injector);
/* No further fault fires; a delay that runs is dropped. */
void bo_injector_stop(struct bo_injector *injector);

/* A point's counter reached `value` at time `at`. True when a fault waits for exactly this. */
bool bo_injector_point(struct bo_injector *injector, const char *name, uint64_t value, bo_ns at);

/* The fault that has not been carried out, NULL when all have. */
const struct bo_fault *bo_injector_waiting(const struct bo_injector *injector);

#endif
