#ifndef BO_HARNESS_TESTS_SAME_FAULT_H
#define BO_HARNESS_TESTS_SAME_FAULT_H

#include <string.h>

#include "harness/model/schedule.h"

/* Not inline: gcc 12 then warns of offsets that no case has. */
__attribute__((noinline)) static bool same_fault(const struct bo_fault *a, const struct bo_fault *b)
{
	return strcmp(a->after.point, b->after.point) == 0 && a->after.n == b->after.n &&
	       a->after.boot == b->after.boot && a->after.within_ns == b->after.within_ns &&
	       a->boot == b->boot && strcmp(a->point, b->point) == 0 && a->n == b->n &&
	       a->delay_ns == b->delay_ns && a->action == b->action && a->off_ns == b->off_ns &&
	       a->times == b->times && a->every_ns == b->every_ns && a->tear == b->tear &&
	       a->ram == b->ram && a->cause == b->cause && a->net == b->net &&
	       a->net_value == b->net_value && a->for_ns == b->for_ns;
}

static inline bool same_schedule(const struct bo_schedule *a, const struct bo_schedule *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++)
		if (!same_fault(&a->fault[i], &b->fault[i]))
			return false;
	return a->count == b->count;
}

#endif
