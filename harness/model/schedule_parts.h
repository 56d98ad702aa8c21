#ifndef BO_HARNESS_MODEL_SCHEDULE_PARTS_H
#define BO_HARNESS_MODEL_SCHEDULE_PARTS_H

#include <stdbool.h>

#include "harness/model/schedule.h"

/* What the grammar of points and that of actions share. */

/* Decimal digits without leading zeros, at most 18 of them. */
bool schedule_u64(const char *text, size_t len, uint64_t *ret);

/* [A-Za-z0-9._-]{1,64} */
bool schedule_is_name(const char *text, size_t len);

/* What stands before a fault's delay and action; what of *ret it does not say stays. */
int schedule_point(const char *text, size_t len, struct bo_fault *ret, struct bo_err *err);
/* The part of it in front of the point itself; returns its length, 0: there is none. */
int schedule_after(const char *text, size_t len, struct bo_after *ret, struct bo_err *err);

/* A duration in ids: "250ms". `what` names it in messages. */
int schedule_time(const char *text, size_t len, const char *what, bo_ns *ret, struct bo_err *err);

/* ---- action_net.c: the arguments of "net" ---- */
int schedule_parse_net(const char *text, struct bo_fault *fault, struct bo_err *err);
void schedule_format_net(const struct bo_fault *fault, struct bo_buf *out);
int schedule_check_net(const struct bo_fault *fault, struct bo_err *err);

#endif
