#include "drivers/sim/sim.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/sim_isolator.h"
#include "drivers/sim/sim_parts.h"

static struct sim *of_actor(struct bo_actor *actor)
{
	return (struct sim *)((char *)actor - offsetof(struct sim, actor));
}

static struct sim *of_power(struct bo_power *power)
{
	return (struct sim *)((char *)power - offsetof(struct sim, power));
}

static struct sim *of_console(struct bo_console *console)
{
	return (struct sim *)((char *)console - offsetof(struct sim, console));
}

static struct bo_clock_virtual *clock_of(const struct bo_driver_env *env)
{
	return (struct bo_clock_virtual *)((char *)env->loop->clock -
					   offsetof(struct bo_clock_virtual, clock));
}

static bo_ns now(const struct sim *sim)
{
	return sim->env->loop->clock->now;
}

/* ---- the wires ---- */

void sim_wire(struct sim *sim)
{
	struct board_faults faults = sim_supply_board_faults(&sim->supply);
	unsigned pins = 0;

	if (sim->console.ops && !sim->parted[0] &&
	    !(sim->line[SIM_LINE_CONSOLE].breaks && sim->holds_break))
		pins |= BOARD_FEED_RX;
	if (sim->flash.ops && !sim->parted[1])
		pins |= BOARD_FEED_DEBUG;
	board_set_faults(sim->board, &faults);
	/* in the probe's socket it touches nothing else */
	board_drive(sim->board, sim->attached ? 0 : pins);
	board_power(sim->board, sim->supply.contact && !sim->attached);
}

/* ---- the actor ---- */

static void board_event(void *ctx, const struct board_event *event)
{
	struct sim *sim = ctx;

	if (event->kind == BOARD_GPIO)
		sim_input_hear(sim, event);
	else if (event->kind == BOARD_UART_TX && !sim->parted[0])
		sim_line_hear(&sim->line[event->index], event);
	else if (event->kind == BOARD_FLASH_OP && sim->env->point) {
		sim->ops++;
		sim->op_began = true;
		sim->op_at = event->at_ns;
		sim->op = sim_tear_write(event);
	}
}

static unsigned stops(const struct sim *sim)
{
	unsigned mask = 1u << BOARD_UART_TX;

	if (sim_input_watches(sim))
		mask |= 1u << BOARD_GPIO;
	return sim->env->point ? mask | 1u << BOARD_FLASH_OP : mask;
}

/* On each line on which one is due. */
static void bytes_arrive(struct sim *sim, int64_t at)
{
	for (unsigned i = 0; i < SIM_LINES; i++) {
		if (sim_line_due(&sim->line[i]) != at)
			continue;
		uint8_t byte = sim_line_arrive(&sim->line[i]);

		if (!sim->parted[0])
			board_uart_rx(sim->board, i, byte);
	}
}

/* The step that is over gives way to the next one; after the last one power is on. */
static void wave_moves(struct sim *sim)
{
	bool on = sim->wave_next % 2 == 0;

	sim_supply_set(&sim->supply, on, sim->wave_due);
	sim_wire(sim);
	sim->wave_next++;
	sim->wave_due = sim->wave_next < sim->wave.count
				? sim->wave_due + sim->wave.step_ns[sim->wave_next]
				: BOARD_NEVER;
}

static void relay_moves(struct sim *sim)
{
	sim_supply_run(&sim->supply, board_now(sim->board));
	sim_wire(sim);
}

static bo_ns earlier(bo_ns a, bo_ns b)
{
	return a < b ? a : b;
}

static bo_ns run_until(struct bo_actor *actor, bo_ns until)
{
	struct sim *sim = of_actor(actor);
	const struct sim_line *line = sim->line;

	for (;;) {
		int64_t byte_at = earlier(sim_line_due(&line[0]), sim_line_due(&line[1]));
		int64_t moves_at = earlier(sim->supply.due, sim->wave_due);
		int64_t limit = earlier(earlier(until, byte_at), moves_at);
		int64_t reached = board_run(sim->board, limit, stops(sim));

		if (line[0].out_len > 0 || line[1].out_len > 0 || sim->op_began || sim->edges > 0 ||
		    reached == BOARD_NEVER)
			return reached;
		if (reached < limit || (limit != byte_at && limit != moves_at))
			return reached;
		if (limit == byte_at)
			bytes_arrive(sim, byte_at);
		else if (limit == sim->supply.due)
			relay_moves(sim);
		else
			wave_moves(sim);
	}
}

static bo_ns stamp(struct bo_actor *actor)
{
	return board_now(of_actor(actor)->board);
}

static void deliver(struct bo_actor *actor)
{
	struct sim *sim = of_actor(actor);
	struct bo_driver_env *env = sim->env;
	struct sim_line *line = &sim->line[SIM_LINE_CONSOLE];
	size_t len = line->out_len;

	line->out_len = 0;
	sim_input_deliver(sim);
	if (len > 0 && sim->console.rx && !sim->console.away.code)
		sim->console.rx(sim->console.ctx, line->out_at, line->out, len);
	sim_net_deliver(sim);
	if (!sim->op_began)
		return;
	sim->op_began = false;
	if (env->point)
		env->point(env->point_ctx, "flash.op", sim->ops, sim->op_at);
}

/* ---- power ---- */

static int power_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	struct sim *sim = of_power(power);

	(void)err;
	sim->wave_due = BOARD_NEVER;
	sim_supply_set(&sim->supply, on, now(sim));
	sim_wire(sim);
	for (unsigned i = 0; i < SIM_LINES && !board_powered(sim->board); i++)
		sim->line[i].out_len = 0;
	sim_native_follow(sim);
	*ret_at = now(sim);
	return 0;
}

static int power_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	(void)err;
	*ret_on = of_power(power)->supply.asked;
	return 0;
}

static int power_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	const struct sim *sim = of_power(power);

	(void)err;
	*ret_live = sim_supply_sense(&sim->supply, board_powered(sim->board));
	return 0;
}

static int power_play(struct bo_power *power, const struct bo_wave *wave,
		      struct bo_wave_played *ret, struct bo_err *err)
{
	struct sim *sim = of_power(power);

	if (!ret)
		return 0;
	if (!sim->supply.asked || sim->wave_due != BOARD_NEVER)
		return bo_err_set(err, -EINVAL, "a waveform begins with power on");
	sim_supply_set(&sim->supply, false, now(sim));
	sim_wire(sim);
	sim->wave = *wave;
	sim->wave_next = 0;
	sim->wave_due = now(sim) + wave->step_ns[0];
	*ret = (struct bo_wave_played){.at = now(sim), .seen = (unsigned)(wave->count + 1) / 2};
	memcpy(ret->step_ns, wave->step_ns, sizeof(ret->step_ns));
	return 0;
}

static int power_leave(struct bo_power *power, int tear, struct bo_err *err)
{
	return sim_tear_leave(of_power(power), tear, err);
}

static void power_close(struct bo_power *power)
{
	struct sim *sim = of_power(power);

	clock_of(sim->env)->actor = NULL;
	board_free(sim->board);
	free(sim);
}

static const struct bo_power_ops power_ops = {
	.name = "sim",
	.set = power_set,
	.get = power_get,
	.sense = power_sense,
	.play = power_play,
	.leave = power_leave,
	.close = power_close,
};

static const struct bo_power_ops blind_power_ops = {
	.name = "sim",
	.set = power_set,
	.get = power_get,
	.play = power_play,
	.leave = power_leave,
	.close = power_close,
};

static int parse_uid(const char *text, uint8_t uid[12], struct bo_err *err)
{
	for (size_t i = 0; i < 12; i++) {
		char digits[3] = {text[2 * i], text[2 * i] ? text[2 * i + 1] : '\0', '\0'};
		char *end;

		uid[i] = (uint8_t)strtoul(digits, &end, 16);
		if (end != digits + 2)
			return bo_err_set(err, -EINVAL, "uid '%.40s' is not 24 hexadecimal digits",
					  text);
	}
	/* The mark of a stand-in cannot be configured away. */
	memcpy(uid, "BOV", 3);
	return 0;
}

static int power_open(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err)
{
	const struct bo_sim_power_config *conf = config;

	if (conf->isolates != BO_SIM_ISOLATES_NONE)
		return sim_isolator_open(env, conf, ret, err);
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		return bo_err_set(err, -ENOMEM, "out of memory");
	int rc = parse_uid(conf->uid, sim->uid, err);

	if (rc == 0) {
		struct board_config board = {.seed = env->seed, .event = board_event, .ctx = sim};

		memcpy(board.uid, sim->uid, sizeof(board.uid));
		sim->board = board_new(&board);
		if (!sim->board)
			rc = bo_err_set(err, -errno, "cannot make the virtual board: %s",
					strerror(errno));
	}
	if (rc == 0 && conf->flash)
		rc = sim_flash_fill(sim->board, conf->flash, err);
	if (rc < 0) {
		if (sim->board)
			board_free(sim->board);
		free(sim);
		return rc;
	}
	assert(clock_of(env)->actor == NULL);
	sim->env = env;
	sim->wave_due = BOARD_NEVER;
	sim->actor = (struct bo_actor){run_until, stamp, deliver};
	sim_supply_init(&sim->supply, conf);
	sim->power = (struct bo_power){.ops = conf->sense == BO_SIM_SENSE_ABSENT ? &blind_power_ops
										 : &power_ops,
				       .settle_ns = conf->settle,
				       .drain_ns = conf->drain,
				       .delay_ns = conf->delay};
	clock_of(env)->actor = &sim->actor;
	*ret = &sim->power;
	return 0;
}

/* ---- console ---- */

static int console_write(struct bo_console *console, const void *data, size_t len,
			 struct bo_err *err)
{
	struct sim *sim = of_console(console);

	if (console->away.code)
		return 0;
	return sim_line_put(&sim->line[SIM_LINE_CONSOLE], now(sim), data, len)
		       ? 0
		       : bo_err_set(err, -ENOBUFS, "more than %d bytes wait for the line",
				    SIM_QUEUE_MAX);
}

static int console_hold_break(struct bo_console *console, bool on, struct bo_err *err)
{
	struct sim *sim = of_console(console);

	(void)err;
	sim_line_hold_break(&sim->line[SIM_LINE_CONSOLE], on);
	sim_wire(sim);
	return 0;
}

static int console_flush(struct bo_console *console, struct bo_err *err)
{
	struct sim *sim = of_console(console);

	(void)err;
	sim_line_drop(&sim->line[SIM_LINE_CONSOLE]);
	sim->line[SIM_LINE_CONSOLE].out_len = 0;
	return 0;
}

static void console_close(struct bo_console *console)
{
	struct sim *sim = of_console(console);

	bo_loop_disarm(sim->env->loop, &sim->appearance);
	console->rx = NULL;
	console->ops = NULL;
	console->vanishes = false;
	sim_wire(sim);
}

static const struct bo_console_ops console_ops = {
	.name = "sim",
	.write = console_write,
	.hold_break = console_hold_break,
	.flush = console_flush,
	.close = console_close,
};

struct sim *sim_find(const struct bo_driver_env *env, struct bo_err *err)
{
	struct bo_actor *actor = clock_of(env)->actor;

	if (actor && actor->run_until == run_until)
		return of_actor(actor);
	(void)bo_err_set(err, -EINVAL,
			 "this role needs 'driver: sim' for power as well: they share a board");
	return NULL;
}

static int console_open(struct bo_driver_env *env, const void *config, void **ret,
			struct bo_err *err)
{
	const struct bo_sim_console_config *conf = config;
	struct sim *sim = sim_find(env, err);

	if (!sim)
		return -EINVAL;
	sim_line_open(&sim->line[SIM_LINE_CONSOLE], conf->baud);
	sim->holds_break = conf->holds_break;
	sim->console = (struct bo_console){.ops = &console_ops};
	sim_native_init(sim, conf);
	sim_wire(sim);
	*ret = &sim->console;
	return 0;
}

const struct bo_driver bo_driver_sim_power = {
	.name = "sim",
	.help = "the virtual board's supply",
	.role = BO_ROLE_POWER,
	.caps = BO_SIM_CAPS,
	.able = bo_sim_power_able,
	.fields = bo_sim_power_fields,
	.config_size = sizeof(struct bo_sim_power_config),
	.open = power_open,
};

const struct bo_driver bo_driver_sim_console = {
	.name = "sim",
	.help = "the virtual board's USART1",
	.role = BO_ROLE_CONSOLE,
	.able = bo_sim_console_able,
	.fields = bo_sim_console_fields,
	.config_size = sizeof(struct bo_sim_console_config),
	.open = console_open,
};
