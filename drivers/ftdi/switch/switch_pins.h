#ifndef BO_DRIVERS_FTDI_SWITCH_PINS_H
#define BO_DRIVERS_FTDI_SWITCH_PINS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "drivers/ftdi/switch/switch_chip.h"
#include "drivers/ftdi/switch_wire.h"
#include "harness/base/clock.h"
#include "harness/base/err.h"

/*
 * The eight pins of one interface: who holds which, what they are driven to, and whether the chip
 * agrees. A pin is driven only once somebody has leased it as an output; released, it stays driven
 * at its safe level, because an undriven power switch floats. A lease may also end with its outputs
 * kept as they are; the next holder takes them over without an edge.
 *
 * An open-drain output is driven when it is to be low and an input when it is to be high. Its bit
 * in the chip's latch is always 0, so that no order of transfers can drive it high.
 *
 * A lease whose client vanished is an orphan: its pins stay taken until the chip reads them at
 * their safe levels.
 *
 * When the chip disappears, what its pins do is unknown: calls fail with -ENODEV until it is back,
 * then its outputs are brought to their safe levels without a glitch, and each lease is told once
 * (-ENODEV again) that what it had set is lost.
 */
#define BO_SWITCH_PINS 8

struct bo_switch_lease {
	bool held;
	bool orphan;
	bool interrupted; /* the chip was gone since this lease's last call */
	uint8_t outputs, inputs, safe;
	uint8_t open_drain; /* of the outputs; their safe level is high */
	pid_t pid;
	char name[BO_SWITCH_NAME_MAX + 1];
};

struct bo_switch_pins {
	struct bo_chip *chip;
	struct bo_clock *clock;
	bool present;	    /* the chip is open */
	uint8_t latch;	    /* the levels that outputs are to have */
	uint8_t outputs;    /* which pins have one */
	uint8_t open_drain; /* which of them are let go instead of driven high */
	uint8_t kept;	/* outputs that their last holder left at another level than the safe one */
	unsigned tuned; /* byte periods that were compared with the host's clock (switch_wave.c) */
	struct bo_switch_lease leases[BO_SWITCH_PINS];
	struct bo_err gone; /* why it is not present */
};

void bo_switch_pins_init(struct bo_switch_pins *pins, struct bo_chip *chip, struct bo_clock *clock);

/*
 * Opens the chip if it is not: nothing is driven but the outputs of leases, at their safe levels,
 * and none of them sees any other level on the way. Errors as bo_chip_ops.open.
 */
int bo_switch_pins_enter(struct bo_switch_pins *pins, struct bo_err *err);

/* Closes the chip, whose driven pins keep their levels. */
void bo_switch_pins_leave(struct bo_switch_pins *pins);

/*
 * Claims pins and drives the outputs to their safe levels, but kept ones, which stay. -EBUSY with
 * the holder's name and pid; -EIO when a pin does not follow: nothing is claimed then. `want` holds
 * outputs, inputs, safe, pid and name. *ret belongs to `pins`.
 */
int bo_switch_pins_lease(struct bo_switch_pins *pins, const struct bo_switch_lease *want,
			 struct bo_switch_lease **ret, struct bo_err *err);

/* ---- for switch_wave.c ---- */
/* What is in the chip's latch. */
static inline uint8_t bo_switch_pins_latch(const struct bo_switch_pins *pins)
{
	return pins->latch & (uint8_t)~pins->open_drain;
}

/* The lease may use its chip now, and `mask` lies within its outputs. */
int bo_switch_pins_usable(struct bo_switch_pins *pins, struct bo_switch_lease *lease, uint8_t mask,
			  struct bo_err *err);
/* The chip failed in the middle of something: it is gone until it answers again. -ENODEV. */
int bo_switch_pins_lost(struct bo_switch_pins *pins, const struct bo_err *why, struct bo_err *err);

/* `mask` must lie within the lease's outputs (-EINVAL). Verified by reading back: -EIO. */
int bo_switch_pins_set(struct bo_switch_pins *pins, struct bo_switch_lease *lease, uint8_t mask,
		       uint8_t levels, struct bo_err *err);

/* The levels of the lease's pins as the chip reads them now; others read 0. */
int bo_switch_pins_read(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			uint8_t *ret_levels, struct bo_err *err);

/* Safe levels, verified, then free. On failure the lease stays, as an orphan. */
int bo_switch_pins_release(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			   struct bo_err *err);

/* Free, with the outputs as they are. -ENODEV when nobody knows how they are: the lease stays then,
 * as an orphan. */
int bo_switch_pins_keep(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			struct bo_err *err);

/*
 * To be called several times a second: looks for the chip when it is gone, notices when it goes,
 * and brings orphans to rest. Returns how many leases are left.
 */
int bo_switch_pins_tend(struct bo_switch_pins *pins);

#endif
