#include <criterion/criterion.h>
#include <string.h>

#include "drivers/api/power.h"
#include "drivers/ftdi/ftdi.h"
#include "drivers/tests/switch_rig.h"
#include "harness/model/conf.h"

static struct rig rig;
static struct bo_conf *conf;
static void *config;

static void set_up(void)
{
	rig_init(&rig);
}

static void tear_down(void)
{
	bo_conf_free(conf);
	rig_stop(&rig);
}

TestSuite(ftdi, .init = set_up, .fini = tear_down, .timeout = 30);

#define BOARD "usb: BOV-FAKE\ninterface: A\npin: 0\non: low\nsafe: on\n"

static int read_config(const char *yaml, struct bo_buf *report)
{
	struct bo_conf_args args = {.path = "rack.yaml",
				    .fields = bo_driver_ftdi.fields,
				    .size = bo_driver_ftdi.config_size};

	bo_conf_free(conf);
	conf = NULL;
	return bo_conf_read_text(&args, yaml, strlen(yaml), &conf, &config, report);
}

static int try_open(const char *yaml, struct bo_power **ret, struct bo_err *err)
{
	struct bo_driver_env env = {.loop = &rig.loop, .bench = "bench-1", .run_dir = rig.dir};
	struct bo_buf report = {0};
	void *power = NULL;
	int rc;

	cr_assert_eq(read_config(yaml, &report), 0, "%s", report.data);
	bo_buf_done(&report);
	rc = bo_driver_ftdi.open(&env, config, &power, err);
	if (rc == 0)
		*ret = power;
	return rc;
}

static struct bo_power *must_open(const char *yaml)
{
	struct bo_power *power = NULL;
	struct bo_err err = {0};

	cr_assert_eq(try_open(yaml, &power, &err), 0, "%s", err.text);
	return power;
}

static bo_ns must_set(struct bo_power *power, bool on)
{
	struct bo_err err = {0};
	bo_ns at = 0;

	cr_assert_eq(bo_power_set(power, on, &at, &err), 0, "%s", err.text);
	return at;
}

static bool must_get(struct bo_power *power)
{
	struct bo_err err = {0};
	bool on = false;

	cr_assert_eq(bo_power_get(power, &on, &err), 0, "%s", err.text);
	return on;
}

static void must_say(const struct bo_err *err, const char *words)
{
	cr_assert(strstr(err->text, words), "\"%s\" does not say \"%s\"", err->text, words);
}

Test(ftdi, on_and_off_are_the_levels_that_the_rack_says)
{
	static const struct {
		const char *yaml;
		uint8_t on_level;
	} cases[] = {
		{"usb: BOV-FAKE\npin: 3\non: high\n", 1 << 3},
		{"usb: BOV-FAKE\npin: 3\non: low\n", 0},
	};

	rig_start(&rig, BO_S);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_power *power = must_open(cases[i].yaml);

		must_set(power, false);
		cr_assert_neq(fake_levels(rig.state) & 1 << 3, cases[i].on_level);
		cr_assert(!must_get(power));
		must_set(power, true);
		cr_assert_eq(fake_levels(rig.state) & 1 << 3, cases[i].on_level);
		cr_assert(must_get(power));
		bo_power_close(power);
	}
}

Test(ftdi, open_and_close_put_the_output_into_its_safe_state)
{
	static const struct {
		const char *yaml;
		uint8_t level;
	} cases[] = {
		{"usb: BOV-FAKE\npin: 1\non: high\nsafe: on\n", 2},
		{"usb: BOV-FAKE\npin: 1\non: high\nsafe: off\n", 0},
		{"usb: BOV-FAKE\npin: 1\non: low\nsafe: on\n", 0},
		{"usb: BOV-FAKE\npin: 1\non: low\nsafe: off\n", 2},
	};

	rig_start(&rig, BO_S);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_power *power = must_open(cases[i].yaml);
		bool safe_is_on = must_get(power);

		cr_assert_eq(fake_levels(rig.state) & 2, cases[i].level);
		must_set(power, !safe_is_on);
		cr_assert_neq(fake_levels(rig.state) & 2, cases[i].level);
		bo_power_close(power);
		cr_assert_eq(fake_levels(rig.state) & 2, cases[i].level);
	}
}

Test(ftdi, what_was_kept_at_close_is_found_so_at_the_next_open)
{
	struct bo_power *power;

	rig_start(&rig, 300 * BO_MS); /* without a kept pin it would end soon */
	power = must_open(BOARD);
	must_set(power, false);
	power->keep = true;
	fake_forget(rig.state);
	bo_power_close(power);
	bo_loop_sleep_until(&rig.loop, bo_clock_stamp(&rig.clock) + 900 * BO_MS);
	for (int i = 0; i < 2; i++) {
		power = must_open(BOARD);
		cr_assert(!must_get(power));
		power->keep = i == 0;
		cr_assert_eq(fake_edges(rig.state, 0), 0);
		bo_power_close(power);
	}
	cr_assert_eq(fake_edges(rig.state, 0), 1, "the last one did not keep it");
	cr_assert_eq(rig_reap(rig.server), 0, "nothing is kept: the server ends");
	rig.server = 0;
}

Test(ftdi, the_acknowledgement_is_stamped_after_the_read_back)
{
	struct bo_power *power;
	bo_ns before, at;

	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	rig.state->slow_ms = 20;
	before = bo_clock_stamp(&rig.clock);
	at = must_set(power, false);
	cr_assert_geq(at - before, 40 * BO_MS, "a write and a read of 20 ms each");
	cr_assert_leq(at, bo_clock_stamp(&rig.clock));
	rig.state->slow_ms = 0;
	bo_power_close(power);
}

Test(ftdi, sense_is_the_rail_and_not_the_output)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bool live = false;

	rig_start(&rig, BO_S);
	rig.state->pulls = 0xef;
	power = must_open(BOARD "sense: {pin: 4, on: high}\n");
	must_set(power, true);
	cr_assert_eq(bo_power_sense(power, &live, &err), 0, "%s", err.text);
	cr_assert(!live, "nothing is connected to the sense input");
	rig.state->pulls = 0xff;
	cr_assert_eq(bo_power_sense(power, &live, &err), 0);
	cr_assert(live);
	bo_power_close(power);
	power = must_open(BOARD);
	cr_assert_eq(bo_power_sense(power, &live, &err), -EOPNOTSUPP);
	bo_power_close(power);
}

Test(ftdi, a_stuck_output_is_an_error_that_names_chip_and_pin)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bo_ns at = 42;

	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	rig.state->stuck = 1;
	cr_assert_eq(bo_power_set(power, false, &at, &err), -EIO);
	must_say(&err, "FTDI BOV-FAKE interface A: pin 0: wanted high, reads low");
	cr_assert_eq(at, 42);
	rig.state->stuck = 0;
	bo_power_close(power);
}

Test(ftdi, a_busy_pin_names_the_bench_that_has_it)
{
	struct bo_power *first, *second = NULL;
	struct bo_err err = {0};

	rig_start(&rig, BO_S);
	first = must_open(BOARD);
	cr_assert_eq(try_open(BOARD, &second, &err), -EBUSY);
	must_say(&err, "FTDI BOV-FAKE interface A: pin 0 is in use by \"bench-1\" (pid ");
	bo_power_close(first);
}

Test(ftdi, an_unplugged_chip_is_gone_and_comes_back_with_a_word)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bo_ns at;
	bool on;

	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	must_set(power, false);
	fake_unplug(rig.state);
	cr_assert_eq(bo_power_set(power, true, &at, &err), -ENODEV);
	must_say(&err, "unplugged");
	rig.state->plugged = true;
	RIG_UNTIL(&rig, bo_power_get(power, &on, &err) == -ENODEV && strstr(err.text, "is back"));
	cr_assert(must_get(power), "safe is on");
	bo_power_close(power);
}

Test(ftdi, a_server_that_died_is_no_device)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bo_ns at;

	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	kill(rig.server, SIGTERM);
	cr_assert_eq(rig_reap(rig.server), 0);
	rig.server = 0;
	cr_assert_eq(bo_power_set(power, false, &at, &err), -ENODEV);
	must_say(&err, "the switch server has ended");
	bo_power_close(power);
}

Test(ftdi, a_killed_server_leaves_the_output_as_it_was_and_its_successor_makes_it_safe)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bool on;

	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	must_set(power, false);
	kill(rig.server, SIGKILL);
	cr_assert_eq(rig_reap(rig.server), -1);
	cr_assert_eq(fake_levels(rig.state) & 1, 1, "off is high");
	cr_assert_eq(bo_power_get(power, &on, &err), -ENODEV);
	bo_power_close(power);
	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	cr_assert_eq(fake_levels(rig.state) & 1, 0, "safe is on, on is low");
	bo_power_close(power);
}

Test(ftdi, a_pulse_shorter_than_the_switch_can_follow_is_refused)
{
	struct bo_power *power;
	struct bo_err err = {0};
	bo_ns at;

	rig_start(&rig, BO_S);
	power = must_open(BOARD "min-pulse: 1 h\n");
	must_set(power, false);
	must_set(power, false); /* no change, no pulse */
	cr_assert_eq(bo_power_set(power, true, &at, &err), -EINVAL);
	must_say(&err, "min-pulse of 3600000000 us");
	bo_power_close(power);
	cr_assert_eq(fake_levels(rig.state) & 1, 0, "safe is on, whatever the pulse");
}

/* ---- waveforms ---- */

static const struct bo_wave train = {3, {20 * BO_MS, 5 * BO_MS, 20 * BO_MS}};

Test(ftdi, a_waveform_is_played_once_the_clock_was_compared)
{
	struct bo_wave_played played = {.seen = 99};
	struct bo_err err = {0};
	struct bo_power *power;
	bo_ns began;

	rig.state->clocked = true;
	rig_start(&rig, BO_S);
	power = must_open(BOARD);
	must_set(power, true);
	cr_expect_eq(bo_power_play(power, &train, &played, &err), -ERANGE);
	must_say(&err, "BOV-FAKE");
	cr_expect_eq(played.seen, 99);
	cr_assert_eq(bo_power_play(power, &train, NULL, &err), 0, "%s", err.text);
	began = bo_clock_stamp(&rig.clock);
	cr_assert_eq(bo_power_play(power, &train, &played, &err), 0, "%s", err.text);
	cr_expect_eq(played.seen, 2);
	cr_expect_geq(played.at, began, "one clock for both processes");
	cr_expect_leq(played.at, bo_clock_stamp(&rig.clock));
	cr_expect_arr_eq(played.step_ns, train.step_ns, sizeof(train.step_ns));
	cr_expect(must_get(power));
	bo_power_close(power);
}

Test(ftdi, a_waveform_that_cannot_be_is_refused)
{
	static const struct {
		const char *yaml;
		bool on;
		struct bo_wave wave;
		int code;
		const char *words;
	} cases[] = {
		{BOARD "min-pulse: 20 ms\n",
		 true,
		 {1, {5 * BO_MS}},
		 -EINVAL,
		 "shorter than this switch's min-pulse of 20000 us"},
		{BOARD, true, {1, {2 * BO_S}}, -EINVAL, "a step longer than 1 s is a cut"},
		{BOARD, true, {1, {500 * BO_MS}}, -EDOM, "FT4232H plays 512 bytes"},
		{BOARD, false, {1, {5 * BO_MS}}, -EINVAL, "a waveform begins with power on"},
	};

	rig_start(&rig, BO_S);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_power *power = must_open(cases[i].yaml);
		struct bo_wave_played played;
		struct bo_err err = {0};

		must_set(power, cases[i].on);
		cr_expect_eq(bo_power_play(power, &cases[i].wave, &played, &err), cases[i].code,
			     "case %zu: %s", i, err.text);
		must_say(&err, cases[i].words);
		bo_power_close(power);
	}
}

Test(ftdi, what_cannot_work_is_refused_before_a_server_is_asked)
{
	static const struct {
		const char *yaml, *says;
	} cases[] = {
		{"pin: 0\non: low\n", "give either usb"},
		{"usb: X\npath: 1-1\npin: 0\non: low\n", "give either usb"},
		{"usb: \"a b\"\npin: 0\non: low\n", "printable characters"},
		{"usb: X\npin: 4\non: low\nsense: {pin: 4}\n", "the sense pin is the output"},
		{"usb: X\npin: 4\non: low\ninterface: CBUS\n", "CBUS has pins 0 to 3"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_power *power = NULL;
		struct bo_err err = {0};

		cr_assert_eq(try_open(cases[i].yaml, &power, &err), -EINVAL, "%s", cases[i].yaml);
		must_say(&err, cases[i].says);
	}
}

Test(ftdi, mistakes_in_the_rack_file_are_found_there)
{
	static const struct {
		const char *yaml, *says;
	} cases[] = {
		{"usb: X\npin: 8\non: low\n", "expected a pin of the interface, 0 to 7"},
		{"usb: X\npin: 0\n", "on"},
		{"usb: X\npin: 0\non: hihg\n", "high"},
		{"usb: X\npin: 0\non: low\ninterface: E\n", "interface"},
		{"usb: X\npin: 0\non: low\nsense: {on: high}\n", "pin"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_buf report = {0};

		cr_assert_eq(read_config(cases[i].yaml, &report), -EINVAL, "%s", cases[i].yaml);
		cr_assert(strstr(report.data, cases[i].says), "%s", report.data);
		bo_buf_done(&report);
	}
}

Test(ftdi, a_missing_server_program_is_said)
{
	struct bo_power *power = NULL;
	struct bo_err err = {0};

	setenv("BROWNOUT_LIBEXEC", rig.dir, 1);
	cr_assert_eq(try_open(BOARD, &power, &err), -ENOENT);
	must_say(&err, "brownout-switch");
}
