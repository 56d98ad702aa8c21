#ifndef BO_DRIVERS_FTDI_FTDI_PARTS_H
#define BO_DRIVERS_FTDI_FTDI_PARTS_H

#include "drivers/api/device.h"
#include "drivers/ftdi/ftdi_client.h"
#include "harness/model/conf.h"

/* What the drivers on an FTDI chip's pins share; private to drivers/ftdi. */

/* How any of them says which chip and which of its interfaces. */
struct ftdi_place {
	const char *usb;
	const char *path;
	int interface;
};

/* The rows of a driver's `fields` for the struct ftdi_place at `base` in its settings. */
#define FTDI_PLACE_ROWS(base)                                                               \
	{.key = "usb",                                                                      \
	 .type = BO_CONF_STR,                                                               \
	 .offset = (base) + offsetof(struct ftdi_place, usb),                               \
	 .help = "the chip's USB serial number"},                                           \
		{.key = "path",                                                             \
		 .type = BO_CONF_STR,                                                       \
		 .offset = (base) + offsetof(struct ftdi_place, path),                      \
		 .help = "instead of usb: its USB port, e.g. 1-1.4"},                       \
	{                                                                                   \
		.key = "interface", .type = BO_CONF_ENUM,                                   \
		.offset = (base) + offsetof(struct ftdi_place, interface), .fallback = "A", \
		.help = "whose pins are used; CBUS: pins 0 to 3 beside the chip's UART",    \
		.names = bo_switch_interfaces                                               \
	}

/* "0" to "7", for BO_CONF_PARSED into a uint8_t: the pin as a mask. */
int ftdi_parse_pin(const char *text, void *ret, const char **reterr);

/* The address of the place; -EINVAL when it is none, or has no such pins. */
int ftdi_address(const struct ftdi_place *place, uint8_t pins, struct bo_switch_address *ret,
		 struct bo_err *err);

/* Puts the address in front of what went wrong; whatever ends the server's service is -ENODEV.
 * Returns the code. */
int ftdi_explain(const struct bo_switch_address *address, struct bo_err *err, int rc);

/* Opens a client with this lease, in the bench's name. */
int ftdi_lease(struct bo_switch_client *client, const struct bo_switch_address *address,
	       const char *bench, struct bo_switch_request lease, struct bo_loop *loop,
	       struct bo_err *err);

/* Asks for something and waits for the answer. */
int ftdi_call(struct bo_switch_client *client, const struct bo_switch_address *address,
	      const struct bo_switch_request *request, struct bo_switch_answer *ret,
	      struct bo_err *err);

void ftdi_device(const struct ftdi_place *place, struct bo_device *ret);

#endif
