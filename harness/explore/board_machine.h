#ifndef BO_HARNESS_EXPLORE_BOARD_MACHINE_H
#define BO_HARNESS_EXPLORE_BOARD_MACHINE_H

#include "fixtures/board/board.h"
#include "harness/explore/machine.h"

/*
 * The virtual board as a machine to explore. Its memory is BOARD_CELLS_SIZE bytes: the flash array,
 * then a page with the option bytes. A boot begins at power-on with the same garbage in RAM and the
 * same reset cause each time, and ends when a line on the console (USART1) tells the outcome.
 *
 * Sound for firmware whose boot depends on flash, option bytes and nothing from outside. Backup
 * registers do not outlive the supply, which VBAT hangs on. Operations take the model's time,
 * always the same: a timer that the firmware reads adds nothing that its reads of flash do not
 * decide, but a real chip's durations vary, and that is not modelled.
 */
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
};

struct bo_board_machine;

/* The configuration is copied, its strings are only referred to. NULL when the board cannot be
 * had. */
struct bo_board_machine *bo_board_machine_new(const struct bo_board_machine_config *config);
void bo_board_machine_free(struct bo_board_machine *machine);
struct bo_machine bo_board_machine_ops(struct bo_board_machine *machine);

#endif
