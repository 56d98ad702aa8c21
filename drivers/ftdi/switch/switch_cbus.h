#ifndef BO_DRIVERS_FTDI_SWITCH_CBUS_H
#define BO_DRIVERS_FTDI_SWITCH_CBUS_H

#include <libftdi1/ftdi.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * The CBUS pins of a chip whose UART somebody else uses: 0 to 3 of an FT232R or FT-X, C5, C6, C8
 * and C9 of an FT232H. They are switched by vendor requests to the device alone (FTDI application
 * note AN232R-01), and Linux lets these pass without a claimed interface, whoever has it. So no
 * interface is claimed and no driver detached: the console's tty stays. libftdi's own way of
 * opening would take it away.
 *
 * A pin takes part only if its function in the chip's EEPROM is I/O mode. Linux offers the same
 * pins as a gpiochip; each request sets all four, so only one of the two ways may be used.
 */
struct bo_cbus {
	struct ftdi_context *ftdi; /* borrowed */
	uint8_t outputs, latch;
};

/* Whether a chip of this release (high byte of bcdDevice) has them. */
bool bo_cbus_known(uint8_t release);
/* `device` gets opened, unclaimed, and belongs to `ftdi` from then on; all four pins are inputs.
 * -EACCES, -ENODEV; -EINVAL: by its EEPROM no pin is in I/O mode. */
int bo_cbus_open(struct bo_cbus *cbus, struct ftdi_context *ftdi, struct libusb_device *device,
		 uint8_t release, struct bo_err *err);
/* As in struct bo_chip_ops; -1 when the request failed, and libftdi has the reason. */
int bo_cbus_direct(struct bo_cbus *cbus, uint8_t outputs);
int bo_cbus_write(struct bo_cbus *cbus, uint8_t latch);
int bo_cbus_read(struct bo_cbus *cbus, uint8_t *ret_levels);

#endif
