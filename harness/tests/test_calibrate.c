#include <criterion/criterion.h>

#include "harness/engine/calibrate.h"
#include "harness/tests/fake_power.h"

/*
 * A bench on the virtual clock: a relay that is late, a rail with capacitance behind it, and a
 * target that says what it was woken by. What is measured must be what was put in.
 */
#define BOOT_NS (5 * BO_MS) /* from the rail live to the boot's first line */

struct world {
	struct bo_power power;
	struct bo_console console;
	struct bo_loop *loop;
	struct bo_timer relay, rail, boot;
	bo_ns relay_ns, hold_ns;
	bool told, contact, live, sense_stuck;
	const char *cause;
};

static struct bo_clock_virtual virtual_clock;
static struct bo_loop loop;
static struct world world;
static struct bo_bench bench;
static struct bo_rack_bench conf;
static struct bo_target target;
static struct bo_err err;

#define WORLD_OF(timer, member) \
	((struct world *)(void *)((char *)(timer)-offsetof(struct world, member)))

static void boots(struct bo_timer *timer)
{
	struct world *w = WORLD_OF(timer, boot);
	char line[64];
	int len = snprintf(line, sizeof(line), "boot cause=%s\n", w->cause);

	if (w->live && w->console.rx)
		w->console.rx(w->console.ctx, bo_loop_now(w->loop), (const uint8_t *)line,
			      (size_t)len);
}

static void rail_moves(struct bo_timer *timer)
{
	struct world *w = WORLD_OF(timer, rail);

	if (w->live == w->contact)
		return;
	w->live = w->contact;
	if (w->live)
		bo_loop_arm(w->loop, &w->boot, bo_loop_now(w->loop) + BOOT_NS);
}

static void relay_moves(struct bo_timer *timer)
{
	struct world *w = WORLD_OF(timer, relay);

	w->contact = w->told;
	bo_loop_arm(w->loop, &w->rail, bo_loop_now(w->loop) + (w->contact ? 0 : w->hold_ns));
}

/* One that is told otherwise meanwhile has not moved. */
static int world_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *reterr)
{
	struct world *w = (struct world *)power;

	(void)reterr;
	w->told = on;
	*ret_at = bo_loop_now(w->loop);
	bo_loop_disarm(w->loop, &w->relay);
	if (w->contact != on)
		bo_loop_arm(w->loop, &w->relay, *ret_at + w->relay_ns);
	return 0;
}

static int world_sense(struct bo_power *power, bool *ret_live, struct bo_err *reterr)
{
	const struct world *w = (struct world *)power;

	(void)reterr;
	*ret_live = w->live || w->sense_stuck;
	return 0;
}

static const struct bo_power_ops sensing = {.name = "w", .set = world_set, .sense = world_sense};
static const struct bo_power_ops blind = {.name = "w", .set = world_set};
static const struct bo_console_ops console_ops = {.name = "w"};
static const char *power_on = "POR";

static void set_up(void)
{
	bo_clock_virtual_init(&virtual_clock);
	bo_loop_init(&loop, &virtual_clock.clock);
	world = (struct world){.power = {.ops = &sensing, .drain_ns = 50 * BO_MS},
			       .console = {.ops = &console_ops},
			       .loop = &loop,
			       .relay = {.fire = relay_moves},
			       .rail = {.fire = rail_moves},
			       .boot = {.fire = boots},
			       .relay_ns = BO_MS,
			       .hold_ns = 3 * BO_MS,
			       .cause = "POR"};
	target = (struct bo_target){.console = {.boot = "boot cause={cause}"},
				    .power_causes = {.items = &power_on, .count = 1},
				    .deadline = {.boot = BO_S}};
	bench = (struct bo_bench){.conf = &conf, .power = &world.power, .console = &world.console};
	bo_outputs_init(&bench.outputs, &loop);
	bo_outputs_add(&bench.outputs, "main", &world.power);
	err = (struct bo_err){0};
}

TestSuite(calibrate, .init = set_up);

static struct bo_calibration measure(bo_ns off_ns)
{
	struct bo_calibration c = {0};

	cr_assert_eq(bo_calibrate(&bench, &loop, &target, 4, off_ns, &c, &err), 0, "%s", err.text);
	cr_expect_eq(c.cycles, 4u);
	cr_expect_eq(c.off_ns, off_ns);
	return c;
}

Test(calibrate, what_the_witnesses_saw_is_what_was_there)
{
	struct bo_calibration c = measure(50 * BO_MS);

	cr_expect(bo_calibration_holds(&c));
	cr_expect(c.has_sense && c.tells_boot && c.tells_cause);
	cr_expect(c.dead == 4 && c.booted == 4 && c.named == 4);
	cr_expect_eq(c.dead_ns, 4 * BO_MS, "%lld", (long long)c.dead_ns);
	cr_expect_eq(c.live_ns, 2 * BO_MS, "looked at each millisecond: %lld",
		     (long long)c.live_ns);
	cr_expect_eq(c.boot_ns, BO_MS + BOOT_NS, "%lld", (long long)c.boot_ns);
}

Test(calibrate, what_does_not_happen_is_counted_as_that)
{
	static const struct {
		const char *what;
		bool sense;
		bo_ns relay_ns;
		const char *cause;
		bool stuck;
		unsigned dead, booted, named;
	} cases[] = {
		{"a relay slower than the off time, seen", true, 80 * BO_MS, "POR", false, 0, 0, 0},
		{"the same, unseen", false, 80 * BO_MS, "POR", false, 0, 0, 0},
		{"a cause that is no power-on", false, BO_MS, "PIN", false, 0, 4, 0},
		{"a sense input that is stuck", true, BO_MS, "POR", true, 0, 4, 4},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up();
		world.power.ops = cases[i].sense ? &sensing : &blind;
		world.relay_ns = cases[i].relay_ns;
		world.cause = cases[i].cause;
		world.sense_stuck = cases[i].stuck;
		struct bo_calibration c = measure(50 * BO_MS);

		cr_expect_not(bo_calibration_holds(&c), "%s", cases[i].what);
		cr_expect_eq(c.dead, cases[i].dead, "%s: %u", cases[i].what, c.dead);
		cr_expect_eq(c.booted, cases[i].booted, "%s: %u", cases[i].what, c.booted);
		cr_expect_eq(c.named, cases[i].named, "%s: %u", cases[i].what, c.named);
	}
}

Test(calibrate, a_late_relay_shows_in_the_time_to_the_boot)
{
	world.power.ops = &blind;
	world.relay_ns = 80 * BO_MS;
	struct bo_calibration c = measure(100 * BO_MS);

	cr_expect(bo_calibration_holds(&c));
	cr_expect_eq(c.boot_ns, 80 * BO_MS + BOOT_NS);
}

Test(calibrate, one_witness_is_enough_and_none_is_an_error)
{
	struct bo_calibration c = {.cycles = 9};

	bench.console = NULL;
	c = measure(50 * BO_MS);
	cr_expect(bo_calibration_holds(&c));
	cr_expect_not(c.tells_boot);
	world.power.ops = &blind;
	c.cycles = 9;
	cr_expect_eq(bo_calibrate(&bench, &loop, &target, 4, BO_MS, &c, &err), -EOPNOTSUPP);
	cr_expect_eq(c.cycles, 9u);
}
