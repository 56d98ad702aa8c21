#ifndef BO_REPORTS_IMPAIRMENTS_H
#define BO_REPORTS_IMPAIRMENTS_H

#include "reports/reading.h"

/*
 * What a run asked of network links and what they did: text = render(journal). One line for each
 * setting of a way, over all trials that had it: packets offered, those dropped, the loss asked for
 * and the one measured, with its interval of 99 %. Then what came of uploads, for each scenario and
 * its parameters: bytes acknowledged, bytes sent for them, and how fast they got through.
 */
struct bo_impairments;

struct bo_impairments *bo_impairments_new(void);
void bo_impairments_free(struct bo_impairments *impairments);
/* For bo_read_journal(). */
struct bo_reader bo_impairments_reader(struct bo_impairments *impairments);

/* Appends nothing when nothing went over a network link that was impaired. */
void bo_impairments_render(const struct bo_impairments *impairments, struct bo_buf *out);

#endif
