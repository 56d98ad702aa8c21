#ifndef BO_HARNESS_ENGINE_CALIBRATE_H
#define BO_HARNESS_ENGINE_CALIBRATE_H

#include "harness/engine/bench.h"
#include "harness/model/target.h"

/*
 * What a bench's power path really does, by its own witnesses: power is switched off and on again
 * with the same off time, and each cycle must be noticed. The target needs a firmware that boots.
 */
struct bo_calibration {
	bo_ns off_ns;	 /* how long power stayed away */
	unsigned cycles; /* of these, how many ... */
	unsigned dead;	 /* ... the sense input called dead at the end of the off time */
	unsigned booted; /* ... a boot announced itself after */
	unsigned named;	 /* ... and called itself a power-on */
	/* What the bench and its target class have; where they have none, the numbers above are 0.
	 */
	bool has_sense, tells_boot, tells_cause;
	/* The longest of all cycles; 0: never seen. */
	bo_ns dead_ns; /* from off to dead, by the sense input */
	bo_ns live_ns; /* from on to live, likewise */
	bo_ns boot_ns; /* from on to a boot's first line */
};

/* Power on at first, `cycles` times off and on. -EOPNOTSUPP: no witness at all; -EINTR; or what a
 * driver said. What did not happen is no error: see below. */
int bo_calibrate(struct bo_bench *bench, struct bo_loop *loop, const struct bo_target *target,
		 unsigned cycles, bo_ns off_ns, struct bo_calibration *ret, struct bo_err *err);

/* Whether every cycle was noticed by every witness. */
bool bo_calibration_holds(const struct bo_calibration *calibration);

#endif
