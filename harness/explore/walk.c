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
	struct runs cuts[KINDS]; /* as found now */
	struct track track[KINDS];
};

bool class_walked(const struct cls *cls)
{
	return cls->placed == cls->ops + 1;
}

bool kind_possible(const struct bo_explore *x, unsigned kind, const struct bo_write *write)
{
	enum bo_tear tear = kind % BO_TEARS;

	return x->config.tears & 1u << tear && bo_tear_applies(tear, write);
}

static int runs_add(struct runs *runs, uint32_t op, uint32_t target)
{
	if (runs->count && runs->run[runs->count - 1].target == target)
		return 0;
	if (runs->count == runs->room) {
		uint32_t room = runs->room ? 2 * runs->room : 8;
		struct bo_explore_run *larger = realloc(runs->run, room * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		runs->run = larger;
		runs->room = room;
	}
	runs->run[runs->count++] = (struct bo_explore_run){op, target};
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
static void follow_old(struct walk *walk, unsigned kind, uint32_t op)
{
	struct bo_explore *x = walk->x;
	struct track *track = &walk->track[kind];
	uint32_t old =
		op <= walk->cls->placed ? runs_find(&walk->cls->cuts[kind], op) : BO_NO_STATE;

	if (old == BO_NO_STATE || old == track->state)
		return;
	track->state = old;
	track->wrong = class_differs(x, x->cls[old], 0, x->config.machine.size, x->memory);
}

/* The class of memory, which becomes one if there is none. A cut state of the walk: memory stands
 * before `op`, but for the range of a torn one, which is in `aside`. */
static int find_or_boot(struct walk *walk, const struct bo_cut *cut, uint32_t *ret,
			struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	uint32_t state = class_find(x, x->memory);

	if (state == BO_NO_STATE) {
		predict(x, walk->cls, cut);
		return class_boot(x, x->memory, walk->cls, ret, err);
	}
	*ret = state;
	return 0;
}

static int place_clean(struct walk *walk, const struct bo_cut *cut, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	unsigned kind = kind_of(cut);
	struct track *track = &walk->track[kind];
	int result;

	follow_old(walk, kind, cut->op);
	if (track->state == BO_NO_STATE || track->wrong) {
		x->stats.splits += cut->op <= walk->cls->placed;
		result = find_or_boot(walk, cut, &track->state, err);
		if (result < 0)
			return result;
		track->wrong = 0;
	}
	return runs_add(&walk->cuts[kind], cut->op, track->state);
}

static int place_torn(struct walk *walk, const struct bo_cut *cut, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	unsigned kind = kind_of(cut);
	struct track *track = &walk->track[kind];
	const struct bo_write *write = log_op(walk->cls, cut->op);
	uint8_t *range = x->memory + write->at;
	uint32_t wrong = 0;
	int result = 0;

	follow_old(walk, kind, cut->op);
	if (track->state != BO_NO_STATE && !track->wrong && !matters(x, track->state, write))
		return runs_add(&walk->cuts[kind], cut->op, track->state);
	memcpy(x->aside, range, write->len);
	bo_write_tear(write, cut->tear, x->memory);
	if (track->state != BO_NO_STATE)
		wrong = track->wrong - differs(x, track->state, write, x->aside) +
			differs(x, track->state, write, range);
	if (track->state == BO_NO_STATE || wrong) {
		x->stats.splits += cut->op <= walk->cls->placed;
		result = find_or_boot(walk, cut, &track->state, err);
		if (result == 0)
			track->wrong = differs(x, track->state, write, x->aside);
	}
	memcpy(range, x->aside, write->len);
	return result < 0 ? result : runs_add(&walk->cuts[kind], cut->op, track->state);
}

static int place(struct walk *walk, uint32_t op, unsigned kind, struct bo_err *err)
{
	struct bo_cut cut = cut_of(op, kind);

	env_set(walk->x, walk->x->memory, cut.env);
	if (cut.tear == BO_TEAR_CLEAN)
		return place_clean(walk, &cut, err);
	if (op > walk->cls->ops || !kind_possible(walk->x, kind, log_op(walk->cls, op)))
		return 0;
	return place_torn(walk, &cut, err);
}

static int place_all(struct walk *walk, uint32_t op, struct bo_err *err)
{
	int result = 0;

	for (unsigned kind = 0; result == 0 && kind < walk->x->kinds && !walk->x->stop; kind++)
		result = place(walk, op, kind, err);
	return result;
}

/* Takes what differs in the range out of the counts before an operation, and back in behind it. */
static void count_range(struct walk *walk, const struct bo_write *write, bool before)
{
	struct bo_explore *x = walk->x;

	for (unsigned kind = 0; kind < x->kinds; kind++) {
		struct track *track = &walk->track[kind];
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

	for (unsigned kind = 0; kind < KINDS; kind++) {
		struct runs *runs = whole ? &cls->cuts[kind] : &walk->cuts[kind];

		free(runs->run);
		if (whole)
			*runs = walk->cuts[kind];
	}
	if (whole)
		cls->placed = placed;
}

static int place_end(struct walk *walk, struct bo_err *err)
{
	struct bo_explore *x = walk->x;
	struct cls *cls = walk->cls;
	uint32_t size = x->config.machine.size;

	env_set(x, x->memory, 0);
	if (cls->end != BO_NO_STATE && class_differs(x, x->cls[cls->end], 0, size, x->memory) == 0)
		return 0;
	x->stats.splits += cls->end != BO_NO_STATE;
	return find_or_boot(walk, &(struct bo_cut){.op = cls->ops + 1}, &cls->end, err);
}

int walk_class(struct bo_explore *x, uint32_t state, bool end_only, struct bo_err *err)
{
	struct walk walk = {.x = x, .cls = x->cls[state]};
	struct cls *cls = walk.cls;
	uint32_t op, placed = 0;
	int result = 0;

	for (unsigned kind = 0; kind < KINDS; kind++)
		walk.track[kind].state = BO_NO_STATE;
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
