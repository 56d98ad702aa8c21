#ifndef BO_HARNESS_CMD_EXPLORE_GRAPH_H
#define BO_HARNESS_CMD_EXPLORE_GRAPH_H

#include <jansson.h>

#include "harness/cmd/explore.h"

/* What an exploration's record says for its pictures (reports/exploration.h has the members). */

/* "first_boot" and "graph". */
void explore_add_pictures(json_t *record, const struct explore_subject *subject,
			  const struct bo_explore *explore);
/* "schedule" of a finding: its boots. */
void explore_add_boots(json_t *finding, const struct explore_subject *subject,
		       const struct bo_explore *explore, uint32_t state);

#endif
