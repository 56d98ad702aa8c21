#ifndef BO_DRIVERS_SIM_SIM_ISOLATOR_H
#define BO_DRIVERS_SIM_SIM_ISOLATOR_H

#include "drivers/sim/sim_conf.h"

/* An output of a simulated bench that parts the console's or the probe's line from the board. The
 * bench's supply must be open already (-EINVAL). */
int sim_isolator_open(struct bo_driver_env *env, const struct bo_sim_power_config *conf, void **ret,
		      struct bo_err *err);

#endif
