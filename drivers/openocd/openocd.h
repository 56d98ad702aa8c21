#ifndef BO_DRIVERS_OPENOCD_OPENOCD_H
#define BO_DRIVERS_OPENOCD_OPENOCD_H

#include "drivers/api/driver.h"

/*
 * A debug probe driven by OpenOCD 0.12 (drivers/api/flash.h), as one long-lived child. Real clock
 * only. OpenOCD's log is `openocd.log` in the run directory; scratch files live there as well.
 *
 *   probe:
 *     driver: openocd
 *     config: [interface/stlink.cfg, target/stm32f1x.cfg]   # or ./my-board.cfg
 *     serial: "0668FF505251"                                # or path: 1-1.4, its USB port
 *     speed: 1 MHz
 *
 * The child is started by the first attach(), survives detach() and power cycles, and is replaced
 * by the next attach() when it failed. Errors: -ENODEV no such program or no probe; -EACCES,
 * -EBUSY it cannot be used; -ETIMEDOUT, -EPIPE, -EPROTO OpenOCD hung, died, spoke nonsense (it has
 * been killed); -EIO the command failed. All of them are the rig's.
 */
extern const struct bo_driver bo_driver_openocd;

#endif
