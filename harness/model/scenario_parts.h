#ifndef BO_HARNESS_MODEL_SCENARIO_PARTS_H
#define BO_HARNESS_MODEL_SCENARIO_PARTS_H

#include "harness/model/scenario.h"

/* The key `fault` of a scenario: private to its reader. */

extern const struct bo_conf_field scenario_fault_fields[];

/* Complains of keys that do not go together. */
void scenario_fault_check(const struct bo_conf *conf, const struct bo_scenario_fault *asked,
			  struct bo_buf *report);

/* Of one that was checked. */
struct bo_fault scenario_fault_of(const struct bo_scenario_fault *asked);

#endif
