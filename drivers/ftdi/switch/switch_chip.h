#ifndef BO_DRIVERS_FTDI_SWITCH_CHIP_H
#define BO_DRIVERS_FTDI_SWITCH_CHIP_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/ftdi/switch_place.h"
#include "harness/base/err.h"

/*
 * One interface of an FTDI chip in asynchronous bit-bang mode: eight pins, a latch for their output
 * levels and a mask of which are driven; or its four CBUS pins, beside whoever has the interface.
 * Every call may block for a bounded time (below 1 s a USB transfer). Any failure of direct(),
 * write(), pace() or read() means that the chip cannot be relied on any more: close() it, and
 * open() it again when it is back.
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
	/*
	 * Puts latches into the chip's queue towards its pins, which take one each byte period; at
	 * the usual one they arrive within 1 ms. Returns when the queue has taken all; `len` of at
	 * most model->packet is one USB packet.
	 */
	int (*write)(struct bo_chip *chip, const uint8_t *latches, size_t len, struct bo_err *err);
	/* NULL where model->no_waves. From now on a latch lasts `byte_ns`; 0: the usual, short one.
	 * The record (below) begins anew. */
	int (*pace)(struct bo_chip *chip, uint32_t byte_ns, struct bo_err *err);
	/*
	 * `count` 1: the levels on the eight pins at this moment, driven or not. More: the next of
	 * what the chip has recorded, a sample each byte period, and at least model->fifo of them
	 * before any is lost. Returns how many there were, for a record maybe none.
	 */
	int (*read)(struct bo_chip *chip, uint8_t *ret_levels, size_t count, struct bo_err *err);
	/* Lets go of the interface; driven pins stay driven. Called once per successful open(). */
	void (*close)(struct bo_chip *chip);
};

struct bo_chip_model {
	const char *name;
	uint8_t release; /* high byte of bcdDevice, FTDI application note AN_184 */
	uint8_t interfaces;
	uint16_t fifo;	      /* towards the pins, bytes an interface: the data sheets */
	uint16_t packet;      /* bulk packet, bytes */
	const char *no_waves; /* why its clock cannot be used for waveforms; NULL: it can */
};

struct bo_chip {
	const struct bo_chip_ops *ops;
	const struct bo_chip_model *model; /* valid while open */
};

/* The real one, through libftdi1. The address is borrowed. */
struct bo_chip *bo_chip_ftdi_new(const struct bo_switch_address *address);
void bo_chip_ftdi_free(struct bo_chip *chip);

#endif
