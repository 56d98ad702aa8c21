#ifndef BO_HARNESS_BASE_CLOCK_H
#define BO_HARNESS_BASE_CLOCK_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The only source of time, and wait() is the only place where the process sleeps.
 *
 * Time is int64 nanoseconds since an arbitrary start (CLOCK_MONOTONIC for the real clock, zero for
 * the virtual one). `now` is sampled once per loop turn: whoever asks twice within a turn gets the
 * same answer. A clock that goes backwards asserts.
 */
typedef int64_t bo_ns;

#define BO_US	 ((bo_ns)1000)
#define BO_MS	 ((bo_ns)1000000)
#define BO_S	 ((bo_ns)1000000000)
#define BO_NEVER INT64_MAX

struct bo_clock;

struct bo_clock_ops {
	const char *name;
	/*
	 * Sleeps until a descriptor of `fds` is ready, a caught signal arrives or `deadline`
	 * passes (BO_NEVER: no deadline), then refreshes clock->now. Fills in revents. Returns the
	 * number of ready descriptors, or -errno (-EINTR when a signal ended the wait).
	 */
	int (*wait)(struct bo_clock *clock, struct pollfd *fds, nfds_t fd_count, bo_ns deadline);
	/* The time this very moment, for stamping an act; never earlier than clock->now. */
	bo_ns (*stamp)(struct bo_clock *clock);
};

struct bo_clock {
	const struct bo_clock_ops *ops;
	bo_ns now;
};

static inline bo_ns bo_clock_stamp(struct bo_clock *clock)
{
	return clock->ops->stamp(clock);
}

/* CLOCK_MONOTONIC and ppoll(2). */
void bo_clock_real_init(struct bo_clock *clock);

/*
 * The virtual clock jumps instead of sleeping. One actor (a simulated board) lives on it: one
 * worker drives one bench. The actor is run up to the next timer and hands control back at each
 * output of its own (a completed UART byte, a pin edge, a flash operation); it never runs ahead of
 * a timer. No timer and an actor that will never act again is a deadlock of ours, and asserts.
 */
struct bo_actor {
	/*
	 * Runs to `until` at most and returns the time reached: `until`, or earlier when it has
	 * produced output that the loop must see first. May be called with BO_NEVER; an actor that
	 * has nothing left to do returns BO_NEVER then.
	 */
	bo_ns (*run_until)(struct bo_actor *actor, bo_ns until);
	/* The time inside run_until(), for stamps taken while the actor calls back. */
	bo_ns (*stamp)(struct bo_actor *actor);
	/* Delivers what the actor put out; called once after each run_until(). */
	void (*deliver)(struct bo_actor *actor);
};

struct bo_clock_virtual {
	struct bo_clock clock;
	struct bo_actor *actor; /* NULL: time jumps from timer to timer */
};

void bo_clock_virtual_init(struct bo_clock_virtual *clock);

/*
 * The wall clock as a label for people, "2026-11-22T12:03:01Z". Nothing is ever computed from it:
 * it may jump.
 */
#define BO_WALL_TEXT_MAX 32
void bo_clock_wall_text(char out[BO_WALL_TEXT_MAX]);
/* The same as seconds since 1970, to be held against dates that others wrote (a certificate's end),
 * and against nothing of ours. */
int64_t bo_clock_wall_s(void);
/* Whether something (NTP, PTP) keeps the wall clock right, by the kernel's account: 1 or 0, -1 when
 * the kernel does not tell. */
int bo_clock_wall_synced(void);

#endif
