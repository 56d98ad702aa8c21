#ifndef BO_DRIVERS_SIM_SIM_CONF_H
#define BO_DRIVERS_SIM_SIM_CONF_H

#include "drivers/api/driver.h"
#include "harness/model/conf.h"

/*
 * What a rack file may say of a simulated bench. Apart from the driver itself, because `brownout`
 * reads such racks too, while only `brownout-sim` contains the virtual board.
 */
#define BO_SIM_CAPS (BO_CAP_FLASH_OPS | BO_CAP_VIRTUAL_TIME)

struct bo_sim_power_config {
	const char *uid;
	bo_ns settle, drain;
};

struct bo_sim_console_config {
	int64_t baud;
};

struct bo_sim_probe_config {
	int64_t nothing;
};

extern const struct bo_conf_field bo_sim_power_fields[];
extern const struct bo_conf_field bo_sim_console_fields[];
extern const struct bo_conf_field bo_sim_probe_fields[];

#endif
