#ifndef FM_PROGRAMS_H
#define FM_PROGRAMS_H

#include "harness/base/prng.h"
#include "harness/explore/tests/flash_machine.h"

/* Boot programs for the abstract device. */

enum { OUT_NEW, OUT_OLD, OUT_LOST, OUT_ENDLESS };

/* ---- a swap of pages 0 and 1 by way of page 2; page 3 holds marks ---- */

#define SWAP_DATA 2u /* units of a page that matter */
#define SWAP_OLD  0x0123456789ABCDEFu
#define SWAP_NEW  0xFEDCBA9876543210u

enum swap_bug {
	SWAP_RIGHT,
	SWAP_FORGETFUL,	   /* begins anew instead of where the marks say */
	SWAP_MARKED_EARLY, /* a step is marked as done before it is */
	SWAP_HASTY,	   /* a resumed copy is believed when its last unit is there */
	SWAP_BUGS,
};

static inline void swap_copy(struct fm *fm, uint32_t to, uint32_t from, enum swap_bug bug)
{
	if (bug == SWAP_HASTY && fm_read(fm, to, 0) == fm_read(fm, from, 0))
		return;
	fm_erase(fm, to);
	for (uint32_t unit = 0; unit < SWAP_DATA; unit++)
		fm_write(fm, to, unit, fm_read(fm, from, unit));
}

static inline void swap_program(struct fm *fm)
{
	static const uint32_t steps[][2] = {{2, 1}, {1, 0}, {0, 2}};
	enum swap_bug bug = *(const enum swap_bug *)fm->code;
	uint32_t step = 0;

	while (step < 3 && fm_read(fm, 3, step) != FM_BLANK)
		step++;
	if (step)
		fm_write(fm, 3, step - 1, 0); /* a weak mark must not fade */
	if (bug == SWAP_FORGETFUL && step < 3)
		step = 0;
	for (; step < 3; step++) {
		if (bug == SWAP_MARKED_EARLY)
			fm_write(fm, 3, step, 0);
		swap_copy(fm, steps[step][0], steps[step][1], bug);
		fm_write(fm, 3, step, 0);
	}
	for (uint32_t unit = 0; unit < SWAP_DATA; unit++)
		if (fm_read(fm, 0, unit) != SWAP_NEW + unit ||
		    fm_read(fm, 1, unit) != SWAP_OLD + unit)
			fm_end(fm, OUT_LOST);
	fm_end(fm, OUT_NEW);
}

static inline void swap_start(uint8_t memory[FM_SIZE])
{
	memset(memory, 0xFF, FM_SIZE);
	for (uint32_t unit = 0; unit < SWAP_DATA; unit++) {
		fm_put(memory, 0, unit, SWAP_OLD + unit);
		fm_put(memory, 1, unit, SWAP_NEW + unit);
	}
}

/* ---- a record applied from a journal; recovery takes it away before it is applied ---- */

#define JOURNAL_SET 0x1111111111111111u

static inline void journal_program(struct fm *fm)
{
	bool right = *(const bool *)fm->code;

	if (fm_read(fm, 1, 1) == JOURNAL_SET) { /* cut before it was done: recover */
		uint64_t value = fm_read(fm, 1, 0);

		fm_erase(fm, 0);
		if (!right)
			fm_erase(fm, 1);
		fm_write(fm, 0, 0, value);
		if (right)
			fm_erase(fm, 1);
	} else if (fm_read(fm, 0, 0) == SWAP_OLD) {
		fm_erase(fm, 1);
		fm_write(fm, 1, 0, SWAP_NEW);
		fm_write(fm, 1, 1, JOURNAL_SET);
		fm_erase(fm, 0);
		fm_write(fm, 0, 0, SWAP_NEW);
		fm_erase(fm, 1);
	}
	fm_end(fm, fm_read(fm, 0, 0) == SWAP_NEW ? OUT_NEW : OUT_LOST);
}

/* ---- why R0 is not enough ---- */

/* From the start, and from where it ends, it boots alike: sets a mark, erases page 1 unread, takes
 * the mark away. Only a cut behind the mark makes the next boot look at what page 1 held. */
static inline void look_back_program(struct fm *fm)
{
	if (fm_read(fm, 3, 0) == 0)
		fm_end(fm, fm_read(fm, 1, 0) == SWAP_OLD ? OUT_LOST : OUT_NEW);
	fm_write(fm, 3, 0, 0);
	fm_erase(fm, 1);
	fm_erase(fm, 3);
	fm_write(fm, 1, 0, SWAP_OLD);
	fm_end(fm, OUT_NEW);
}

/* ---- programs drawn at random ---- */

enum { R_WRITE, R_ERASE, R_COPY, R_IF, R_END, R_KINDS };

#define R_LEN	14u
#define R_STEPS 24u
#define R_OPS	7u

struct random_insn {
	uint8_t kind, page, unit, other, go_to;
	uint64_t value;
};

struct random_code {
	struct random_insn insn[R_LEN];
};

static inline void random_insn_draw(struct bo_prng *prng, const char *kinds,
				    struct random_insn *ret)
{
	static const uint64_t values[] = {FM_BLANK, 0, 0xFFFFFFFF00000000u, 0x5555555555555555u};

	switch (kinds[bo_prng_below(prng, strlen(kinds))]) {
	case 'w':
		ret->kind = R_WRITE;
		break;
	case 'e':
		ret->kind = R_ERASE;
		break;
	case 'c':
		ret->kind = R_COPY;
		break;
	case 'i':
		ret->kind = R_IF;
		break;
	default:
		ret->kind = R_END;
	}
	ret->page = (uint8_t)bo_prng_below(prng, 3);
	ret->unit = (uint8_t)bo_prng_below(prng, 2);
	ret->other = (uint8_t)bo_prng_below(prng, 3);
	ret->go_to = (uint8_t)bo_prng_below(prng, R_LEN);
	ret->value = values[bo_prng_below(prng, sizeof(values) / sizeof(values[0]))];
}

/* A mark in page 2 decides between work on pages 1 and 2 and a look at page 1. */
static inline void shaped_code_draw(struct bo_prng *prng, struct random_code *ret)
{
	static const uint64_t values[] = {0, 0x5555555555555555u};
	const uint32_t look = R_LEN / 2;

	for (uint32_t i = 0; i < R_LEN; i++) {
		random_insn_draw(prng, i < look ? "wwe" : "in", &ret->insn[i]);
		ret->insn[i].page = (uint8_t)(1 + bo_prng_below(prng, 2));
		ret->insn[i].unit = 0;
		ret->insn[i].value = values[bo_prng_below(prng, 2)];
		if (ret->insn[i].go_to <= look)
			ret->insn[i].go_to = (uint8_t)(look + 1);
	}
	ret->insn[0] = (struct random_insn){.kind = R_IF, .page = 2, .go_to = (uint8_t)look};
	ret->insn[look - 1] = (struct random_insn){.kind = R_END, .other = OUT_NEW};
}

/* Few places and values, so that what is written is read again. Half of the programs are shaped
 * like a boot loader. */
static inline void random_code_draw(struct bo_prng *prng, struct random_code *ret)
{
	if (bo_prng_below(prng, 2)) {
		shaped_code_draw(prng, ret);
		return;
	}
	for (uint32_t i = 0; i < R_LEN; i++)
		random_insn_draw(prng, "wweeciiin", &ret->insn[i]);
}

static inline void random_memory_draw(struct bo_prng *prng, uint8_t memory[FM_SIZE])
{
	memset(memory, 0xFF, FM_SIZE);
	for (uint32_t page = 0; page < 3; page++)
		for (uint32_t unit = 0; unit < 2; unit++)
			if (bo_prng_below(prng, 2))
				fm_put(memory, page, unit, 0x5555555555555555u);
}

static inline void random_code_run(struct fm *fm, const struct random_code *code)
{
	uint32_t at = 0;

	for (uint32_t steps = 0; steps < R_STEPS && fm->ops < R_OPS; steps++) {
		const struct random_insn *insn = &code->insn[at];

		at = (at + 1) % R_LEN;
		switch (insn->kind) {
		case R_WRITE:
			fm_write(fm, insn->page, insn->unit, insn->value);
			break;
		case R_ERASE:
			fm_erase(fm, insn->page);
			break;
		case R_COPY:
			fm_write(fm, insn->page, insn->unit, fm_read(fm, insn->other, insn->unit));
			break;
		case R_IF:
			if (fm_read(fm, insn->page, insn->unit) == insn->value)
				at = insn->go_to;
			break;
		default:
			fm_end(fm, insn->other);
		}
	}
	fm_end(fm, OUT_ENDLESS);
}

static inline void random_program(struct fm *fm)
{
	random_code_run(fm, fm->code);
}

#endif
