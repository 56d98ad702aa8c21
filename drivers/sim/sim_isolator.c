#include "drivers/sim/sim_isolator.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/sim/sim_parts.h"

struct isolator {
	struct bo_power power;
	struct sim *sim;
	bool *parted;
};

static struct isolator *of_power(struct bo_power *power)
{
	return (struct isolator *)((char *)power - offsetof(struct isolator, power));
}

static int isolator_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	struct isolator *self = of_power(power);

	(void)err;
	*self->parted = !on;
	sim_wire(self->sim);
	*ret_at = self->sim->env->loop->clock->now;
	return 0;
}

static int isolator_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	(void)err;
	*ret_on = !*of_power(power)->parted;
	return 0;
}

static void isolator_close(struct bo_power *power)
{
	struct isolator *self = of_power(power);

	*self->parted = false;
	sim_wire(self->sim);
	free(self);
}

int sim_isolator_open(struct bo_driver_env *env, const struct bo_sim_power_config *conf, void **ret,
		      struct bo_err *err)
{
	static const struct bo_power_ops ops = {
		.name = "sim",
		.set = isolator_set,
		.get = isolator_get,
		.close = isolator_close,
	};
	struct sim *sim = sim_find(env, err);

	if (!sim)
		return -EINVAL;
	struct isolator *self = calloc(1, sizeof(*self));

	if (!self)
		return bo_err_set(err, -ENOMEM, "out of memory");
	*self = (struct isolator){
		.power = {.ops = &ops, .delay_ns = conf->delay},
		.sim = sim,
		.parted = &sim->parted[conf->isolates == BO_SIM_ISOLATES_PROBE],
	};
	*ret = &self->power;
	return 0;
}
