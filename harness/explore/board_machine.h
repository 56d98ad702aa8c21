#ifndef BO_HARNESS_EXPLORE_BOARD_MACHINE_H
#define BO_HARNESS_EXPLORE_BOARD_MACHINE_H

#include "fixtures/board/board.h"
#include "harness/explore/host.h"
#include "harness/explore/machine.h"
#include "harness/model/schedule.h"

/*
 * The virtual board as a machine to explore. Its memory is the flash array, then a page with the
 * option bytes, then one with the environment. A boot begins at power-on with the RAM and the reset
 * cause that the environment says, and ends when a line on the console (USART1) tells the outcome,
 * or when a host has found it out.
 *
 * Sound for firmware whose boot depends on flash, option bytes and environment. What else it may
 * look at is watched: time, the levels of pins, registers without a model make the boot an error
 * (-ENOTSUP), unless the configuration says that they are as the model has them: then operations
 * take the model's time, always the same, and time is a function of what the boot has read. The
 * independent watchdog is the model's as well, without its tolerance. Backup registers do not
 * outlive the supply, which VBAT hangs on, and are cleared in every environment.
 *
 * RAM that is "kept" is that of another boot, chosen once: what a device finds that was reset
 * before. It is not the RAM of the very boot that was cut.
 */
#define BO_BOARD_ENV	     BOARD_CELLS_SIZE
#define BO_BOARD_MEMORY_SIZE (BOARD_CELLS_SIZE + BOARD_PAGE_SIZE)

struct bo_board_outcome {
	const char *pattern; /* bo_pattern_match() on a line of the console */
	uint32_t outcome;
};

struct bo_board_machine_config {
	const struct bo_board_outcome *outcomes; /* the first line that matches one decides */
	size_t outcome_count;
	uint32_t silent;   /* the outcome when none has come in time */
	int64_t boot_ns;   /* how long a boot may take, model time */
	int64_t settle_ns; /* how long it goes on after its outcome: what it writes then counts */
	unsigned as_modelled; /* 1u << enum board_look: a boot may look at these */
	bool forks_ram;	      /* RAM is not the same garbage at each boot */
	const uint8_t *kept;  /* BOARD_RAM_SIZE bytes, for BO_RAM_KEPT; NULL: there is none */
	/* A host that finds the outcome out; `ready` is the line after which it begins. */
	const struct bo_host_config *host;
	const char *ready;
	uint32_t host_outcome[BO_HOST_ENDS];
};

struct bo_board_machine;

/* The configuration is copied, what it points to is not. NULL when the board cannot be had. */
struct bo_board_machine *bo_board_machine_new(const struct bo_board_machine_config *config);
void bo_board_machine_free(struct bo_board_machine *machine);
struct bo_machine bo_board_machine_ops(struct bo_board_machine *machine);

/* The environment's bytes. */
struct bo_env bo_board_env(enum bo_ram ram, enum bo_found cause);
/* RAM as the last boot has left it. */
void bo_board_machine_ram(const struct bo_board_machine *machine, uint8_t ret[BOARD_RAM_SIZE]);

#endif
