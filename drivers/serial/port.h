#ifndef BO_DRIVERS_SERIAL_PORT_H
#define BO_DRIVERS_SERIAL_PORT_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

struct sp_port;

/* A modem control line at open. Linux asserts both while it opens; LEAVE keeps that. */
enum bo_port_pin { BO_PORT_OFF, BO_PORT_ON, BO_PORT_LEAVE };

struct bo_port_args {
	const char *path; /* a tty, or a link to one */
	int64_t baud;	  /* 50 to 12,000,000 */
	enum bo_port_pin dtr, rts;
};

/*
 * An open tty: raw, 8N1, no flow control, ours alone. What libserialport knows is opened through
 * it; a tty it does not know (it looks in /sys/class/tty, where no pty is) is opened as a file.
 *
 * Ours alone: an advisory lock on the device, which ends with the process; for what is no pty,
 * nobody else may have it open already and TIOCEXCL keeps others out. (On a pty that flag would
 * outlast us as long as its other end keeps the device open.)
 */
struct bo_port {
	int fd;		    /* for reading and writing; non-blocking */
	struct sp_port *sp; /* NULL: not opened through libserialport */
	int lock_fd;
};

/* -ENODEV: no such device; -EINVAL: not a tty, or a baud rate it cannot run at; -EBUSY: in use, by
 * whom as far as /proc tells; other errors as the system reports them. */
int bo_port_open(const struct bo_port_args *args, struct bo_port *ret, struct bo_err *err);
void bo_port_close(struct bo_port *port);

/*
 * Who has the device open, as "cat (pid 12), minicom (pid 90)", up to what fits. `device` is a path
 * without links. Processes of other users are seen by root only; our own is left out.
 * Returns how many were found.
 */
int bo_port_holders(const char *device, char *out, size_t cap);

#endif
