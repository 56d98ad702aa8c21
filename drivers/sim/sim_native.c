#include <errno.h>

#include "drivers/sim/sim_parts.h"

/*
 * A console that dies with the board's supply and takes a while to be there again, as a port of the
 * board's own USB does. Both are told from the loop, as real losses are.
 */
static void tell(struct bo_timer *timer)
{
	struct sim *sim = (struct sim *)((char *)timer - offsetof(struct sim, appearance));
	struct bo_console *console = &sim->console;
	bo_ns now = bo_loop_now(sim->env->loop);

	if (console->away.code && board_powered(sim->board)) {
		console->away = (struct bo_err){0};
		sim->appeared = true;
		if (console->back)
			console->back(console->ctx, now, "sim");
	} else if (console->away.code && sim->appeared) {
		sim->appeared = false;
		if (console->lost)
			console->lost(console->ctx, now, &console->away);
	}
}

void sim_native_init(struct sim *sim, const struct bo_sim_console_config *conf)
{
	sim->appearance = (struct bo_timer){.fire = tell};
	sim->appears = conf->appears < conf->returns ? conf->appears : BO_NEVER;
	sim->console.vanishes = !conf->survives_cut;
	sim->console.returns_ns = conf->returns;
	sim->appeared = sim->console.vanishes;
	sim_native_follow(sim);
}

void sim_native_follow(struct sim *sim)
{
	struct bo_console *console = &sim->console;
	bo_ns now = bo_loop_now(sim->env->loop);

	if (!console->vanishes)
		return;
	if (!board_powered(sim->board)) {
		bo_err_set(&console->away, -ENODEV, "the board has no power");
		bo_loop_arm(sim->env->loop, &sim->appearance, now);
	} else if (console->away.code) {
		bo_err_set(&console->away, -ENODEV, "no such USB device");
		bo_loop_disarm(sim->env->loop, &sim->appearance);
		if (sim->appears == BO_NEVER)
			return;
		bo_loop_arm(sim->env->loop, &sim->appearance, now + sim->appears);
	}
}
