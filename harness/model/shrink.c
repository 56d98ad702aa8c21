#include "harness/model/shrink.h"

#include <string.h>

/* Takes `index` down by what a stage has to offer; a stage answers when it gets to zero. */
static bool is_turn(size_t *index)
{
	return (*index)-- == 0;
}

static void leave_out(const struct bo_schedule *from, size_t first, size_t count,
		      struct bo_schedule *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < from->count; i++)
		if (i < first || i >= first + count)
			ret->fault[ret->count++] = from->fault[i];
}

static bool try_leaving_out(const struct bo_schedule *from, size_t *index, struct bo_schedule *ret)
{
	for (size_t size = from->count / 2; size > 0; size /= 2)
		for (size_t first = 0; first + size <= from->count; first += size)
			if (is_turn(index)) {
				leave_out(from, first, size, ret);
				return true;
			}
	return false;
}

static bool try_without_delay(const struct bo_schedule *from, size_t i, size_t *index,
			      struct bo_schedule *ret)
{
	if (from->fault[i].delay_ns == 0 || !is_turn(index))
		return false;
	*ret = *from;
	ret->fault[i].delay_ns = 0;
	return true;
}

static bool try_in_any_boot(const struct bo_schedule *from, size_t i, size_t *index,
			    struct bo_schedule *ret)
{
	if (from->fault[i].boot == 0 || !is_turn(index))
		return false;
	*ret = *from;
	ret->fault[i].boot = 0;
	return true;
}

static bool try_round_delay(const struct bo_schedule *from, size_t i, size_t *index,
			    struct bo_schedule *ret)
{
	bo_ns delay = from->fault[i].delay_ns;

	for (bo_ns unit = BO_S; unit >= BO_US; unit /= 10) {
		if (delay < unit || delay % unit == 0)
			continue;
		if (!is_turn(index))
			continue;
		*ret = *from;
		ret->fault[i].delay_ns = delay / unit * unit;
		return true;
	}
	return false;
}

static bool try_round_ordinal(const struct bo_schedule *from, size_t i, size_t *index,
			      struct bo_schedule *ret)
{
	uint64_t n = from->fault[i].n;
	uint64_t unit = 10;

	while (unit <= n / 10)
		unit *= 10;
	for (; unit >= 10; unit /= 10) {
		if (n < unit || n % unit == 0 || !is_turn(index))
			continue;
		*ret = *from;
		ret->fault[i].n = n / unit * unit;
		return true;
	}
	return false;
}

/* One outage instead of a series. */
static bool try_one_outage(const struct bo_schedule *from, size_t i, size_t *index,
			   struct bo_schedule *ret)
{
	const struct bo_fault *fault = &from->fault[i];

	if (fault->action != BO_ACTION_NET || fault->net != BO_NET_ACT_FLAP || !is_turn(index))
		return false;
	*ret = *from;
	ret->fault[i].net = BO_NET_ACT_DOWN;
	ret->fault[i].times = 0;
	ret->fault[i].every_ns = 0;
	return true;
}

static bool (*const simplifications[])(const struct bo_schedule *from, size_t i, size_t *index,
				       struct bo_schedule *ret) = {
	try_without_delay, try_in_any_boot, try_one_outage, try_round_delay, try_round_ordinal,
};

bool bo_shrink_next(struct bo_shrink *shrink, struct bo_schedule *ret)
{
	const struct bo_schedule *from = &shrink->current;
	size_t index = shrink->next++;

	if (from->count > 1 && try_leaving_out(from, &index, ret))
		return true;
	for (size_t i = 0; i < from->count; i++)
		for (size_t k = 0; k < sizeof(simplifications) / sizeof(simplifications[0]); k++)
			if (simplifications[k](from, i, &index, ret))
				return true;
	return false;
}

void bo_shrink_take(struct bo_shrink *shrink, const struct bo_schedule *candidate)
{
	shrink->current = *candidate;
	shrink->next = 0;
}
