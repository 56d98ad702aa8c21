#ifndef BO_HARNESS_BASE_LOOP_H
#define BO_HARNESS_BASE_LOOP_H

#include "harness/base/clock.h"

/*
 * One thread, one poll loop, one clock. Timers with equal times fire in the order of arming.
 * Code that must wait for something turns the loop until it has happened (bo_loop_until), so that
 * a trial reads from top to bottom while console bytes, faults and children go on being served.
 */
struct bo_timer {
	bo_ns at;
	void (*fire)(struct bo_timer *timer);
	struct bo_timer *next; /* owned by the loop while armed */
	bool armed;
};

struct bo_watch {
	int fd;
	short events; /* POLLIN, POLLOUT */
	void (*ready)(struct bo_watch *watch, short revents);
	struct bo_watch *next; /* owned by the loop while added, as the two below */
	short revents;
	bool added;
};

#define BO_LOOP_WATCHES_MAX 32

struct bo_loop {
	struct bo_clock *clock;
	struct bo_timer *timers;
	struct bo_watch *watches;
	bo_ns lag_max; /* worst lateness of a timer since it was last set to 0 */
};

void bo_loop_init(struct bo_loop *loop, struct bo_clock *clock);

static inline bo_ns bo_loop_now(const struct bo_loop *loop)
{
	return loop->clock->now;
}

/*
 * Arms or re-arms. `timer->fire` must be set; the timer is disarmed before it fires. Disarming one
 * that is not armed does nothing.
 */
void bo_loop_arm(struct bo_loop *loop, struct bo_timer *timer, bo_ns at);
void bo_loop_disarm(struct bo_loop *loop, struct bo_timer *timer);

/*
 * At most BO_LOOP_WATCHES_MAX. A watch may be removed from within any callback, and must be before
 * its descriptor is closed; removing one that was not added does nothing. POLLERR and POLLHUP are
 * reported unasked; a watch that is not removed then is called again in every turn.
 */
void bo_loop_watch(struct bo_loop *loop, struct bo_watch *watch);
void bo_loop_unwatch(struct bo_loop *loop, struct bo_watch *watch);

/*
 * Waits once, until `deadline` at most, and serves what is due: descriptors first, so that an
 * answer that came together with its time-out counts as an answer. 0, or -errno of the wait.
 * Callbacks may turn the loop themselves.
 */
int bo_loop_turn(struct bo_loop *loop, bo_ns deadline);

/*
 * Turns until done(ctx) holds, at least once if it does not hold yet. 0: it holds; -ETIMEDOUT: the
 * deadline (absolute) passed first; -EINTR: bo_loop_interrupted(), unless the loop is shielded (see
 * below).
 */
int bo_loop_until(struct bo_loop *loop, bool (*done)(void *ctx), void *ctx, bo_ns deadline);

/* Turns until `at`. 0 or -EINTR as above. */
int bo_loop_sleep_until(struct bo_loop *loop, bo_ns at);

/* SIGINT and SIGTERM are noted and end waits with -EINTR; the second one ends the process. */
void bo_loop_catch_signals(void);
/* The first caught signal's number, 0 when there was none. */
int bo_loop_interrupted(void);
/* While shielded, waits go on after a signal: bringing a bench into its safe state must finish. */
void bo_loop_shield(bool on);
bool bo_loop_shielded(void);

#endif
