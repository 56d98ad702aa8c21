#include <stdlib.h>
#include <string.h>

#include "harness/cmd/planning.h"
#include "harness/engine/worker.h"

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
	int code = cmd_shard_parse(shard, &args.shard, &args.shards);

	if (code != 0)
		return code;
	bo_loop_catch_signals();
	int rc = bo_plan_read(plan_path, &plan, &err);

	if (rc == 0)
		code = become_worker_of(&plan);
	if (rc == 0 && code == BO_EXIT_OK)
		rc = bo_worker_run(&args, &err);
	bo_plan_free(&plan);
	return rc < 0 ? cmd_fail_err(&err) : code;
}

/* A run that was interrupted, or planned and never begun. */
static int resume(const char *dir)
{
	struct bo_buf path = {0};
	struct bo_err err = {0};
	struct bo_plan plan = {0};
	struct cmd_bench chosen;

	bo_buf_printf(&path, "%s/plan.json", dir);
	int rc = bo_plan_read(path.data, &plan, &err);

	bo_buf_done(&path);
	if (rc < 0)
		return cmd_fail_err(&err);
	free(plan.out);
	plan.out = realpath(dir, NULL);
	bo_plan_unmake(&plan);
	rc = cmd_bench_read(&chosen, plan.rack, plan.bench);
	if (rc == 0)
		rc = cmd_carry_on(&chosen, &plan);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}

static int begin(const char *rack, const char *bench, char *const *scenarios, size_t count,
		 struct bo_plan *plan, const char *out)
{
	struct cmd_bench chosen;
	int rc = cmd_bench_read(&chosen, rack, bench);

	if (rc != 0)
		return rc;
	rc = cmd_plan_scenarios(&chosen, scenarios, count, plan);
	if (rc == 0)
		rc = cmd_carry_out(&chosen, plan, out);
	cmd_bench_done(&chosen);
	return rc;
}

int cmd_run(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL, *out = NULL, *plan_path = NULL, *shard = NULL;
	const char *from = NULL, *filter = NULL;
	struct bo_plan plan = {.min_judged_ppm = BO_MIN_JUDGED_PPM};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		{"bench", CMD_TEXT, &bench, "NAME", "which of its benches [the only one]"},
		{"out", CMD_TEXT, &out, "DIR", "the run directory [a new one below runs/]"},
		{"min-judged", CMD_PERCENT, &plan.min_judged_ppm, "SHARE",
		 "fewer judged trials than this share are no verdict (exit 3) [95 %]"},
		{"shard", CMD_TEXT, &shard, "K/N",
		 "of a strategy's trials only the K-th of N shares"},
		{"filter", CMD_TEXT, &filter, "PATTERN",
		 "of a strategy's trials only those with such faults, 'smp.byte.*'"},
		{"resume", CMD_TEXT, &from, "DIR",
		 "continue the run in this directory; verdicts it has stay"},
		{"plan", CMD_TEXT, &plan_path, "FILE",
		 "work on a plan made before, as a worker; with --shard on a share of it"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "run [OPTION...] SCENARIO...", table);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (plan_path)
		return work(plan_path, shard);
	if (from)
		return count == 0 ? resume(from)
				  : cmd_fail(BO_EXIT_USAGE,
					     "run --resume: the directory says which scenarios");
	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "run: name at least one scenario file");
	int rc = cmd_shard_parse(shard, &plan.shard, &plan.shards);

	if (rc == 0) {
		plan.filter = filter ? strdup(filter) : NULL;
		rc = begin(rack, bench, argv, (size_t)count, &plan, out);
	}
	bo_plan_free(&plan);
	return rc;
}
