#ifndef BO_HARNESS_CMD_CAMPAIGNS_H
#define BO_HARNESS_CMD_CAMPAIGNS_H

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"

/*
 * The strategies of a run at work. Each begins with a trial without faults, which stands in the
 * plan with the mark `census`; once that has passed, its strategy's trials join the plan, all at
 * once or, where they depend on outcomes, round by round. What comes next is computed from the
 * trials' journals alone, so that a run that was killed goes on where it was.
 */
struct cmd_campaign {
	char *scenario; /* path */
	struct bo_job job;
	struct bo_campaign campaign;
	size_t census;	/* its place in the plan */
	size_t *trial;	/* of each draw: its place in the plan */
	size_t entered; /* draws that have one */
	bool open;	/* the census has passed */
	bool stopped;	/* or has not: trials are missing */
	bool over;
};

struct cmd_campaigns {
	const struct cmd_bench *bench;
	struct cmd_campaign *item;
	size_t count;
	bool keep;   /* go on with a run: trials that have a verdict keep it */
	bool unseen; /* there is no census: only strategies that need none */
};

/* For each trial of the plan that is a census. 0, or an exit code with the message printed. */
int cmd_campaigns_open(struct cmd_campaigns *campaigns, const struct cmd_bench *bench,
		       const struct bo_plan *plan);
void cmd_campaigns_close(struct cmd_campaigns *campaigns);

/* All trials of the plan have been carried out: adds those that follow. Returns how many. */
size_t cmd_campaigns_advance(struct cmd_campaigns *campaigns, struct bo_plan *plan);

#endif
