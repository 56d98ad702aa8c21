#ifndef BO_DRIVERS_FTDI_FTDI_H
#define BO_DRIVERS_FTDI_FTDI_H

#include "drivers/api/driver.h"

/*
 * A power switch on a pin of an FTDI chip (FT232R, FT232H, FT2232H, FT4232H, FT-X) in bit-bang
 * mode, with an optional sense input on another pin of the same interface:
 *
 *   power: {driver: ftdi, usb: BO-RACK1, interface: B, pin: 0, on: low, safe: on,
 *           settle: 2 ms, drain: 800 ms, min-pulse: 1 ms, sense: {pin: 4, on: high}}
 *
 * On an FT232R, FT232H or FT-X `interface: CBUS` means the CBUS pins (0 to 3), which are switched
 * while the chip's UART goes on as a console. The chip's EEPROM must have them in I/O mode.
 *
 * The pins are driven by the interface's switch server, which is started when needed and brings
 * them into the safe state when this process ends, however it ends, unless it closes with `keep`:
 * then the output stays as it is, and so does the server, until somebody opens it again. From open
 * to the first set the output is as it was kept, else in its safe state. A set that would make a
 * pulse shorter than `min-pulse` is -EINVAL.
 *
 * After -ENODEV (unplugged) the calls go on failing until the chip is back; then the output is in
 * its safe state, which the next call reports once, as -ENODEV again.
 */
extern const struct bo_driver bo_driver_ftdi;

/*
 * The target's reset pin on a pin of such a chip, through the same switch server:
 *
 *   reset: {driver: ftdi, usb: BO-RACK1, interface: B, pin: 3}
 *
 * Open-drain: the pin is an output at its low level or an input, in whatever order transfers
 * arrive. When this process ends, however it ends, the server lets go. While the chip enumerates,
 * and until a switch server takes it over, its pins are those of a UART: 0, 2 and 4 are driven
 * then, and would hold a reset line high; 1, 3, 5, 6 and 7 are inputs.
 */
extern const struct bo_driver bo_driver_ftdi_reset;

/*
 * An input pin of such a chip, likewise:
 *
 *   inputs:
 *     marker: {driver: ftdi, usb: BO-RACK1, interface: B, pin: 5, every: 1 ms}
 *
 * It is looked at every millisecond while somebody watches it, a USB round trip each time (about
 * 0.2 ms on an H chip, 1 ms on an FT232R): that is the resolution. An edge is noticed so much later
 * at most, and of two edges between two looks nothing is known. The line needs a pull-down that is
 * stronger than the chip's pull-up (75 kOhm or more: 10 kOhm will do).
 */
extern const struct bo_driver bo_driver_ftdi_input;

#endif
