#ifndef BO_DRIVERS_FTDI_SWITCH_WAVE_H
#define BO_DRIVERS_FTDI_SWITCH_WAVE_H

#include "drivers/ftdi/switch/switch_pins.h"

/*
 * Waveforms on pins: dips and trains of dips as one USB packet of levels, which the chip plays at
 * its own pace. Once the packet is in the chip neither this process nor its host matter any more,
 * and its last byte holds the levels from before. All eight pins are in every byte: those that the
 * waveform is not about keep their levels.
 *
 * How fast a chip plays is contradictory in what has been written about these chips, by factors of
 * four and five. So no waveform is played before its byte period was compared with the host's
 * clock: into a full queue goes just as much as comes out of it. More than 5 % off is refused.
 *
 * That the pins followed is proven by the chip as well: while it plays it samples them, at the same
 * pace, and its record is searched for every pulse. No busy host can miss one.
 *
 * A waveform belongs to an interface, not to a pin: what another lease sets meanwhile would wait
 * behind it. So it is refused while another process holds outputs there, and nothing else is served
 * until it is over (51 ms at most).
 */
#define BO_WAVE_BYTES_MAX 512

struct bo_switch_wave {
	uint8_t mask, levels; /* of the first, third, ... step */
	size_t count;	      /* odd */
	const uint32_t *step_ns;
};

struct bo_switch_played {
	bo_ns at;	  /* of the first edge */
	uint32_t byte_ns; /* the grid that the steps are on */
	unsigned seen;	  /* pulses that were read back at the pins */
};

/* The wave as bytes, `latch` being the levels before and after it. */
struct bo_wave_plan {
	uint32_t byte_ns;
	size_t len;
	uint8_t bytes[BO_WAVE_BYTES_MAX];
};

/*
 * The coarsest grid on which every step comes out exactly and the whole fits a packet of the
 * model; else the finest on which no step is more than 5 % off. -EOPNOTSUPP: not this chip; -EDOM:
 * not this wave.
 */
int bo_switch_wave_plan(const struct bo_chip_model *model, const struct bo_switch_wave *wave,
			uint8_t latch, struct bo_wave_plan *ret, struct bo_err *err);

/* How many of the wave's pulses are in the samples, the first one first, each as long as it should
 * be to a sample, as are the gaps between them. */
unsigned bo_switch_wave_find(const struct bo_switch_wave *wave, uint32_t byte_ns, uint8_t latch,
			     const uint8_t *samples, size_t count);

/*
 * Makes ready for this wave and compares the clock, once for each grid as long as the chip stays.
 * Up to 1.3 s, no pin changes. Errors as above, -EBUSY, -ERANGE when the clock is off, and the
 * chip's.
 */
int bo_switch_wave_tune(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			const struct bo_switch_wave *wave, uint32_t *ret_byte_ns,
			struct bo_err *err);

/* Plays it and verifies that the levels are back. -ERANGE also when it was not tuned. */
int bo_switch_wave_play(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			const struct bo_switch_wave *wave, struct bo_switch_played *ret,
			struct bo_err *err);

#endif
