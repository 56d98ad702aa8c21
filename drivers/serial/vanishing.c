#include "drivers/serial/vanishing.h"

#include <stdlib.h>

struct vanishing {
	struct bo_console console;
	struct bo_vanishing_args args;
	struct bo_console *line; /* what is open; lost, and to be closed, while `away` is set */
	struct bo_timer look;
};

static struct vanishing *of(struct bo_console *console)
{
	return (struct vanishing *)((char *)console - offsetof(struct vanishing, console));
}

static void line_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct vanishing *v = ctx;

	if (v->console.rx)
		v->console.rx(v->console.ctx, at, data, len);
}

static void look_later(struct vanishing *v)
{
	struct bo_loop *loop = v->args.loop;

	bo_loop_arm(loop, &v->look, bo_loop_now(loop) + BO_VANISHING_LOOK_NS);
}

/* A line must not be closed from within: that is left to the timer. */
static void line_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct vanishing *v = ctx;

	v->console.away = *why;
	look_later(v);
	if (v->console.lost)
		v->console.lost(v->console.ctx, at, why);
}

static int find(struct vanishing *v, const char **ret_port)
{
	struct bo_err err = {0};
	int rc = v->args.open(v->args.ctx, &v->line, ret_port, &err);

	v->console.away = err;
	v->console.away.code = rc;
	if (rc < 0)
		return rc;
	v->line->rx = line_rx;
	v->line->lost = line_lost;
	v->line->ctx = v;
	return 0;
}

static void drop_line(struct vanishing *v)
{
	bo_console_close(v->line);
	v->line = NULL;
}

static void look(struct bo_timer *timer)
{
	struct vanishing *v =
		(struct vanishing *)((char *)timer - offsetof(struct vanishing, look));
	const char *port;

	drop_line(v);
	if (find(v, &port) < 0)
		look_later(v);
	else if (v->console.back)
		v->console.back(v->console.ctx, bo_clock_stamp(v->args.loop->clock), port);
}

/* The loss may be known to the line before it is told of: what fails then is no failure. */
static int unless_lost(int rc)
{
	return rc == -ENODEV ? 0 : rc;
}

static int vanishing_write(struct bo_console *console, const void *data, size_t len,
			   struct bo_err *err)
{
	struct vanishing *v = of(console);

	return v->console.away.code ? 0 : unless_lost(bo_console_write(v->line, data, len, err));
}

static int vanishing_flush(struct bo_console *console, struct bo_err *err)
{
	struct vanishing *v = of(console);

	return v->console.away.code ? 0 : unless_lost(bo_console_flush(v->line, err));
}

static void vanishing_close(struct bo_console *console)
{
	struct vanishing *v = of(console);

	bo_loop_disarm(v->args.loop, &v->look);
	drop_line(v);
	if (v->args.release)
		v->args.release(v->args.ctx);
	free(v);
}

/* No break to hold: what feeds nothing once the target is off needs none. */
static const struct bo_console_ops ops = {
	.name = "serial",
	.write = vanishing_write,
	.flush = vanishing_flush,
	.close = vanishing_close,
};

int bo_vanishing_open(const struct bo_vanishing_args *args, struct bo_console **ret,
		      struct bo_err *err)
{
	struct vanishing *v = calloc(1, sizeof(*v));
	const char *port;

	assert(v && args->loop && args->open);
	v->console =
		(struct bo_console){.ops = &ops, .vanishes = true, .returns_ns = args->returns_ns};
	v->args = *args;
	v->look = (struct bo_timer){.fire = look};
	int rc = find(v, &port);

	if (rc < 0 && rc != -ENODEV) {
		*err = v->console.away;
		free(v);
		return rc;
	}
	if (rc < 0)
		look_later(v);
	*ret = &v->console;
	return 0;
}
