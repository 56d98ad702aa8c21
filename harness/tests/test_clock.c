#include "harness/base/clock.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

/* An actor that acts at given times and then never again. */
struct script {
	struct bo_actor actor;
	bo_ns now;
	const bo_ns *acts; /* ended by BO_NEVER */
	unsigned delivered;
};

static bo_ns script_run_until(struct bo_actor *actor, bo_ns until)
{
	struct script *script = (struct script *)actor;

	if (*script->acts <= until && *script->acts != BO_NEVER)
		script->now = *script->acts++;
	else if (until == BO_NEVER)
		return BO_NEVER;
	else
		script->now = until;
	return script->now;
}

static bo_ns script_stamp(struct bo_actor *actor)
{
	return ((struct script *)actor)->now;
}

static void script_deliver(struct bo_actor *actor)
{
	((struct script *)actor)->delivered++;
}

static struct script script_of(const bo_ns *acts)
{
	return (struct script){.actor = {.run_until = script_run_until,
					 .stamp = script_stamp,
					 .deliver = script_deliver},
			       .acts = acts};
}

static int wait_until(struct bo_clock *clock, bo_ns deadline)
{
	return clock->ops->wait(clock, NULL, 0, deadline);
}

Test(clock, the_real_one_sleeps_to_the_deadline_and_not_in_the_past)
{
	struct bo_clock clock;

	bo_clock_real_init(&clock);
	bo_ns begin = clock.now;

	cr_assert_eq(wait_until(&clock, begin + 2 * BO_MS), 0);
	cr_assert_geq(clock.now, begin + 2 * BO_MS);
	bo_ns after = clock.now;

	cr_assert_eq(wait_until(&clock, begin), 0);
	cr_assert_lt(clock.now - after, BO_S);
	cr_assert_geq(bo_clock_stamp(&clock), clock.now);
}

Test(clock, the_real_one_wakes_for_a_ready_descriptor)
{
	struct bo_clock clock;
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "x", 1), 1);
	struct pollfd fd = {.fd = ends[0], .events = POLLIN};

	bo_clock_real_init(&clock);
	cr_assert_eq(clock.ops->wait(&clock, &fd, 1, BO_NEVER), 1);
	cr_assert_eq(fd.revents, POLLIN);
	close(ends[0]);
	close(ends[1]);
}

Test(clock, a_real_clock_that_goes_backwards_is_a_bug, .signal = SIGABRT)
{
	struct bo_clock clock;

	bo_clock_real_init(&clock);
	clock.now += 3600 * BO_S;
	wait_until(&clock, 0);
}

Test(clock, the_virtual_one_jumps_without_an_actor)
{
	struct bo_clock_virtual v;

	bo_clock_virtual_init(&v);
	cr_assert_eq(v.clock.now, 0);
	cr_assert_eq(wait_until(&v.clock, 3600 * BO_S), 0);
	cr_assert_eq(v.clock.now, 3600 * BO_S);
	cr_assert_eq(bo_clock_stamp(&v.clock), 3600 * BO_S);
	wait_until(&v.clock, BO_S);
	cr_assert_eq(v.clock.now, 3600 * BO_S, "a deadline in the past moves nothing");
}

Test(clock, the_virtual_one_stops_at_each_act_and_never_runs_ahead_of_the_deadline)
{
	static const bo_ns acts[] = {100, 250, BO_NEVER};
	struct script script = script_of(acts);
	struct bo_clock_virtual v;
	static const struct {
		bo_ns deadline, reached;
	} steps[] = {{1000, 100}, {200, 200}, {1000, 250}, {1000, 1000}};

	bo_clock_virtual_init(&v);
	v.actor = &script.actor;
	for (unsigned i = 0; i < 4; i++) {
		wait_until(&v.clock, steps[i].deadline);
		cr_assert_eq(v.clock.now, steps[i].reached, "step %u", i);
		cr_assert_eq(script.delivered, i + 1);
	}
}

Test(clock, an_actor_may_wake_a_loop_without_timers)
{
	static const bo_ns acts[] = {100, BO_NEVER};
	struct script script = script_of(acts);
	struct bo_clock_virtual v;

	bo_clock_virtual_init(&v);
	v.actor = &script.actor;
	cr_assert_eq(wait_until(&v.clock, BO_NEVER), 0);
	cr_assert_eq(v.clock.now, 100);
}

Test(clock, no_timer_and_no_actor_is_a_deadlock, .signal = SIGABRT)
{
	struct bo_clock_virtual v;

	bo_clock_virtual_init(&v);
	wait_until(&v.clock, BO_NEVER);
}

Test(clock, no_timer_and_an_idle_actor_is_a_deadlock, .signal = SIGABRT)
{
	static const bo_ns acts[] = {BO_NEVER};
	struct script script = script_of(acts);
	struct bo_clock_virtual v;

	bo_clock_virtual_init(&v);
	v.actor = &script.actor;
	wait_until(&v.clock, BO_NEVER);
}

static bo_ns backwards(struct bo_actor *actor, bo_ns until)
{
	(void)actor;
	return until - 1;
}

Test(clock, an_actor_that_goes_backwards_is_a_bug, .signal = SIGABRT)
{
	struct script script = script_of(NULL);
	struct bo_clock_virtual v;

	bo_clock_virtual_init(&v);
	script.actor.run_until = backwards;
	v.actor = &script.actor;
	wait_until(&v.clock, 0);
}
