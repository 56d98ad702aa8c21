#include "harness/cmd/campaigns.h"

#include <assert.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/trial_reading.h"
#include "harness/engine/plan_seal.h"

/* ---- one campaign ---- */

/* A suite may want less of a strategy than its scenario says; ids do not depend on it. */
static void limit(struct bo_strategy *strategy, unsigned trials)
{
	if (trials > 0 && (strategy->trials == 0 || trials < strategy->trials))
		strategy->trials = trials;
}

/* Places that are nearer to each other than the bench can hit are one; those that are farther apart
 * hide a boundary. A stride of an axis's own stays. */
static void refine(struct bo_strategy *strategy, bo_ns jitter_ns)
{
	if (strategy->kind == BO_STRATEGY_BISECT && jitter_ns > 0)
		strategy->step = jitter_ns;
}

static int load(struct cmd_campaign *item, const struct cmd_bench *bench,
		const struct bo_plan *plan, const struct bo_planned *census)
{
	struct bo_buf report = {0};
	struct bo_schedule none = {0};
	char id[BO_ID_MAX], variant[BO_VARIANT_MAX];
	struct bo_trial_id planned = {0};

	item->scenario = strdup(census->scenario);
	assert(item->scenario);
	(void)bo_trial_id_parse(census->id, &planned, NULL);
	(void)bo_variant_format(variant, bench->bench->target, bo_variant_cell(planned.variant));
	if (bo_job_load(&item->job, item->scenario, variant, cmd_library(), &report) < 0)
		return cmd_fail_report(&report);
	limit(&item->job.scenario->strategy, census->limit);
	refine(&item->job.scenario->strategy, plan->jitter_ns);
	if (bo_job_id(&item->job, &none, id, sizeof(id)) && strcmp(id, census->id) == 0 &&
	    item->job.scenario->has_strategy)
		return 0;
	return cmd_fail(BO_EXIT_USAGE,
			"%s has changed since the run began (it was %s, it is %s); begin a new run",
			item->scenario, census->id, id);
}

/* False, with a message, when the trial without faults did not pass. */
static bool take_census(const struct cmd_campaign *item, const struct bo_plan *plan,
			struct bo_census *ret)
{
	struct cmd_reading reading;

	cmd_read_trial(plan, item->census, ret, &reading);
	if (reading.verdict == BO_PASS && reading.rc == 0)
		return true;
	if (reading.verdict < 0 || reading.rc < 0)
		(void)cmd_fail(0, "no verdict on the trial without faults, %s, in %s",
			       plan->trials[item->census].id, plan->out);
	else
		(void)cmd_fail(0,
			       "%s: the trial without faults did not pass (%s: %s), so that faults "
			       "would prove nothing; its strategy was not begun",
			       item->job.scenario->name, bo_verdict_names[reading.verdict],
			       reading.why);
	return false;
}

/* Takes the census and sets the strategy up; false when that was the campaign's end. */
static bool begin(const struct cmd_campaigns *campaigns, struct cmd_campaign *item,
		  const struct bo_plan *plan)
{
	const struct bo_scenario *scenario = item->job.scenario;
	struct bo_census census = {0};
	struct bo_err err = {0};

	if (!campaigns->unseen && !take_census(item, plan, &census)) {
		bo_census_free(&census);
		return false;
	}
	int rc = bo_campaign_open(&item->campaign, &scenario->strategy, (uint64_t)scenario->seed,
				  campaigns->unseen ? NULL : &census, &err);

	bo_census_free(&census);
	if (rc < 0) {
		(void)cmd_fail(0, "%s: strategy: %s", scenario->name, bo_err_text(&err));
		return false;
	}
	item->open = true;
	return true;
}

static void take_results(struct cmd_campaign *item, const struct bo_plan *plan)
{
	for (size_t i = 0; i < item->entered; i++) {
		struct bo_draw *draw = &item->campaign.draw[i];
		struct cmd_reading reading;

		if (draw->result != BO_RESULT_PENDING)
			continue;
		if (item->trial[i] < plan->count)
			cmd_read_trial(plan, item->trial[i], NULL, &reading);
		draw->result =
			item->trial[i] < plan->count ? cmd_result_of(&reading) : BO_RESULT_UNKNOWN;
	}
}

static bool is_filtered_out(const struct bo_plan *plan, const char *id)
{
	return plan->filter && fnmatch(plan->filter, strrchr(id, '/') + 1, 0) != 0;
}

/* Gives a draw its trial: a new one, or the one of the same id. SIZE_MAX: somebody else's. */
static size_t enter(const struct cmd_campaigns *campaigns, const struct cmd_campaign *item,
		    size_t number, struct bo_plan *plan)
{
	struct bo_schedule schedule;
	char id[BO_ID_MAX];
	const char *lacks = NULL;

	bo_campaign_schedule(&item->campaign, number, &schedule);
	bool by_protocol = bo_job_is_staged(&item->job) &&
			   bo_stage_by_protocol((uint64_t)item->job.scenario->seed, number);
	bool fits = by_protocol ? bo_job_id_by_protocol(&item->job, &schedule, id, sizeof(id))
				: bo_job_id(&item->job, &schedule, id, sizeof(id));

	if (!fits) {
		(void)cmd_fail(0, "%s...: a trial's id is too long; it is left out", id);
		return SIZE_MAX;
	}
	if (is_filtered_out(plan, id))
		return SIZE_MAX;
	bo_plan_chain(plan, id);
	if (plan->shards > 0 && number % plan->shards != plan->shard)
		return SIZE_MAX;
	size_t index = bo_plan_find(plan, id);

	if (index < plan->count)
		return index;
	if (by_protocol)
		(void)bo_job_applies(campaigns->bench->bench, &schedule, &lacks);
	else
		(void)bo_job_can_try(&item->job, campaigns->bench->bench, &schedule, &lacks);
	bo_plan_add(plan, item->scenario, id, lacks);
	plan->trials[index].made = true;
	plan->trials[index].uniform = item->campaign.draw[number].uniform;
	return index;
}

static void enter_all(const struct cmd_campaigns *campaigns, struct cmd_campaign *item,
		      struct bo_plan *plan)
{
	item->trial = reallocarray(item->trial, item->campaign.count, sizeof(*item->trial));
	assert(item->trial);
	for (; item->entered < item->campaign.count; item->entered++)
		item->trial[item->entered] = enter(campaigns, item, item->entered, plan);
}

static void advance(struct cmd_campaigns *campaigns, struct cmd_campaign *item,
		    struct bo_plan *plan)
{
	if (!item->open && !begin(campaigns, item, plan)) {
		item->stopped = item->over = true;
		return;
	}
	take_results(item, plan);
	item->over = bo_campaign_next(&item->campaign) == 0;
	if (!item->over)
		enter_all(campaigns, item, plan);
}

/* ---- all of them ---- */

int cmd_campaigns_open(struct cmd_campaigns *campaigns, const struct cmd_bench *bench,
		       const struct bo_plan *plan)
{
	int rc = 0;

	*campaigns = (struct cmd_campaigns){.bench = bench};
	for (size_t i = 0; rc == 0 && i < plan->count; i++) {
		if (!plan->trials[i].census)
			continue;
		campaigns->item = reallocarray(campaigns->item, campaigns->count + 1,
					       sizeof(*campaigns->item));
		assert(campaigns->item);
		struct cmd_campaign *item = &campaigns->item[campaigns->count++];

		*item = (struct cmd_campaign){.census = i};
		rc = load(item, bench, plan, &plan->trials[i]);
		if (rc == 0 && plan->shards > 0 &&
		    bo_strategy_is_adaptive(&item->job.scenario->strategy))
			rc = cmd_fail(BO_EXIT_USAGE,
				      "%s: strategy '%s' goes by the outcomes of all its trials; "
				      "it cannot be divided into shards",
				      item->job.scenario->name,
				      bo_strategy_names[item->job.scenario->strategy.kind]);
	}
	if (rc != 0)
		cmd_campaigns_close(campaigns);
	return rc;
}

void cmd_campaigns_close(struct cmd_campaigns *campaigns)
{
	for (size_t i = 0; i < campaigns->count; i++) {
		struct cmd_campaign *item = &campaigns->item[i];

		bo_campaign_close(&item->campaign);
		bo_job_free(&item->job);
		free(item->scenario);
		free(item->trial);
	}
	free(campaigns->item);
	*campaigns = (struct cmd_campaigns){0};
}

size_t cmd_campaigns_advance(struct cmd_campaigns *campaigns, struct bo_plan *plan)
{
	size_t before = plan->count;
	bool going = true;

	/* what is left to other shards is no reason to stop */
	while (going && plan->count == before) {
		going = false;
		for (size_t i = 0; i < campaigns->count; i++) {
			struct cmd_campaign *item = &campaigns->item[i];

			if (!item->over)
				advance(campaigns, item, plan);
			going |= !item->over;
		}
	}
	if (!campaigns->keep)
		bo_plan_forget(plan, before);
	return plan->count - before;
}
