#ifndef BO_DRIVERS_API_CONSOLE_H
#define BO_DRIVERS_API_CONSOLE_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

/*
 * A serial line to the target. Bytes come from the loop, in order, with the time they were first
 * seen.
 *
 * Most lines stay open across power cuts. One that `vanishes` dies with the target, as the port of
 * a target with USB of its own does: it is lost at each cut, and back when it was found again,
 * maybe under another name. What is written while it is away goes nowhere (0), as is what the
 * target says.
 */
struct bo_console;

typedef void bo_console_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len);
/* The line is gone (unplugged, hang-up). Called once; every later write fails with -ENODEV. For a
 * line that vanishes: called at each loss. */
typedef void bo_console_lost(void *ctx, bo_ns at, const struct bo_err *why);

/* A line that vanishes is there again, as `port`. */
typedef void bo_console_back(void *ctx, bo_ns at, const char *port);

struct bo_console_ops {
	const char *name;
	/*
	 * Queues all of `data` or nothing: -ENOBUFS when the queue (at least 4 KiB) is full. The
	 * loop sends it at the line's pace.
	 */
	int (*write)(struct bo_console *console, const void *data, size_t len, struct bo_err *err);
	/*
	 * Optional: holds the transmit line at break level, so that it cannot feed an unpowered
	 * target, and drops what was queued; `false` releases it.
	 */
	int (*hold_break)(struct bo_console *console, bool on, struct bo_err *err);
	/* Drops what was received but not delivered yet, and what was queued. */
	int (*flush)(struct bo_console *console, struct bo_err *err);
	/* Called exactly once, iff open succeeded. */
	void (*close)(struct bo_console *console);
};

struct bo_console {
	const struct bo_console_ops *ops;
	bo_console_rx *rx;     /* set by the engine after open; may change between loop turns */
	bo_console_lost *lost; /* likewise */
	bo_console_back *back; /* likewise; of a line that vanishes only */
	void *ctx;
	bool vanishes;	    /* it dies with the target */
	bo_ns returns_ns;   /* then: how long after power-on it may take to be there */
	struct bo_err away; /* then: code 0 while it is there, else why it is not, lately */
};

static inline int bo_console_write(struct bo_console *console, const void *data, size_t len,
				   struct bo_err *err)
{
	int rc = console->ops->write(console, data, len, err);

	assert(rc <= 0);
	return rc;
}

/* A line that cannot hold break is left as it is: 0. */
static inline int bo_console_hold_break(struct bo_console *console, bool on, struct bo_err *err)
{
	if (!console->ops->hold_break)
		return 0;
	int rc = console->ops->hold_break(console, on, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_console_flush(struct bo_console *console, struct bo_err *err)
{
	int rc = console->ops->flush(console, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_console_close(struct bo_console *console)
{
	if (console)
		console->ops->close(console);
}

#endif
