#ifndef BO_HARNESS_CMD_RACK_STATE_H
#define BO_HARNESS_CMD_RACK_STATE_H

#include <jansson.h>

#include "harness/cmd/cmd.h"
#include "harness/engine/calibrate.h"

/*
 * What is known of a bench beyond its rack file. It lives with the host, not with a run:
 * $XDG_STATE_HOME/brownout/calibration (or ~/.local/state), one JSON file a bench, named after it.
 * A record counts only for the rack file (by its path) that it was made with.
 */
int cmd_rack_state_write(const struct cmd_bench *bench, const struct bo_calibration *calibration,
			 struct bo_err *err);
/* NULL: none, or one of another rack file. To be released. */
json_t *cmd_rack_state_read(const struct cmd_bench *bench, const char *name);

/* `brownout rack test`. */
int cmd_rack_test(const char *rack, const char *bench, int64_t cycles);

#endif
