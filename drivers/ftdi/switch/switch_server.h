#ifndef BO_DRIVERS_FTDI_SWITCH_SERVER_H
#define BO_DRIVERS_FTDI_SWITCH_SERVER_H

#include <stdbool.h>

#include "drivers/ftdi/switch/switch_chip.h"
#include "drivers/ftdi/switch_place.h"
#include "harness/base/clock.h"

/*
 * The place where clients meet the chip. At most one server holds a place: whoever has the lock
 * file makes the socket, and takes both away when it ends.
 */
struct bo_switch_seat {
	struct bo_switch_place place;
	int lock_fd, listen_fd;
};

/* -EEXIST: another server has it. After success clients can connect, and wait until served. */
int bo_switch_seat_take(struct bo_switch_seat *seat, const struct bo_switch_place *place,
			struct bo_err *err);
/* Writes our process id into the lock file, for people and service scripts. */
void bo_switch_seat_sign(const struct bo_switch_seat *seat);
void bo_switch_seat_leave(struct bo_switch_seat *seat);

struct bo_switch_server_args {
	const struct bo_switch_seat *seat;
	struct bo_chip *chip;
	bool stay;	 /* goes on without clients */
	bo_ns linger_ns; /* else: ends this long after the last client */
};

/*
 * Serves until there is nothing to guard any more or SIGTERM or SIGINT arrives; then every client
 * is disconnected and every output brought to its safe level. 0, or -errno when that failed. A
 * chip that cannot be found is no error: clients are told, and it is looked for.
 */
int bo_switch_serve(const struct bo_switch_server_args *args, struct bo_err *err);

#endif
