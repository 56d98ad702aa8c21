#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/campaigns.h"
#include "harness/cmd/planning.h"

static bool needs_census(const struct cmd_campaigns *campaigns)
{
	for (size_t i = 0; i < campaigns->count; i++)
		if (bo_strategy_needs_census(&campaigns->item[i].job.scenario->strategy))
			return true;
	return false;
}

/* What the strategies begin with. */
static int expand(const struct cmd_bench *bench, struct bo_plan *plan, const char *census)
{
	struct cmd_campaigns campaigns;
	int rc = cmd_campaigns_open(&campaigns, bench, plan);

	if (rc != 0)
		return rc;
	campaigns.keep = true;
	campaigns.unseen = !census;
	plan->out = census ? realpath(census, NULL) : NULL;
	if (!census && needs_census(&campaigns))
		rc = cmd_fail(
			BO_EXIT_USAGE,
			"plan: a strategy goes by what a trial without faults passes; take it "
			"from a run of the same scenario with --census DIR ('brownout update' "
			"makes one)");
	else if (census && !plan->out)
		rc = cmd_fail(BO_EXIT_USAGE, "--census %s: %s", census, strerror(errno));
	else if (campaigns.count > 0)
		(void)cmd_campaigns_advance(&campaigns, plan);
	if (rc == 0 && campaigns.stopped)
		rc = BO_EXIT_USAGE;
	cmd_campaigns_close(&campaigns);
	free(plan->out);
	plan->out = NULL;
	return rc;
}

static void list(const struct bo_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct bo_planned *trial = &plan->trials[i];

		(void)printf("%s%s%s\n", trial->id,
			     trial->lacks ? "  # not applicable: this bench lacks " : "",
			     trial->lacks ? trial->lacks : "");
	}
}

/* A plan made for good: its trials are just these, whatever another census would say. */
static int save(const struct cmd_bench *bench, struct bo_plan *plan, const char *dir)
{
	struct bo_buf path = {0};
	struct bo_err err = {0};
	int rc = cmd_run_dir(bench, plan, dir);

	if (rc != 0)
		return rc;
	for (size_t i = 0; i < plan->count; i++)
		plan->trials[i].census = plan->trials[i].made = false;
	bo_plan_forget(plan, 0);
	bo_buf_printf(&path, "%s/plan.json", plan->out);
	rc = bo_plan_write(plan, path.data, &err);
	bo_buf_done(&path);
	return rc < 0 ? cmd_fail_err(&err) : 0;
}

int cmd_plan(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL, *census = NULL, *shard = NULL, *filter = NULL;
	const char *dir = NULL;
	struct bo_plan plan = {.min_judged_ppm = BO_MIN_JUDGED_PPM};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench, "NAME", "which of its benches [the only one]"},
		{"census", CMD_TEXT, &census, "DIR",
		 "strategies take their census from the run in this directory"},
		{"shard", CMD_TEXT, &shard, "K/N",
		 "of a strategy's trials only the K-th of N shares"},
		{"filter", CMD_TEXT, &filter, "PATTERN",
		 "of a strategy's trials only those with such faults, 'smp.byte.*'"},
		{"save", CMD_TEXT, &dir, "DIR", "keep the plan, for 'brownout run --resume DIR'"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "plan [OPTION...] SCENARIO...", table);
	struct cmd_bench chosen;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "plan: name at least one scenario file");
	int rc = cmd_shard_parse(shard, &plan.shard, &plan.shards);

	if (rc == 0)
		rc = cmd_bench_read(&chosen, rack, bench);
	if (rc != 0)
		return rc;
	plan.filter = filter ? strdup(filter) : NULL;
	rc = cmd_plan_scenarios(&chosen, argv, (size_t)count, &plan);
	if (rc == 0)
		rc = expand(&chosen, &plan, census);
	if (rc == 0)
		list(&plan);
	if (rc == 0 && dir)
		rc = save(&chosen, &plan, dir);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}
