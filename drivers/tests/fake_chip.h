#ifndef DRIVERS_TESTS_FAKE_CHIP_H
#define DRIVERS_TESTS_FAKE_CHIP_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "drivers/ftdi/switch/switch_chip.h"

/*
 * A bit-bang interface in memory that several processes share: a server in one drives it, a test
 * in another unplugs it, shorts its pins and reads what happened on them.
 *
 * As on the real chip, a written byte takes a while to reach the latch, the latch powers up as
 * zeros, and an undriven pin shows what the circuit around it pulls it to.
 */
#define FAKE_HISTORY_MAX 4096
#define FAKE_ARRIVAL_NS	 300000
#define FAKE_WAVE_MAX	 512
#define FAKE_FIFO	 2048

struct fake_state {
	_Atomic bool plugged;
	_Atomic int open_error; /* -errno that open() answers with; 0: none */
	_Atomic uint8_t pulls;
	_Atomic uint8_t stuck, stuck_levels; /* pins that something else drives */
	_Atomic uint8_t rail, follows;	     /* pins of `rail` show the level of pin `follows` */
	_Atomic int slow_ms;		     /* each transfer takes this long */
	_Atomic uint8_t latch, outputs;
	_Atomic int writes, opens;
	/* The levels on all pins, each time that any of them changed. */
	_Atomic unsigned changes;
	_Atomic uint8_t history[FAKE_HISTORY_MAX];
	int64_t arrival_ns; /* from a write to the latch */
	/* Waveforms: with a clock, writes are held up by a full queue, as on the real chip. */
	_Atomic bool clocked;
	_Atomic int clock_pct; /* how long a byte takes, of what it should */
	uint32_t byte_ns;      /* 0: the usual pace */
	int64_t drained_at;
	uint8_t wave[FAKE_WAVE_MAX];
	_Atomic size_t wave_len; /* the last write of several bytes */
	int64_t wave_at;
	bool recorded; /* its samples were taken */
	uint8_t on_its_way;
	int64_t arrives_at; /* 0: nothing is under way */
	_Atomic bool stale; /* what was opened before an unplug stays dead after it */
	bool claimed;
};

struct fake_chip {
	struct bo_chip chip;
	struct fake_state *state;
};

static inline int64_t fake_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static inline uint8_t fake_levels(const struct fake_state *state)
{
	uint8_t levels =
		(uint8_t)((state->latch & state->outputs) | (state->pulls & ~state->outputs));

	if (state->rail)
		levels = (uint8_t)((levels & ~state->rail) |
				   (levels >> state->follows & 1 ? state->rail : 0));
	return (uint8_t)((levels & ~state->stuck) | (state->stuck_levels & state->stuck));
}

static inline void fake_note(struct fake_state *state)
{
	uint8_t levels = fake_levels(state);
	unsigned n = state->changes;

	if (n == 0 || (n < FAKE_HISTORY_MAX && state->history[n - 1] != levels)) {
		state->history[n] = levels;
		state->changes = n + 1;
	}
}

/* How often a pin changed its level since fake_forget(). */
static inline int fake_edges(const struct fake_state *state, int pin)
{
	int edges = 0;

	for (unsigned i = 1; i < state->changes; i++)
		edges += (state->history[i] ^ state->history[i - 1]) >> pin & 1;
	return edges;
}

static inline void fake_forget(struct fake_state *state)
{
	state->changes = 0;
	fake_note(state);
}

static inline void fake_unplug(struct fake_state *state)
{
	state->plugged = false;
	state->stale = true;
	state->outputs = state->latch = 0;
	fake_note(state);
}

static inline struct fake_state *fake_state_new(void)
{
	struct fake_state *state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (state == MAP_FAILED)
		return NULL;
	state->plugged = true;
	state->pulls = 0xff;
	state->arrival_ns = FAKE_ARRIVAL_NS;
	state->clock_pct = 100;
	fake_note(state);
	return state;
}

static inline void fake_state_free(struct fake_state *state)
{
	munmap(state, sizeof(*state));
}

static inline int64_t fake_byte_ns(const struct fake_state *state)
{
	return (int64_t)state->byte_ns * state->clock_pct / 100;
}

/* The byte of a waveform that is at the pins now. */
static inline void fake_follow_wave(struct fake_state *state)
{
	int64_t i = state->clocked ? (fake_now() - state->wave_at) / fake_byte_ns(state)
				   : FAKE_WAVE_MAX;
	int64_t last = (int64_t)state->wave_len - 1;

	state->latch = state->wave[i < last ? i : last];
	fake_note(state);
}

static inline void fake_arrive(struct fake_state *state)
{
	if (state->wave_len && state->byte_ns)
		fake_follow_wave(state);
	if (!state->arrives_at || fake_now() < state->arrives_at)
		return;
	state->latch = state->on_its_way;
	state->arrives_at = 0;
	fake_note(state);
}

static inline int fake_transfer(struct fake_chip *fake, struct bo_err *err)
{
	struct fake_state *state = fake->state;
	struct timespec slow = {.tv_sec = state->slow_ms / 1000,
				.tv_nsec = state->slow_ms % 1000 * 1000000L};

	if (state->slow_ms)
		nanosleep(&slow, NULL);
	if (!state->plugged || state->stale)
		return bo_err_set(err, -ENODEV, "usb transfer failed");
	fake_arrive(state);
	return 0;
}

static inline struct fake_chip *to_fake(struct bo_chip *chip)
{
	return (struct fake_chip *)chip;
}

static inline int fake_open(struct bo_chip *chip, struct bo_err *err)
{
	struct fake_state *state = to_fake(chip)->state;

	if (state->open_error)
		return bo_err_set(err, state->open_error, "open was made to fail");
	if (!state->plugged)
		return bo_err_set(err, -ENODEV, "no such device: is it plugged in?");
	state->opens++;
	state->claimed = true;
	state->stale = false;
	state->arrives_at = 0;
	state->outputs = 0;
	fake_note(state);
	return 0;
}

static inline int fake_direct(struct bo_chip *chip, uint8_t outputs, struct bo_err *err)
{
	int rc = fake_transfer(to_fake(chip), err);

	if (rc < 0)
		return rc;
	to_fake(chip)->state->outputs = outputs;
	fake_note(to_fake(chip)->state);
	return 0;
}

static inline void fake_queue(struct fake_state *state, size_t len)
{
	int64_t now = fake_now();
	int64_t full = FAKE_FIFO * fake_byte_ns(state);

	state->drained_at = state->drained_at > now ? state->drained_at : now;
	state->drained_at += (int64_t)len * fake_byte_ns(state);
	while (state->drained_at - (now = fake_now()) > full) {
		struct timespec nap = {.tv_nsec = 200000};

		nanosleep(&nap, NULL);
	}
}

static inline int fake_pace(struct bo_chip *chip, uint32_t byte_ns, struct bo_err *err)
{
	int rc = fake_transfer(to_fake(chip), err);

	if (rc == 0)
		to_fake(chip)->state->byte_ns = byte_ns;
	return rc;
}

static inline int fake_write(struct bo_chip *chip, const uint8_t *latches, size_t len,
			     struct bo_err *err)
{
	struct fake_state *state = to_fake(chip)->state;
	int rc = fake_transfer(to_fake(chip), err);

	if (rc < 0)
		return rc;
	state->writes++;
	state->wave_len = len > 1 ? len : 0;
	if (len > 1) {
		memcpy(state->wave, latches, len);
		state->wave_at = fake_now();
		state->recorded = false;
		state->arrives_at = 0;
		if (state->clocked)
			fake_queue(state, len);
		else
			fake_follow_wave(state);
		return 0;
	}
	state->on_its_way = latches[0];
	state->arrives_at = fake_now() + state->arrival_ns;
	fake_arrive(state);
	return 0;
}

/* The record of the last waveform, all at once when it is over. */
static inline int fake_record(struct fake_state *state, uint8_t *out, size_t count)
{
	uint8_t latch = state->latch;
	size_t len = state->wave_len < count ? state->wave_len : count;

	if (!state->wave_len || state->recorded || fake_now() < state->drained_at)
		return 0;
	for (size_t i = 0; i < len; i++) {
		state->latch = state->wave[i];
		out[i] = fake_levels(state);
	}
	state->latch = latch;
	state->recorded = true;
	return (int)len;
}

static inline int fake_read(struct bo_chip *chip, uint8_t *ret_levels, size_t count,
			    struct bo_err *err)
{
	struct fake_state *state = to_fake(chip)->state;
	int rc = fake_transfer(to_fake(chip), err);

	if (rc < 0)
		return rc;
	if (count > 1)
		return fake_record(state, ret_levels, count);
	*ret_levels = fake_levels(state);
	return 1;
}

static inline void fake_close(struct bo_chip *chip)
{
	to_fake(chip)->state->claimed = false;
}

static inline void fake_chip_init(struct fake_chip *fake, struct fake_state *state)
{
	static const struct bo_chip_ops ops = {
		.open = fake_open,
		.direct = fake_direct,
		.write = fake_write,
		.pace = fake_pace,
		.read = fake_read,
		.close = fake_close,
	};

	static const struct bo_chip_model model = {"FT4232H", 0x08,	     4,
						   FAKE_FIFO, FAKE_WAVE_MAX, NULL};

	*fake = (struct fake_chip){.chip = {.ops = &ops, .model = &model}, .state = state};
}

#endif
