#include "harness/cmd/planning.h"

/* An update by hand is a trial without faults: the same preparation, the same journal. */
int cmd_update(int argc, char **argv)
{
	const char *rack = NULL, *out = NULL;
	struct cmd_benches_options benches = {0};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCH_OPTIONS(&benches),
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "update [OPTION...] SCENARIO", table);
	struct cmd_bench chosen = {0};
	struct bo_plan plan = {.min_judged_ppm = 1000000};
	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

	if (count >= 0 && count != 1)
		rc = cmd_fail(BO_EXIT_USAGE, "update: give one scenario; its faults are left out");
	else if (count == 1)
		rc = cmd_benches_read(&chosen, rack, &benches);
	if (rc == 0 && count == 1)
		rc = cmd_plan_undisturbed(&chosen, argv[0], &plan);
	if (rc == 0 && count == 1)
		rc = cmd_carry_out(&chosen, &plan, out);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	bo_buf_done(&benches.names);
	return rc;
}
