#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* Merged states booted for real: what the graph says of them must come true, cut after cut. */

#define CHAIN 3u /* boots in a row */

static bool step_draw(struct bo_explore *x, uint32_t state, struct bo_step *ret)
{
	const struct cls *cls = x->cls[state];
	unsigned kind = (unsigned)bo_prng_below(&x->prng, x->kinds);
	uint32_t op = 1 + (uint32_t)bo_prng_below(&x->prng, cls->ops + 1);

	if (!class_walked(cls))
		return false;
	if (op > cls->ops || !kind_possible(x, kind, log_op(cls, op)))
		kind -= kind % BO_TEARS; /* clean */
	*ret = (struct bo_step){true, cut_of(op, kind)};
	return true;
}

/* Memory goes through the class's boot as far as the cut. */
static void step_carry_out(const struct bo_explore *x, const struct cls *cls,
			   const struct bo_step *step, uint8_t *memory)
{
	for (uint32_t op = 1; op < step->at.op; op++)
		bo_write_apply(log_op(cls, op), memory);
	if (step->at.tear != BO_TEAR_CLEAN)
		bo_write_tear(log_op(cls, step->at.op), step->at.tear, memory);
	env_set(x, memory, step->at.env);
}

static bool boots_alike(const struct cls *cls, const struct bo_boot *boot)
{
	if (boot->outcome != cls->outcome || boot->log_len != cls->ops)
		return false;
	for (uint32_t i = 0; i < cls->ops; i++)
		if (!log_same(log_op(cls, i + 1), &boot->log[i]))
			return false;
	return true;
}

/* Boots memory, which was merged into the class. */
static int boot_merged(struct bo_explore *x, const uint8_t *memory, uint32_t state,
		       struct bo_err *err)
{
	const struct bo_machine *machine = &x->config.machine;
	struct bo_boot boot;
	int result = machine->ops->load(machine->self, memory, err);

	if (result == 0)
		result = machine->ops->boot(machine->self, NULL, &boot, err);
	if (result < 0)
		return result;
	x->stats.boots++;
	x->stats.verified++;
	if (!boots_alike(x->cls[state], &boot))
		return bo_err_set(err, -EPROTO,
				  "a state that was merged into class %u does not boot as it does",
				  state);
	if (x->config.progress && !x->config.progress(x->config.ctx, &x->stats))
		x->stop = true;
	return 0;
}

/* A class whose cuts have been placed: the first one from a random one on. The starting memories'
 * are, or there is nothing to verify. */
static uint32_t draw_walked(struct bo_explore *x)
{
	uint32_t first = (uint32_t)bo_prng_below(&x->prng, x->count), i = 0;

	while (i < x->count && !class_walked(x->cls[(first + i) % x->count]))
		i++;
	return (first + i) % x->count;
}

static int verify_one(struct bo_explore *x, struct bo_err *err)
{
	uint32_t state = draw_walked(x);
	struct bo_step step;
	int result = 0;

	class_memory(x, x->cls[state], x->memory);
	for (unsigned i = 0; i < CHAIN && result == 0 && !x->stop; i++) {
		if (!step_draw(x, state, &step))
			break;
		step_carry_out(x, x->cls[state], &step, x->memory);
		state = bo_explore_after(x, state, &step);
		result = boot_merged(x, x->memory, state, err);
	}
	return result;
}

int verify_merges(struct bo_explore *x, struct bo_err *err)
{
	uint64_t states = x->stats.cut_states;
	uint64_t wanted = states / 1000000 * x->config.verify_ppm +
			  states % 1000000 * x->config.verify_ppm / 1000000;
	int result = 0;

	if (x->config.verify_ppm && !wanted)
		wanted = 1;
	for (uint64_t i = 0; i < wanted && result == 0 && !x->stop; i++)
		result = verify_one(x, err);
	return result;
}
