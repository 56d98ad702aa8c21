#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/wiring.h"

/*
 * Benches on the virtual clock whose cables lead where a case says. Of ours the switch, the probe
 * and the console are always there; which board each of them leads to is the question.
 */
struct wires {
	const char *what;
	bool other_power, other_console; /* leads to another board, which always runs */
	bool fed;			 /* the rail never dies */
	bo_ns drains;			 /* the rail dies so late */
	bool isolator;			 /* the probe reaches nobody without power */
	bool no_probe, no_console;
	const char *why; /* NULL: all is well */
};

static struct {
	const struct wires *wires;
	struct bo_power power;
	struct bo_flash flash;
	struct bo_console console;
	struct bo_timer talk;
	bool on, attached;
	bo_ns off_at;
	unsigned attaches;
} world;

static struct bo_clock_virtual virtual_clock;
static struct bo_loop loop;
static const struct bo_rack_bench conf = {.name = "bench", .identity.uid = "424F5601"};

static bool is_live(void)
{
	return world.on || world.wires->fed || world.wires->other_power ||
	       bo_loop_now(&loop) < world.off_at + world.wires->drains;
}

static int set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	(void)power, (void)err;
	*ret_at = bo_loop_now(&loop);
	if (world.on && !on)
		world.off_at = *ret_at;
	world.on = on;
	return 0;
}

static int attach(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err)
{
	(void)flash;
	world.attaches++;
	if (!is_live() || (world.wires->isolator && !world.on))
		return bo_err_set(err, -ENODEV, "nobody there");
	*ret = (struct bo_flash_id){"424F5601", "0x410"};
	world.attached = true;
	return 0;
}

static int detach(struct bo_flash *flash, struct bo_err *err)
{
	(void)flash, (void)err;
	world.attached = false;
	return 0;
}

static int flush(struct bo_console *console, struct bo_err *err)
{
	(void)console, (void)err;
	return 0;
}

/* A chatty firmware: ours, unless it is held or has no power. */
static void talk(struct bo_timer *timer)
{
	static const uint8_t text[] = "tick of a clock\n";
	bool ours = is_live() && !world.attached && world.attaches == 0;

	if (world.console.rx && (ours || world.wires->other_console))
		world.console.rx(world.console.ctx, bo_loop_now(&loop), text, sizeof(text) - 1);
	bo_loop_arm(&loop, timer, bo_loop_now(&loop) + 8 * BO_MS);
}

static int check(const struct wires *wires, struct bo_err *err)
{
	static const struct bo_power_ops power_ops = {.name = "w", .set = set};
	static const struct bo_flash_ops flash_ops = {
		.name = "w", .attach = attach, .detach = detach};
	static const struct bo_console_ops console_ops = {.name = "w", .flush = flush};
	struct bo_bench bench = {.conf = &conf, .env.loop = &loop};

	bo_clock_virtual_init(&virtual_clock);
	bo_loop_init(&loop, &virtual_clock.clock);
	memset(&world, 0, sizeof(world));
	world.wires = wires;
	world.power = (struct bo_power){.ops = &power_ops, .drain_ns = 20 * BO_MS};
	world.flash.ops = &flash_ops;
	world.console.ops = &console_ops;
	world.talk.fire = talk;
	bo_outputs_init(&bench.outputs, &loop);
	bo_outputs_add(&bench.outputs, "main", &world.power);
	bench.power = &world.power;
	bench.flash = wires->no_probe ? NULL : &world.flash;
	bench.console = wires->no_console ? NULL : &world.console;
	bo_loop_arm(&loop, &world.talk, BO_MS);
	int rc = bo_wiring_check(&bench, err);

	cr_expect_null(world.console.rx, "%s: still listening", wires->what);
	cr_expect_not(world.attached && rc == 0, "%s: still attached", wires->what);
	return rc;
}

#define FED	  "the target answers its probe "
#define OFF_TALK  "console 'main' talks while its target's power is off"
#define HELD_TALK "probe: console 'main' talks while its target is held by the probe"

Test(wiring, each_cable_that_leads_elsewhere_is_told)
{
	static const struct wires cases[] = {
		{.what = "as it should be"},
		{.what = "a slow rail", .drains = 900 * BO_MS},
		{.what = "power of another board", .other_power = true, .why = FED},
		{.what = "a board that is fed", .fed = true, .why = FED},
		{.what = "a rail for half a minute", .drains = 30 * BO_S, .why = FED},
		{.what = "console of another board", .other_console = true, .why = HELD_TALK},
		{.what = "an isolator", .isolator = true},
		{.what = "an isolator and another console",
		 .isolator = true,
		 .other_console = true,
		 .why = HELD_TALK},
		{.what = "no probe", .no_probe = true},
		{.what = "no probe, another power",
		 .no_probe = true,
		 .other_power = true,
		 .why = OFF_TALK},
		{.what = "no probe, another console",
		 .no_probe = true,
		 .other_console = true,
		 .why = OFF_TALK},
		{.what = "no console", .no_console = true},
		{.what = "no console, another power",
		 .no_console = true,
		 .other_power = true,
		 .why = FED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_err err = {0};
		int rc = check(&cases[i], &err);

		cr_expect_eq(rc, cases[i].why ? -EXDEV : 0, "%s: %d, %s", cases[i].what, rc,
			     bo_err_text(&err));
		cr_expect(!cases[i].why ||
				  strncmp(err.text, cases[i].why, strlen(cases[i].why)) == 0,
			  "%s: %s", cases[i].what, err.text);
		cr_expect_lt(bo_loop_now(&loop), 15 * BO_S, "%s", cases[i].what);
	}
}
