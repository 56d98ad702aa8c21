#ifndef BO_HARNESS_TESTS_FAKE_POWER_H
#define BO_HARNESS_TESTS_FAKE_POWER_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/api/power.h"
#include "harness/base/str.h"

/* A power output that writes down what is asked of it, and fails or lies when told to. */
struct fake_power {
	struct bo_power power;
	struct bo_clock *clock;
	struct bo_buf *said; /* "main off 0, usb off 5, ": name, state, milliseconds */
	const char *name;
	bool on, fails;
	bo_ns late_ns, switched; /* SENSE_LATE: how much later it says so; when it was switched */
	enum fake_sense { SENSE_TRUE, SENSE_LIVE, SENSE_DEAD, SENSE_LATE, SENSE_FAILS } sense;
};

static inline struct fake_power *to_fake_power(struct bo_power *power)
{
	return (struct fake_power *)power;
}

static inline void fake_power_say(const struct fake_power *fake, const char *what)
{
	bo_buf_printf(fake->said, "%s %s %lld, ", fake->name, what,
		      (long long)(bo_clock_stamp(fake->clock) / BO_MS));
}

static inline int fake_power_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	struct fake_power *fake = to_fake_power(power);

	if (fake->fails)
		return bo_err_set(err, -EIO, "it does not follow");
	fake->on = on;
	fake->switched = bo_clock_stamp(fake->clock);
	fake_power_say(fake, on ? "on" : "off");
	*ret_at = bo_clock_stamp(fake->clock);
	return 0;
}

static inline int fake_power_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	(void)err;
	*ret_on = to_fake_power(power)->on;
	return 0;
}

static inline int fake_power_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	const struct fake_power *fake = to_fake_power(power);
	const bool settled = bo_clock_stamp(fake->clock) - fake->switched >= fake->late_ns;
	const bool live[] = {[SENSE_TRUE] = fake->on,
			     [SENSE_LIVE] = true,
			     [SENSE_DEAD] = false,
			     [SENSE_LATE] = fake->on && settled};

	if (fake->sense == SENSE_FAILS)
		return bo_err_set(err, -EIO, "no reading");
	*ret_live = live[fake->sense];
	return 0;
}

static inline void fake_power_close(struct bo_power *power)
{
	fake_power_say(to_fake_power(power), power->keep ? "kept" : "safe");
}

static inline void fake_power_init(struct fake_power *fake, const char *name,
				   struct bo_clock *clock, struct bo_buf *said)
{
	static const struct bo_power_ops ops = {
		.name = "fake",
		.set = fake_power_set,
		.get = fake_power_get,
		.sense = fake_power_sense,
		.close = fake_power_close,
	};

	*fake = (struct fake_power){
		.power = {.ops = &ops}, .clock = clock, .said = said, .name = name};
}

#endif
