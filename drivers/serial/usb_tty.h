#ifndef BO_DRIVERS_SERIAL_USB_TTY_H
#define BO_DRIVERS_SERIAL_USB_TTY_H

#include <stddef.h>

#include "harness/base/err.h"

/* The interface is the device's only one with a tty. */
#define BO_USB_INTERFACE_ANY (-1)

/*
 * Finds the tty of one interface of a USB device. The ports of a multi-channel adapter share one
 * serial number and are numbered in the order of their discovery, so only the interface number
 * (bInterfaceNumber; channel A of an FTDI chip is 0) tells them apart.
 *
 * `sysfs` is where sysfs is mounted. *out receives "/dev/NAME". -ENODEV: no such device or
 * interface, with what there is instead; -EINVAL: several fit.
 */
int bo_usb_tty_find(const char *sysfs, const char *serial, int interface, char *out, size_t cap,
		    struct bo_err *err);

#endif
