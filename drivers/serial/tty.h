#ifndef BO_DRIVERS_SERIAL_TTY_H
#define BO_DRIVERS_SERIAL_TTY_H

#include <stdint.h>

#include "harness/base/err.h"

/*
 * What the C library and libserialport do not offer: raw mode and any baud rate through Linux'
 * struct termios2 (ioctl_tty(2)).
 */

/* 8N1, no flow control, no translation, reads never return 0 for "nothing yet". -EINVAL: the
 * device cannot run within 2 % of `baud`. */
int bo_tty_set_raw(int fd, int64_t baud, struct bo_err *err);

/* Asks the driver to deliver bytes at once; on FTDI chips this shortens the latency timer from 16
 * to 1 ms. Devices without that wish are left as they are. */
void bo_tty_set_prompt(int fd);

#endif
