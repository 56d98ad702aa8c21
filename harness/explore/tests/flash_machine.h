#ifndef FLASH_MACHINE_H
#define FLASH_MACHINE_H

#include <assert.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include "harness/explore/explore.h"

/*
 * An abstract device, small enough to try every schedule on: 4 pages of 8 units of 8 bytes, and a
 * boot program in C that reads, programs and erases them through the functions below. A program
 * ends with fm_end(); it must not look at memory in any other way.
 */
#define FM_PAGES 4u
#define FM_UNITS 8u
#define FM_UNIT	 8u
#define FM_PAGE	 (FM_UNITS * FM_UNIT)
#define FM_SIZE	 (FM_PAGES * FM_PAGE)
#define FM_WORDS (FM_SIZE / 64)
#define FM_LOG	 64u
#define FM_BLANK UINT64_MAX

/* The environment's bytes, for programs that leave this unit and its page's erase alone. */
#define FM_ENV_PAGE 3u
#define FM_ENV_UNIT 7u
#define FM_ENV	    (FM_ENV_PAGE * FM_PAGE + FM_ENV_UNIT * FM_UNIT)

struct fm;
typedef void (*fm_program)(struct fm *fm);

struct fm {
	fm_program program;
	const void *code; /* the program's own */
	uint8_t memory[FM_SIZE];
	uint64_t read[FM_WORDS];
	bool erased[FM_PAGES];
	struct bo_write log[FM_LOG];
	uint32_t ops;
	uint32_t outcome;
	const struct bo_cut *cut;
	jmp_buf off;
	uint64_t boots;
	/* what a machine must not do, for the tests that want to see it refused */
	bool hides_a_write, hides_reads;
};

static inline void fm_touch(struct fm *fm, uint32_t page, uint32_t unit)
{
	if (!fm->erased[page])
		fm->read[page] |= UINT64_C(0xFF) << unit * FM_UNIT;
}

static inline uint64_t fm_get(const uint8_t *memory, uint32_t page, uint32_t unit)
{
	uint64_t value;

	memcpy(&value, memory + page * FM_PAGE + unit * FM_UNIT, sizeof(value));
	return value;
}

static inline void fm_put(uint8_t *memory, uint32_t page, uint32_t unit, uint64_t value)
{
	memcpy(memory + page * FM_PAGE + unit * FM_UNIT, &value, sizeof(value));
}

static inline uint64_t fm_read(struct fm *fm, uint32_t page, uint32_t unit)
{
	fm_touch(fm, page, unit);
	return fm_get(fm->memory, page, unit);
}

static inline unsigned fm_env(struct fm *fm)
{
	return fm_read(fm, FM_ENV_PAGE, FM_ENV_UNIT) & 0xFF;
}

static inline void fm_operate(struct fm *fm, const struct bo_write *write)
{
	assert(fm->ops < FM_LOG);
	if (fm->cut && fm->cut->op == fm->ops + 1) {
		if (fm->cut->tear != BO_TEAR_CLEAN) {
			fm->log[fm->ops++] = *write;
			bo_write_tear(write, fm->cut->tear, fm->memory);
		}
		longjmp(fm->off, 1);
	}
	bo_write_apply(write, fm->memory);
	if (fm->hides_a_write && fm->ops == 1)
		fm->hides_a_write = false;
	else
		fm->log[fm->ops++] = *write;
}

static inline void fm_write(struct fm *fm, uint32_t page, uint32_t unit, uint64_t value)
{
	struct bo_write write = {
		.at = page * FM_PAGE + unit * FM_UNIT, .len = FM_UNIT, .value = value};

	if (!fm->hides_reads)
		fm_touch(fm, page, unit);
	fm_operate(fm, &write);
}

static inline void fm_erase(struct fm *fm, uint32_t page)
{
	struct bo_write write = {.at = page * FM_PAGE, .len = FM_PAGE, .erase = true};

	fm_operate(fm, &write);
	fm->erased[page] = true;
}

static inline void fm_end(struct fm *fm, uint32_t outcome)
{
	fm->outcome = outcome;
	longjmp(fm->off, 1);
}

static inline int fm_load(void *self, const uint8_t *memory, struct bo_err *err)
{
	struct fm *fm = self;

	(void)err;
	memcpy(fm->memory, memory, FM_SIZE);
	return 0;
}

static inline int fm_boot(void *self, const struct bo_cut *cut, struct bo_boot *ret,
			  struct bo_err *err)
{
	struct fm *fm = self;

	(void)err;
	memset(fm->read, 0, sizeof(fm->read));
	memset(fm->erased, 0, sizeof(fm->erased));
	fm->ops = 0;
	fm->cut = cut;
	fm->boots++;
	if (!setjmp(fm->off))
		fm->program(fm);
	*ret = (struct bo_boot){
		.outcome = fm->outcome,
		.read = fm->read,
		.log = fm->log,
		.log_len = fm->ops,
		.memory = fm->memory,
		.trace = "",
	};
	return 0;
}

static const struct bo_machine_ops fm_ops = {.load = fm_load, .boot = fm_boot};

static inline struct bo_machine fm_machine(struct fm *fm)
{
	return (struct bo_machine){.self = fm, .ops = &fm_ops, .size = FM_SIZE, .page = FM_PAGE};
}

#endif
