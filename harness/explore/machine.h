#ifndef BO_HARNESS_EXPLORE_MACHINE_H
#define BO_HARNESS_EXPLORE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * What the explorer drives: something whose non-volatile memory is all that survives a power cut,
 * and that boots deterministically from it. The explorer knows nothing else of it: no slots, no
 * trailers, no processor.
 *
 * Memory is `size` bytes in pages of `page` bytes. Two operations change it: programming a unit
 * moves bits from 1 to 0, erasing whole pages sets every bit.
 */
struct bo_write {
	uint32_t at;  /* byte offset in memory */
	uint32_t len; /* program: 1 to 8; erase: a multiple of the page */
	bool erase;
	uint64_t value; /* program: little-endian; bits that are 1 do not move */
};

/*
 * What a power cut within an operation leaves behind. Each is a mask of the bits that have not
 * moved; whether one applies depends on the kind of operation alone, never on what the cells held,
 * or else two states that a boot cannot tell apart would have different cut points.
 */
enum bo_tear {
	BO_TEAR_CLEAN,	/* power fails before the operation begins */
	BO_TEAR_LOW,	/* program: only the unit's lower half has been programmed */
	BO_TEAR_HIGH,	/* program: only its upper half */
	BO_TEAR_BITS,	/* program: a seeded half of its bits */
	BO_TEAR_FIRST,	/* erase: only the first half of the range has been erased */
	BO_TEAR_SECOND, /* erase: only the second half */
	BO_TEAR_MIXED,	/* erase: each byte is old, erased, or half way, seeded */
	BO_TEARS,
};

#define BO_TEARS_WHOLE	 (1u << BO_TEAR_CLEAN)
#define BO_TEARS_PROGRAM (1u << BO_TEAR_LOW | 1u << BO_TEAR_HIGH | 1u << BO_TEAR_BITS)
#define BO_TEARS_ERASE	 (1u << BO_TEAR_FIRST | 1u << BO_TEAR_SECOND | 1u << BO_TEAR_MIXED)

/* As it stands in ids: "clean", "low", "high", "bits", "first", "second", "mixed". */
const char *bo_tear_name(enum bo_tear tear);
bool bo_tear_applies(enum bo_tear tear, const struct bo_write *write);
/* The bits of byte `index` of the operation's range that have not moved. */
uint8_t bo_tear_unmoved(enum bo_tear tear, const struct bo_write *write, uint32_t index);

/* Carries the operation out on `memory`, whole or torn (BO_TEAR_CLEAN: not at all). */
void bo_write_apply(const struct bo_write *write, uint8_t *memory);
void bo_write_tear(const struct bo_write *write, enum bo_tear tear, uint8_t *memory);

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
