#ifndef BO_DRIVERS_SERIAL_PORT_CONF_H
#define BO_DRIVERS_SERIAL_PORT_CONF_H

#include "drivers/api/device.h"
#include "harness/base/err.h"
#include "harness/model/conf.h"

/* Which serial port a rack file means, and what drivers that use one share of their keys. */
struct bo_port_conf {
	const char *path; /* exactly one of these two */
	const char *usb;
	int interface; /* with `usb`: its number + 1; 0 when not given */
	int64_t baud;
	int while_off; /* enum bo_port_while_off */
};

enum bo_port_while_off { BO_PORT_BREAK, BO_PORT_IDLE };

extern const char *const bo_port_while_off_names[];
int bo_port_interface_parse(const char *text, void *ret, const char **ret_why);

#define BO_PORT_CONF_ROWS(at)                                                                    \
	{.key = "path",                                                                          \
	 .type = BO_CONF_PATH,                                                                   \
	 .offset = (at) + offsetof(struct bo_port_conf, path),                                   \
	 .help = "the port's device, or a link to it"},                                          \
		{.key = "usb",                                                                   \
		 .type = BO_CONF_STR,                                                            \
		 .offset = (at) + offsetof(struct bo_port_conf, usb),                            \
		 .help = "instead of `path`: the serial number of the USB adapter"},             \
		{.key = "interface",                                                             \
		 .type = BO_CONF_PARSED,                                                         \
		 .offset = (at) + offsetof(struct bo_port_conf, interface),                      \
		 .parse = bo_port_interface_parse,                                               \
		 .help = "with `usb`: which of the adapter's channels, A to H or a number"},     \
	{                                                                                        \
		.key = "baud", .type = BO_CONF_BAUD,                                             \
		.offset = (at) + offsetof(struct bo_port_conf, baud), .flags = BO_CONF_REQUIRED, \
		.min = 50, .max = 12000000,                                                      \
		.help = "line speed; the format is always 8N1 without flow control",             \
	}

#define BO_PORT_WHILE_OFF_ROW(at)                                                               \
	{                                                                                       \
		.key = "while-off", .type = BO_CONF_ENUM,                                       \
		.offset = (at) + offsetof(struct bo_port_conf, while_off), .fallback = "break", \
		.names = bo_port_while_off_names,                                               \
		.help = "what the line does while the target has no power: `break` holds it "   \
			"low so that it cannot feed the target, `idle` leaves it high",         \
	}

/* The port's path, looked for where it is named by its adapter. -EINVAL: settings that contradict
 * each other; otherwise as bo_usb_tty_find(). */
int bo_port_conf_find(const struct bo_port_conf *conf, char *out, size_t cap, struct bo_err *err);

/* For `struct bo_driver.device`. */
void bo_port_conf_device(const struct bo_port_conf *conf, struct bo_device *ret);

#endif
