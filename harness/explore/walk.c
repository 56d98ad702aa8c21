#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/*
 * A walk carries out a class's operations one by one and places the cut states it comes by. Most of
 * them belong to the class of the one before, so for each tear the walk keeps count of the needed
 * bytes in which memory differs from that class, which an operation changes in its own range only.
 */

struct track {
	uint32_t state; /* the class followed; BO_NO_STATE: none yet */
	uint32_t wrong; /* needed bytes in which memory, not torn, differs from it */
};

struct walk {
	struct bo_explore *x;
	struct cls *cls;
	struct runs cuts[BO_TEARS]; /* as found now */
	struct track track[BO_TEARS];
};

bool class_walked(const struct cls *cls)
{
	return cls->placed == cls->ops + 1;
}

bool tear_possible(const struct bo_explore *x, enum bo_tear tear, const struct bo_write *write)
{
	return x->config.tears & 1u << tear && bo_tear_applies(tear, write);
}

static int runs_add(struct runs *runs, uint32_t op, uint32_t target)
{
	if (runs->count && runs->run[runs->count - 1].target == target)
		return 0;
	if (runs->count == runs->room) {
		uint32_t room = runs->room ? 2 * runs->room : 8;
		struct run *larger = realloc(runs->run, room * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		runs->run = larger;
		runs->room = room;
	}
	runs->run[runs->count++] = (struct run){op, target};
	return 0;
}

static uint32_t differs(const struct bo_explore *x, uint32_t state, const struct bo_write *range,
			const uint8_t *content)
{
	return class_differs(x, x->cls[state], range->at, range->len, content);
}

/* Whether it matters to the class what an operation does. */
static bool matters(const struct bo_explore *x, uint32_t state, const struct bo_write *write)
{
	const uint64_t *needed = x->cls[state]->needed;
	uint32_t first = write->at % 64;

	if (write->len > 64 - first)
		return true;
	return needed[write->at / 64] >> first & (UINT64_MAX >> (64 - write->len));
}

/* Follows the class where this cut was placed before, if it was. */
static void follow_old(struct walk *walk, enum bo_tear tear, uint32_t op)
{
	struct bo_explore *x = walk->x;
	struct track *track = &walk->track[tear];
	uint32_t old =
		op <= walk->cls->placed ? runs_find(&walk->cls->cuts[tear], op) : BO_NO_STATE;

	if (old == BO_NO_STATE || old == track->state)
		return;
	track->state = old;
	track->wrong = class_differs(x, x->cls[old], 0, x->config.machine.size, x->memory);
}

/* The class of memory, which becomes one if there is none. A cut state of the walk: memory stands
 * before `op`, but for the range of a torn one, which is in `aside`. */
static int find_or_boot(struct walk *walk, uint32_t op, enum bo_tear tear, uint32_t *ret,
			struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	uint32_t state = class_find(x, x->memory);

	if (state == BO_NO_STATE) {
		predict(x, walk->cls, op, tear);
		return class_boot(x, x->memory, walk->cls, ret, err);
	}
	*ret = state;
	return 0;
}

static int place_clean(struct walk *walk, uint32_t op, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	struct track *track = &walk->track[BO_TEAR_CLEAN];
	int result;

	follow_old(walk, BO_TEAR_CLEAN, op);
	if (track->state == BO_NO_STATE || track->wrong) {
		x->stats.splits += op <= walk->cls->placed;
		result = find_or_boot(walk, op, BO_TEAR_CLEAN, &track->state, err);
		if (result < 0)
			return result;
		track->wrong = 0;
	}
	return runs_add(&walk->cuts[BO_TEAR_CLEAN], op, track->state);
}

static int place_torn(struct walk *walk, enum bo_tear tear, uint32_t op, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	struct track *track = &walk->track[tear];
	const struct bo_write *write = log_op(walk->cls, op);
	uint8_t *range = x->memory + write->at;
	uint32_t wrong = 0;
	int result = 0;

	follow_old(walk, tear, op);
	if (track->state != BO_NO_STATE && !track->wrong && !matters(x, track->state, write))
		return runs_add(&walk->cuts[tear], op, track->state);
	memcpy(x->aside, range, write->len);
	bo_write_tear(write, tear, x->memory);
	if (track->state != BO_NO_STATE)
		wrong = track->wrong - differs(x, track->state, write, x->aside) +
			differs(x, track->state, write, range);
	if (track->state == BO_NO_STATE || wrong) {
		x->stats.splits += op <= walk->cls->placed;
		result = find_or_boot(walk, op, tear, &track->state, err);
		if (result == 0)
			track->wrong = differs(x, track->state, write, x->aside);
	}
	memcpy(range, x->aside, write->len);
	return result < 0 ? result : runs_add(&walk->cuts[tear], op, track->state);
}

static int place_all(struct walk *walk, uint32_t op, struct bo_err *err)
{
	int result = place_clean(walk, op, err);

	if (op > walk->cls->ops)
		return result;
	for (enum bo_tear tear = BO_TEAR_CLEAN + 1;
	     result == 0 && tear < BO_TEARS && !walk->x->stop; tear++)
		if (tear_possible(walk->x, tear, log_op(walk->cls, op)))
			result = place_torn(walk, tear, op, err);
	return result;
}

/* Takes what differs in the range out of the counts before an operation, and back in behind it. */
static void count_range(struct walk *walk, const struct bo_write *write, bool before)
{
	struct bo_explore *x = walk->x;

	for (unsigned tear = 0; tear < BO_TEARS; tear++) {
		struct track *track = &walk->track[tear];
		uint32_t count;

		if (track->state == BO_NO_STATE || !matters(x, track->state, write))
			continue;
		count = differs(x, track->state, write, x->memory + write->at);
		track->wrong += before ? -count : count;
	}
}

static void carry_out(struct walk *walk, const struct bo_write *write)
{
	count_range(walk, write, true);
	bo_write_apply(write, walk->x->memory);
	count_range(walk, write, false);
}

/* What was found takes the place of what was known, unless the walk was stopped on the way. */
static void keep(struct walk *walk, uint32_t placed)
{
	struct cls *cls = walk->cls;
	bool whole = placed > cls->placed || placed == cls->ops + 1;

	for (unsigned tear = 0; tear < BO_TEARS; tear++) {
		struct runs *runs = whole ? &cls->cuts[tear] : &walk->cuts[tear];

		free(runs->run);
		if (whole)
			*runs = walk->cuts[tear];
	}
	if (whole)
		cls->placed = placed;
}

static int place_end(struct walk *walk, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	struct cls *cls = walk->cls;
	uint32_t size = x->config.machine.size;

	if (cls->end != BO_NO_STATE && class_differs(x, x->cls[cls->end], 0, size, x->memory) == 0)
		return 0;
	x->stats.splits += cls->end != BO_NO_STATE;
	return find_or_boot(walk, cls->ops + 1, BO_TEAR_CLEAN, &cls->end, err);
}

int walk_class(struct bo_explore *x, uint32_t state, bool end_only, struct bo_err *err)
{
	struct walk walk = {.x = x, .cls = x->cls[state]};
	struct cls *cls = walk.cls;
	uint32_t op, placed = 0;
	int result = 0;

	for (unsigned tear = 0; tear < BO_TEARS; tear++)
		walk.track[tear].state = BO_NO_STATE;
	class_memory(x, cls, x->memory);
	for (op = 1; op <= cls->ops + 1 && result == 0 && !x->stop; op++) {
		if (!end_only)
			result = place_all(&walk, op, err);
		if (!x->stop)
			placed = op;
		if (op <= cls->ops)
			carry_out(&walk, log_op(cls, op));
	}
	if (!end_only)
		keep(&walk, placed);
	if (result == 0 && !x->stop)
		result = place_end(&walk, err);
	return result;
}
