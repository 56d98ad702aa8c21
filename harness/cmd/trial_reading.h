#ifndef BO_HARNESS_CMD_TRIAL_READING_H
#define BO_HARNESS_CMD_TRIAL_READING_H

#include "harness/engine/plan_file.h"
#include "harness/model/census.h"

/* What a trial's journal says, for those who decide what is tried next. */
struct cmd_reading {
	struct bo_census *census; /* where its census goes; NULL: not asked for */
	int verdict;		  /* enum bo_verdict; below 0: none */
	int outcome, then;	  /* enum bo_outcome; below 0: none */
	bo_ns time;		  /* from its beginning to the verdict */
	char why[200];
	int rc; /* -EBADMSG: the journal is damaged */
};

void cmd_read_trial(const struct bo_plan *plan, size_t index, struct bo_census *census,
		    struct cmd_reading *ret);

/* Equal when what the target did and how it was judged are; BO_RESULT_UNKNOWN when it was not. */
int cmd_result_of(const struct cmd_reading *reading);

#endif
