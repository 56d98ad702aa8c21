#ifndef BO_HARNESS_MODEL_TEAR_H
#define BO_HARNESS_MODEL_TEAR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Operations on flash, and what a power cut within one leaves behind. Programming a unit moves bits
 * from 1 to 0, erasing whole pages sets every bit.
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

#endif
