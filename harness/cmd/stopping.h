#ifndef BO_HARNESS_CMD_STOPPING_H
#define BO_HARNESS_CMD_STOPPING_H

#include "harness/engine/plan_file.h"
#include "harness/model/stop_rule.h"

/*
 * The stop rule of a run (stop_rule.h) at work, for each scenario, firmware and target class by
 * itself. It counts the trials that were drawn uniformly, in the order of the plan, and once it has
 * ended leaves the rest of them out; what an adaptive strategy adds is carried out all the same.
 * Everything follows from the trials' journals, so that a run that was killed ends where it would
 * have.
 */
struct cmd_stop_subject {
	size_t first; /* a trial of it */
	size_t next;  /* the trials before it have been counted */
	struct bo_stop_counts counts;
	enum bo_stop end;
};

struct cmd_stopping {
	struct cmd_stop_subject *subject;
	size_t count;
	size_t seen; /* trials whose subject is there */
};

/* Whether the trial need not be carried out any more; marks it as left out, then. Without a rule:
 * never. */
bool cmd_stopping_leaves(struct cmd_stopping *stopping, struct bo_plan *plan, size_t index);
/* A line of the run's journal for each subject; nothing without a rule. */
void cmd_stopping_note(const struct bo_plan *plan, struct bo_buf *out);
/* What the rule is, before anything is tried. */
void cmd_stopping_announce(const struct bo_plan *plan);
void cmd_stopping_free(struct cmd_stopping *stopping);

#endif
