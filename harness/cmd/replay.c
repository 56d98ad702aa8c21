#include "harness/cmd/bundle.h"
#include "harness/cmd/planning.h"

/* A bundle stands for the id in it: from now on as if that had been given. */
static int open_bundle(const char *dir, int *count, char **argv, const char **ret_scenario)
{
	static char id[BO_ID_MAX], scenario[CMD_PATH_CAP];

	if (*count > 0 || *ret_scenario)
		return cmd_fail(BO_EXIT_USAGE,
				"replay: a bundle says which trial of which scenario");
	int rc = cmd_bundle_open(dir, id, scenario);

	if (rc != 0)
		return rc;
	argv[(*count)++] = id;
	*ret_scenario = scenario;
	return 0;
}

int cmd_replay(int argc, char **argv)
{
	const char *rack = NULL, *out = NULL, *scenario = NULL, *bundle = NULL;
	bool anyway = false;
	struct cmd_benches_options benches = {0};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCH_OPTIONS(&benches),
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"scenario", CMD_TEXT, &scenario, "FILE", "the scenario file [found by its name]"},
		{"bundle", CMD_TEXT, &bundle, "DIR",
		 "instead of an id: the trial of a run that failed, with all that it was made "
		 "from"},
		{"anyway", CMD_FLAG, &anyway, NULL,
		 "repeat it even though what it was made from has changed"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "replay [OPTION...] ID...", table);
	struct cmd_bench chosen = {0};
	struct bo_plan plan = {.min_judged_ppm = 1000000};

	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

	if (count >= 0 && bundle && open_bundle(bundle, &count, argv, &scenario) != 0)
		count = -1;
	if (count > 0 && cmd_is_exploration(argv[0], scenario)) {
		bo_buf_done(&benches.names);
		return cmd_explore_replay(count, argv, scenario, out, anyway);
	}
	if (count == 0)
		rc = cmd_fail(BO_EXIT_USAGE, "replay: give at least one trial id");
	else if (count > 0)
		rc = cmd_benches_read(&chosen, rack, &benches);
	for (int i = 0; rc == 0 && i < count; i++)
		rc = cmd_plan_id(&chosen, argv[i], scenario, anyway, &plan);
	if (rc == 0 && count > 0)
		rc = cmd_carry_out(&chosen, &plan, out);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	bo_buf_done(&benches.names);
	return rc;
}
