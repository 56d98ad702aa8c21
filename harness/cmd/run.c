#include <stdlib.h>

#include "harness/cmd/planning.h"
#include "harness/engine/worker.h"

#define MIN_JUDGED_PPM 950000

/* A plan's bench may need another executable than the one a cluster engine knows. */
static int become_worker_of(const struct bo_plan *plan)
{
	struct cmd_bench bench;
	int rc = cmd_bench_read(&bench, plan->rack, plan->bench);

	if (rc == 0)
		rc = cmd_bench_become(&bench);
	cmd_bench_done(&bench);
	return rc;
}

/* What a parent (or a cluster engine) starts: carries out a share of a plan. */
static int work(const char *plan_path, const char *shard)
{
	struct bo_err err = {0};
	struct bo_plan plan = {0};
	struct bo_worker_args args = {
		.registry = &cmd_registry,
		.library = cmd_library(),
		.plan = &plan,
		.shards = 1,
	};
	char *end = NULL;

	if (shard) {
		args.shard = (unsigned)strtoul(shard, &end, 10) - 1;
		args.shards = *end == '/' ? (unsigned)strtoul(end + 1, &end, 10) : 0;
		if (args.shard >= args.shards || *end)
			return cmd_fail(BO_EXIT_USAGE, "--shard '%s': say K/N, for example 1/4",
					shard);
	}
	bo_loop_catch_signals();
	int rc = bo_plan_read(plan_path, &plan, &err);

	int code = rc == 0 ? become_worker_of(&plan) : BO_EXIT_OK;

	if (rc == 0 && code == BO_EXIT_OK)
		rc = bo_worker_run(&args, &err);
	bo_plan_free(&plan);
	return rc < 0 ? cmd_fail_err(&err) : code;
}

int cmd_run(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL, *out = NULL, *plan_path = NULL, *shard = NULL;
	int64_t min_judged_ppm = MIN_JUDGED_PPM;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench, "NAME", "which of its benches [the only one]"},
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"min-judged", CMD_PERCENT, &min_judged_ppm, "SHARE",
		 "fewer judged trials than this share are no verdict (exit 3) [95 %]"},
		{"plan", CMD_TEXT, &plan_path, "FILE", "work on a plan made before, as a worker"},
		{"shard", CMD_TEXT, &shard, "K/N", "only the K-th of N shares of that plan"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "run [OPTION...] SCENARIO...", table);
	struct cmd_bench chosen;
	struct bo_plan plan = {0};

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (plan_path)
		return work(plan_path, shard);
	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "run: name at least one scenario file");
	int rc = cmd_bench_read(&chosen, rack, bench);

	if (rc != 0)
		return rc;
	rc = cmd_plan_scenarios(&chosen, argv, (size_t)count, &plan);
	if (rc == 0)
		rc = cmd_carry_out(&chosen, &plan, out, min_judged_ppm);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}
