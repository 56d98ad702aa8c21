#include <stdio.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/rack_state.h"

/* What a bench loses without a role. */
static const struct {
	enum bo_role role;
	const char *name;
	const char *without;
} roles[] = {
	{BO_ROLE_CONSOLE, "console", "no banner, no update over serial, no reset cause as witness"},
	{BO_ROLE_PROBE, "probe",
	 "start state not proven, no read-back: a wrong image cannot be told from a right one"},
};

/* In the order of switching off. */
static void show_outputs(const struct bo_rack_bench *bench)
{
	const struct bo_conf_named_choice *outputs = bench->power.items;

	for (size_t i = 0; i < bench->power.count; i++) {
		const struct bo_driver *driver = bo_rack_driver(&outputs[i].choice);

		(void)printf("  %-8s %s%s%s: %s\n", i == 0 ? "power" : "  then",
			     bench->power.count > 1 ? outputs[i].name : "",
			     bench->power.count > 1 ? ", " : "", driver->name, driver->help);
	}
}

/* Without a sense input nobody sees when the rail dies: `drain` is only as good as its
 * calibration. Virtual time needs none. */
static bool needs_calibration(const struct bo_rack_bench *bench)
{
	const struct bo_conf_choice *power = bo_rack_part(bench, BO_ROLE_POWER);
	const struct bo_driver *driver = bo_rack_driver(power);

	return !(driver->caps & BO_CAP_VIRTUAL_TIME) &&
	       !(driver->senses && driver->senses(power->config));
}

static void show_calibration(const struct cmd_bench *rack, const struct bo_rack_bench *bench)
{
	json_t *state = cmd_rack_state_read(rack, bench->name);
	const char *when = json_string_value(json_object_get(state, "when"));
	char shown[64] = "";

	if (when)
		bo_str_escape(shown, sizeof(shown), when, strlen(when));
	if (state)
		(void)printf("  %-8s calibrated %s\n", "", shown);
	else if (needs_calibration(bench))
		(void)printf("  %-8s no sense input and not calibrated: run 'brownout rack test'\n",
			     "");
	json_decref(state);
}

static void show_bench(const struct cmd_bench *rack, const struct bo_rack_bench *bench)
{
	unsigned caps = bo_bench_caps(bench);

	(void)printf("bench %s: target class %s, unique id %s\n", bench->name, bench->target,
		     bench->identity.uid ? bench->identity.uid : "not checked");
	show_outputs(bench);
	show_calibration(rack, bench);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		const struct bo_driver *driver = bo_rack_driver(bo_rack_part(bench, roles[i].role));

		if (driver)
			(void)printf("  %-8s %s: %s\n", roles[i].name, driver->name, driver->help);
		else
			(void)printf("  %-8s absent: %s\n", roles[i].name, roles[i].without);
	}
	(void)printf("  %-8s %s%s\n", "can", caps & BO_CAP_FLASH_OPS ? "flash-ops " : "",
		     caps & BO_CAP_VIRTUAL_TIME ? "virtual-time" : "real-time");
}

static int show(const struct cmd_bench *bench)
{
	const struct bo_rack_bench *benches = bench->rack->benches.items;

	for (size_t i = 0; i < bench->rack->benches.count; i++)
		show_bench(bench, &benches[i]);
	return BO_EXIT_OK;
}

static void warn_uncalibrated(const struct cmd_bench *rack)
{
	const struct bo_rack_bench *benches = rack->rack->benches.items;

	for (size_t i = 0; i < rack->rack->benches.count; i++) {
		json_t *state = cmd_rack_state_read(rack, benches[i].name);

		if (!state && needs_calibration(&benches[i]))
			(void)printf("bench %s: without a sense input `drain` must be calibrated: "
				     "run 'brownout rack test --bench %s'\n",
				     benches[i].name, benches[i].name);
		json_decref(state);
	}
}

static int say_fine(const struct cmd_bench *bench)
{
	(void)printf("%s: %zu bench%s, no mistakes\n", bench->rack_path, bench->rack->benches.count,
		     bench->rack->benches.count == 1 ? "" : "es");
	warn_uncalibrated(bench);
	return BO_EXIT_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct cmd_bench *bench);
} verbs[] = {{"check", say_fine}, {"show", show}};

int cmd_rack(int argc, char **argv)
{
	const char *path = NULL, *bench_name = NULL;
	int64_t cycles = 20;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &path, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench_name, "NAME",
		 "test: which of its benches [the only one]"},
		{"cycles", CMD_NUMBER, &cycles, "N", "test: how often power is cycled [20]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "rack check|show|test [OPTION...]", table);
	struct cmd_bench bench = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count == 1 && strcmp(argv[0], "test") == 0)
		return cmd_rack_test(path, bench_name, cycles);
	for (size_t i = 0; count == 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) != 0)
			continue;
		int rc = cmd_rack_read(&bench, path);

		if (rc == 0)
			rc = verbs[i].run(&bench);
		cmd_bench_done(&bench);
		return rc;
	}
	return cmd_fail(BO_EXIT_USAGE, "rack: say 'rack check', 'rack show' or 'rack test'");
}
