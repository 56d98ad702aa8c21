#include <stdio.h>

#include "harness/cmd/cmd.h"
#include "harness/cmd/planning.h"

int cmd_plan(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench, "NAME", "which of its benches [the only one]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "plan [OPTION...] SCENARIO...", table);
	struct cmd_bench chosen;
	struct bo_plan plan = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "plan: name at least one scenario file");
	int rc = cmd_bench_read(&chosen, rack, bench);

	if (rc != 0)
		return rc;
	rc = cmd_plan_scenarios(&chosen, argv, (size_t)count, &plan);
	for (size_t i = 0; rc == 0 && i < plan.count; i++)
		(void)printf("%s%s%s\n", plan.trials[i].id,
			     plan.trials[i].lacks ? "  # not applicable: this bench lacks " : "",
			     plan.trials[i].lacks ? plan.trials[i].lacks : "");
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}
