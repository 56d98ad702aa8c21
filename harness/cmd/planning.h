#ifndef BO_HARNESS_CMD_PLANNING_H
#define BO_HARNESS_CMD_PLANNING_H

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"

#define CMD_PATH_CAP 4096

/* A file if there is one of this name, else a scenario of the library. Absolute in any case: a
 * worker may stand elsewhere. */
int cmd_scenario_find(const char *name, char path[CMD_PATH_CAP], struct bo_err *err);
/* The id's scenario has a section `explore`, and its faults are the explorer's. Quiet. */
bool cmd_is_exploration(const char *id, const char *scenario_path);
/* Says that the id's hash is not that of the job; a usage error. */
int cmd_refuse_drift(const struct bo_trial_id *id, const struct bo_job *job);

/*
 * From scenario files to a plan; all mistakes of all files are printed. `paths` may also be names
 * of scenarios in the library. 0 or an exit code.
 */
int cmd_plan_scenarios(const struct cmd_bench *bench, char *const *paths, size_t count,
		       struct bo_plan *ret);

/* The same for one scenario, with its faults left out. */
int cmd_plan_undisturbed(const struct cmd_bench *bench, const char *path, struct bo_plan *ret);

/* The one trial an id names; without `anyway` only if the id's hash still agrees. */
int cmd_plan_id(const struct cmd_bench *bench, const char *id, const char *scenario_path,
		bool anyway, struct bo_plan *ret);

/*
 * Carries a plan out: run directory, workers, merged journal, summary. Trials that are a census are
 * followed by those of their scenarios' strategies. `out` NULL: a folder below ./runs. Returns the
 * exit code of the run.
 */
int cmd_carry_out(const struct cmd_bench *bench, struct bo_plan *plan, const char *out);
/* "3/8": the third of eight, from 0, and of how many. NULL leaves both alone. */
int cmd_shard_parse(const char *text, unsigned *ret_shard, unsigned *ret_shards);

/* The run directory of a plan that may be carried out later: rack, bench and folder are set. */
int cmd_run_dir(const struct cmd_bench *bench, struct bo_plan *plan, const char *out);
/* As plan.json in its run directory. */
int cmd_plan_write(const struct bo_plan *plan, struct bo_err *err);
/* The folder alone. */
int cmd_run_dir_make(struct bo_plan *plan, const char *out, struct bo_err *err);
/* Summary, journal and reports of what lies in a run directory; the exit code that follows. `bench`
 * says how a trial is repeated. */
int cmd_report(const struct cmd_bench *bench, struct bo_plan *plan);
/* The same, with more to try once all has been carried out: more() appends to the plan and returns
 * how many; 0 ends the run. */
int cmd_carry_out_more(const struct cmd_bench *bench, struct bo_plan *plan, const char *out,
		       size_t (*more)(void *ctx, struct bo_plan *plan), void *ctx);
/* Carries on with a plan read from its run directory: what has a verdict keeps it. */
int cmd_carry_on(const struct cmd_bench *bench, struct bo_plan *plan);

#endif
