#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>

#include "drivers/serial/serial.h"
#include "drivers/tests/tty_rig.h"
#include "harness/model/conf.h"

/*
 * A console that dies with the target, on ptys: a link stands for what finds the port (by-id links
 * do), and each time it comes back it leads to a pty of another name. The lab does the same with a
 * USB device of the target's own.
 */
static struct {
	struct bo_loop loop;
	struct bo_clock clock;
	struct bo_conf *conf;
	struct bo_console *console;
	char dir[40], link[64];
	int far, near; /* the present pty; -1: none */
	char port[64]; /* as back() named it */
	char got[256];
	size_t got_len;
	unsigned lost, back;
	bo_ns lost_at;
} rig;

static void on_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	(void)ctx;
	(void)at;
	cr_assert_lt(rig.got_len + len, sizeof(rig.got));
	memcpy(rig.got + rig.got_len, data, len);
	rig.got_len += len;
	rig.got[rig.got_len] = '\0';
}

static void on_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	(void)ctx;
	cr_assert_eq(why->code, -ENODEV);
	rig.lost++;
	rig.lost_at = at;
}

static void on_back(void *ctx, bo_ns at, const char *port)
{
	(void)ctx;
	cr_assert_geq(at, rig.lost_at);
	cr_assert(bo_str_copy(rig.port, sizeof(rig.port), port));
	rig.back++;
}

/* A new pty, which the link leads to. */
static void plug(void)
{
	char path[64];
	struct termios mode;

	cr_assert_eq(openpty(&rig.far, &rig.near, path, NULL, NULL), 0);
	cr_assert_eq(tcgetattr(rig.near, &mode), 0);
	cfmakeraw(&mode);
	cr_assert_eq(tcsetattr(rig.near, TCSANOW, &mode), 0);
	cr_assert_eq(symlink(path, rig.link), 0);
}

static void unplug(void)
{
	unlink(rig.link);
	close(rig.far);
	close(rig.near);
	rig.far = rig.near = -1;
}

static int open_console(struct bo_err *err)
{
	const struct bo_conf_args args = {.path = "rack.yaml",
					  .fields = bo_driver_serial.fields,
					  .size = bo_driver_serial.config_size};
	struct bo_driver_env env = {.loop = &rig.loop, .bench = "b1"};
	struct bo_buf report = {0};
	char text[200];
	void *config, *console;

	snprintf(text, sizeof(text),
		 "path: %s\nbaud: 115200 baud\nsurvives-cut: no\nreturns: 3 s\n", rig.link);
	cr_assert_eq(bo_conf_read_text(&args, text, strlen(text), &rig.conf, &config, &report), 0,
		     "%s", report.data);
	bo_buf_done(&report);
	int rc = bo_driver_serial.open(&env, config, &console, err);

	if (rc < 0)
		return rc;
	rig.console = console;
	rig.console->rx = on_rx;
	rig.console->lost = on_lost;
	rig.console->back = on_back;
	return 0;
}

static void must_open(void)
{
	struct bo_err err = {0};

	cr_assert_eq(open_console(&err), 0, "%s", err.text);
	cr_expect(rig.console->vanishes);
	cr_expect_eq(rig.console->returns_ns, 3 * BO_S);
}

static void set_up(void)
{
	rig.far = rig.near = -1;
	bo_clock_real_init(&rig.clock);
	bo_loop_init(&rig.loop, &rig.clock);
	strcpy(rig.dir, "/tmp/brownout-vanish-XXXXXX");
	cr_assert(mkdtemp(rig.dir));
	snprintf(rig.link, sizeof(rig.link), "%s/port", rig.dir);
}

static void tear_down(void)
{
	bo_console_close(rig.console);
	cr_assert_null(rig.loop.watches);
	cr_assert_null(rig.loop.timers);
	bo_conf_free(rig.conf);
	if (rig.far >= 0)
		unplug();
	unlink(rig.link);
	rmdir(rig.dir);
}

TestSuite(vanishing, .init = set_up, .fini = tear_down, .timeout = 120);

struct goal {
	const unsigned *count;
	unsigned at_least;
};

static bool is_reached(void *ctx)
{
	const struct goal *goal = ctx;

	return *goal->count >= goal->at_least;
}

static void await(const unsigned *count, unsigned at_least)
{
	struct goal goal = {count, at_least};

	cr_assert_eq(
		bo_loop_until(&rig.loop, is_reached, &goal, bo_clock_stamp(&rig.clock) + 60 * BO_S),
		0, "%u, not %u", *count, at_least);
}

static bool has_got(void *ctx)
{
	return strcmp(rig.got, ctx) == 0;
}

/* Both ways through the present pty. */
static void expect_talk(const char *text)
{
	char heard[64] = "";
	struct bo_err err = {0};
	size_t len = strlen(text);

	rig.got_len = 0;
	cr_assert_eq(write(rig.far, text, len), (ssize_t)len);
	cr_assert_eq(bo_loop_until(&rig.loop, has_got, (void *)text,
				   bo_clock_stamp(&rig.clock) + 60 * BO_S),
		     0, "'%s', not '%s'", rig.got, text);
	cr_assert_eq(bo_console_write(rig.console, text, len, &err), 0, "%s", err.text);
	cr_assert_eq(read(rig.far, heard, sizeof(heard)), (ssize_t)len);
	cr_expect_str_eq(heard, text);
}

Test(vanishing, it_is_found_again_under_another_name_each_time)
{
	char before[64], text[32];

	plug();
	cr_assert_eq(ttyname_r(rig.near, before, sizeof(before)), 0);
	must_open();
	for (unsigned i = 1; i <= 20; i++) {
		int held = open(before, O_RDWR | O_NOCTTY | O_CLOEXEC); /* keeps the name taken */

		unplug();
		await(&rig.lost, i);
		plug();
		await(&rig.back, i);
		close(held);
		cr_expect_str_neq(rig.port, before);
		strcpy(before, rig.port);
		snprintf(text, sizeof(text), "round %u", i);
		expect_talk(text);
	}
	cr_expect_eq(rig.lost, 20);
}

Test(vanishing, what_is_said_to_it_while_it_is_away_goes_nowhere_and_is_no_error)
{
	struct bo_err err = {0};

	plug();
	must_open();
	unplug();
	await(&rig.lost, 1);
	cr_expect_eq(bo_console_write(rig.console, "lost", 4, &err), 0);
	cr_expect_eq(bo_console_flush(rig.console, &err), 0);
	cr_expect_eq(bo_console_hold_break(rig.console, true, &err), 0);
	cr_expect_eq(rig.console->away.code, -ENODEV);
	plug();
	await(&rig.back, 1);
	cr_expect_eq(rig.console->away.code, 0);
	expect_talk("anew");
}

Test(vanishing, a_console_of_a_target_without_power_begins_away)
{
	must_open();
	cr_expect_eq(rig.console->away.code, -ENODEV);
	plug();
	await(&rig.back, 1);
	cr_expect_eq(rig.lost, 0);
	expect_talk("here");
}

Test(vanishing, what_is_no_port_is_refused_at_once)
{
	struct bo_err err = {0};
	int fd = open(rig.link, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	close(fd);
	cr_expect_eq(open_console(&err), -EINVAL);
	cr_expect(strstr(err.text, "not a serial port"), "%s", err.text);
}

Test(vanishing, a_port_that_somebody_took_meanwhile_is_waited_for_and_says_so)
{
	plug();
	must_open();
	unplug();
	await(&rig.lost, 1);
	plug();
	cr_assert_eq(flock(rig.near, LOCK_EX | LOCK_NB), 0);
	for (bo_ns end = bo_clock_stamp(&rig.clock) + 60 * BO_S; rig.console->away.code != -EBUSY;)
		cr_assert(bo_loop_turn(&rig.loop, end) == 0 && rig.clock.now < end);
	cr_expect(strstr(rig.console->away.text, "in use"), "%s", rig.console->away.text);
	cr_expect_eq(rig.back, 0);
	cr_assert_eq(flock(rig.near, LOCK_UN), 0);
	await(&rig.back, 1);
	expect_talk("mine");
}
