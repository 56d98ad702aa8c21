#ifndef BO_REPORTS_SCENARIOS_H
#define BO_REPORTS_SCENARIOS_H

#include "reports/reading.h"

/*
 * A run of several scenarios, a line each: text = render(journal). What was planned, how many
 * faults fired and were proven, how many trials were judged and how, and the bound on the rate of
 * failure (one-sided, 95 %) from the trials that were drawn uniformly; "-" where none was.
 */
struct bo_scenarios;

struct bo_scenarios *bo_scenarios_new(void);
void bo_scenarios_free(struct bo_scenarios *scenarios);
/* For bo_read_journal(). */
struct bo_reader bo_scenarios_reader(struct bo_scenarios *scenarios);

/* Appends nothing when there are fewer than two. */
void bo_scenarios_render(const struct bo_scenarios *scenarios, struct bo_buf *out);

#endif
