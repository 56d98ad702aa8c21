#ifndef BO_HARNESS_ENGINE_BENCH_H
#define BO_HARNESS_ENGINE_BENCH_H

#include "drivers/api/console.h"
#include "drivers/api/flash.h"
#include "drivers/api/gpio.h"
#include "drivers/api/net.h"
#include "drivers/api/power.h"
#include "harness/engine/outputs.h"
#include "harness/engine/rack.h"

struct bo_bench_input {
	const char *name;
	struct bo_input *input;
};

/*
 * An opened bench: the drivers of one target, in roles. Power is always there, the others may be
 * NULL. Opened in the rack's order, closed in reverse; closing brings power into its safe state.
 */
struct bo_bench {
	const struct bo_rack_bench *conf;
	struct bo_driver_env env;
	struct bo_granted granted;   /* programs of the user's own */
	struct bo_outputs outputs;   /* all of power */
	struct bo_power *power;	     /* the one that carries the target's rail: the first */
	struct bo_flash *flash;	     /* NULL also for a production board, which has */
	struct bo_flash *locked_out; /* this one instead, that only tries the lock */
	struct bo_console *console;
	struct bo_line *reset;
	struct bo_net *network;
	struct bo_bench_input inputs[BO_INPUTS_MAX];
	size_t input_count;
	unsigned caps;	 /* BO_CAP_* of all its drivers */
	bool is_virtual; /* its chip carries the mark of a stand-in */
};

/*
 * Opens the bench's drivers. A resource that somebody else owns is -EBUSY with the owner's name:
 * the drivers arbitrate (the switch server its pins, the serial port its lock), so that two rack
 * files that describe the same wires collide. `run_dir` takes logs. On failure what was opened is
 * closed again, and the message begins with the bench and the role.
 */
int bo_bench_open(struct bo_bench *bench, const struct bo_rack_bench *conf, struct bo_loop *loop,
		  const char *run_dir, uint64_t seed, struct bo_err *err);
void bo_bench_close(struct bo_bench *bench);

/* Console and network, as far as they are there: bo_console_hold_break(), bo_net_hold_break(). */
int bo_bench_hold_break(const struct bo_bench *bench, bool on, struct bo_err *err);

/* BO_CAP_* that a bench would have, without opening it. */
unsigned bo_bench_caps(const struct bo_rack_bench *conf);

/*
 * Takes hold of the target by the probe and compares who answers with the rack file, before
 * anything is written. -EXDEV: somebody else answered.
 */
int bo_bench_attach(struct bo_bench *bench, struct bo_flash_id *ret, struct bo_err *err);

#endif
