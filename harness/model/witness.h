#ifndef BO_HARNESS_MODEL_WITNESS_H
#define BO_HARNESS_MODEL_WITNESS_H

/*
 * What on the target's side can prove that power was really off (DESIGN.md 1, "every cut is
 * proven"). The read-back of the switch and a console that falls silent are necessary and never
 * sufficient.
 */
enum bo_witness {
	/* the sense input on the target's rail, asked when the rail must have drained */
	BO_WITNESS_SENSE,
	/* the reset cause that the next boot announces is one that only a power-on can produce */
	BO_WITNESS_RESET_CAUSE,
	/* the next boot announces that a canary in RAM was lost */
	BO_WITNESS_RAM_CANARY,
	/* a boot that nobody asked for; weak, for targets that tell nothing else: counts only where
	 * a bench names it, and never says no */
	BO_WITNESS_UNSCHEDULED_BOOT,
	BO_WITNESS_COUNT,
};

/* NULL-terminated, in enum order, as in `off-proof:` of a rack file. */
extern const char *const bo_witness_names[BO_WITNESS_COUNT + 1];

#endif
