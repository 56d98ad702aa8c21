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
	injector->past_after = injector->late = false;
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

/* What is kept over a boot, so that ordinals do not begin anew with it. */
static bool counts_bytes(const char *point)
{
	static const char *const names[] = {"exec.byte", "exec.at", "pull.byte", "pull.at",
					    "pull.passed"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(point, names[i]) == 0)
			return true;
	return strncmp(point, "smp.", 4) == 0;
}

/* Counters as they stand when it begins from which a fault counts. */
static void keep_count(struct bo_injector *injector, const char *name, uint64_t value)
{
	if (strcmp(name, "boot") == 0)
		injector->boots = value;
	for (size_t i = injector->next; i < injector->schedule.count && !counts_bytes(name); i++) {
		const struct bo_fault *fault = &injector->schedule.fault[i];
		const struct bo_after *after = &fault->after;
		bool past = i == injector->next && injector->past_after;

		if (injector->boots < after->boot && strcmp(after->point, name) == 0)
			injector->after_before[i] = value;
		if ((injector->boots < fault->boot || (after->n > 0 && !past)) &&
		    strcmp(fault->point, name) == 0)
			injector->before[i] = value;
	}
}

/* A moment that a fault waits for: reached, or not yet. */
static bool is_reached(struct bo_injector *injector, unsigned boot, uint64_t n, uint64_t value)
{
	if (boot > 0 && boot != injector->boots)
		return false;
	if (value > injector->saw_max)
		injector->saw_max = value;
	return value >= n;
}

static bool pass_after(struct bo_injector *injector, const struct bo_after *after, const char *name,
		       uint64_t value, bo_ns at)
{
	if (strcmp(after->point, name) != 0 ||
	    !is_reached(injector, after->boot, after->n,
			value - injector->after_before[injector->next]))
		return false;
	injector->past_after = true;
	injector->after_at = at;
	injector->saw_max = 0;
	return true;
}

static bool pass_own(struct bo_injector *injector, const struct bo_fault *fault, const char *name,
		     uint64_t value, bo_ns at)
{
	bo_ns within = fault->after.within_ns;

	if (strcmp(fault->point, name) != 0 ||
	    !is_reached(injector, fault->boot, fault->n, value - injector->before[injector->next]))
		return false;
	injector->late = within > 0 && at - injector->after_at > within;
	if (injector->late)
		return false;
	injector->pending = true;
	injector->due = at + fault->delay_ns;
	if (fault->delay_ns == 0)
		carry_out(injector);
	else
		bo_loop_arm(injector->loop, &injector->timer, injector->due);
	return true;
}

bool bo_injector_point(struct bo_injector *injector, const char *name, uint64_t value, bo_ns at)
{
	const struct bo_fault *fault = bo_injector_waiting(injector);

	if (!injector->active)
		return false;
	if (injector->census)
		bo_census_pass(injector->census, name, value, at);
	keep_count(injector, name, value);
	if (injector->pending || !fault)
		return false;
	return fault->after.n > 0 && !injector->past_after
		       ? pass_after(injector, &fault->after, name, value, at)
		       : pass_own(injector, fault, name, value, at);
}
