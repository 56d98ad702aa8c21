#ifndef BO_HARNESS_MODEL_SCENARIO_H
#define BO_HARNESS_MODEL_SCENARIO_H

#include "harness/model/conf.h"
#include "harness/model/exploration.h"
#include "harness/model/network.h"
#include "harness/model/schedule.h"
#include "harness/model/step.h"
#include "harness/model/strategy.h"

/* A scenario: what is updated how, what goes wrong where, what is promised. */

/* What is in a flash range when a trial begins. */
struct bo_baseline {
	const char *name;  /* a range of the target class */
	const char *image; /* file below `images`; "{class}" stands for the class's name */
};

/* A fault point that the scenario names. */
struct bo_named_point {
	const char *name;
	const char *console; /* pattern; the n-th line that matches is the n-th occurrence */
};

struct bo_scenario_fault {
	struct bo_fault at; /* only the point's fields are set */
	bo_ns after;
	bo_ns jitter; /* up to so much longer, drawn by seed */
	int action;   /* enum bo_action */
	bo_ns off;
	bo_ns dip; /* 0: none */
	int64_t times;
	bo_ns every;
	const char *act; /* instead of them, as in an id; NULL: not given */
};

/* What may be spent on a scenario, over all its trials; 0: no limit. */
struct bo_budget {
	bo_ns time; /* the trials' own */
	int64_t trials;
	int64_t erases; /* of the page that is worn most, by the class's `wear` */
};

/* How the update comes into its slot. */
enum bo_stage { BO_STAGE_PROTOCOL, BO_STAGE_PROBE };

/* Whether a watchdog fires. */
enum bo_watchdog { BO_WATCHDOG_MAY, BO_WATCHDOG_YES, BO_WATCHDOG_NO };

/* A program of the user's own that judges what was observed (harness/engine/user_oracle.h). */
#define BO_ORACLES_MAX 8

struct bo_user_oracle {
	const char *name;
	const char *program;
	struct bo_conf_list args; /* const char * */
	bo_ns within;
	struct bo_conf_list flash; /* const char *: names of ranges */
};

struct bo_promises {
	unsigned outcome;      /* bit per enum bo_outcome: what the target may do */
	unsigned then;	       /* likewise, for an update driven again afterwards; 0: not asked */
	bool resumes;	       /* that second update must continue the interrupted transfer */
	int64_t boots_at_most; /* 0: not asked */
	bo_ns ready_within;    /* likewise */
	bool reports_truth;
	struct bo_conf_list causes;	       /* const char *: values of {cause} */
	int watchdog;			       /* enum bo_watchdog */
	struct bo_conf_list kept;	       /* const char *: names of ranges */
	struct bo_conf_list untouched_outside; /* likewise */
	struct bo_conf_list never_high;	       /* const char *: names of inputs */
	bo_ns unavailable;		       /* 0: not asked */
	const char *heartbeat;		       /* pattern; NULL: ready lines and answers */
	bo_ns window;			       /* 0: not asked */
	bool locked;
	struct bo_conf_list oracles; /* struct bo_user_oracle */
};

/* A value of a parameter. */
struct bo_parameter_value {
	const char *name;
	struct bo_promises promises; /* instead of the scenario's, where they are given */
};

/* What a scenario is tried with, in all combinations: a matrix, whose cells are variants. */
struct bo_parameter {
	const char *name;
	struct bo_conf_list values; /* struct bo_parameter_value; the first varies slowest */
	/* of the cell that was read */
	const struct bo_parameter_value *value;
	bool used;
};

#define BO_CELLS_MAX 10000

/* Whether the server asks for a client certificate, and the device has one. */
enum bo_client_wish { BO_CLIENT_NO, BO_CLIENT_YES, BO_CLIENT_WITHHELD };

/* The update server of a device that fetches its update itself. */
struct bo_server_wish {
	struct bo_conf_list mischief; /* const char *: as in harness/model/mischief.h */
	bool tls;
	int client;			/* enum bo_client_wish */
	const char *token, *tell, *url; /* NULL: not given */
};

extern const struct bo_conf_field bo_server_fields[];

struct bo_scenario {
	int64_t brownout;
	const char *name;
	const char *title;
	struct bo_conf_list targets; /* const char *: names of target classes */
	const char *images;	     /* folder */
	struct bo_conf_list baseline;
	struct {
		const char *image;
		bool confirm;
		/* Not NULL: `image` is a negative, uploaded whatever it is; this is its untampered
		 * twin, whose acceptance on the same way makes a refusal count. */
		const char *control;
	} update;
	struct bo_conf_list steps;  /* struct bo_conf_choice of bo_step_options; none: usual */
	int stage;		    /* enum bo_stage */
	struct bo_conf_list staged; /* struct bo_baseline: what the protocol leaves in flash */
	bool by_probe;		    /* the cell that was read is no trial by protocol */
	struct bo_conf_list points;
	struct bo_scenario_fault fault;
	bool has_fault;
	struct bo_conf_list faults; /* const char *: one after the other, written as in an id */
	struct bo_strategy strategy;
	bool has_strategy;
	struct bo_scenario_network network;
	bool has_network;
	struct bo_netem down, up; /* what `network` comes to */
	struct bo_exploration explore;
	bool has_explore;
	bo_ns max_lag;
	struct bo_promises promises; /* of the cell that was read */
	const char *promised_at;     /* the key they stand under; owned by the conf */
	struct bo_server_wish server;
	bool has_server;
	struct bo_conf_list jobs; /* const char *: what happens to the device's jobs */
	struct bo_budget budget;
	struct bo_conf_list tags, requirements; /* const char * */
	struct bo_conf_list parameters;		/* struct bo_parameter */
	char cell[BO_VARIANT_MAX];		/* of it: "payload=crash"; "" without parameters */
	int64_t seed;
};

extern const struct bo_conf_field bo_scenario_fields[];
/* What its table is, for bo_conf_reference() and bo_conf_json_schema(). */
void bo_scenario_conf_args(struct bo_conf_args *ret);

/* As bo_conf_read(), then the checks across keys. */
int bo_scenario_read(const char *path, struct bo_conf **ret_conf, struct bo_scenario **ret,
		     struct bo_buf *report);
/* The same for one cell of its matrix, as it stands in an id; bo_scenario_read() takes the first
 * one. A cell that it has not is a mistake at `parameters`. */
int bo_scenario_read_cell(const char *path, const char *cell, struct bo_conf **ret_conf,
			  struct bo_scenario **ret, struct bo_buf *report);

/* How many cells there are, at least 1; and the index-th of them, appended: "a=1,b=x". */
size_t bo_scenario_cells(const struct bo_scenario *scenario);
void bo_scenario_cell(const struct bo_scenario *scenario, size_t index, struct bo_buf *out);

/* The scenario's own schedule: its `fault`, its `faults`, or none. */
void bo_scenario_schedule(const struct bo_scenario *scenario, struct bo_schedule *ret);

/* What belongs to its hash of `server` and `jobs`, appended; nothing where it has none. */
void bo_server_canonical(const struct bo_scenario *scenario, struct bo_buf *out);

/* What a trial of it does: its `steps`, or the default ones. */
const struct bo_conf_list *bo_scenario_steps(const struct bo_scenario *scenario);

/* Whether faults can wait for it: built in, named under `points`, or a phase. */
bool bo_scenario_has_point(const struct bo_scenario *scenario, const char *name);

/* NULL when the scenario names no such point. */
const struct bo_named_point *bo_scenario_point(const struct bo_scenario *scenario,
					       const char *name);

/* Whether the number-th trial of a strategy goes by protocol in spite of `stage: probe`: the first
 * does, and then one in each twenty, drawn by seed. */
bool bo_stage_by_protocol(uint64_t seed, size_t number);

/* Points that need no naming: boot, power-on, flash.op, smp.byte, smp.at, smp.frame, smp.reply, and
 * pin.NAME for an input of the bench; and whatever an update program says: exec.byte, exec.at,
 * exec.NAME, and pull.NAME of a device that fetches its update. */
bool bo_point_is_builtin(const char *name);

#endif
