#ifndef BO_REPORTS_COVERAGE_H
#define BO_REPORTS_COVERAGE_H

#include "reports/reading.h"

/*
 * What a run's trials were evidence for, and what they were not: text = render(journal).
 *
 * - How many found the update staged by the probe, and how many took it by its protocol, where the
 *   scenario asks for both.
 * - For each requirement that scenarios name: the trials judged, and how.
 * - What was not tried because a budget was spent, by scenario: neither passed nor failed.
 */
struct bo_coverage;

struct bo_coverage *bo_coverage_new(void);
void bo_coverage_free(struct bo_coverage *coverage);
/* For bo_read_journal(). */
struct bo_reader bo_coverage_reader(struct bo_coverage *coverage);

struct bo_junit;
/* The same as properties of a suite: requirement.ID, staged.probe, staged.protocol,
 * not-tried.SCENARIO (the number of trials). */
void bo_coverage_properties(const struct bo_coverage *coverage, struct bo_junit *junit);

/* Appends nothing when there is nothing to say. */
void bo_coverage_render(const struct bo_coverage *coverage, struct bo_buf *out);

#endif
