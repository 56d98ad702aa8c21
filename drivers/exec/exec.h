#ifndef BO_DRIVERS_EXEC_EXEC_H
#define BO_DRIVERS_EXEC_EXEC_H

#include "drivers/api/driver.h"
#include "drivers/api/update.h"

/*
 * Programs of the user's own in the place of an adapter: whatever can be switched, read, flashed or
 * updated from a command line. Which ones may run is said under `programs:` of the rack file; a
 * role says how they are called, as a list of arguments in which {words} are filled in:
 *
 *   programs:
 *     relay: {path: ./relay, sha256: ...}
 *   benches:
 *     mine:
 *       power:
 *         main: {driver: exec, set: {program: relay, args: ["3", "{action}"]}, ...}
 *
 * A program is told nothing else, and is believed as far as its exit status goes: not 0 is a rig
 * fault, with the end of what it said on standard error. It is ended at its deadline.
 *
 * What they cannot do, other drivers can: nobody brings the output of a program into its safe state
 * when this process is killed; a cut is as exact as a program is quick; there are no dips.
 */
extern const struct bo_driver bo_driver_exec_power;
extern const struct bo_driver bo_driver_exec_console;
extern const struct bo_driver bo_driver_exec_probe;

/*
 * A program that carries out the jobs of an update: one start a job. {action} is the job's name:
 * query, upload, test, confirm or reset; {image} the file to be delivered; {hash} what the boot
 * loader calls it, in hex. Its standard output is read line by line (exec_said.h); its descriptor
 * BO_PROC_LINE is a stream socket to the console, for those that have no other way to the target.
 * Exit status 0 ends a job as done; another one is a rig fault, unless it said `refused` or
 * `silent`.
 */
int bo_exec_update_open(const struct bo_update_config *config, struct bo_update **ret,
			struct bo_err *err);

/*
 * The same for one program of ours that lives as long as the protocol is open: brownout-pull, with
 * the broker and the update server of a device that fetches its updates itself. It reads its jobs
 * on standard input, a line each (upload HASH FILE, test HASH, confirm, reset, query; drop: nobody
 * waits any more). It begins its answer to the N-th with a line "job N", which tells it from the
 * rest of an earlier one, and ends it with `done`, `refused`, `silent` or `gave-up`. That it ends
 * is a rig fault.
 *
 * Where the device looks for the broker is a file that the environment names: BROWNOUT_ANNOUNCE. It
 * holds "HOST PORT [CA [CLIENT]]": the files of the authority's certificate and of a client's.
 */
int bo_pull_update_open(const struct bo_update_config *config, struct bo_update **ret,
			struct bo_err *err);

#endif
