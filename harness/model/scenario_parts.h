#ifndef BO_HARNESS_MODEL_SCENARIO_PARTS_H
#define BO_HARNESS_MODEL_SCENARIO_PARTS_H

#include "harness/model/scenario.h"

/* What the files scenario*.c share. */

/* ---- scenario_fault.c: the key `fault` ---- */

extern const struct bo_conf_field scenario_fault_fields[];

/* Complains of keys that do not go together. */
void scenario_fault_check(const struct bo_conf *conf, const struct bo_scenario_fault *asked,
			  struct bo_buf *report);

/* Of one that was checked. */
struct bo_fault scenario_fault_of(const struct bo_scenario_fault *asked);

/* ---- scenario_promises.c: the key `promises` ---- */
extern const struct bo_conf_field scenario_promise_fields[];
/* Complains of promises that make no sense. */
void scenario_promises_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			     struct bo_buf *report);

/* ---- scenario_oracle.c: the key `oracles` of the promises ---- */

extern const struct bo_conf_field scenario_oracle_fields[];

void scenario_oracle_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report);

/* ---- scenario_cell.c: the key `parameters` ---- */
struct scenario_asked {
	const char *cell; /* NULL: the first */
};

/* As bo_conf_args.begin: chooses the cell that `ctx`, a struct scenario_asked, names. */
void scenario_cell_begin(const struct bo_conf *conf, void *ctx, void *data, struct bo_buf *report);
/* As bo_conf_args.expand. */
bool scenario_cell_expand(void *data, const struct bo_conf_field *field, const char *text,
			  struct bo_buf *ret, struct bo_buf *why);
/* Once all is read: parameters that nothing asks for, and whose promises hold. */
void scenario_cell_check(const struct bo_conf *conf, struct bo_scenario *scenario,
			 struct bo_buf *report);

/* ---- scenario_stage.c: the keys `stage` and `staged` ---- */
void scenario_stage_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			  struct bo_buf *report);

/* ---- scenario_server.c: the keys `server` and `jobs` ---- */
void scenario_server_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report);

/* ---- scenario_points.c ---- */
/* Complains, with a suggestion, when the scenario knows no such fault point. */
void scenario_check_asked(const struct bo_conf *conf, const struct bo_scenario *scenario,
			  const char *where, const char *asked, struct bo_buf *report);
/* Of all that a fault waits for. */
void scenario_check_fault_points(const struct bo_conf *conf, const struct bo_scenario *scenario,
				 const char *where, const struct bo_fault *fault,
				 struct bo_buf *report);

#endif
