#include "harness/cmd/planning.h"

int cmd_replay(int argc, char **argv)
{
	const char *rack = NULL, *out = NULL, *scenario = NULL;
	bool anyway = false;
	struct cmd_benches_options benches = {0};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCH_OPTIONS(&benches),
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"scenario", CMD_TEXT, &scenario, "FILE", "the scenario file [found by its name]"},
		{"anyway", CMD_FLAG, &anyway, NULL,
		 "repeat it even though what it was made from has changed"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "replay [OPTION...] ID...", table);
	struct cmd_bench chosen = {0};
	struct bo_plan plan = {.min_judged_ppm = 1000000};

	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

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
