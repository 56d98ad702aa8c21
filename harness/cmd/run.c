#include <stdlib.h>
#include <string.h>

#include "harness/cmd/suite.h"
#include "harness/engine/worker.h"
#include "harness/model/stats.h"

#define PPM 1000000

struct run_options {
	const char *rack, *out, *plan_path, *shard, *from, *filter, *cache;
	int64_t stop_ppm; /* below 0: no rule */
	bool dealt;
	struct cmd_suite_options suites;
	struct cmd_benches_options benches;
};

/* A plan's bench may need another executable than the one a cluster engine knows. */
static int become_worker_of(const struct bo_plan *plan, const char *name)
{
	struct cmd_bench bench;
	int rc = cmd_bench_read(&bench, plan->rack, name ? name : plan->bench);

	if (rc == 0)
		rc = cmd_bench_become(&bench);
	cmd_bench_done(&bench);
	return rc;
}

/* What a parent (or a cluster engine) starts: carries out a share of a plan. */
static int work(const char *plan_path, const char *shard, const struct cmd_benches_options *benches,
		bool dealt)
{
	struct bo_err err = {0};
	struct bo_plan plan = {0};
	struct bo_worker_args args = {
		.registry = &cmd_registry,
		.folders = cmd_library(),
		.plan = &plan,
		.bench = benches->names.data,
		.wait = benches->wait,
		.priority = (unsigned)benches->priority,
		.dealt = dealt,
		.shards = 1,
	};
	int code = cmd_shard_parse(shard, &args.shard, &args.shards);

	if (code != 0)
		return code;
	bo_loop_catch_signals();
	int rc = bo_plan_read(plan_path, &plan, &err);

	if (rc == 0)
		code = become_worker_of(&plan, args.bench);
	if (rc == 0 && code == BO_EXIT_OK)
		rc = bo_worker_run(&args, &err);
	bo_plan_free(&plan);
	return rc < 0 ? cmd_fail_err(&err) : code;
}

/* A run that was interrupted, or planned and never begun. */
static int resume(const struct run_options *o, struct cmd_benches_options *benches)
{
	const char *dir = o->from;
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
	benches->waves = plan.waves;
	if (benches->names.len == 0 && !benches->any && !benches->waves)
		bo_buf_printf(&benches->names, "%s", plan.bench);
	rc = cmd_benches_read(&chosen, plan.rack, benches);
	chosen.cache = o->cache;
	if (rc == 0)
		rc = cmd_carry_on(&chosen, &plan);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}

static int begin(const struct run_options *o, char *const *scenarios, size_t count,
		 struct bo_plan *plan)
{
	struct cmd_bench chosen;
	int rc = cmd_benches_read(&chosen, o->rack, &o->benches);

	if (rc != 0)
		return rc;
	chosen.cache = o->cache;
	rc = cmd_plan_suites(&chosen, scenarios, count, &o->suites, plan);
	if (rc == 0)
		rc = cmd_carry_out(&chosen, plan, o->out);
	cmd_bench_done(&chosen);
	return rc;
}

/* A rule that sees only a share of the trials would be one of many. */
static int take_rule(const struct run_options *o, struct bo_plan *plan)
{
	if (o->stop_ppm < 0)
		return 0;
	if (o->stop_ppm == 0 || o->stop_ppm >= PPM)
		return cmd_fail(BO_EXIT_USAGE, "--stop-at: a rate between 0 %% and 100 %%");
	if (plan->shards > 0)
		return cmd_fail(BO_EXIT_USAGE, "--stop-at goes by all trials of a scenario; it "
					       "cannot be divided into shards");
	plan->stop_ppb = o->stop_ppm * (BO_STATS_ONE / PPM);
	return 0;
}

static int run(struct run_options *o, struct bo_plan *plan, char **argv, size_t count)
{
	if (o->plan_path)
		return work(o->plan_path, o->shard, &o->benches, o->dealt);
	if (o->from)
		return count == 0 ? resume(o, &o->benches)
				  : cmd_fail(BO_EXIT_USAGE,
					     "run --resume: the directory says which scenarios");
	if (count == 0)
		return cmd_fail(BO_EXIT_USAGE, "run: name at least one scenario file");
	int rc = cmd_shard_parse(o->shard, &plan->shard, &plan->shards);

	if (rc == 0 && o->benches.waves && plan->shards > 0)
		rc = cmd_fail(BO_EXIT_USAGE, "--waves go by all trials; leave out --shard");

	if (rc == 0)
		rc = take_rule(o, plan);
	if (rc != 0)
		return rc;
	plan->filter = o->filter ? strdup(o->filter) : NULL;
	return begin(o, argv, count, plan);
}

int cmd_run(int argc, char **argv)
{
	struct run_options o = {.stop_ppm = -1};
	struct bo_plan plan = {.min_judged_ppm = BO_MIN_JUDGED_PPM};
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &o.rack, "FILE", "the rack file [$BROWNOUT_RACK, rack.yaml]"},
		CMD_BENCHES_OPTIONS(&o.benches),
		{"out", CMD_TEXT, &o.out, "DIR", "the run directory [a new one below runs/]"},
		{"min-judged", CMD_PERCENT, &plan.min_judged_ppm, "SHARE",
		 "fewer judged trials than this share are no verdict (exit 3) [95 %]"},
		{"shard", CMD_TEXT, &o.shard, "K/N",
		 "of a strategy's trials only the K-th of N shares"},
		{"filter", CMD_TEXT, &o.filter, "PATTERN",
		 "of a strategy's trials only those with such faults, 'smp.byte.*'"},
		CMD_SUITE_OPTIONS(&o.suites),
		{"stop-at", CMD_PERCENT, &o.stop_ppm, "RATE",
		 "end a scenario's random trials once they show its failure rate at most this, "
		 "or above"},
		{"waves", CMD_FLAG, &o.benches.waves, NULL,
		 "the benches of the rack's waves, one wave after the other"},
		{"cache", CMD_TEXT, &o.cache, "DIR",
		 "on the virtual clock: take trials that were carried out before from here"},
		{"resume", CMD_TEXT, &o.from, "DIR",
		 "continue the run in this directory; verdicts it has stay"},
		{"plan", CMD_TEXT, &o.plan_path, "FILE",
		 "work on a plan made before, as a worker; with --shard on a share of it"},
		{"deal", CMD_FLAG, &o.dealt, NULL,
		 "with --plan: standard input names the trials by their places in it"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "run [OPTION...] SCENARIO...", table);
	int rc = count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;

	if (count >= 0)
		rc = run(&o, &plan, argv, (size_t)count);
	bo_plan_free(&plan);
	bo_buf_done(&o.benches.names);
	return rc;
}
