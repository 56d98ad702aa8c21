#include <stdio.h>
#include <string.h>

#include "harness/cmd/cmd.h"

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

static void show_bench(const struct bo_rack_bench *bench)
{
	unsigned caps = bo_bench_caps(bench);

	(void)printf("bench %s: target class %s, unique id %s\n", bench->name, bench->target,
		     bench->identity.uid ? bench->identity.uid : "not checked");
	show_outputs(bench);
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
		show_bench(&benches[i]);
	return BO_EXIT_OK;
}

static int say_fine(const struct cmd_bench *bench)
{
	(void)printf("%s: %zu bench%s, no mistakes\n", bench->rack_path, bench->rack->benches.count,
		     bench->rack->benches.count == 1 ? "" : "es");
	return BO_EXIT_OK;
}

static const struct {
	const char *name;
	int (*run)(const struct cmd_bench *bench);
} verbs[] = {{"check", say_fine}, {"show", show}};

int cmd_rack(int argc, char **argv)
{
	const char *path = NULL;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &path, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "rack check|show [--rack FILE]", table);
	struct cmd_bench bench = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	for (size_t i = 0; count == 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) != 0)
			continue;
		int rc = cmd_rack_read(&bench, path);

		if (rc == 0)
			rc = verbs[i].run(&bench);
		cmd_bench_done(&bench);
		return rc;
	}
	return cmd_fail(BO_EXIT_USAGE, "rack: say 'rack check' or 'rack show'");
}
