#ifndef BO_DRIVERS_API_POWER_H
#define BO_DRIVERS_API_POWER_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"

/*
 * One switched output of a target's power: the switch in its supply, or whatever else could feed it
 * (VBUS, an isolator in a line); harness/engine/outputs.h has their order.
 *
 * `open` (the driver's, through the registry) leaves an output that was kept by hand as it is and
 * brings any other into its safe state; the engine sets it. close() brings the output into the safe
 * state named in the rack file, unless it is to be kept.
 */
struct bo_power;

/*
 * A dip or a train of them: the output goes off, on, off, ... for these times, and is on again
 * after the last of them, which is an "off".
 */
#define BO_WAVE_STEPS_MAX 31

struct bo_wave {
	size_t count; /* odd */
	bo_ns step_ns[BO_WAVE_STEPS_MAX];
};

/* What became of it. */
struct bo_wave_played {
	bo_ns at;			  /* of the first edge, at the output */
	bo_ns step_ns[BO_WAVE_STEPS_MAX]; /* as the adapter's clock makes them */
	unsigned seen; /* of the offs, how many the adapter read back at its output */
};

struct bo_power_ops {
	const char *name;
	/*
	 * Switches the output. Idempotent. *ret_at is when the adapter acknowledged, not when it
	 * was asked. The driver reads back what it set; a mismatch is -EIO. -ENODEV: the adapter is
	 * gone. Returns after the adapter's answer (well under a millisecond on USB 2.0 hardware);
	 * it does not wait for the rail to settle.
	 */
	int (*set)(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err);
	/* The output's level as the adapter reads it back. */
	int (*get)(struct bo_power *power, bool *ret_on, struct bo_err *err);
	/*
	 * Optional: whether the target's own rail is live, by a sense input on the target's side.
	 * This is a witness; get() is not.
	 */
	int (*sense)(struct bo_power *power, bool *ret_live, struct bo_err *err);
	/*
	 * Optional: plays a waveform on an output that is on, clocked by the adapter and not by
	 * this host, which cannot end in "off" whoever dies meanwhile. Returns when it is over, or
	 * at once where time is virtual; a set() ends what still plays. With `ret` NULL nothing is
	 * touched: the adapter is made ready, its clock compared with the host's (which may take a
	 * second), and what it could not play is refused. -EDOM, -EINVAL: too short, long or fine
	 * for it; -EOPNOTSUPP: it cannot at all; -EBUSY: another bench's output would wait behind
	 * it; -ERANGE: its clock is not what it should be; -EIO: the output does not follow.
	 */
	int (*play)(struct bo_power *power, const struct bo_wave *wave, struct bo_wave_played *ret,
		    struct bo_err *err);
	/*
	 * Optional (BO_CAP_TEARS): of the flash operation that the target has just begun, what
	 * enum bo_tear says is left, whatever else would be; the target is dead from now on, and
	 * set() is asked to switch off next. -EBUSY: there is no operation; -EINVAL: the tear fits
	 * another kind; -EOPNOTSUPP: this supply is not gone at once.
	 */
	int (*leave)(struct bo_power *power, int tear, struct bo_err *err);
	/* Safe state (unless `keep`), then release. Called exactly once, iff open succeeded. */
	void (*close)(struct bo_power *power);
};

struct bo_power {
	const struct bo_power_ops *ops;
	bool keep;	 /* set before close(): what was switched by hand stays as it is */
	bo_ns settle_ns; /* from "on" acknowledged to the rail up */
	bo_ns drain_ns;	 /* from "off" acknowledged to the rail certainly dead */
	bo_ns delay_ns;	 /* between this output and the one after it, where a bench has several */
};

static inline int bo_power_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	int rc = power->ops->set(power, on, ret_at, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_power_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	int rc = power->ops->get(power, ret_on, err);

	assert(rc <= 0);
	return rc;
}

/* -EOPNOTSUPP when the bench has no sense input. */
static inline int bo_power_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	if (!power->ops->sense)
		return bo_err_set(err, -EOPNOTSUPP, "no sense input");
	int rc = power->ops->sense(power, ret_live, err);

	assert(rc <= 0);
	return rc;
}

/* -EOPNOTSUPP when the adapter can only switch. */
static inline int bo_power_play(struct bo_power *power, const struct bo_wave *wave,
				struct bo_wave_played *ret, struct bo_err *err)
{
	assert(wave->count % 2 == 1 && wave->count <= BO_WAVE_STEPS_MAX);
	if (!power->ops->play)
		return bo_err_set(err, -EOPNOTSUPP, "this adapter plays no waveforms");
	int rc = power->ops->play(power, wave, ret, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_power_leave(struct bo_power *power, int tear, struct bo_err *err)
{
	if (!power->ops->leave)
		return bo_err_set(err, -EOPNOTSUPP, "this supply cannot aim into an operation");
	int rc = power->ops->leave(power, tear, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_power_close(struct bo_power *power)
{
	if (power)
		power->ops->close(power);
}

#endif
