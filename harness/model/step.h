#ifndef BO_HARNESS_MODEL_STEP_H
#define BO_HARNESS_MODEL_STEP_H

#include "harness/model/conf.h"

/*
 * Steps: what a trial does between the first power-on and the last observation, in order. A kind of
 * step is a row here (its name and its keys) and a row in engine/steps.c (what it does).
 *
 * Whoever adds a kind adds both, and nothing else: its keys may use any member of struct
 * bo_scenario_step, or new ones.
 */
enum bo_step_kind {
	BO_DO_FLASH,
	BO_DO_BOOT,
	BO_DO_UPDATE,
	BO_DO_SEND,
	BO_DO_EXPECT,
	BO_DO_WAIT,
	BO_DO_POWER,
	BO_DO_RESET,
	BO_DO_QUERY,
	BO_DO_EXEC,
	BO_DO_COUNT
};

/* What is said of a thing that can be left open: confirm, confirmed. */
enum bo_said { BO_SAID_OPEN, BO_SAID_YES, BO_SAID_NO };

enum bo_reset_way { BO_RESET_WAY_PROTOCOL, BO_RESET_WAY_PROBE, BO_RESET_WAY_PIN };

/* One step; which members mean something depends on its kind. */
struct bo_scenario_step {
	const char *phase;   /* fault point phase.NAME; NULL: none */
	const char *image;   /* file below `images`; NULL: the scenario's update, or not asked */
	const char *range;   /* flash */
	int confirm;	     /* enum bo_said; update: open: as the scenario's update says; query */
	const char *text;    /* send */
	const char *console; /* expect: pattern */
	struct bo_conf_list unless; /* expect: const char *, patterns that end the wait */
	bo_ns duration;		    /* expect, wait, power, exec: how long */
	int64_t times;		    /* power */
	int way;		    /* reset: enum bo_reset_way */
	const char *version;	    /* query */
	const char *program;	    /* exec: its name in the rack file */
	struct bo_conf_list args;   /* exec: const char * */
};

/* By kind; ended by a NULL name. The items of a scenario's `steps` are these. */
extern const struct bo_conf_option bo_step_options[];

enum bo_step_kind bo_step_kind_of(const struct bo_conf_choice *step);
/* Of one that was read. */
const struct bo_scenario_step *bo_step_keys(const struct bo_conf_choice *step);

/* What a scenario without `steps` does: boot, update. */
extern const struct bo_conf_list bo_steps_default;

/* Phases that every update has, fault points phase.NAME like those that steps name: upload, test,
 * reset, install, confirm, revert. NULL-terminated. */
extern const char *const bo_step_phases[];
#define BO_PHASE_PREFIX	   "phase."
#define BO_STEP_PHASES_MAX 32 /* with these */

/* Whether phase.NAME begins in these steps (none: the default ones). */
bool bo_steps_have_phase(const struct bo_conf_list *steps, const char *name);

/* Complains of steps that make no sense. */
void bo_steps_check(const struct bo_conf *conf, const struct bo_conf_list *steps,
		    struct bo_buf *report);

#endif
