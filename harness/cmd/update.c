#include "harness/cmd/planning.h"

/* An update by hand is a trial without faults: the same preparation, the same journal. */
int cmd_update(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL, *out = NULL;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench, "NAME", "which of its benches [the only one]"},
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "update [OPTION...] SCENARIO", table);
	struct cmd_bench chosen;
	struct bo_plan plan = {.min_judged_ppm = 1000000};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count != 1)
		return cmd_fail(BO_EXIT_USAGE,
				"update: give one scenario; its faults are left out");
	int rc = cmd_bench_read(&chosen, rack, bench);

	if (rc != 0)
		return rc;
	rc = cmd_plan_undisturbed(&chosen, argv[0], &plan);
	if (rc == 0)
		rc = cmd_carry_out(&chosen, &plan, out);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}
