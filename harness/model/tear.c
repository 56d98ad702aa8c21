#include <assert.h>
#include <string.h>

#include "harness/model/tear.h"

/* What a cut leaves of an operation. */

/* Seeded by place and value only: what the cells held must not show. */
static uint64_t draw(const struct bo_write *write, uint32_t index)
{
	uint64_t z = ((uint64_t)write->at << 32 | index) + write->value * 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static uint8_t all(const struct bo_write *write, uint32_t index)
{
	(void)write;
	(void)index;
	return 0xFF;
}

/* A unit of one byte is halved by its bits. */
static uint8_t upper_half(const struct bo_write *write, uint32_t index)
{
	if (write->len == 1)
		return 0xF0;
	return index >= write->len / 2 ? 0xFF : 0;
}

static uint8_t lower_half(const struct bo_write *write, uint32_t index)
{
	return (uint8_t)~upper_half(write, index);
}

static uint8_t bits(const struct bo_write *write, uint32_t index)
{
	return (uint8_t)draw(write, index);
}

static uint8_t mixture(const struct bo_write *write, uint32_t index)
{
	uint64_t z = draw(write, index);
	const uint8_t unmoved[] = {0xFF, 0, (uint8_t)z, 0};

	return unmoved[z >> 8 & 3];
}

static const struct {
	const char *name;
	bool program, erase;
	uint8_t (*unmoved)(const struct bo_write *write, uint32_t index);
} tears[BO_TEARS] = {
	[BO_TEAR_CLEAN] = {"clean", true, true, all},
	[BO_TEAR_LOW] = {"low", true, false, upper_half},
	[BO_TEAR_HIGH] = {"high", true, false, lower_half},
	[BO_TEAR_BITS] = {"bits", true, false, bits},
	[BO_TEAR_FIRST] = {"first", false, true, upper_half},
	[BO_TEAR_SECOND] = {"second", false, true, lower_half},
	[BO_TEAR_MIXED] = {"mixed", false, true, mixture},
};

const char *bo_tear_name(enum bo_tear tear)
{
	assert(tear < BO_TEARS);
	return tears[tear].name;
}

bool bo_tear_applies(enum bo_tear tear, const struct bo_write *write)
{
	return write->erase ? tears[tear].erase : tears[tear].program;
}

uint8_t bo_tear_unmoved(enum bo_tear tear, const struct bo_write *write, uint32_t index)
{
	return tears[tear].unmoved(write, index);
}

void bo_write_apply(const struct bo_write *write, uint8_t *memory)
{
	if (write->erase) {
		memset(memory + write->at, 0xFF, write->len);
		return;
	}
	for (uint32_t i = 0; i < write->len; i++)
		memory[write->at + i] &= (uint8_t)(write->value >> 8 * i);
}

void bo_write_tear(const struct bo_write *write, enum bo_tear tear, uint8_t *memory)
{
	for (uint32_t i = 0; i < write->len; i++) {
		uint8_t unmoved = bo_tear_unmoved(tear, write, i);
		uint8_t *cell = &memory[write->at + i];

		if (write->erase)
			*cell |= (uint8_t)~unmoved;
		else
			*cell &= (uint8_t)(write->value >> 8 * i | unmoved);
	}
}
