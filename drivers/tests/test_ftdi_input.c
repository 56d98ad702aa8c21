#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>

#include "drivers/api/gpio.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/tests/switch_rig.h"
#include "harness/model/conf.h"

/* An input on an FTDI pin, through a real server over a fake chip. */
#define PIN (1u << 5)

static struct rig rig;
static struct bo_conf *conf;
static struct bo_input *input;

static struct seen {
	unsigned looks, highs;
	struct bo_look last;
	bo_ns apart;
	struct bo_err lost;
} seen;

static void look(void *ctx, const struct bo_look *at)
{
	struct seen *to = ctx;

	cr_expect_geq(at->at, at->since);
	cr_expect(to->looks == 0 || at->since <= to->last.at, "a time nobody vouches for");
	to->looks++;
	to->highs += at->level;
	to->last = *at;
	if (at->at - at->since > to->apart)
		to->apart = at->at - at->since;
}

static void lost(void *ctx, const struct bo_err *why)
{
	((struct seen *)ctx)->lost = *why;
}

static void open_input(const char *yaml)
{
	struct bo_driver_env env = {.loop = &rig.loop, .bench = "bench-1", .run_dir = rig.dir};
	struct bo_conf_args args = {.path = "rack.yaml",
				    .fields = bo_driver_ftdi_input.fields,
				    .size = bo_driver_ftdi_input.config_size};
	struct bo_buf report = {0};
	struct bo_err err = {0};
	void *config, *opened;

	cr_assert_eq(bo_conf_read_text(&args, yaml, strlen(yaml), &conf, &config, &report), 0, "%s",
		     report.data);
	bo_buf_done(&report);
	cr_assert_eq(bo_driver_ftdi_input.open(&env, config, &opened, &err), 0, "%s", err.text);
	input = opened;
	input->look = look;
	input->lost = lost;
	input->ctx = &seen;
}

static void set_up(void)
{
	seen = (struct seen){0};
	rig_init(&rig);
	rig.state->pulls = 0;
	rig_start(&rig, BO_S);
	open_input("usb: BOV-FAKE\npin: 5\nevery: 2 ms\n");
}

static void tear_down(void)
{
	bo_input_close(input);
	bo_conf_free(conf);
	rig_stop(&rig);
}

TestSuite(ftdi_input, .init = set_up, .fini = tear_down, .timeout = 30);

static void watch(bool on)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_input_watch(input, on, &err), 0, "%s", err.text);
}

static unsigned wanted;

static bool has_looked(void *ctx)
{
	(void)ctx;
	return seen.looks >= wanted || seen.lost.code;
}

static void await_looks(unsigned more)
{
	wanted = seen.looks + more;
	cr_assert_eq(bo_loop_until(&rig.loop, has_looked, NULL,
				   bo_clock_stamp(&rig.clock) + RIG_PATIENCE_NS),
		     0, "nobody looked");
}

Test(ftdi_input, is_looked_at_only_while_it_is_watched)
{
	bo_ns until = bo_clock_stamp(&rig.clock) + 20 * BO_MS;

	cr_assert_eq(bo_loop_sleep_until(&rig.loop, until), 0);
	cr_expect_eq(seen.looks, 0);
	watch(true);
	await_looks(3);
	cr_expect_eq(seen.highs, 0);
	cr_expect_eq(rig.state->outputs & PIN, 0, "an input is not driven");
	watch(false);
	unsigned before = seen.looks;

	cr_assert_eq(bo_loop_sleep_until(&rig.loop, bo_clock_stamp(&rig.clock) + 20 * BO_MS), 0);
	cr_expect_eq(seen.looks, before);
}

Test(ftdi_input, an_edge_is_noticed_at_the_next_look_with_the_time_in_which_it_was)
{
	watch(true);
	await_looks(2);
	bo_ns before = bo_clock_stamp(&rig.clock);

	rig.state->pulls = PIN;
	await_looks(2);
	cr_expect(seen.last.level);
	cr_expect_gt(seen.last.at, before);
	cr_expect_geq(seen.apart, 2 * BO_MS, "the interval, and no less");
	rig.state->pulls = 0;
	await_looks(2);
	cr_expect_not(seen.last.level);
}

Test(ftdi_input, a_server_that_is_killed_is_told_once)
{
	watch(true);
	await_looks(1);
	kill(rig.server, SIGKILL);
	(void)rig_reap(rig.server);
	rig.server = 0;
	wanted = UINT_MAX;
	cr_assert_eq(bo_loop_until(&rig.loop, has_looked, NULL,
				   bo_clock_stamp(&rig.clock) + RIG_PATIENCE_NS),
		     0);
	cr_expect_eq(seen.lost.code, -ENODEV, "%s", seen.lost.text);
	cr_expect(strstr(seen.lost.text, "FTDI BOV-FAKE interface A"), "%s", seen.lost.text);
	struct bo_switch_place place;
	struct bo_err err = {0};

	cr_assert_eq(bo_switch_place(&rig.address, &place, &err), 0);
	unlink(place.socket);
	unlink(place.lock);
	rmdir(place.dir);
}

Test(ftdi_input, an_unplugged_chip_is_told)
{
	watch(true);
	await_looks(1);
	fake_unplug(rig.state);
	wanted = UINT_MAX;
	cr_assert_eq(bo_loop_until(&rig.loop, has_looked, NULL,
				   bo_clock_stamp(&rig.clock) + RIG_PATIENCE_NS),
		     0);
	cr_expect_eq(seen.lost.code, -ENODEV, "%s", seen.lost.text);
}
