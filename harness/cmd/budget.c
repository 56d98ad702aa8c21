#include "harness/cmd/budget.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/cmd.h"
#include "harness/cmd/trial_reading.h"
#include "harness/engine/plan.h"
#include "harness/model/journal.h"
#include "harness/model/values.h"

/* The job of a trial; false when it cannot be loaded, which whoever carries it out will say. */
static bool load(const struct bo_planned *trial, struct bo_job *job)
{
	struct bo_trial_id id;
	struct bo_buf report = {0};
	bool loaded = bo_trial_id_parse(trial->id, &id, NULL) == 0 &&
		      bo_job_load(job, trial->scenario, id.variant, cmd_library(), &report) == 0;

	bo_buf_done(&report);
	return loaded;
}

static struct cmd_budget *meet(struct cmd_budgets *budgets, const struct bo_planned *trial)
{
	struct bo_job job;

	for (size_t i = 0; i < budgets->count; i++)
		if (strcmp(budgets->item[i].scenario, trial->scenario) == 0)
			return &budgets->item[i];
	budgets->item = reallocarray(budgets->item, budgets->count + 1, sizeof(*budgets->item));
	assert(budgets->item);
	struct cmd_budget *item = &budgets->item[budgets->count++];

	*item = (struct cmd_budget){.scenario = trial->scenario};
	if (load(trial, &job)) {
		item->limit = job.scenario->budget;
		item->erases = job.target->wear.erases;
		bo_job_free(&job);
	}
	return item;
}

/* What the trials before `index` spent. Those that are under way are counted, but for their time,
 * which is not known yet; the next call looks at them again. */
static struct bo_budget spent_before(struct cmd_budget *item, const struct bo_plan *plan,
				     size_t index)
{
	struct bo_budget spent = item->spent;
	bool known = true;

	for (size_t i = item->next; i < index; i++) {
		const struct bo_planned *trial = &plan->trials[i];
		struct cmd_reading reading;

		if (!trial->lacks && !trial->left_out &&
		    strcmp(trial->scenario, item->scenario) == 0) {
			cmd_read_trial(plan, i, NULL, &reading);
			spent.trials += !trial->census;
			spent.erases += item->erases;
			spent.time += reading.time;
			known = known && reading.verdict >= 0;
		}
		if (known) {
			item->spent = spent;
			item->next = i + 1;
		}
	}
	return spent;
}

static bool is_spent(const struct bo_budget *spent, const struct bo_budget *limit)
{
	return (limit->time > 0 && spent->time >= limit->time) ||
	       (limit->trials > 0 && spent->trials >= limit->trials) ||
	       (limit->erases > 0 && spent->erases >= limit->erases);
}

bool cmd_budget_leaves(struct cmd_budgets *budgets, struct bo_plan *plan, size_t index)
{
	struct bo_planned *trial = &plan->trials[index];

	if (trial->lacks || trial->left_out || trial->census)
		return trial->left_out;
	struct cmd_budget *item = meet(budgets, trial);

	if (item->limit.time == 0 && item->limit.trials == 0 && item->limit.erases == 0)
		return false;
	struct bo_budget spent = spent_before(item, plan, index);

	trial->over_budget = trial->left_out = is_spent(&spent, &item->limit);
	return trial->over_budget;
}

void cmd_budget_note(const struct bo_planned *trial, struct bo_buf *out)
{
	struct bo_buf text = {0};
	char time[BO_VALUES_TEXT_MAX];
	struct bo_job job;

	if (load(trial, &job)) {
		const struct bo_budget *limit = &job.scenario->budget;

		if (limit->trials > 0)
			bo_buf_printf(&text, ", %lld trials", (long long)limit->trials);
		if (limit->time > 0)
			bo_buf_printf(&text, ", %s",
				      bo_values_format(BO_DURATION, time, limit->time));
		if (limit->erases > 0)
			bo_buf_printf(&text, ", %lld erases", (long long)limit->erases);
		bo_job_free(&job);
	}
	bo_journal_line(out, 0, "untried", "s:s, s:s", "id", trial->id, "budget",
			text.len > 2 ? text.data + 2 : "");
	bo_buf_done(&text);
}

void cmd_budgets_free(struct cmd_budgets *budgets)
{
	free(budgets->item);
	*budgets = (struct cmd_budgets){0};
}
