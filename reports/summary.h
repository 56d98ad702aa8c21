#ifndef BO_REPORTS_SUMMARY_H
#define BO_REPORTS_SUMMARY_H

#include "harness/model/verdict.h"
#include "reports/reading.h"

/*
 * The table at the end of a run: text = render(journal). Pure: the same journal gives the same
 * bytes. Reality comes first: a virtual bench proves less than a real one, and says so.
 */
struct bo_summary;

struct bo_summary *bo_summary_new(void);
void bo_summary_free(struct bo_summary *summary);
/* For bo_read_journal(). */
struct bo_reader bo_summary_reader(struct bo_summary *summary);

void bo_summary_tally(const struct bo_summary *summary, struct bo_tally *ret);

/*
 * Appends the table, the broken promises with the command that repeats each, and the tally as the
 * last line; in front of that, `found` (bounds.h; may be NULL). A `brief` table leaves out what
 * passed. `replay` is what stands in front of
 * an id to repeat it, "brownout replay". Each cut of a trial has a line: when it was due, how much
 * later it was achieved, who proved it.
 */
void bo_summary_render(const struct bo_summary *summary, const char *replay, const char *found,
		       bool brief, struct bo_buf *out);

/* The first trial in one line: "pass: kept-old; fault 1071.120 ms +0 us, proven by sense; came
 * back: first boot". Nothing without a trial. */
void bo_summary_trial(const struct bo_summary *summary, struct bo_buf *out);

#endif
