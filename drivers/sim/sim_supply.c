#include "drivers/sim/sim_supply.h"

/* RCC_CSR, RM0008 7.3.10 */
#define PIN	 (1u << 26)
#define POR	 (1u << 27)
#define SOFTWARE (1u << 28)
#define WATCHDOG (1u << 29)

void sim_supply_init(struct sim_supply *supply, const struct bo_sim_power_config *conf)
{
	*supply = (struct sim_supply){.conf = conf, .due = BOARD_NEVER};
}

static bool lies(const struct sim_supply *supply)
{
	const struct bo_sim_power_config *conf = supply->conf;

	return supply->offs >= conf->lies_from &&
	       (conf->lies_to == 0 || supply->offs <= conf->lies_to);
}

void sim_supply_set(struct sim_supply *supply, bool on, bo_ns now)
{
	if (!on && supply->asked)
		supply->offs++;
	supply->asked = on;

	int relay = lies(supply) ? supply->conf->relay : BO_SIM_RELAY_HONEST;
	bool held_up = !on && supply->contact && supply->conf->hold_up > 0;
	const bool level[] = {
		[BO_SIM_RELAY_HONEST] = on || held_up,
		[BO_SIM_RELAY_STUCK_CLOSED] = true,
		[BO_SIM_RELAY_STUCK_OPEN] = false,
		[BO_SIM_RELAY_SLOW] = supply->contact,
	};

	supply->contact = level[relay];
	const bo_ns late[] = {
		[BO_SIM_RELAY_HONEST] = supply->conf->hold_up,
		[BO_SIM_RELAY_STUCK_CLOSED] = BOARD_NEVER - now,
		[BO_SIM_RELAY_STUCK_OPEN] = BOARD_NEVER - now,
		[BO_SIM_RELAY_SLOW] = supply->conf->relay_delay,
	};

	supply->due = supply->contact != on ? now + late[relay] : BOARD_NEVER;
}

void sim_supply_run(struct sim_supply *supply, bo_ns now)
{
	if (now < supply->due)
		return;
	supply->contact = supply->asked;
	supply->due = BOARD_NEVER;
}

bool sim_supply_sense(const struct sim_supply *supply, bool live)
{
	const bool level[] = {
		[BO_SIM_SENSE_HONEST] = live,
		[BO_SIM_SENSE_STUCK_HIGH] = true,
		[BO_SIM_SENSE_STUCK_LOW] = false,
	};

	return lies(supply) && supply->conf->sense != BO_SIM_SENSE_ABSENT
		       ? level[supply->conf->sense]
		       : live;
}

struct board_faults sim_supply_board_faults(const struct sim_supply *supply)
{
	static const struct {
		uint32_t power_on, other;
	} causes[] = {
		[BO_SIM_CAUSE_HONEST] = {0, 0},
		[BO_SIM_CAUSE_PIN] = {PIN, 0},
		[BO_SIM_CAUSE_SOFTWARE] = {SOFTWARE | PIN, 0},
		[BO_SIM_CAUSE_WATCHDOG] = {WATCHDOG | PIN, 0},
		[BO_SIM_CAUSE_ALWAYS_POWER_ON] = {0, POR | PIN},
	};
	static const unsigned feeds[] = {
		[BO_SIM_FED_BY_NONE] = 0,
		[BO_SIM_FED_BY_CONSOLE] = BOARD_FEED_RX,
		[BO_SIM_FED_BY_PROBE] = BOARD_FEED_DEBUG,
	};
	const struct bo_sim_power_config *conf = supply->conf;

	if (!lies(supply))
		return (struct board_faults){0};
	return (struct board_faults){
		.remanence_ns = conf->remanence,
		.power_on_cause = causes[conf->cause].power_on,
		.reset_cause = causes[conf->cause].other,
		.fed_by = feeds[conf->fed_by],
		.worn_addr = (uint32_t)conf->worn,
	};
}
