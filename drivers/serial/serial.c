#include "drivers/serial/serial.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/api/device.h"
#include "drivers/serial/port.h"
#include "drivers/serial/stream.h"
#include "drivers/serial/usb_tty.h"
#include "drivers/serial/vanishing.h"
#include "harness/model/conf.h"

enum while_off { WHILE_OFF_BREAK, WHILE_OFF_IDLE };

struct config {
	const char *path;
	const char *usb;
	int interface; /* its number + 1; 0 when not given */
	int64_t baud;
	int dtr, rts;  /* enum bo_port_pin */
	int while_off; /* enum while_off */
	bool survives_cut;
	bo_ns returns;
};

/* "C" or "2": the interface number, kept one higher so that 0 means absent. */
static int parse_interface(const char *text, void *ret, const char **ret_why)
{
	char *end;
	long number;

	if (text[0] >= 'A' && text[0] <= 'H' && !text[1]) {
		*(int *)ret = text[0] - 'A' + 1;
		return 0;
	}
	number = strtol(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || number > 31) {
		*ret_why = "an interface is a letter from A to H or a number from 0 to 31";
		return -EINVAL;
	}
	*(int *)ret = (int)number + 1;
	return 0;
}

static const char *const pin_names[] = {"off", "on", "leave", NULL};
static const char *const while_off_names[] = {"break", "idle", NULL};

static const struct bo_conf_field fields[] = {
	{.key = "path",
	 .type = BO_CONF_PATH,
	 .offset = offsetof(struct config, path),
	 .help = "the port's device, or a link to it"},
	{.key = "usb",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct config, usb),
	 .help = "instead of `path`: the serial number of the USB adapter"},
	{.key = "interface",
	 .type = BO_CONF_PARSED,
	 .offset = offsetof(struct config, interface),
	 .parse = parse_interface,
	 .help = "with `usb`: which of the adapter's channels, A to H or a number"},
	{.key = "baud",
	 .type = BO_CONF_BAUD,
	 .offset = offsetof(struct config, baud),
	 .flags = BO_CONF_REQUIRED,
	 .min = 50,
	 .max = 12000000,
	 .help = "line speed; the format is always 8N1 without flow control"},
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
	{.key = "while-off",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct config, while_off),
	 .fallback = "break",
	 .names = while_off_names,
	 .help = "what the line does while the target has no power: `break` holds it low so that "
		 "it cannot feed the target, `idle` leaves it high"},
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

static int find_path(const struct config *config, struct line *line, struct bo_err *err)
{
	if (!config->path == !config->usb)
		return bo_err_set(err, -EINVAL, "serial port: exactly one of `path` and `usb`");
	if (config->path && config->interface)
		return bo_err_set(err, -EINVAL, "serial port: `interface` goes with `usb`");
	if (config->usb)
		return bo_usb_tty_find("/sys", config->usb,
				       config->interface ? config->interface - 1
							 : BO_USB_INTERFACE_ANY,
				       line->path, sizeof(line->path), err);
	if (!bo_str_copy(line->path, sizeof(line->path), config->path))
		return bo_err_set(err, -ENAMETOOLONG, "serial port: the path is too long");
	return 0;
}

static int open_line(struct bo_loop *loop, const struct config *config, struct bo_console **ret,
		     const char **ret_port, struct bo_err *err)
{
	struct line *line = calloc(1, sizeof(*line));
	struct bo_port_args args = {
		.baud = config->baud,
		.dtr = (enum bo_port_pin)config->dtr,
		.rts = (enum bo_port_pin)config->rts,
	};
	int rc;

	assert(line);
	args.path = line->path;
	rc = find_path(config, line, err);
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
		.breaks = config->survives_cut && config->while_off == WHILE_OFF_BREAK,
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

	*ret = (struct bo_device){
		.kind = BO_DEVICE_TTY,
		.usb = config->usb,
		.path = config->path,
		.interface = config->interface ? config->interface - 1 : BO_DEVICE_INTERFACE_ANY,
	};
}

/* What has no power feeds nothing, and holds no break. */
static unsigned able(const void *data)
{
	const struct config *config = data;
	bool quiet = !config->survives_cut || config->while_off == WHILE_OFF_BREAK;

	return (quiet ? BO_CAP_QUIET_LINE : 0) | (config->survives_cut ? BO_CAP_FIRST_WORDS : 0) |
	       (config->usb ? BO_CAP_KERNEL_TTY : 0);
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
