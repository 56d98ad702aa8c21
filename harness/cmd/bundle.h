#ifndef BO_HARNESS_CMD_BUNDLE_H
#define BO_HARNESS_CMD_BUNDLE_H

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"

/*
 * A failing trial's folder becomes a bundle: all that it takes to look at it and to repeat it,
 * without the tree it came from.
 *
 *   bundle.json          id, bench, the command that repeats it, the plan's entry, and run.json:
 *                        host, kernel, versions, serials and calibration of the rack
 *   journal.jsonl, console.raw, console.txt, flash/    what the trial wrote (engine/evidence.h)
 *   scenarios/NAME.yaml, scenarios/targets/CLASS.yaml  as they were; `images` leads into the bundle
 *   images/...           the files that the trial used
 *   rack.yaml            the rack file
 *   openocd.log          of the run so far, where there is one
 */

/* Of trial `index`, which failed. What cannot be copied is said on stderr. */
void cmd_bundle_make(const struct cmd_bench *bench, const struct bo_plan *plan, size_t index);

/*
 * Of a bundle: the id, and the path of its scenario; from now on the library begins with the
 * bundle. To be called before cmd_library(). 0 or an exit code.
 */
int cmd_bundle_open(const char *dir, char id[BO_ID_MAX], char scenario[4096]);

#endif
