#include "harness/cmd/trial_reading.h"

#include <errno.h>
#include <string.h>

#include "harness/engine/record.h"
#include "harness/model/journal.h"
#include "harness/model/strategy.h"
#include "harness/model/verdict.h"

static void take_line(void *ctx, const json_t *line)
{
	struct cmd_reading *reading = ctx;

	if (reading->census && bo_journal_is(line, "census") &&
	    bo_census_take(reading->census, line) < 0)
		reading->rc = -EBADMSG;
	if (bo_journal_is(line, "outcome")) {
		int outcome = bo_outcome_parse(bo_journal_str(line, "outcome", ""));

		*(reading->outcome < 0 ? &reading->outcome : &reading->then) = outcome;
	}
	if (bo_journal_is(line, "verdict")) {
		const char *why = bo_journal_str(line, "why", "");

		reading->time = bo_journal_int(line, "at", 0);
		reading->verdict = bo_verdict_parse(bo_journal_str(line, "verdict", ""));
		(void)bo_str_escape(reading->why, sizeof(reading->why), why, strlen(why));
	}
}

void cmd_read_trial(const struct bo_plan *plan, size_t index, struct bo_census *census,
		    struct cmd_reading *ret)
{
	struct bo_buf dir = {0}, journal = {0};
	size_t bad;

	*ret = (struct cmd_reading){.census = census, .verdict = -1, .outcome = -1, .then = -1};
	bo_plan_trial_dir(plan, &plan->trials[index], &dir);
	if (bo_record_read(dir.data, &journal) &&
	    bo_journal_walk(journal.data, journal.len, take_line, ret, &bad) < 0)
		ret->rc = -EBADMSG;
	bo_buf_done(&dir);
	bo_buf_done(&journal);
}

int cmd_result_of(const struct cmd_reading *reading)
{
	if (reading->verdict != BO_PASS && reading->verdict != BO_FAIL)
		return BO_RESULT_UNKNOWN;
	return (reading->verdict * (BO_OUTCOME_COUNT + 1) + reading->outcome + 1) *
		       (BO_OUTCOME_COUNT + 1) +
	       reading->then + 1;
}
