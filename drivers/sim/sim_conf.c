#include "drivers/sim/sim_conf.h"

#define DEFAULT_UID "424F562D53494D2D30303031"

const struct bo_conf_field bo_sim_power_fields[] = {
	{.key = "uid",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct bo_sim_power_config, uid),
	 .fallback = DEFAULT_UID,
	 .help = "the chip's unique id, 24 hex digits; always begins with 424F56 (BOV)"},
	{.key = "settle",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct bo_sim_power_config, settle),
	 .fallback = "2 ms",
	 .help = "from power on to the rail up"},
	{.key = "drain",
	 .type = BO_CONF_DURATION,
	 .offset = offsetof(struct bo_sim_power_config, drain),
	 .fallback = "50 ms",
	 .help = "from power off to the rail certainly dead"},
	{.key = NULL},
};

const struct bo_conf_field bo_sim_console_fields[] = {
	{.key = "baud",
	 .type = BO_CONF_BAUD,
	 .offset = offsetof(struct bo_sim_console_config, baud),
	 .flags = BO_CONF_REQUIRED,
	 .min = 50,
	 .max = 12000000,
	 .help = "line rate"},
	{.key = NULL},
};

const struct bo_conf_field bo_sim_probe_fields[] = {
	{.key = NULL},
};
