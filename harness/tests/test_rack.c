#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/engine/bench.h"
#include "harness/tests/written_file.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Drivers that count how often they are opened. */
struct settings {
	int64_t pin;
};

static const struct bo_conf_field fields[] = {
	{.key = "pin", .type = BO_CONF_INT, .offset = 0, .max = 7, .help = "which"}, {0}};

static char opened[128];

static int note_open(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err)
{
	const struct settings *settings = config;
	size_t len = strlen(opened);

	(void)ret;
	snprintf(opened + len, sizeof(opened) - len, "%s pin %lld; ", env->bench,
		 (long long)settings->pin);
	return bo_err_set(err, -ENODEV, "not plugged in");
}

static const struct bo_driver relay = {.name = "relay",
				       .help = "a relay",
				       .role = BO_ROLE_POWER,
				       .fields = fields,
				       .config_size = sizeof(struct settings),
				       .open = note_open};
static const struct bo_driver tty = {.name = "tty",
				     .help = "a line",
				     .role = BO_ROLE_CONSOLE,
				     .fields = fields,
				     .config_size = sizeof(struct settings),
				     .open = note_open};
static const struct bo_driver socket = {.name = "socket",
					.help = "a socket",
					.role = BO_ROLE_PROBE,
					.caps = BO_CAP_FLASH_OPS,
					.fields = fields,
					.config_size = sizeof(struct settings),
					.open = note_open};
static const struct bo_driver *const drivers[] = {&relay, &socket, &tty, NULL};
static const struct bo_registry registry = {.drivers = drivers};

static const struct bo_rack_bench *bench_of(const char *text, struct bo_conf **conf)
{
	struct written file = written(text);
	struct bo_rack *rack;
	struct bo_buf report = {0};
	struct bo_err err = {0};

	cr_assert_eq(bo_rack_read(file.path, &registry, conf, &rack, &report), 0, "%s",
		     report.data);
	bo_buf_done(&report);
	written_done(&file);
	return bo_rack_bench(rack, NULL, &err);
}

Test(rack, the_part_of_a_role_is_the_only_one_or_main)
{
	struct bo_conf *conf;
	const struct bo_rack_bench *bench = bench_of(
		"brownout: 1\nbenches:\n  b1:\n    target: t\n    identity: {uid: AB}\n"
		"    power: {main: {driver: relay, pin: 2}, aux: {driver: relay, pin: 1}}\n"
		"    consoles: {whatever: {driver: tty}}\n",
		&conf);

	cr_assert_not_null(bench);
	const struct bo_conf_choice *power = bo_rack_part(bench, BO_ROLE_POWER);
	const struct bo_conf_choice *console = bo_rack_part(bench, BO_ROLE_CONSOLE);

	cr_expect_eq(bo_rack_driver(power), &relay);
	cr_expect_eq(((const struct settings *)power->config)->pin, 2);
	cr_expect_eq(bo_rack_driver(console), &tty);
	cr_expect_null(bo_rack_part(bench, BO_ROLE_PROBE));
	cr_expect_null(bo_rack_driver(NULL));
	cr_expect_str_eq(bench->identity.uid, "AB");
	cr_expect_eq(bo_bench_caps(bench), 0u);
	bo_conf_free(conf);
}

Test(rack, a_bench_can_do_what_its_drivers_can)
{
	struct bo_conf *conf;
	const struct bo_rack_bench *bench =
		bench_of("brownout: 1\nbenches: {b1: {target: t, power: {m: {driver: relay}}, "
			 "probe: {driver: socket}}}\n",
			 &conf);

	cr_expect_eq(bo_bench_caps(bench), BO_CAP_FLASH_OPS);
	bo_conf_free(conf);
}

#define BENCH "brownout: 1\nbenches:\n  b1:\n    target: t\n"
#define POWER "    power: {main: {driver: relay}}\n"

Test(rack, what_cannot_be_wired_so_is_complained_about)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *complaint;
	} cases[] = {
		{"brownout: 1\nbenches: {}\n", 2, "'benches' must have at least one entry"},
		{BENCH, 3, "'b1' lacks the key 'power', a mapping of names"},
		{BENCH "    power: {}\n", 5, "'power' must have at least one entry"},
		{BENCH "    power: {a: {driver: relay}, b: {driver: relay}}\n", 5,
		 "2 entries under 'power' and none is named 'main': which one is it?"},
		{BENCH "    power: {usb: {driver: relay}, main: {driver: relay}}\n", 5,
		 "'usb' stands before 'main': a cut begins with the target's supply"},
		{BENCH "    power: {main: {driver: relay}, a: {driver: relay}, b: {driver: relay}, "
		       "c: {driver: relay}, d: {driver: relay}, e: {driver: relay}, f: {driver: "
		       "relay}, g: {driver: relay}, h: {driver: relay}}\n",
		 5, "9 outputs, but a bench has at most 8"},
		{BENCH POWER "    consoles: {a: {driver: tty}, b: {driver: tty}}\n", 6,
		 "2 entries under 'consoles' and none is named 'main': which one is it?"},
		{BENCH POWER "    probe: {driver: tty}\n", 6,
		 "unknown driver 'tty'; one of socket"},
		{BENCH POWER "    probe: {driver: soket}\n", 6,
		 "unknown driver 'soket' (did you mean 'socket'?); one of socket"},
		{BENCH POWER "    identity: {uid: XY}\n", 6, "'uid' must be hexadecimal digits"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct written file = written(cases[i].text);
		struct bo_conf *conf = NULL;
		struct bo_rack *rack = NULL;
		struct bo_buf report = {0};

		cr_expect_eq(bo_rack_read(file.path, &registry, &conf, &rack, &report), -EINVAL,
			     "%s", cases[i].complaint);
		cr_expect_null(rack);
		expect_complaint(&report, cases[i].line, cases[i].complaint);
		bo_buf_done(&report);
		written_done(&file);
	}
	cr_expect_str_eq(opened, "", "reading opens nothing");
}

Test(rack, a_bench_is_chosen_by_name_or_by_being_the_only_one)
{
	struct written file = written(BENCH POWER "  b2:\n    target: t\n" POWER);
	struct bo_conf *conf;
	struct bo_rack *rack;
	struct bo_buf report = {0};
	struct bo_err err = {0};

	cr_assert_eq(bo_rack_read(file.path, &registry, &conf, &rack, &report), 0, "%s",
		     report.data);
	cr_expect_str_eq(bo_rack_bench(rack, "b2", &err)->name, "b2");
	cr_expect_null(bo_rack_bench(rack, NULL, &err));
	cr_expect_eq(err.code, -EINVAL);
	cr_expect_str_eq(err.text, "the rack has 2 benches; choose one with --bench: b1, b2");
	cr_expect_null(bo_rack_bench(rack, "b3", &err));
	cr_expect_str_eq(err.text, "no bench 'b3' in this rack; there are: b1, b2");
	bo_conf_free(conf);
	written_done(&file);
}

Test(rack, a_driver_that_cannot_open_is_named_with_bench_and_role)
{
	struct bo_conf *conf;
	const struct bo_rack_bench *conf_bench = bench_of(BENCH POWER, &conf);
	struct bo_clock_virtual clock;
	struct bo_loop loop;
	struct bo_bench bench;
	struct bo_err err = {0};

	bo_clock_virtual_init(&clock);
	bo_loop_init(&loop, &clock.clock);
	opened[0] = '\0';
	cr_expect_eq(bo_bench_open(&bench, conf_bench, &loop, "/tmp", 1, &err), -ENODEV);
	cr_expect_str_eq(err.text, "bench 'b1': power (relay): not plugged in");
	cr_expect_str_eq(opened, "b1 pin 0; ", "the first failure ends it");
	bo_conf_free(conf);
}
