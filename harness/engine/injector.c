#include "harness/engine/injector.h"

#include <string.h>

static struct bo_injector *of_timer(struct bo_timer *timer)
{
	return (struct bo_injector *)((char *)timer - offsetof(struct bo_injector, timer));
}

static void carry_out(struct bo_injector *injector)
{
	const struct bo_fault *fault = &injector->schedule.fault[injector->next];

	injector->pending = false;
	injector->next++;
	injector->saw_max = 0;
	injector->act(injector->ctx, fault, injector->due);
}

static void delay_over(struct bo_timer *timer)
{
	carry_out(of_timer(timer));
}

void bo_injector_init(struct bo_injector *injector, struct bo_loop *loop,
		      const struct bo_schedule *schedule)
{
	*injector = (struct bo_injector){
		.loop = loop,
		.schedule = *schedule,
		.timer = {.fire = delay_over},
	};
}

void bo_injector_start(struct bo_injector *injector)
{
	injector->active = true;
}

void bo_injector_stop(struct bo_injector *injector)
{
	injector->active = false;
	bo_loop_disarm(injector->loop, &injector->timer);
}

const struct bo_fault *bo_injector_waiting(const struct bo_injector *injector)
{
	return injector->next < injector->schedule.count ? &injector->schedule.fault[injector->next]
							 : NULL;
}

static bool counts_bytes(const char *point)
{
	return strncmp(point, "smp.", 4) == 0;
}

/* Faults of later boots need to know where their points' counters stood when that boot began. */
static void keep_count(struct bo_injector *injector, const char *name, uint64_t value)
{
	if (strcmp(name, "boot") == 0)
		injector->boots = value;
	for (size_t i = injector->next; i < injector->schedule.count; i++) {
		const struct bo_fault *fault = &injector->schedule.fault[i];

		if (injector->boots < fault->boot && strcmp(fault->point, name) == 0 &&
		    !counts_bytes(name))
			injector->before[i] = value;
	}
}

bool bo_injector_point(struct bo_injector *injector, const char *name, uint64_t value, bo_ns at)
{
	const struct bo_fault *fault = bo_injector_waiting(injector);

	if (!injector->active)
		return false;
	if (injector->census)
		bo_census_pass(injector->census, name, value, at);
	keep_count(injector, name, value);
	if (injector->pending || !fault || strcmp(fault->point, name) != 0 ||
	    (fault->boot > 0 && fault->boot != injector->boots))
		return false;
	value -= injector->before[injector->next];
	if (value > injector->saw_max)
		injector->saw_max = value;
	if (value < fault->n)
		return false;
	injector->pending = true;
	injector->due = at + fault->delay_ns;
	if (fault->delay_ns == 0)
		carry_out(injector);
	else
		bo_loop_arm(injector->loop, &injector->timer, injector->due);
	return true;
}
