#ifndef BO_DRIVERS_SIM_SIM_CONF_H
#define BO_DRIVERS_SIM_SIM_CONF_H

#include "drivers/api/driver.h"
#include "harness/model/conf.h"

/*
 * What a rack file may say of a simulated bench. Apart from the driver itself, because `brownout`
 * reads such racks too, while only `brownout-sim` contains the virtual board.
 */
#define BO_SIM_CAPS (BO_CAP_FLASH_OPS | BO_CAP_TEARS | BO_CAP_VIRTUAL_TIME)

/* The lies of a bench, in the order of their words in sim_conf.c. */
enum {
	BO_SIM_RELAY_HONEST,
	BO_SIM_RELAY_STUCK_CLOSED,
	BO_SIM_RELAY_STUCK_OPEN,
	BO_SIM_RELAY_SLOW,
};
enum {
	BO_SIM_SENSE_HONEST,
	BO_SIM_SENSE_STUCK_HIGH,
	BO_SIM_SENSE_STUCK_LOW,
	BO_SIM_SENSE_ABSENT,
};
enum {
	BO_SIM_CAUSE_HONEST,
	BO_SIM_CAUSE_PIN,
	BO_SIM_CAUSE_SOFTWARE,
	BO_SIM_CAUSE_WATCHDOG,
	BO_SIM_CAUSE_ALWAYS_POWER_ON,
};
enum { BO_SIM_ISOLATES_NONE, BO_SIM_ISOLATES_CONSOLE, BO_SIM_ISOLATES_PROBE };
enum { BO_SIM_FED_BY_NONE, BO_SIM_FED_BY_CONSOLE, BO_SIM_FED_BY_PROBE };

struct bo_sim_power_config {
	const char *uid;
	bo_ns settle, drain, delay;
	int isolates, relay, sense, cause, fed_by;
	bo_ns hold_up, relay_delay, remanence;
	int64_t worn; /* an address in flash; 0: none */
	int64_t lies_from, lies_to;
	const char *flash;
};

struct bo_sim_console_config {
	int64_t baud;
	bool holds_break;
	bool survives_cut;
	bo_ns returns, appears;
};

enum { BO_SIM_LOCKED_NO, BO_SIM_LOCKED_MEMORY, BO_SIM_LOCKED_PORT };

struct bo_sim_probe_config {
	int locked;
};

struct bo_sim_reset_config {
	int64_t nothing;
};

struct bo_sim_input_config {
	uint32_t pin; /* port * 16 + pin */
};

struct bo_sim_net_config {
	uint32_t address, host; /* the target's, and ours */
	int64_t port;		/* of the target */
	int64_t baud, mtu;
};

/* The board is dead as soon as it is switched off. */
bool bo_sim_power_is_instant(const struct bo_sim_power_config *config);

/* What each can do as configured (struct bo_driver). */
unsigned bo_sim_power_able(const void *config);
unsigned bo_sim_console_able(const void *config);
int bo_sim_net_check(const void *config, const struct bo_programs *programs, struct bo_err *err);

extern const struct bo_conf_field bo_sim_power_fields[];
extern const struct bo_conf_field bo_sim_console_fields[];
extern const struct bo_conf_field bo_sim_probe_fields[];
extern const struct bo_conf_field bo_sim_reset_fields[];
extern const struct bo_conf_field bo_sim_input_fields[];
extern const struct bo_conf_field bo_sim_net_fields[];

#endif
