#include <criterion/criterion.h>

#include "harness/engine/outputs.h"
#include "harness/tests/fake_power.h"

/* Three outputs on the virtual clock, 5 ms between the first two and 2 ms before the third. */
static struct bo_clock_virtual virtual_clock;
static struct bo_loop loop;
static struct bo_outputs outputs;
static struct fake_power rail, usb, isolator;
static struct bo_buf said;
static struct bo_err err;

static void set_up(void)
{
	bo_clock_virtual_init(&virtual_clock);
	bo_loop_init(&loop, &virtual_clock.clock);
	fake_power_init(&rail, "main", loop.clock, &said);
	fake_power_init(&usb, "usb", loop.clock, &said);
	fake_power_init(&isolator, "isolator", loop.clock, &said);
	rail.power.delay_ns = 5 * BO_MS;
	usb.power.delay_ns = 2 * BO_MS;
	rail.power.drain_ns = 100 * BO_MS;
	usb.power.drain_ns = 98 * BO_MS;
	usb.power.settle_ns = 7 * BO_MS;
	bo_outputs_init(&outputs, &loop);
	bo_outputs_add(&outputs, "main", &rail.power);
	bo_outputs_add(&outputs, "usb", &usb.power);
	bo_outputs_add(&outputs, "isolator", &isolator.power);
	err = (struct bo_err){0};
}

static void tear_down(void)
{
	bo_buf_done(&said);
}

TestSuite(outputs, .init = set_up, .fini = tear_down);

Test(outputs, off_runs_forwards_and_on_backwards_with_the_delays_between)
{
	bo_ns at = -1;

	cr_assert_eq(bo_outputs_off(&outputs, &at, &err), 0);
	cr_expect_eq(at, 0, "the rail's");
	cr_expect_str_eq(said.data, "main off 0, ", "a cut waits for nobody");
	cr_assert_eq(bo_outputs_finish(&outputs, &err), 0);
	cr_expect_str_eq(said.data, "main off 0, usb off 5, isolator off 7, ");
	bo_buf_reset(&said);
	cr_assert_eq(bo_outputs_on(&outputs, &at, &err), 0);
	cr_expect_str_eq(said.data, "isolator on 7, usb on 9, main on 14, ");
	cr_expect_eq(at, 14 * BO_MS);
}

Test(outputs, a_bench_has_drained_and_settled_when_all_of_it_has)
{
	cr_expect_eq(outputs.drain_ns, 103 * BO_MS, "usb begins 5 ms later");
	cr_expect_eq(outputs.settle_ns, 7 * BO_MS);
}

Test(outputs, power_that_comes_back_early_drops_what_was_still_going_off)
{
	bo_ns at;

	cr_assert_eq(bo_outputs_off(&outputs, &at, &err), 0);
	cr_assert_eq(bo_outputs_on(&outputs, &at, &err), 0);
	cr_assert_eq(bo_loop_sleep_until(&loop, 50 * BO_MS), 0);
	cr_expect_str_eq(said.data, "main off 0, isolator on 0, usb on 2, main on 7, ");
	cr_expect_eq(bo_outputs_finish(&outputs, &err), 0, "nothing is left");
}

Test(outputs, one_that_does_not_follow_is_told_of_and_does_not_keep_the_others_on)
{
	bo_ns at;

	usb.fails = true;
	cr_assert_eq(bo_outputs_off(&outputs, &at, &err), 0, "the rail is off");
	cr_expect_eq(bo_outputs_finish(&outputs, &err), -EIO);
	cr_expect_str_eq(err.text, "output 'usb': it does not follow");
	cr_expect_str_eq(said.data, "main off 0, isolator off 7, ");
	cr_expect_eq(bo_outputs_on(&outputs, &at, &err), -EIO);
	cr_expect_not(rail.on, "nothing comes on behind one that does not");
}

Test(outputs, a_rail_that_does_not_follow_is_an_error_at_once)
{
	bo_ns at = -1;

	rail.fails = true;
	cr_expect_eq(bo_outputs_off(&outputs, &at, &err), -EIO);
	cr_expect_str_eq(err.text, "it does not follow");
	cr_expect_eq(at, -1);
}

Test(outputs, all_are_closed_safe_or_kept_and_the_rail_last)
{
	bo_ns at;

	cr_assert_eq(bo_outputs_off(&outputs, &at, &err), 0);
	bo_outputs_close(&outputs);
	cr_expect_str_eq(said.data, "main off 0, isolator safe 0, usb safe 0, main safe 0, ");
	cr_expect_null(loop.timers, "no delay runs on");
	bo_buf_reset(&said);
	bo_outputs_add(&outputs, "main", &rail.power);
	bo_outputs_keep(&outputs, true);
	bo_outputs_close(&outputs);
	cr_expect_str_eq(said.data, "main kept 0, ");
}
