#ifndef BO_HARNESS_MODEL_SCHEDULE_PARTS_H
#define BO_HARNESS_MODEL_SCHEDULE_PARTS_H

#include <stdbool.h>

#include "harness/model/schedule.h"

/* What the grammar of points and that of actions share. */

/* Decimal digits without leading zeros, at most 18 of them. */
bool schedule_u64(const char *text, size_t len, uint64_t *ret);

/* A duration in ids: "250ms". `what` names it in messages. */
int schedule_time(const char *text, size_t len, const char *what, bo_ns *ret, struct bo_err *err);

#endif
