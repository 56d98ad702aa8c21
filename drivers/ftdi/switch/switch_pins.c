#include "drivers/ftdi/switch/switch_pins.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* One byte at the slowest rate that the chip driver sets, with ample room. */
#define ARRIVAL_NS BO_MS
/*
 * How long a pin may take to read what was written. Electrically it is microseconds; the room is
 * for a byte in the chip's queue and for USB frames (1 ms each on a full-speed chip).
 */
#define FOLLOW_NS (20 * BO_MS)

void bo_switch_pins_init(struct bo_switch_pins *pins, struct bo_chip *chip, struct bo_clock *clock)
{
	*pins = (struct bo_switch_pins){.chip = chip, .clock = clock};
}

static void lose(struct bo_switch_pins *pins, const struct bo_err *why)
{
	pins->chip->ops->close(pins->chip);
	pins->present = false;
	pins->outputs = pins->open_drain = pins->kept = 0;
	pins->tuned = 0;
	pins->gone = *why;
	for (int i = 0; i < BO_SWITCH_PINS; i++)
		pins->leases[i].interrupted = pins->leases[i].held;
}

int bo_switch_pins_lost(struct bo_switch_pins *pins, const struct bo_err *why, struct bo_err *err)
{
	lose(pins, why);
	return bo_err_set(err, -ENODEV, "unplugged, or it stopped answering: %s", bo_err_text(why));
}

static int require_present(const struct bo_switch_pins *pins, struct bo_err *err)
{
	if (pins->present)
		return 0;
	return bo_err_set(err, -ENODEV, "unplugged; the state of its outputs is unknown: %s",
			  bo_err_text(&pins->gone));
}

/* A queue that only drains has no event to wait for. */
static void wait_for_arrival(struct bo_switch_pins *pins)
{
	bo_ns until = bo_clock_stamp(pins->clock) + ARRIVAL_NS;

	while (bo_clock_stamp(pins->clock) < until)
		(void)pins->clock->ops->wait(pins->clock, NULL, 0, until);
}

/* Reads until the pins of `mask` are at `levels`; *ret_read is the last reading. */
static int follow(struct bo_switch_pins *pins, uint8_t mask, uint8_t levels, uint8_t *ret_read,
		  struct bo_err *why)
{
	bo_ns until = bo_clock_stamp(pins->clock) + FOLLOW_NS;
	uint8_t read;

	do {
		int rc = pins->chip->ops->read(pins->chip, &read, 1, why);

		if (rc < 0)
			return rc;
	} while (((read ^ levels) & mask) && bo_clock_stamp(pins->clock) < until);
	*ret_read = read;
	return 0;
}

static const char *level_text(uint8_t levels, int pin)
{
	return levels >> pin & 1 ? "high" : "low";
}

static int compare(uint8_t mask, uint8_t wanted, uint8_t read, struct bo_err *err)
{
	for (int pin = 0; pin < BO_SWITCH_PINS; pin++)
		if (((wanted ^ read) & mask) >> pin & 1)
			return bo_err_set(err, -EIO,
					  "pin %d: wanted %s, reads %s: is it shorted, or driven "
					  "from elsewhere?",
					  pin, level_text(wanted, pin), level_text(read, pin));
	return 0;
}

/* Which pins the chip drives. */
static uint8_t driven(const struct bo_switch_pins *pins)
{
	return pins->outputs & (uint8_t) ~(pins->open_drain & pins->latch);
}

static int direct(struct bo_switch_pins *pins, uint8_t outputs, struct bo_err *err)
{
	struct bo_err why = {0};

	if (pins->chip->ops->direct(pins->chip, outputs, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	return 0;
}

static int write_latch(struct bo_switch_pins *pins, struct bo_err *err)
{
	uint8_t latch = bo_switch_pins_latch(pins);
	struct bo_err why = {0};

	if (pins->chip->ops->write(pins->chip, &latch, 1, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	return 0;
}

/* Only `mask` is verified: another lease's short is not ours. Nor is a line that was let go: others
 * may hold it low. */
static int verify(struct bo_switch_pins *pins, uint8_t mask, struct bo_err *err)
{
	struct bo_err why = {0};
	uint8_t read;

	mask &= driven(pins);
	if (!mask)
		return 0;
	if (follow(pins, mask, pins->latch, &read, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	return compare(mask, pins->latch, read, err);
}

/* Drives pins that are outputs already. */
static int drive(struct bo_switch_pins *pins, uint8_t mask, uint8_t levels, struct bo_err *err)
{
	uint8_t before = driven(pins);
	int rc = 0;

	pins->latch = (uint8_t)((pins->latch & ~mask) | (levels & mask));
	if (mask & ~pins->open_drain)
		rc = write_latch(pins, err);
	if (rc == 0 && driven(pins) != before)
		rc = direct(pins, driven(pins), err);
	return rc < 0 ? rc : verify(pins, mask, err);
}

/* What pins are to be: `mask` says which of the outputs get `levels`. */
struct direction {
	uint8_t outputs, open_drain, mask, levels;
};

/*
 * The latch is filled and has reached the pins' drivers before the direction changes: the other way
 * round a pin shows the latch's old level until the first write. A pin that is driven no more is
 * let go of before that, as the latch may hold another level for it then.
 */
static int redirect(struct bo_switch_pins *pins, const struct direction *to, struct bo_err *err)
{
	uint8_t before = driven(pins);
	int rc = 0;

	pins->latch = (uint8_t)((pins->latch & ~to->mask) | (to->levels & to->mask));
	pins->outputs = to->outputs;
	pins->open_drain = to->open_drain;
	if (before & ~driven(pins))
		rc = direct(pins, before & driven(pins), err);
	if (rc == 0)
		rc = write_latch(pins, err);
	if (rc < 0)
		return rc;
	wait_for_arrival(pins);
	rc = direct(pins, driven(pins), err);
	return rc < 0 ? rc : verify(pins, to->mask, err);
}

int bo_switch_pins_enter(struct bo_switch_pins *pins, struct bo_err *err)
{
	struct bo_err why = {0};
	struct direction to = {0};
	int rc;

	if (pins->present)
		return 0;
	rc = pins->chip->ops->open(pins->chip, &why);
	if (rc < 0) {
		pins->gone = why;
		return bo_err_set(err, rc, "%s", bo_err_text(&why));
	}
	pins->present = true;
	for (int i = 0; i < BO_SWITCH_PINS; i++) {
		to.outputs |= pins->leases[i].outputs;
		to.open_drain |= pins->leases[i].open_drain;
		to.levels |= pins->leases[i].safe;
	}
	to.mask = to.outputs;
	rc = redirect(pins, &to, err);
	/* A pin that does not follow is its lease's trouble at the next call, not the chip's. */
	return rc == -EIO ? 0 : rc;
}

void bo_switch_pins_leave(struct bo_switch_pins *pins)
{
	if (pins->present)
		pins->chip->ops->close(pins->chip);
	pins->present = false;
}

static const struct bo_switch_lease *holder_of(const struct bo_switch_pins *pins, uint8_t mask,
					       uint8_t *ret_pins)
{
	for (int i = 0; i < BO_SWITCH_PINS; i++) {
		const struct bo_switch_lease *lease = &pins->leases[i];

		*ret_pins = (uint8_t)((lease->outputs | lease->inputs) & mask);
		if (*ret_pins)
			return lease;
	}
	return NULL;
}

static int refuse_busy(const struct bo_switch_lease *holder, uint8_t shared, struct bo_err *err)
{
	int pin = __builtin_ctz(shared);

	if (holder->orphan)
		return bo_err_set(err, -EBUSY,
				  "pin %d was held by \"%s\" (pid %d), which is gone; it is not "
				  "yet proven to be at its safe level",
				  pin, holder->name, (int)holder->pid);
	return bo_err_set(err, -EBUSY, "pin %d is in use by \"%s\" (pid %d)", pin, holder->name,
			  (int)holder->pid);
}

static struct bo_switch_lease *free_lease(struct bo_switch_pins *pins)
{
	for (int i = 0; i < BO_SWITCH_PINS; i++)
		if (!pins->leases[i].held)
			return &pins->leases[i];
	assert(false && "eight disjoint leases of eight pins, and a free pin");
	return NULL;
}

int bo_switch_pins_lease(struct bo_switch_pins *pins, const struct bo_switch_lease *want,
			 struct bo_switch_lease **ret, struct bo_err *err)
{
	const struct bo_switch_lease *holder;
	struct bo_switch_lease *lease;
	struct direction before = {pins->outputs, pins->open_drain, 0, 0}, to;
	struct bo_err ignored;
	uint8_t shared, claimed;
	int rc;

	assert((want->open_drain & ~want->outputs) == 0);
	assert((want->outputs | want->inputs) && !(want->outputs & want->inputs));
	holder = holder_of(pins, want->outputs | want->inputs, &shared);
	if (holder)
		return refuse_busy(holder, shared, err);
	rc = bo_switch_pins_enter(pins, err);
	if (rc < 0)
		return rc;
	claimed = want->outputs | want->inputs;
	to = (struct direction){
		.outputs = (uint8_t)((pins->outputs | want->outputs) & ~want->inputs),
		.open_drain = (uint8_t)((pins->open_drain & ~claimed) | want->open_drain),
		.mask = want->outputs,
		.levels = (uint8_t)((want->safe & ~pins->kept) | (pins->latch & pins->kept)),
	};
	rc = redirect(pins, &to, err);
	if (rc < 0) {
		if (pins->present)
			(void)redirect(pins, &before, &ignored);
		return rc;
	}
	pins->kept &= (uint8_t)~claimed;
	lease = free_lease(pins);
	*lease = *want;
	lease->held = true;
	lease->orphan = lease->interrupted = false;
	*ret = lease;
	return 0;
}

/* Says once that the chip was away; what the client believes about its outputs is not so. */
static int require_continuity(struct bo_switch_lease *lease, struct bo_err *err)
{
	if (!lease->interrupted)
		return 0;
	lease->interrupted = false;
	return bo_err_set(err, -ENODEV,
			  "it was unplugged and is back; its outputs were in an unknown state and "
			  "are at their safe levels now");
}

int bo_switch_pins_usable(struct bo_switch_pins *pins, struct bo_switch_lease *lease, uint8_t mask,
			  struct bo_err *err)
{
	int rc;

	assert(lease->held && !lease->orphan);
	if (mask & ~lease->outputs)
		return bo_err_set(err, -EINVAL, "not an output of this lease");
	rc = require_present(pins, err);
	return rc < 0 ? rc : require_continuity(lease, err);
}

int bo_switch_pins_set(struct bo_switch_pins *pins, struct bo_switch_lease *lease, uint8_t mask,
		       uint8_t levels, struct bo_err *err)
{
	int rc = bo_switch_pins_usable(pins, lease, mask, err);

	return rc < 0 ? rc : drive(pins, mask, levels, err);
}

int bo_switch_pins_read(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			uint8_t *ret_levels, struct bo_err *err)
{
	struct bo_err why = {0};
	uint8_t read;
	int rc = bo_switch_pins_usable(pins, lease, 0, err);

	if (rc < 0)
		return rc;
	if (pins->chip->ops->read(pins->chip, &read, 1, &why) < 0)
		return bo_switch_pins_lost(pins, &why, err);
	*ret_levels = read & (lease->outputs | lease->inputs);
	return 0;
}

int bo_switch_pins_release(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			   struct bo_err *err)
{
	int rc;

	assert(lease->held);
	lease->orphan = true;
	rc = require_present(pins, err);
	if (rc == 0)
		rc = drive(pins, lease->outputs, lease->safe, err);
	if (rc == 0)
		*lease = (struct bo_switch_lease){0};
	return rc;
}

int bo_switch_pins_keep(struct bo_switch_pins *pins, struct bo_switch_lease *lease,
			struct bo_err *err)
{
	int rc;

	assert(lease->held);
	rc = require_present(pins, err);
	if (rc == 0)
		rc = require_continuity(lease, err);
	if (rc < 0) {
		lease->orphan = true;
		return rc;
	}
	pins->kept |= (pins->latch ^ lease->safe) & lease->outputs;
	*lease = (struct bo_switch_lease){0};
	return 0;
}

int bo_switch_pins_tend(struct bo_switch_pins *pins)
{
	struct bo_err why = {0};
	uint8_t read;
	int left = 0;

	if (!pins->present)
		(void)bo_switch_pins_enter(pins, &why);
	else if (pins->chip->ops->read(pins->chip, &read, 1, &why) < 0)
		lose(pins, &why);
	for (int i = 0; i < BO_SWITCH_PINS; i++) {
		struct bo_switch_lease *lease = &pins->leases[i];

		if (lease->held && lease->orphan)
			(void)bo_switch_pins_release(pins, lease, &why);
		left += lease->held;
	}
	return left;
}
