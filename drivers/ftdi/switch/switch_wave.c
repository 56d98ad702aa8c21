#include "drivers/ftdi/switch/switch_wave.h"

#include <errno.h>
#include <string.h>

/* Each is a whole divisor of the H chips' 12 MHz base at five bytes a baud (AN_120), and well above
 * their slowest rate. */
static const uint32_t grids_ns[] = {10000, 25000, 50000, 100000};
#define GRIDS	      (sizeof(grids_ns) / sizeof(grids_ns[0]))
#define TOLERANCE_PCT 5
#define FIRST_WINDOW  (50 * BO_MS)
#define LAST_WINDOW   (400 * BO_MS)
#define RECORD_MAX    8192 /* twice the largest queue */

/* ---- the plan ---- */

static bool is_on_grid(const struct bo_switch_wave *wave, uint32_t byte_ns, uint32_t tolerance_pct)
{
	for (size_t i = 0; i < wave->count; i++) {
		uint64_t is = (uint64_t)bo_switch_step_bytes(wave->step_ns[i], byte_ns) * byte_ns;
		uint64_t wanted = wave->step_ns[i];
		uint64_t off = is > wanted ? is - wanted : wanted - is;

		if (off * 100 > wanted * tolerance_pct)
			return false;
	}
	return true;
}

static uint64_t length_on(const struct bo_switch_wave *wave, uint32_t byte_ns)
{
	uint64_t len = 1; /* the levels from before */

	for (size_t i = 0; i < wave->count; i++)
		len += bo_switch_step_bytes(wave->step_ns[i], byte_ns);
	return len;
}

/* The coarser, the longer the chip's record of it lasts. */
static size_t find_grid(const struct bo_switch_wave *wave, size_t room)
{
	for (size_t i = GRIDS; i-- > 0;)
		if (length_on(wave, grids_ns[i]) <= room && is_on_grid(wave, grids_ns[i], 0))
			return i;
	for (size_t i = 0; i < GRIDS; i++)
		if (length_on(wave, grids_ns[i]) <= room &&
		    is_on_grid(wave, grids_ns[i], TOLERANCE_PCT))
			return i;
	return GRIDS;
}

static void fill(const struct bo_switch_wave *wave, uint8_t latch, struct bo_wave_plan *plan)
{
	uint8_t pulse = (uint8_t)((latch & ~wave->mask) | (wave->levels & wave->mask));

	plan->len = 0;
	for (size_t i = 0; i < wave->count; i++) {
		size_t len = bo_switch_step_bytes(wave->step_ns[i], plan->byte_ns);

		memset(plan->bytes + plan->len, i % 2 == 0 ? pulse : latch, len);
		plan->len += len;
	}
	plan->bytes[plan->len++] = latch;
}

int bo_switch_wave_plan(const struct bo_chip_model *model, const struct bo_switch_wave *wave,
			uint8_t latch, struct bo_wave_plan *ret, struct bo_err *err)
{
	size_t room = model->packet < BO_WAVE_BYTES_MAX ? model->packet : BO_WAVE_BYTES_MAX;

	if (model->no_waves)
		return bo_err_set(err, -EOPNOTSUPP, "%s plays no waveforms: %s", model->name,
				  model->no_waves);
	size_t grid = find_grid(wave, room);

	if (grid == GRIDS)
		return bo_err_set(err, -EDOM,
				  "too long, or too short for its length: %s plays %zu bytes "
				  "of 10, 25, 50 or 100 us, and no step may be more than %d %% off",
				  model->name, room, TOLERANCE_PCT);
	ret->byte_ns = grids_ns[grid];
	fill(wave, latch, ret);
	return 0;
}

/* ---- the chip ---- */

static int require_alone(const struct bo_switch_pins *pins, const struct bo_switch_lease *lease,
			 struct bo_err *err)
{
	for (int i = 0; i < BO_SWITCH_PINS; i++) {
		const struct bo_switch_lease *other = &pins->leases[i];

		if (other->held && other->outputs && other->pid != lease->pid)
			return bo_err_set(err, -EBUSY,
					  "\"%s\" (pid %d) has outputs on this interface, which "
					  "would wait behind a waveform: give it another interface",
					  other->name, (int)other->pid);
	}
	return 0;
}

static int pace(struct bo_switch_pins *pins, uint32_t byte_ns, struct bo_err *err)
{
	struct bo_err why = {0};

	if (pins->chip->ops->pace(pins->chip, byte_ns, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	return 0;
}

static int write_bytes(struct bo_switch_pins *pins, const uint8_t *bytes, size_t len,
		       struct bo_err *err)
{
	struct bo_err why = {0};

	if (pins->chip->ops->write(pins->chip, bytes, len, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	return 0;
}

/* The levels as they are, in whole packets. */
static int write_latch(struct bo_switch_pins *pins, size_t packets, struct bo_err *err)
{
	uint8_t bytes[BO_WAVE_BYTES_MAX];
	int rc = 0;

	memset(bytes, bo_switch_pins_latch(pins), sizeof(bytes));
	while (rc == 0 && packets-- > 0)
		rc = write_bytes(pins, bytes, pins->chip->model->packet, err);
	return rc;
}

static void sleep_until(struct bo_switch_pins *pins, bo_ns until)
{
	while (bo_clock_stamp(pins->clock) < until)
		(void)pins->clock->ops->wait(pins->clock, NULL, 0, until);
}

/* The queue is full before and after: as many bytes came out as went in. */
static int measure(struct bo_switch_pins *pins, uint32_t byte_ns, bo_ns window, bo_ns *ret_wanted,
		   bo_ns *ret_is, struct bo_err *err)
{
	bo_ns packet_ns = (bo_ns)byte_ns * pins->chip->model->packet;
	size_t packets = (size_t)((window + packet_ns - 1) / packet_ns);
	bo_ns began = bo_clock_stamp(pins->clock);
	int rc = write_latch(pins, packets, err);

	*ret_wanted = (bo_ns)packets * packet_ns;
	*ret_is = bo_clock_stamp(pins->clock) - began;
	return rc;
}

/* A busy host stamps late: a longer window makes that matter less, until the clock is to blame. */
static int compare_clocks(struct bo_switch_pins *pins, uint32_t byte_ns, struct bo_err *err)
{
	const struct bo_chip_model *model = pins->chip->model;
	bo_ns wanted = 0, is = 0;
	int rc = write_latch(pins, (size_t)model->fifo / model->packet + 1, err);

	for (bo_ns window = FIRST_WINDOW; rc == 0 && window <= LAST_WINDOW; window *= 2) {
		rc = measure(pins, byte_ns, window, &wanted, &is, err);
		bo_ns off = is > wanted ? is - wanted : wanted - is;

		if (rc < 0 || off * 100 <= wanted * TOLERANCE_PCT)
			return rc;
	}
	return rc < 0 ? rc
		      : bo_err_set(err, -ERANGE,
				   "the %s's clock is not what it should be: %lld us of levels "
				   "took %lld us",
				   model->name, (long long)(wanted / BO_US),
				   (long long)(is / BO_US));
}

static size_t grid_of(uint32_t byte_ns)
{
	size_t i = 0;

	while (grids_ns[i] != byte_ns)
		i++;
	return i;
}

static int prepare(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
		   const struct bo_switch_wave *wave, struct bo_wave_plan *plan, struct bo_err *err)
{
	int rc = bo_switch_pins_usable(pins, lease, wave->mask, err);

	if (rc == 0)
		rc = require_alone(pins, lease, err);
	if (rc == 0 && wave->mask & pins->open_drain)
		rc = bo_err_set(err, -EDOM, "an open-drain output plays no waveforms");
	if (rc < 0)
		return rc;
	return bo_switch_wave_plan(pins->chip->model, wave, bo_switch_pins_latch(pins), plan, err);
}

int bo_switch_wave_tune(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			const struct bo_switch_wave *wave, uint32_t *ret_byte_ns,
			struct bo_err *err)
{
	struct bo_wave_plan plan;
	struct bo_err ignored;
	int rc = prepare(pins, lease, wave, &plan, err);

	if (rc < 0)
		return rc;
	unsigned bit = 1u << grid_of(plan.byte_ns);

	if (!(pins->tuned & bit)) {
		rc = pace(pins, plan.byte_ns, err);
		if (rc == 0)
			rc = compare_clocks(pins, plan.byte_ns, err);
		if (!pins->present)
			return rc;
		sleep_until(pins, bo_clock_stamp(pins->clock) +
					  (bo_ns)plan.byte_ns * (pins->chip->model->fifo + 1));
		int back = pace(pins, 0, rc < 0 ? &ignored : err);

		rc = rc < 0 ? rc : back;
	}
	if (rc < 0)
		return rc;
	pins->tuned |= bit;
	*ret_byte_ns = plan.byte_ns;
	return 0;
}

/* ---- the proof ---- */

/* Samples of one level from `at` on. */
static size_t run_of(const struct bo_switch_wave *wave, uint8_t level, const uint8_t *samples,
		     size_t count, size_t at)
{
	size_t len = 0;

	while (at + len < count && ((samples[at + len] ^ level) & wave->mask) == 0)
		len++;
	return len;
}

unsigned bo_switch_wave_find(const struct bo_switch_wave *wave, uint32_t byte_ns, uint8_t latch,
			     const uint8_t *samples, size_t count)
{
	const uint8_t level[] = {wave->levels, latch};
	size_t at = run_of(wave, latch, samples, count, 0);
	unsigned seen = 0;

	for (size_t i = 0; i < wave->count; i++) {
		size_t len = run_of(wave, level[i % 2], samples, count, at);
		size_t wanted = bo_switch_step_bytes(wave->step_ns[i], byte_ns);

		at += len;
		/* a step that is still going on where the record ends is no step */
		if (at == count || len + 1 < wanted || len > wanted + 1)
			break;
		seen += i % 2 == 0;
	}
	return seen;
}

/* Takes what the chip recorded until all pulses are there, or can come no more. */
static int collect(struct bo_switch_pins *pins, const struct bo_switch_wave *wave, uint32_t byte_ns,
		   bo_ns until, unsigned *ret_seen, struct bo_err *err)
{
	static uint8_t samples[RECORD_MAX];
	struct bo_err why = {0};
	size_t count = 0;

	for (;;) {
		bo_ns now = bo_clock_stamp(pins->clock);
		size_t room = RECORD_MAX - count;
		int rc = pins->chip->ops->read(pins->chip, samples + count,
					       room < BO_WAVE_BYTES_MAX ? room : BO_WAVE_BYTES_MAX,
					       &why);

		if (rc < 0)
			return bo_switch_pins_lost(pins, &why, err);
		count += (size_t)rc;
		*ret_seen = bo_switch_wave_find(wave, byte_ns, pins->latch, samples, count);
		if (*ret_seen == (wave->count + 1) / 2 || RECORD_MAX - count < 2)
			return 0;
		if (now >= until && rc == 0)
			return 0;
	}
}

int bo_switch_wave_play(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			const struct bo_switch_wave *wave, struct bo_switch_played *ret,
			struct bo_err *err)
{
	struct bo_switch_played played = {0};
	struct bo_wave_plan plan;
	int rc = prepare(pins, lease, wave, &plan, err);

	if (rc < 0)
		return rc;
	if (!(pins->tuned >> grid_of(plan.byte_ns) & 1u))
		return bo_err_set(err, -ERANGE, "the chip's clock was not compared for this wave");
	if (!((pins->latch ^ wave->levels) & wave->mask))
		return bo_err_set(err, -EDOM, "the outputs are at the wave's levels already");
	rc = pace(pins, plan.byte_ns, err);
	if (rc == 0)
		rc = write_bytes(pins, plan.bytes, plan.len, err);
	played.at = bo_clock_stamp(pins->clock);
	played.byte_ns = plan.byte_ns;
	bo_ns end = (bo_ns)plan.len + 1;

	if (rc == 0)
		rc = collect(pins, wave, plan.byte_ns, played.at + (bo_ns)plan.byte_ns * end,
			     &played.seen, err);
	if (rc == 0)
		sleep_until(pins, played.at + (bo_ns)plan.byte_ns * end);
	if (rc == 0)
		rc = pace(pins, 0, err);
	if (rc == 0)
		rc = bo_switch_pins_set(pins, lease, wave->mask, pins->latch & wave->mask, err);
	if (rc == 0)
		*ret = played;
	return rc;
}
