#ifndef BO_HARNESS_ENGINE_STATE_DIR_H
#define BO_HARNESS_ENGINE_STATE_DIR_H

#include "harness/base/err.h"
#include "harness/base/str.h"

/* $XDG_STATE_HOME/brownout/KIND, or ~/.local/state/brownout/KIND: what a host knows of its benches
 * beyond their rack files. With `make` the folder is there afterwards. -ENOENT: no home at all. */
int bo_state_dir(const char *kind, bool make, struct bo_buf *out, struct bo_err *err);

#endif
