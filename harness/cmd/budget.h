#ifndef BO_HARNESS_CMD_BUDGET_H
#define BO_HARNESS_CMD_BUDGET_H

#include "harness/engine/plan_file.h"
#include "harness/model/scenario.h"

/*
 * The budgets of a run's scenarios at work. They are looked at between trials: one that is under
 * way when a budget is spent is finished, and with several workers so are theirs. A census is never
 * left out, as it decides whether anything can be tried. What was spent follows from the trials'
 * journals, so that a run that was killed ends where it would have.
 */
struct cmd_budget {
	const char *scenario; /* path, the plan's */
	struct bo_budget limit, spent;
	int64_t erases; /* of a trial */
	size_t next;	/* the trials before it have been counted */
};

struct cmd_budgets {
	struct cmd_budget *item;
	size_t count;
};

/* Whether the trial is not tried because its scenario's budget is spent; marks it, then. */
bool cmd_budget_leaves(struct cmd_budgets *budgets, struct bo_plan *plan, size_t index);
/* The run's journal's line for one that was marked. */
void cmd_budget_note(const struct bo_planned *trial, struct bo_buf *out);
void cmd_budgets_free(struct cmd_budgets *budgets);

#endif
