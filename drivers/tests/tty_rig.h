#ifndef BO_DRIVERS_TESTS_TTY_RIG_H
#define BO_DRIVERS_TESTS_TTY_RIG_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/console.h"
#include "harness/base/loop.h"

/* A console under test, what it delivered, and the far end of its line. */
struct tty_rig {
	struct bo_loop loop;
	struct bo_clock clock;
	struct bo_console *console;
	int far; /* the pty's master or a socket; -1 when closed */
	char path[64];

	uint8_t *got;
	size_t got_len, got_cap;
	size_t want; /* for got_all() */
	bo_ns last_at;
	unsigned calls, lost;
	struct bo_err why;
};

static inline void tty_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct tty_rig *rig = ctx;

	cr_assert_geq(at, rig->last_at, "time goes backwards");
	cr_assert_leq(at, bo_clock_stamp(&rig->clock));
	cr_assert_eq(rig->lost, 0, "bytes after the loss");
	rig->last_at = at;
	rig->calls++;
	if (rig->got_len + len > rig->got_cap) {
		rig->got_cap = 2 * rig->got_cap + len;
		rig->got = realloc(rig->got, rig->got_cap);
	}
	memcpy(rig->got + rig->got_len, data, len);
	rig->got_len += len;
}

static inline void tty_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct tty_rig *rig = ctx;

	cr_assert_geq(at, rig->last_at);
	rig->lost++;
	rig->why = *why;
}

static inline void tty_rig_init(struct tty_rig *rig)
{
	*rig = (struct tty_rig){.far = -1};
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
	rig->last_at = bo_clock_stamp(&rig->clock);
}

/* A pty; returns its near end, which stays open (with `near` closed the far end hangs up). */
static inline int tty_rig_pty(struct tty_rig *rig)
{
	int near;

	cr_assert_eq(openpty(&rig->far, &near, rig->path, NULL, NULL), 0);
	cr_assert_eq(fcntl(rig->far, F_SETFL, O_NONBLOCK), 0);
	return near;
}

static inline void tty_rig_use(struct tty_rig *rig, struct bo_console *console)
{
	rig->console = console;
	console->rx = tty_rx;
	console->lost = tty_lost;
	console->ctx = rig;
}

static inline void tty_rig_done(struct tty_rig *rig)
{
	bo_console_close(rig->console);
	cr_assert_null(rig->loop.watches);
	cr_assert_null(rig->loop.timers);
	if (rig->far >= 0)
		close(rig->far);
	free(rig->got);
}

static inline bool tty_got_all(void *ctx)
{
	struct tty_rig *rig = ctx;

	return rig->got_len >= rig->want;
}

static inline bool tty_is_lost(void *ctx)
{
	return ((struct tty_rig *)ctx)->lost;
}

/* Until `want` bytes have come in all. */
static inline void tty_rig_wait(struct tty_rig *rig, size_t want)
{
	rig->want = want;
	cr_assert_eq(bo_loop_until(&rig->loop, tty_got_all, rig,
				   bo_clock_stamp(&rig->clock) + 20 * BO_S),
		     0, "only %zu bytes came", rig->got_len);
}

static inline void tty_rig_wait_lost(struct tty_rig *rig)
{
	cr_assert_eq(bo_loop_until(&rig->loop, tty_is_lost, rig,
				   bo_clock_stamp(&rig->clock) + 20 * BO_S),
		     0);
}

/* All that is ready now. */
static inline void tty_rig_turn(struct tty_rig *rig)
{
	for (int i = 0; i < 3; i++)
		cr_assert_eq(bo_loop_turn(&rig->loop, bo_clock_stamp(&rig->clock) + BO_MS), 0);
}

#endif
