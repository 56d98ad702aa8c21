#ifndef BO_DRIVERS_API_GPIO_H
#define BO_DRIVERS_API_GPIO_H

#include <assert.h>
#include <stdbool.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

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

#endif
