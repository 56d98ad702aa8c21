#include "harness/engine/outputs.h"

#include <assert.h>
#include <errno.h>

/* The rail's messages are the bench's; the others need their name. */
static int set_one(const struct bo_outputs *outputs, size_t i, bool on, bo_ns *ret_at,
		   struct bo_err *err)
{
	int rc = bo_power_set(outputs->list[i].power, on, ret_at, err);

	return rc < 0 && i > 0 ? bo_err_wrap(err, "output '%s'", outputs->list[i].name) : rc;
}

static bo_ns delay_after(const struct bo_outputs *outputs, size_t i)
{
	return outputs->list[i].power->delay_ns;
}

/* Switches off from `next` to the first delay. One that fails does not keep the others on. */
static void go_on(struct bo_outputs *outputs)
{
	while (outputs->next < outputs->count) {
		size_t i = outputs->next++;
		struct bo_err err = {0};
		bo_ns at;

		if (set_one(outputs, i, false, &at, &err) < 0 && !outputs->late.code)
			outputs->late = err;
		if (outputs->next < outputs->count && delay_after(outputs, i) > 0) {
			bo_loop_arm(outputs->loop, &outputs->timer,
				    bo_clock_stamp(outputs->loop->clock) + delay_after(outputs, i));
			return;
		}
	}
}

static void delay_over(struct bo_timer *timer)
{
	go_on((struct bo_outputs *)((char *)timer - offsetof(struct bo_outputs, timer)));
}

void bo_outputs_init(struct bo_outputs *outputs, struct bo_loop *loop)
{
	*outputs = (struct bo_outputs){.loop = loop, .timer = {.fire = delay_over}};
}

void bo_outputs_add(struct bo_outputs *outputs, const char *name, struct bo_power *power)
{
	bo_ns before = 0;

	assert(outputs->count < BO_OUTPUTS_MAX);
	for (size_t i = 0; i < outputs->count; i++)
		before += delay_after(outputs, i);
	outputs->list[outputs->count++] = (struct bo_output){name, power};
	outputs->next = outputs->count;
	if (outputs->drain_ns < before + power->drain_ns)
		outputs->drain_ns = before + power->drain_ns;
	if (outputs->settle_ns < power->settle_ns)
		outputs->settle_ns = power->settle_ns;
}

static void drop_the_rest(struct bo_outputs *outputs)
{
	bo_loop_disarm(outputs->loop, &outputs->timer);
	outputs->next = outputs->count;
	outputs->late = (struct bo_err){0};
}

int bo_outputs_off(struct bo_outputs *outputs, bo_ns *ret_at, struct bo_err *err)
{
	drop_the_rest(outputs);
	int rc = set_one(outputs, 0, false, ret_at, err);

	if (rc < 0)
		return rc;
	outputs->next = 1;
	if (outputs->count > 1 && delay_after(outputs, 0) > 0)
		bo_loop_arm(outputs->loop, &outputs->timer, *ret_at + delay_after(outputs, 0));
	else
		go_on(outputs);
	return 0;
}

static bool is_off(void *ctx)
{
	const struct bo_outputs *outputs = ctx;

	return outputs->next == outputs->count;
}

int bo_outputs_finish(struct bo_outputs *outputs, struct bo_err *err)
{
	int rc = is_off(outputs) ? 0 : bo_loop_until(outputs->loop, is_off, outputs, BO_NEVER);

	if (rc < 0)
		return bo_err_set(err, rc, "interrupted while power was going off");
	if (!outputs->late.code)
		return 0;
	*err = outputs->late;
	return err->code;
}

int bo_outputs_on(struct bo_outputs *outputs, bo_ns *ret_at, struct bo_err *err)
{
	bo_ns at = 0;

	drop_the_rest(outputs);
	for (size_t i = outputs->count; i-- > 0;) {
		int rc = set_one(outputs, i, true, &at, err);

		if (rc == 0 && i > 0 && delay_after(outputs, i - 1) > 0 &&
		    bo_loop_sleep_until(outputs->loop, at + delay_after(outputs, i - 1)) < 0)
			rc = bo_err_set(err, -EINTR, "interrupted while power was coming on");
		if (rc < 0)
			return rc;
	}
	*ret_at = at;
	return 0;
}

void bo_outputs_keep(struct bo_outputs *outputs, bool keep)
{
	for (size_t i = 0; i < outputs->count; i++)
		outputs->list[i].power->keep = keep;
}

void bo_outputs_close(struct bo_outputs *outputs)
{
	drop_the_rest(outputs);
	for (size_t i = outputs->count; i-- > 0;)
		bo_power_close(outputs->list[i].power);
	outputs->count = outputs->next = 0;
}
