#ifndef BO_DRIVERS_FTDI_SWITCH_CHIP_H
#define BO_DRIVERS_FTDI_SWITCH_CHIP_H

#include <stdint.h>

#include "drivers/ftdi/switch_place.h"
#include "harness/base/err.h"

/*
 * One interface of an FTDI chip in asynchronous bit-bang mode: eight pins, a latch for their output
 * levels and a mask of which are driven; or its four CBUS pins, beside whoever has the interface.
 * Every call may block for a bounded time (below 1 s a USB transfer). Any failure of direct(),
 * write() or read() means that the chip cannot be relied on any more: close() it, and open() it
 * again when it is back.
 */
struct bo_chip;

struct bo_chip_ops {
	/*
	 * Finds the device, claims its one interface (none for CBUS) and leaves all pins inputs.
	 * -ENODEV: not there; -EACCES: this user may not open it; -EBUSY: the interface is claimed
	 * by someone else; -EINVAL: the chip has no such interface, or several devices answer to
	 * the address.
	 */
	int (*open)(struct bo_chip *chip, struct bo_err *err);
	/* Which pins are driven; those keep the level that the latch holds. */
	int (*direct)(struct bo_chip *chip, uint8_t outputs, struct bo_err *err);
	/* Puts `latch` into the chip's queue towards its pins, where it arrives within 1 ms. */
	int (*write)(struct bo_chip *chip, uint8_t latch, struct bo_err *err);
	/* The levels on the eight pins at this moment, driven or not. */
	int (*read)(struct bo_chip *chip, uint8_t *ret_levels, struct bo_err *err);
	/* Lets go of the interface; driven pins stay driven. Called once per successful open(). */
	void (*close)(struct bo_chip *chip);
};

struct bo_chip {
	const struct bo_chip_ops *ops;
};

/* The real one, through libftdi1. The address is borrowed. */
struct bo_chip *bo_chip_ftdi_new(const struct bo_switch_address *address);
void bo_chip_ftdi_free(struct bo_chip *chip);

#endif
