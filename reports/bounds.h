#ifndef BO_REPORTS_BOUNDS_H
#define BO_REPORTS_BOUNDS_H

#include "reports/reading.h"

/*
 * What a run's strategies found, beyond its trials one by one: text = render(journal).
 *
 * - Failure rates: the one-sided bound of 95 % for each scenario on its firmware and target class,
 *   from the trials that were drawn uniformly (a search for bugs finds them, it bounds no rate);
 *   once over those judged, and once with every unresolved one as a failure. A figure over several
 *   scenarios says that it is pooled.
 * - Outcome boundaries: where, along one fault point, the outcome changes between one trial and the
 *   next.
 * - How many trials came from a cache.
 * - Flaky trials: one id, both outcomes.
 */
struct bo_bounds;

struct bo_bounds *bo_bounds_new(void);
void bo_bounds_free(struct bo_bounds *bounds);
/* For bo_read_journal(). */
struct bo_reader bo_bounds_reader(struct bo_bounds *bounds);

/* Appends nothing when there is nothing to say. */
void bo_bounds_render(struct bo_bounds *bounds, struct bo_buf *out);

#endif
