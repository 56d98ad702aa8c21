#include "harness/cmd/stopping.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/cmd/trial_reading.h"
#include "harness/model/journal.h"
#include "harness/model/verdict.h"

static size_t subject_len(const char *id)
{
	return bo_id_subject_len(id);
}

static bool is_of(const struct bo_plan *plan, const struct cmd_stop_subject *subject, size_t index)
{
	const char *id = plan->trials[index].id, *other = plan->trials[subject->first].id;
	size_t len = subject_len(id);

	return len == subject_len(other) && memcmp(id, other, len) == 0;
}

static struct cmd_stop_subject *find(const struct cmd_stopping *stopping,
				     const struct bo_plan *plan, size_t index)
{
	for (size_t i = 0; i < stopping->count; i++)
		if (is_of(plan, &stopping->subject[i], index))
			return &stopping->subject[i];
	return NULL;
}

static void meet_subjects(struct cmd_stopping *stopping, const struct bo_plan *plan)
{
	for (; stopping->seen < plan->count; stopping->seen++) {
		size_t i = stopping->seen;

		if (!plan->trials[i].uniform || find(stopping, plan, i))
			continue;
		stopping->subject = reallocarray(stopping->subject, stopping->count + 1,
						 sizeof(*stopping->subject));
		assert(stopping->subject);
		stopping->subject[stopping->count++] =
			(struct cmd_stop_subject){.first = i, .next = i};
	}
}

/* False: there is nothing to count yet. */
static bool count_trial(const struct bo_plan *plan, size_t index, struct bo_stop_counts *counts)
{
	struct cmd_reading reading;

	cmd_read_trial(plan, index, NULL, &reading);
	if (reading.verdict < 0)
		return false;
	counts->judged += reading.verdict == BO_PASS || reading.verdict == BO_FAIL;
	counts->failed += reading.verdict == BO_FAIL;
	counts->unresolved += reading.outcome == BO_OUTCOME_UNRESOLVED;
	return true;
}

/* One that is overtaken by later trials is waited for: to count what is done first would favour
 * what is done quickly. */
static void count_on(struct cmd_stop_subject *subject, const struct bo_plan *plan)
{
	for (; subject->next < plan->count && subject->end == BO_STOP_OPEN; subject->next++) {
		const struct bo_planned *trial = &plan->trials[subject->next];

		if (!trial->uniform || trial->lacks || trial->left_out ||
		    !is_of(plan, subject, subject->next))
			continue;
		if (!count_trial(plan, subject->next, &subject->counts))
			return;
		subject->end = bo_stop_judge(&subject->counts, plan->stop_ppb);
	}
}

bool cmd_stopping_leaves(struct cmd_stopping *stopping, struct bo_plan *plan, size_t index)
{
	if (plan->stop_ppb == 0 || !plan->trials[index].uniform)
		return false;
	meet_subjects(stopping, plan);
	struct cmd_stop_subject *subject = find(stopping, plan, index);

	count_on(subject, plan);
	plan->trials[index].left_out = subject->end != BO_STOP_OPEN;
	return plan->trials[index].left_out;
}

void cmd_stopping_note(const struct bo_plan *plan, struct bo_buf *out)
{
	struct cmd_stopping stopping = {0};

	if (plan->stop_ppb == 0)
		return;
	meet_subjects(&stopping, plan);
	for (size_t i = 0; i < stopping.count; i++) {
		struct cmd_stop_subject *subject = &stopping.subject[i];
		const char *id = plan->trials[subject->first].id;
		size_t left_out = 0;

		count_on(subject, plan);
		for (size_t k = subject->first; k < plan->count; k++)
			left_out += plan->trials[k].left_out && !plan->trials[k].over_budget &&
				    is_of(plan, subject, k);
		bo_journal_line(out, 0, "rule", "s:s%, s:I, s:s, s:I, s:I, s:I", "subject", id,
				subject_len(id), "limit", (json_int_t)plan->stop_ppb, "end",
				bo_stop_names[subject->end], "judged",
				(json_int_t)subject->counts.judged, "failed",
				(json_int_t)subject->counts.failed, "left_out",
				(json_int_t)left_out);
	}
	cmd_stopping_free(&stopping);
}

void cmd_stopping_announce(const struct bo_plan *plan)
{
	char limit[BO_STATS_TEXT_MAX];

	if (plan->stop_ppb == 0)
		return;
	(void)printf("stop rule, fixed now: a scenario's uniformly drawn trials end as soon as "
		     "they show, with 95 %% confidence, that its failure rate is at most %s, or "
		     "above it; at the earliest after %llu trials without a failure\n",
		     bo_stats_format(limit, plan->stop_ppb, 1),
		     (unsigned long long)bo_stop_earliest(plan->stop_ppb));
}

void cmd_stopping_free(struct cmd_stopping *stopping)
{
	free(stopping->subject);
	*stopping = (struct cmd_stopping){0};
}
