#ifndef BO_DRIVERS_SIM_SIM_SUPPLY_H
#define BO_DRIVERS_SIM_SIM_SUPPLY_H

#include "drivers/sim/sim_conf.h"
#include "fixtures/board/board.h"

/*
 * What stands between the power driver and the board's supply: a relay, and a sense input. Both can
 * lie as the rack file says (sim_conf.c has the words); they do so only from one power-off to
 * another, so that a trial may begin on an honest bench.
 */
struct sim_supply {
	const struct bo_sim_power_config *conf;
	bool asked;   /* as the harness wants it, and as the adapter reads back */
	bool contact; /* whether the board is fed: what the relay does, and what the rail holds */
	bo_ns due;    /* when the contact follows; BOARD_NEVER: it has */
	int64_t offs; /* power-offs asked for */
};

void sim_supply_init(struct sim_supply *supply, const struct bo_sim_power_config *conf);
/* The harness switches, at `now`. */
void sim_supply_set(struct sim_supply *supply, bool on, bo_ns now);
/* The contact moves if it is due. */
void sim_supply_run(struct sim_supply *supply, bo_ns now);
/* What the sense input reads at a board whose rail is `live`. */
bool sim_supply_sense(const struct sim_supply *supply, bool live);
/* The faults of the board itself, now. */
struct board_faults sim_supply_board_faults(const struct sim_supply *supply);

#endif
