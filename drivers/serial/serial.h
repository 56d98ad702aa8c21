#ifndef BO_DRIVERS_SERIAL_SERIAL_H
#define BO_DRIVERS_SERIAL_SERIAL_H

#include "drivers/api/driver.h"

/*
 * The console on a serial port:
 *
 *   console: {driver: serial, path: /dev/serial/by-id/..., baud: 115200 baud}
 *   console: {driver: serial, usb: BO-RACK1, interface: D, baud: 500 kbaud, dtr: off, rts: off,
 *             while-off: break}
 *
 *   console: {driver: serial, usb: 0123456789AB, baud: 115200 baud, survives-cut: no, returns: 5 s}
 *
 * Exactly one of `path` and `usb`. `interface` is a letter (FTDI channel, A is 0) or a number; it
 * may be absent when the device has one tty only.
 */
extern const struct bo_driver bo_driver_serial;

#endif
