#ifndef BO_DRIVERS_FTDI_SWITCH_PLACE_H
#define BO_DRIVERS_FTDI_SWITCH_PLACE_H

#include <sys/un.h>

#include "harness/base/err.h"

/*
 * Which interface of which chip, and where its switch server listens. Client and server derive the
 * place from the address alone, so that everybody on a host who means the same pins meets there.
 */
#define BO_SWITCH_CBUS 4 /* in place of an interface: the chip's CBUS pins, beside its UART */

/* By number, ended by NULL: "A" to "D" and "CBUS". */
extern const char *const bo_switch_interfaces[];
/* The number of a name, -1 when it is none. */
int bo_switch_interface_of(const char *name);

struct bo_switch_address {
	const char *serial; /* the USB serial number; NULL: select by port */
	const char *port;   /* the USB port path, e.g. "1-1.4", as in /sys/bus/usb/devices */
	int interface;	    /* 0..3 for A..D, BO_SWITCH_CBUS */
};

struct bo_switch_place {
	char dir[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char lock[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Exactly one of serial and port, of printable characters. -EINVAL with what is wrong. */
int bo_switch_address_check(const struct bo_switch_address *address, struct bo_err *err);

/* "FTDI BO-RACK1 interface B", for messages. Returns out. */
const char *bo_switch_address_text(const struct bo_switch_address *address, char *out, size_t cap);

/*
 * A socket and a lock in the folder where the processes of a host meet
 * (harness/base/runtime_dir.h).
 */
int bo_switch_place(const struct bo_switch_address *address, struct bo_switch_place *ret,
		    struct bo_err *err);

#endif
