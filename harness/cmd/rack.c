#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/str.h"
#include "harness/cmd/bench_health.h"
#include "harness/cmd/cmd.h"
#include "harness/cmd/rack_state.h"
#include "harness/cmd/rack_verbs.h"
#include "harness/engine/capability.h"
#include "harness/engine/sight.h"

/* What a bench loses without a role. */
static const struct {
	enum bo_role role;
	const char *name;
	const char *without;
} roles[] = {
	{BO_ROLE_CONSOLE, "console", "no banner, no update over serial, no reset cause as witness"},
	{BO_ROLE_PROBE, "probe",
	 "start state not proven, no read-back: a wrong image cannot be told from a right one"},
	{BO_ROLE_RESET, "reset", "no faults with reset:pin"},
	{BO_ROLE_NETWORK, "network", "no update over UDP, no link to make worse"},
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
	return !(bo_bench_caps(bench) & (BO_CAP_VIRTUAL_TIME | BO_CAP_SENSE));
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

static void show_inputs(const struct bo_rack_bench *bench)
{
	const struct bo_conf_named_choice *inputs = bench->inputs.items;

	if (bench->inputs.count == 0)
		(void)printf("  %-8s absent: no faults at edges, no promises about pins\n",
			     "inputs");
	for (size_t i = 0; i < bench->inputs.count; i++) {
		const struct bo_driver *driver = bo_rack_driver(&inputs[i].choice);

		(void)printf("  %-8s %s, %s: %s\n", i == 0 ? "inputs" : "", inputs[i].name,
			     driver->name, driver->help);
	}
}

static void show_bench(const struct cmd_bench *rack, const struct bo_rack_bench *bench)
{
	unsigned caps = bo_bench_caps(bench);
	struct bo_buf names = {0};

	(void)printf("bench %s: target class %s, unique id %s\n", bench->name, bench->target,
		     bench->identity.uid ? bench->identity.uid : "not checked");
	show_outputs(bench);
	show_calibration(rack, bench);
	cmd_health_show(rack->rack_path, bench);
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		const struct bo_driver *driver = bo_rack_driver(bo_rack_part(bench, roles[i].role));

		if (driver)
			(void)printf("  %-8s %s: %s\n", roles[i].name, driver->name, driver->help);
		else
			(void)printf("  %-8s absent: %s\n", roles[i].name, roles[i].without);
	}
	show_inputs(bench);
	bo_capability_names(caps, &names);
	(void)printf("  %-8s %.*s\n", "can", (int)(names.len > 0 ? names.len - 1 : 0),
		     names.data ? names.data : "");
	bo_buf_reset(&names);
	bo_sight_show(bench, NULL, "  ", &names);
	(void)fputs(names.data, stdout);
	bo_buf_done(&names);
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
	bool looks_at_programs;
} verbs[] = {{"check", say_fine, true},
	     {"show", show, false},
	     {"versions", cmd_rack_versions, false},
	     {"who", cmd_rack_who, false}};

/* The first bench of each file. */
static int compare(char **paths, size_t count)
{
	struct cmd_bench *racks = calloc(count, sizeof(*racks));
	const struct bo_rack_bench **benches = calloc(count, sizeof(*benches));
	struct bo_buf table = {0};
	size_t read = 0;
	int rc = racks && benches ? 0 : BO_EXIT_INTERNAL;

	for (; rc == 0 && read < count; read++) {
		rc = cmd_rack_read(&racks[read], paths[read]);
		if (rc != 0)
			break;
		benches[read] = racks[read].rack->benches.items;
	}
	if (rc == 0) {
		bo_capability_table(benches, count, &table);
		(void)fputs(table.data, stdout);
	}
	bo_buf_done(&table);
	for (size_t i = 0; i < read; i++)
		cmd_bench_done(&racks[i]);
	free(benches);
	free(racks);
	return rc;
}

static int print_ladder(void)
{
	struct bo_buf table = {0};

	bo_sight_ladder(&table);
	(void)fputs(table.data, stdout);
	bo_buf_done(&table);
	return BO_EXIT_OK;
}

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
	int count = cmd_options(argc, argv,
				"rack check|show|who|versions|test|capabilities|ladder [OPTION...]",
				table);
	struct cmd_bench bench = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count == 1 && strcmp(argv[0], "test") == 0)
		return cmd_rack_test(path, bench_name, cycles);
	if (count == 1 && strcmp(argv[0], "ladder") == 0)
		return print_ladder();
	if (count > 1 && strcmp(argv[0], "capabilities") == 0)
		return compare(argv + 1, (size_t)count - 1);
	for (size_t i = 0; count == 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[0], verbs[i].name) != 0)
			continue;
		int rc = cmd_rack_read(&bench, path);

		if (rc == 0 && verbs[i].looks_at_programs)
			rc = cmd_programs_verify(&bench);
		if (rc == 0)
			rc = verbs[i].run(&bench);
		cmd_bench_done(&bench);
		return rc;
	}
	return cmd_fail(BO_EXIT_USAGE,
			"rack: say 'rack check', 'rack show', 'rack who', 'rack versions', 'rack "
			"test', 'rack capabilities FILE...' or 'rack ladder'");
}
