#ifndef BO_DRIVERS_SERIAL_VANISHING_H
#define BO_DRIVERS_SERIAL_VANISHING_H

#include "drivers/api/console.h"
#include "harness/base/loop.h"

/*
 * A console that dies with the target and comes back, made of consoles that do not: while none is
 * there it is looked for. By what, is `open`'s business.
 */
struct bo_vanishing_args {
	struct bo_loop *loop;
	bo_ns returns_ns;
	/* Opens the line wherever it is now; *ret_port is its name, valid while it is open. Any
	 * error means: not yet. Called from the loop. */
	int (*open)(void *ctx, struct bo_console **ret, const char **ret_port, struct bo_err *err);
	void (*release)(void *ctx);
	void *ctx;
};

/* How often it is looked for. */
#define BO_VANISHING_LOOK_NS (20 * BO_MS)

/*
 * Looks at once: with -ENODEV the console begins its life away, because the target may be without
 * power; any other error is what is wrong with the rig, and nothing is released.
 */
int bo_vanishing_open(const struct bo_vanishing_args *args, struct bo_console **ret,
		      struct bo_err *err);

#endif
