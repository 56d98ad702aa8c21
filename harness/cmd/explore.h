#ifndef BO_HARNESS_CMD_EXPLORE_H
#define BO_HARNESS_CMD_EXPLORE_H

#include "harness/cmd/planning.h"
#include "harness/explore/board_machine.h"
#include "harness/explore/explore.h"
#include "harness/explore/pool.h"

/* What `brownout explore` and the replay of what it found share: a scenario's target on the virtual
 * board. Outcomes are enum bo_outcome. */
#define EXPLORE_OUTCOMES_MAX 16
#define EXPLORE_STEPS_MAX    64 /* boots of a schedule that is told in full */

struct explore_subject {
	struct bo_job job;
	struct bo_board_outcome outcomes[EXPLORE_OUTCOMES_MAX];
	struct bo_buf old_runs, new_runs; /* patterns */
	struct bo_board_machine_config board_config;
	struct bo_host_config host;
	uint8_t kept[BOARD_RAM_SIZE]; /* RAM that outlived a cut */
	struct bo_env envs[BO_ENVS_MAX];
	uint32_t env_count;
	struct bo_board_machine *board; /* of this process; or of each of the pool's */
	struct bo_pool *pool;
	struct bo_machine machine;
	uint8_t memory[BO_BOARD_MEMORY_SIZE]; /* at the start */
	enum bo_promise promise[BO_OUTCOMES];
};

struct explore_asked {
	const char *target; /* NULL: the first one that the scenario names */
	unsigned jobs;	    /* processes */
	unsigned ram;	    /* besides the scenario's: 1u << enum bo_ram */
	unsigned reset;	    /* 1u << enum bo_found */
};

/* 0, or an exit code with the message printed; explore_close() in any case. */
int explore_open(struct explore_subject *subject, const char *path,
		 const struct explore_asked *asked);
void explore_close(struct explore_subject *subject);

/* A boot of a schedule that was carried out: the last one is uncut. */
struct explore_told {
	unsigned boot;		    /* from 1 */
	const struct bo_step *step; /* NULL: the last */
	const struct bo_boot *did;
};

/* Carries a schedule out from the start. `tell` may be NULL. *ret_outcome is that of the boot
 * behind it. */
int explore_carry_out(struct explore_subject *subject, const struct bo_step *steps, size_t count,
		      void (*tell)(void *ctx, const struct explore_told *told), void *ctx,
		      uint32_t *ret_outcome, struct bo_err *err);

/* Writes explore.json and report/ with its pictures into the folder. 0 or an exit code. */
int explore_record(const struct explore_subject *subject, const struct bo_explore *explore,
		   unsigned tears, int result, const char *dir);

/* The id of a schedule; false when there is none, because it is too long. */
bool explore_id(const struct explore_subject *subject, const struct bo_step *steps, size_t count,
		char id[BO_ID_MAX]);

#endif
