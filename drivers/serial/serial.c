#include "drivers/serial/serial.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/serial/port.h"
#include "drivers/serial/port_conf.h"
#include "drivers/serial/stream.h"
#include "drivers/serial/vanishing.h"

struct config {
	struct bo_port_conf port;
	int dtr, rts; /* enum bo_port_pin */
	bool survives_cut;
	bo_ns returns;
};

static const char *const pin_names[] = {"off", "on", "leave", NULL};

static const struct bo_conf_field fields[] = {
	BO_PORT_CONF_ROWS(offsetof(struct config, port)),
	{.key = "dtr",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, dtr),
	 .fallback = "off",
	 .names = pin_names,
	 .help = "DTR once the port is open (Linux asserts it while opening)"},
	{.key = "rts",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, rts),
	 .fallback = "off",
	 .names = pin_names,
	 .help = "RTS, likewise"},
	BO_PORT_WHILE_OFF_ROW(offsetof(struct config, port)),
	{.key = "survives-cut",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct config, survives_cut),
	 .fallback = "yes",
	 .help = "`no`: the port dies with the target's power (USB of the target's own) and is "
		 "looked for afterwards, by `usb` and `interface` and not by its name"},
	{.key = "returns",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct config, returns),
	 .fallback = "5 s",
	 .help = "with `survives-cut: no`: how long after power-on the port may take to be there"},
	{.key = NULL},
};

/* The stream's name and what it runs on, kept together for its life. */
struct line {
	struct bo_port port;
	char path[PATH_MAX];
	char tty[64]; /* what it led to */
};

static void release(void *ctx)
{
	struct line *line = ctx;

	bo_port_close(&line->port);
	free(line);
}

static int open_line(struct bo_loop *loop, const struct config *config, struct bo_console **ret,
		     const char **ret_port, struct bo_err *err)
{
	struct line *line = calloc(1, sizeof(*line));
	struct bo_port_args args = {
		.baud = config->port.baud,
		.dtr = (enum bo_port_pin)config->dtr,
		.rts = (enum bo_port_pin)config->rts,
	};
	int rc;

	assert(line);
	args.path = line->path;
	rc = bo_port_conf_find(&config->port, line->path, sizeof(line->path), err);
	if (rc == 0)
		rc = bo_port_open(&args, &line->port, err);
	if (rc < 0) {
		free(line);
		return rc;
	}
	*ret_port = ttyname_r(line->port.fd, line->tty, sizeof(line->tty)) == 0 ? line->tty
										: line->path;
	*ret = bo_stream_new(&(struct bo_stream_args){
		.loop = loop,
		.name = line->path,
		.fd = line->port.fd,
		.breaks = config->survives_cut && config->port.while_off == BO_PORT_BREAK,
		.release = release,
		.ctx = line,
	});
	return 0;
}

/* A console that vanishes is opened again and again. */
struct again {
	struct bo_loop *loop;
	const struct config *config;
};

static int open_again(void *ctx, struct bo_console **ret, const char **ret_port, struct bo_err *err)
{
	const struct again *again = ctx;

	return open_line(again->loop, again->config, ret, ret_port, err);
}

static int open_vanishing(struct bo_loop *loop, const struct config *config,
			  struct bo_console **ret, struct bo_err *err)
{
	struct again *again = malloc(sizeof(*again));

	assert(again);
	*again = (struct again){loop, config};
	int rc = bo_vanishing_open(&(struct bo_vanishing_args){.loop = loop,
							       .returns_ns = config->returns,
							       .open = open_again,
							       .release = free,
							       .ctx = again},
				   ret, err);

	if (rc < 0)
		free(again);
	return rc;
}

static int open_serial(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct config *config = data;
	struct bo_console *console = NULL;
	const char *port;
	int rc = config->survives_cut ? open_line(env->loop, config, &console, &port, err)
				      : open_vanishing(env->loop, config, &console, err);

	if (rc == 0)
		*ret = console;
	return rc;
}

static void tell_device(const void *data, struct bo_device *ret)
{
	const struct config *config = data;

	bo_port_conf_device(&config->port, ret);
}

/* What has no power feeds nothing, and holds no break. */
static unsigned able(const void *data)
{
	const struct config *config = data;
	bool quiet = !config->survives_cut || config->port.while_off == BO_PORT_BREAK;

	return (quiet ? BO_CAP_QUIET_LINE : 0) | (config->survives_cut ? BO_CAP_FIRST_WORDS : 0) |
	       (config->port.usb ? BO_CAP_KERNEL_TTY : 0);
}

const struct bo_driver bo_driver_serial = {
	.name = "serial",
	.help = "a serial port of this host, or a pty",
	.role = BO_ROLE_CONSOLE,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.open = open_serial,
	.device = tell_device,
};
