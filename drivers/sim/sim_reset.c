#include <errno.h>

#include "drivers/api/gpio.h"
#include "drivers/sim/sim.h"
#include "drivers/sim/sim_parts.h"

/* The board's NRST pin. */

static struct sim *of_line(struct bo_line *line)
{
	return (struct sim *)((char *)line - offsetof(struct sim, reset));
}

static int reset_set(struct bo_line *line, bool asserted, bo_ns *ret_at, struct bo_err *err)
{
	struct sim *sim = of_line(line);

	(void)err;
	board_nrst(sim->board, asserted);
	*ret_at = bo_loop_now(sim->env->loop);
	return 0;
}

static void reset_close(struct bo_line *line)
{
	board_nrst(of_line(line)->board, false);
	line->ops = NULL;
}

static const struct bo_line_ops ops = {.name = "sim", .set = reset_set, .close = reset_close};

static int reset_open(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err)
{
	struct sim *sim = sim_find(env, err);

	(void)config;
	if (!sim)
		return -EINVAL;
	sim->reset = (struct bo_line){&ops};
	*ret = &sim->reset;
	return 0;
}

const struct bo_driver bo_driver_sim_reset = {
	.name = "sim",
	.help = "the virtual board's NRST pin",
	.role = BO_ROLE_RESET,
	.caps = BO_CAP_RESET_PIN,
	.fields = bo_sim_reset_fields,
	.config_size = sizeof(struct bo_sim_reset_config),
	.open = reset_open,
};
