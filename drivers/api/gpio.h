#ifndef BO_DRIVERS_API_GPIO_H
#define BO_DRIVERS_API_GPIO_H

#include <assert.h>
#include <stdbool.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

/* ---- outputs ---- */

/*
 * A line to one of the target's pins, such as its reset. Open-drain: it is driven low, which is
 * asserted, or let go, so that it is an input of the adapter's; it is never driven high, because
 * the target may pull it low itself, or be without power.
 */
struct bo_line;

struct bo_line_ops {
	const char *name;
	/* Idempotent. *ret_at is when the adapter acknowledged. -ENODEV: the adapter is gone; -EIO:
	 * the line does not follow. */
	int (*set)(struct bo_line *line, bool asserted, bo_ns *ret_at, struct bo_err *err);
	/* Lets go. Called exactly once, iff open succeeded. */
	void (*close)(struct bo_line *line);
};

struct bo_line {
	const struct bo_line_ops *ops;
};

static inline int bo_line_set(struct bo_line *line, bool asserted, bo_ns *ret_at,
			      struct bo_err *err)
{
	int rc = line->ops->set(line, asserted, ret_at, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_line_close(struct bo_line *line)
{
	if (line)
		line->ops->close(line);
}

/* ---- inputs ---- */

/*
 * A line from one of the target's pins: a marker that the firmware toggles, an enable that must
 * stay low. While the target has no power it is low (a pull-down, where the adapter has none).
 */
struct bo_input;

/* Somebody looked at the line. */
struct bo_look {
	bool level;
	bo_ns at;    /* when, on the harness's clock */
	bo_ns since; /* when it was looked at before: a change came in between, and of two nothing
			is known. Equal to `at` where every edge is seen. */
};

struct bo_input_ops {
	const char *name;
	/* From now on look() is called, first with the level as it is, until it is watched no more.
	 * A line that nobody watches costs nothing. */
	int (*watch)(struct bo_input *input, bool on, struct bo_err *err);
	/* Called exactly once, iff open succeeded. */
	void (*close)(struct bo_input *input);
};

struct bo_input {
	const struct bo_input_ops *ops;
	bo_ns every_ns; /* how often it is looked at; 0: whenever it changes, at that very time */
	void (*look)(void *ctx, const struct bo_look *look);
	/* Nobody can look any more. */
	void (*lost)(void *ctx, const struct bo_err *why);
	void *ctx;
};

static inline int bo_input_watch(struct bo_input *input, bool on, struct bo_err *err)
{
	int rc = input->ops->watch(input, on, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_input_close(struct bo_input *input)
{
	if (input)
		input->ops->close(input);
}

#endif
