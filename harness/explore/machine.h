#ifndef BO_HARNESS_EXPLORE_MACHINE_H
#define BO_HARNESS_EXPLORE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"
#include "harness/model/tear.h"

/*
 * What the explorer drives: something whose non-volatile memory is all that survives a power cut,
 * and that boots deterministically from it. The explorer knows nothing else of it: no slots, no
 * trailers, no processor.
 *
 * Memory is `size` bytes in pages of `page` bytes, which operations (harness/model/tear.h) change.
 */

/* Power fails at operation `op` of a boot, counted from 1; one more than the boot has: after the
 * last, before the outcome. */
struct bo_cut {
	uint32_t op;
	enum bo_tear tear;
	uint32_t env; /* what the next boot finds, as an index into the explorer's environments; the
			 machine hears of it by the memory that it loads */
};

/*
 * What a boot finds beside what outlives the supply: what is in RAM, why the core was reset. It is
 * chosen anew at each cut, so it stands in memory, in bytes that no operation changes: a boot that
 * depends on one of them has it in its read set, and only then are its values told apart.
 */
#define BO_ENV_BYTES 2u
#define BO_ENVS_MAX  24u

struct bo_env {
	uint8_t byte[BO_ENV_BYTES];
};

/* One boot; all pointers belong to the machine and hold until its next operation. */
struct bo_boot {
	uint32_t outcome; /* below BO_OUTCOMES; undefined when cut */
	/*
	 * A bit for each byte of memory (byte n: bit n % 64 of word n / 64) that the boot, or what
	 * told its outcome, depended on. Loads, instruction fetches and DMA are reads; so is
	 * programming, which keeps the bits that are 0 already, and a check whether it is allowed.
	 * A byte that was erased before is no longer a read of what the boot began with.
	 */
	const uint64_t *read;
	const struct bo_write *log; /* in order; of a boot that was cut, the torn one is last */
	size_t log_len;
	const uint8_t *memory; /* as it stands now */
	const char *trace;     /* for people; escaped by whoever shows it */
};

#define BO_OUTCOMES 16u

struct bo_machine_ops {
	/* Memory becomes these `size` bytes; all else as after a long time without power. */
	int (*load)(void *self, const uint8_t *memory, struct bo_err *err);
	/*
	 * Power on, until the outcome is known or power is cut; then power off. The same memory
	 * gives the same boot, always. A cut behind the boot's last operation is not an error: the
	 * boot is then uncut.
	 */
	int (*boot)(void *self, const struct bo_cut *cut, struct bo_boot *ret, struct bo_err *err);
	/* Optional: this memory will probably be loaded and booted uncut before long. What is
	 * expected changes no answer, only when it comes. */
	void (*expect)(void *self, const uint8_t *memory);
};

struct bo_machine {
	void *self;
	const struct bo_machine_ops *ops;
	uint32_t size; /* a multiple of page */
	uint32_t page; /* a multiple of 64 */
	uint32_t env;  /* where in memory the environment's bytes are; 0: there are none */
};

#endif
