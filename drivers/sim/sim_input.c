#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/sim.h"
#include "drivers/sim/sim_parts.h"

/* Pins of the board: every edge is seen, at the instruction that made it. */

static struct sim_input *of_input(struct bo_input *input)
{
	return (struct sim_input *)((char *)input - offsetof(struct sim_input, input));
}

/* What happened before the loop gets to it belongs to a pin that somebody still watches. */
void sim_input_hear(struct sim *sim, const struct board_event *event)
{
	for (size_t i = 0; i < SIM_INPUTS_MAX; i++) {
		struct sim_input *self = &sim->inputs[i];

		if (!self->input.ops || self->pin != event->index)
			continue;
		self->level = event->value;
		if (!self->watched)
			continue;
		assert(sim->edges < SIM_EDGES_MAX);
		sim->edge[sim->edges++] =
			(struct sim_edge){.input = self, .level = event->value, .at = event->at_ns};
	}
}

bool sim_input_watches(const struct sim *sim)
{
	for (size_t i = 0; i < SIM_INPUTS_MAX; i++)
		if (sim->inputs[i].watched)
			return true;
	return false;
}

static void tell(struct sim_input *self, bool level, bo_ns at)
{
	struct bo_look look = {.level = level, .at = at, .since = at};

	if (self->watched)
		self->input.look(self->input.ctx, &look);
}

void sim_input_deliver(struct sim *sim)
{
	struct sim_edge edge[SIM_EDGES_MAX];
	size_t count = sim->edges;

	memcpy(edge, sim->edge, count * sizeof(edge[0]));
	sim->edges = 0;
	for (size_t i = 0; i < count; i++)
		tell(edge[i].input, edge[i].level, edge[i].at);
}

static int input_watch(struct bo_input *input, bool on, struct bo_err *err)
{
	struct sim_input *self = of_input(input);

	(void)err;
	self->watched = on;
	if (on)
		tell(self, self->level, bo_loop_now(self->sim->env->loop));
	return 0;
}

static void input_close(struct bo_input *input)
{
	struct sim_input *self = of_input(input);

	self->sim->edges = 0;
	*self = (struct sim_input){0};
}

static const struct bo_input_ops ops = {.name = "sim", .watch = input_watch, .close = input_close};

static int input_open(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	const struct bo_sim_input_config *config = data;
	struct sim *sim = sim_find(env, err);
	size_t i = 0;

	if (!sim)
		return -EINVAL;
	while (i < SIM_INPUTS_MAX && sim->inputs[i].input.ops)
		i++;
	if (i == SIM_INPUTS_MAX)
		return bo_err_set(err, -EINVAL, "more than %d inputs", SIM_INPUTS_MAX);
	sim->inputs[i] = (struct sim_input){.input = {.ops = &ops}, .sim = sim, .pin = config->pin};
	*ret = &sim->inputs[i].input;
	return 0;
}

const struct bo_driver bo_driver_sim_input = {
	.name = "sim",
	.help = "a pin of the virtual board, every edge of it",
	.role = BO_ROLE_INPUT,
	.caps = BO_CAP_INPUTS,
	.fields = bo_sim_input_fields,
	.config_size = sizeof(struct bo_sim_input_config),
	.open = input_open,
};
