#include "harness/cmd/crew_parts.h"

#include <assert.h>

#include "harness/engine/record.h"

/* What there is to do: the plan's trials in their order, but for those that are settled, that a
 * rule or a cache makes needless, or that a wave does not admit yet. */

static bool is_settled(const struct bo_plan *plan, size_t index)
{
	struct bo_buf dir = {0};

	if (plan->trials[index].lacks || plan->trials[index].left_out)
		return true;
	bo_plan_trial_dir(plan, &plan->trials[index], &dir);
	bool whole = bo_record_is_whole(dir.data, plan->trials[index].id);

	bo_buf_done(&dir);
	return whole;
}

static bool is_answered(struct cmd_crew *crew)
{
	bool is = cmd_cache_answers(crew->cache, crew->plan, crew->next);

	if (is)
		crew->answered(crew->ctx, crew->next);
	return is;
}

bool crew_is_anything_left(struct cmd_crew *crew)
{
	while (crew->next < crew->plan->count &&
	       (is_settled(crew->plan, crew->next) ||
		cmd_stopping_leaves(&crew->stopping, crew->plan, crew->next) ||
		cmd_budget_leaves(&crew->budgets, crew->plan, crew->next) || is_answered(crew)))
		crew->next++;
	return crew->given_back_count > 0 || crew->next < crew->plan->count;
}

static size_t count_under_way(const struct cmd_crew *crew)
{
	size_t count = 0;

	for (size_t i = 0; i < crew->count; i++) {
		size_t trial = crew->member[i].trial;

		count += trial != NONE && crew->plan->trials[trial].uniform;
	}
	return count;
}

/* What was given back has been admitted before. */
bool crew_is_anything_to_do(struct cmd_crew *crew)
{
	return crew_is_anything_left(crew) &&
	       (crew->given_back_count > 0 ? !crew->waves.halted
					   : cmd_waves_admit(&crew->waves, crew->plan, crew->next,
							     count_under_way(crew)));
}

size_t crew_take_next(struct cmd_crew *crew)
{
	if (!crew_is_anything_to_do(crew))
		return NONE;
	return crew->given_back_count > 0 ? crew->given_back[--crew->given_back_count]
					  : crew->next++;
}

void crew_give_back(struct cmd_crew_member *member)
{
	struct cmd_crew *crew = member->crew;

	if (member->trial == NONE)
		return;
	assert(crew->given_back_count < CMD_CREW_MAX);
	crew->given_back[crew->given_back_count++] = member->trial;
	member->trial = NONE;
}
