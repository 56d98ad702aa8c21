#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/bench_health.h"
#include "harness/cmd/campaigns.h"
#include "harness/cmd/suite.h"
#include "harness/engine/record.h"
#include "harness/engine/sight.h"
#include "harness/model/journal.h"
#include "harness/model/stats.h"

static bool needs_census(const struct cmd_campaigns *campaigns)
{
	for (size_t i = 0; i < campaigns->count; i++)
		if (bo_strategy_needs_census(&campaigns->item[i].job.scenario->strategy))
			return true;
	return false;
}

/* Trials that adaptive strategies may still add. */
static size_t count_open(const struct cmd_campaigns *campaigns)
{
	size_t open = 0;

	for (size_t i = 0; i < campaigns->count; i++) {
		const struct bo_campaign *campaign = &campaigns->item[i].campaign;

		if (campaign->strategy && bo_strategy_is_adaptive(campaign->strategy))
			open += bo_campaign_left(campaign);
	}
	return open;
}

/* Beyond the list itself. */
struct outlook {
	size_t open; /* trials that may follow */
	int64_t erases, endurance;
};

/* What the strategies begin with. */
static int expand(const struct cmd_bench *bench, struct bo_plan *plan, const char *census,
		  struct outlook *ret)
{
	struct cmd_campaigns campaigns;
	plan->jitter_ns = cmd_health_jitter_ns(bench);
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
	ret->open = count_open(&campaigns);
	if (campaigns.count > 0) {
		ret->erases = campaigns.item[0].job.target->wear.erases;
		ret->endurance = campaigns.item[0].job.target->wear.endurance;
	}
	for (size_t i = 0; rc == 0 && i < campaigns.count; i++)
		if (campaigns.item[i].stopped)
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

/* ---- who could see it ---- */

static bool is_of_another(const struct bo_plan *plan, size_t i, const struct bo_trial_id *id,
			  const struct bo_trial_id *last)
{
	return i == 0 || strcmp(plan->trials[i].scenario, plan->trials[i - 1].scenario) != 0 ||
	       strcmp(id->variant, last->variant) != 0;
}

static void list_witnesses(const struct cmd_bench *bench, const struct bo_plan *plan)
{
	struct bo_trial_id id = {0}, last = {0};
	struct bo_buf report = {0}, text = {0};
	struct bo_job job;

	for (size_t i = 0; i < plan->count; i++, last = id) {
		if (bo_trial_id_parse(plan->trials[i].id, &id, NULL) < 0 ||
		    !is_of_another(plan, i, &id, &last) ||
		    bo_job_load(&job, plan->trials[i].scenario, id.variant, cmd_library(),
				&report) < 0)
			continue;
		bo_buf_printf(&text, "# %s/%s on bench '%s':\n", id.scenario, id.variant,
			      bench->bench->name);
		bo_sight_list(bench->bench, job.target, job.scenario, &text);
		bo_job_free(&job);
	}
	if (text.len > 0)
		(void)fputs(text.data, stdout);
	bo_buf_done(&text);
	bo_buf_done(&report);
}

/* ---- what it will take ---- */

struct spent {
	uint64_t trials;
	bo_ns time;
};

static void add_spent(void *ctx, const json_t *line)
{
	struct spent *spent = ctx;

	if (!bo_journal_is(line, "verdict") || !bo_journal_bool(line, "judged", false))
		return;
	spent->trials++;
	spent->time += bo_journal_int(line, "at", 0);
}

static bo_ns time_of_a_trial(const char *run_dir)
{
	struct bo_buf journal = {0};
	struct spent spent = {0};
	size_t bad;

	if (run_dir && bo_record_read(run_dir, &journal))
		(void)bo_journal_walk(journal.data, journal.len, add_spent, &spent, &bad);
	bo_buf_done(&journal);
	return spent.trials > 0 ? spent.time / (bo_ns)spent.trials : 0;
}

static uint64_t count_uniform(const struct bo_plan *plan, size_t first)
{
	uint64_t uniform = 0;

	for (size_t i = 0; i < first && i < plan->count; i++)
		uniform += plan->trials[i].uniform && !plan->trials[i].lacks;
	return uniform;
}

static void estimate_wear(const struct outlook *outlook, size_t trials)
{
	char worn[32], all[32];

	if (outlook->erases == 0)
		return;
	int64_t erases = outlook->erases * (int64_t)trials;

	(void)printf("# flash: up to %s erases of one page, of the %s that it endures%s\n",
		     bo_str_group(worn, sizeof(worn), (uint64_t)erases),
		     bo_str_group(all, sizeof(all), (uint64_t)outlook->endurance),
		     erases > outlook->endurance ? ": MORE THAN ONE BOARD LASTS" : "");
}

/* In comments, so that the list stays one. */
static void estimate(const struct bo_plan *plan, const struct outlook *outlook, const char *census,
		     bo_ns budget)
{
	size_t open = outlook->open;
	bo_ns each = time_of_a_trial(census);
	size_t total = plan->count + open, fit = total;
	char text[BO_STATS_TEXT_MAX];

	if (open > 0)
		(void)printf("# and up to %zu trials more, as outcomes call for\n", open);
	if (each > 0) {
		(void)printf("# %zu trials of about %lld.%lld s of the bench's time: %lld h %02lld "
			     "min\n",
			     total, (long long)(each / BO_S),
			     (long long)(each % BO_S / (100 * BO_MS)),
			     (long long)(each * (bo_ns)total / (3600 * BO_S)),
			     (long long)(each * (bo_ns)total / (60 * BO_S) % 60));
		if (budget > 0 && budget / each < (bo_ns)fit)
			fit = (size_t)(budget / each);
	}
	if (budget > 0 && each > 0)
		(void)printf("# in the budget: %zu of them\n", fit);
	estimate_wear(outlook, fit);
	uint64_t uniform = count_uniform(plan, fit);

	if (uniform > 0)
		(void)printf(
			"# if the %llu drawn uniformly all pass: failure rate at most %s, with "
			"95 %% confidence\n",
			(unsigned long long)uniform,
			bo_stats_format(text, bo_stats_upper_ppb(0, uniform, BO_STATS_95), 1));
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
	plan->complete = true;
	bo_plan_forget(plan, 0);
	bo_buf_printf(&path, "%s/plan.json", plan->out);
	rc = bo_plan_write(plan, path.data, &err);
	bo_buf_done(&path);
	if (rc == 0)
		(void)printf("# plan %.16s in %s\n", plan->whole, plan->out);
	return rc < 0 ? cmd_fail_err(&err) : 0;
}

int cmd_plan(int argc, char **argv)
{
	const char *rack = NULL, *bench = NULL, *census = NULL, *shard = NULL, *filter = NULL;
	const char *dir = NULL;
	int64_t budget = 0;
	bool witnesses = false;
	struct outlook outlook = {0};
	struct cmd_suite_options suites = {0};
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
		{"budget", CMD_DURATION, &budget, "TIME",
		 "how many trials fit, going by the run of --census"},
		CMD_SUITE_OPTIONS(&suites),
		{"witnesses", CMD_FLAG, &witnesses, NULL,
		 "below the list: who could see each point, fault and promise on this bench"},
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
	rc = cmd_plan_suites(&chosen, argv, (size_t)count, &suites, &plan);
	/* each of a suite's scenarios has a census of its own, which only its run can take */
	bool open = plan.suite && !census;

	if (rc == 0 && open && dir)
		rc = cmd_fail(BO_EXIT_USAGE, "plan: --save a suite with --census only");
	if (rc == 0 && open)
		cmd_suite_list(&plan);
	if (rc == 0 && !open)
		rc = expand(&chosen, &plan, census, &outlook);
	if (rc == 0 && !open) {
		list(&plan);
		if (witnesses)
			list_witnesses(&chosen, &plan);
		estimate(&plan, &outlook, census, budget);
	}
	if (rc == 0 && dir)
		rc = save(&chosen, &plan, dir);
	bo_plan_free(&plan);
	cmd_bench_done(&chosen);
	return rc;
}
