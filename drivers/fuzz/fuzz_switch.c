#include <assert.h>

#include "drivers/ftdi/switch/switch_session.h"
#include "drivers/tests/fake_chip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Three clients of one chip send whatever they like, while the chip comes and goes and its pins
 * are shorted. Input: an operation, then its bytes. No client reaches a pin that is not its own.
 */
enum { CLIENTS = 3, OP_UNPLUG = CLIENTS, OP_PLUG, OP_SHORT, OP_TEND, OP_VANISH, OPS };

struct world {
	struct fake_state state;
	struct fake_chip chip;
	struct bo_clock clock;
	struct bo_switch_pins pins;
	struct bo_switch_session clients[CLIENTS];
	uint8_t ever_driven; /* outputs of any lease so far */
};

/* Time passes only by being asked for, so that waiting for a shorted pin takes no time. */
static bo_ns stamp(struct bo_clock *clock)
{
	return clock->now += BO_MS;
}

static int wait_none(struct bo_clock *clock, struct pollfd *fds, nfds_t fd_count, bo_ns deadline)
{
	(void)fds, (void)fd_count;
	clock->now = deadline > clock->now ? deadline : clock->now;
	return 0;
}

static void world_init(struct world *world)
{
	static const struct bo_clock_ops ops = {"fuzz", wait_none, stamp};

	*world = (struct world){.state = {.plugged = true, .pulls = 0xff},
				.clock = {.ops = &ops, .now = 1}};
	fake_chip_init(&world->chip, &world->state);
	bo_switch_pins_init(&world->pins, &world->chip.chip, &world->clock);
	for (int i = 0; i < CLIENTS; i++)
		world->clients[i] =
			(struct bo_switch_session){.pins = &world->pins, .pid = 100 + i};
}

static void check(struct world *world)
{
	uint8_t taken = 0;

	for (int i = 0; i < BO_SWITCH_PINS; i++) {
		const struct bo_switch_lease *lease = &world->pins.leases[i];

		assert(lease->held || !(lease->outputs | lease->inputs));
		assert(!(taken & (lease->outputs | lease->inputs)));
		taken |= lease->outputs | lease->inputs;
		world->ever_driven |= lease->outputs;
		if (!world->pins.present)
			continue;
		assert(!(world->state.outputs & lease->inputs));
		assert(!(world->state.outputs & world->state.latch & lease->open_drain));
	}
	assert(!(world->state.outputs & ~world->ever_driven));
	assert(world->pins.present == world->state.claimed);
}

static size_t talk(struct world *world, int client, const uint8_t *data, size_t size)
{
	struct bo_switch_session *session = &world->clients[client];
	struct bo_switch_answer answer, back;
	uint8_t bytes[BO_SWITCH_ANSWER_SIZE];
	bool steps = size > 3 && data[3] >= BO_SWITCH_TUNE;
	size_t whole = steps ? BO_SWITCH_REQUEST_MAX : BO_SWITCH_REQUEST_SIZE;
	size_t len = size < whole ? size : whole;

	if (!bo_switch_session_answer(session, data, len, &answer))
		(void)bo_switch_session_end(session, NULL);
	assert((answer.status == BO_SWITCH_OK) == !answer.text[0]);
	bo_switch_answer_encode(&answer, bytes);
	assert(bo_switch_answer_decode(bytes, sizeof(bytes), &back) == 0);
	return len;
}

static void happen(struct world *world, unsigned op, uint8_t byte)
{
	if (op == OP_UNPLUG)
		fake_unplug(&world->state);
	else if (op == OP_PLUG)
		world->state.plugged = true;
	else if (op == OP_SHORT)
		world->state.stuck = byte;
	else if (op == OP_TEND)
		(void)bo_switch_pins_tend(&world->pins);
	else
		(void)bo_switch_session_end(&world->clients[byte % CLIENTS], NULL);
}

/* Whatever happened: with a chip that works again and no clients, everything comes to rest. */
static void come_to_rest(struct world *world)
{
	world->state.plugged = true;
	world->state.stuck = 0;
	for (int i = 0; i < CLIENTS; i++)
		(void)bo_switch_session_end(&world->clients[i], NULL);
	(void)bo_switch_pins_tend(&world->pins); /* notices an unplug that nobody saw */
	assert(bo_switch_pins_tend(&world->pins) == 0);
	bo_switch_pins_leave(&world->pins);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world world;
	size_t at = 0;

	world_init(&world);
	while (at < size) {
		unsigned op = data[at++] % OPS;

		if (op < CLIENTS) {
			at += talk(&world, (int)op, data + at, size - at);
		} else {
			happen(&world, op, at < size ? data[at] : 0);
			at++;
		}
		check(&world);
	}
	come_to_rest(&world);
	return 0;
}
