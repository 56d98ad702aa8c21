#ifndef BO_REPORTS_SUMMARY_H
#define BO_REPORTS_SUMMARY_H

#include "harness/base/str.h"
#include "harness/model/verdict.h"

/*
 * The table at the end of a run: text = render(journal). Pure: the same journal gives the same
 * bytes. Reality comes first: a virtual bench proves less than a real one, and says so.
 */

/* Counts a run's journal. -EBADMSG: line *reterr_line is no journal line. */
int bo_summary_tally(const char *journal, size_t len, struct bo_tally *ret, size_t *reterr_line);

/* Appends the table, the broken promises with the command that repeats each, and the tally as the
 * last line. `replay` is what stands in front of an id to repeat it, "brownout replay". */
int bo_summary_render(const char *journal, size_t len, const char *replay, struct bo_buf *out,
		      size_t *reterr_line);

/* One trial in one line: "pass: kept-old; cut 1071.120 ms +0 us; proven off by sense; came back:
 * first boot". */
int bo_summary_trial(const char *journal, size_t len, struct bo_buf *out);

#endif
