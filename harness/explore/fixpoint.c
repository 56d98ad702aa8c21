#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* R*(c) = R0(c) + sum over cuts j of R*(class of the state at j) - K(j), least solution. */

/* K grows along a boot: of all cuts that lead to a class, the first one asks for the most. */
struct edge {
	uint32_t target;
	uint32_t op; /* what is erased by operations before this one does not count */
};

struct edges {
	struct edge *edge;
	uint32_t count;
};

static int by_target(const void *a, const void *b)
{
	const struct edge *one = a, *other = b;

	if (one->target != other->target)
		return one->target < other->target ? -1 : 1;
	return one->op < other->op ? -1 : one->op > other->op;
}

static int edges_of(const struct bo_explore *x, const struct cls *cls, struct edges *ret)
{
	uint32_t count = cls->end != BO_NO_STATE, kept = 0;

	for (unsigned kind = 0; kind < x->kinds; kind++)
		count += cls->cuts[kind].count;
	*ret = (struct edges){.edge = malloc((count + 1) * sizeof(*ret->edge))};
	if (!ret->edge)
		return -ENOMEM;
	count = 0;
	for (unsigned kind = 0; kind < x->kinds; kind++)
		for (uint32_t i = 0; i < cls->cuts[kind].count; i++)
			ret->edge[count++] = (struct edge){cls->cuts[kind].run[i].target,
							   cls->cuts[kind].run[i].first};
	if (cls->end != BO_NO_STATE)
		ret->edge[count++] = (struct edge){cls->end, cls->ops + 1};
	qsort(ret->edge, count, sizeof(*ret->edge), by_target);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || ret->edge[kept - 1].target != ret->edge[i].target)
			ret->edge[kept++] = ret->edge[i];
	ret->count = kept;
	return 0;
}

static int by_op(const void *a, const void *b)
{
	const struct edge *one = a, *other = b;

	return one->op < other->op ? -1 : one->op > other->op;
}

/* Adds what a cut needs of one page. True when that is new. */
static bool page_needs(uint64_t *star, const uint64_t *other, uint32_t words)
{
	uint64_t added = 0;

	for (uint32_t i = 0; i < words; i++) {
		added |= other[i] & ~star[i];
		star[i] |= other[i];
	}
	return added != 0;
}

/* One pass over the class's edges. The edges are in order of operations. */
static bool class_needs(const struct bo_explore *x, const struct cls *cls,
			const struct edges *edges, uint8_t *erased)
{
	uint32_t words = x->pages.size / 64, op = 1;
	bool added = false;

	memset(erased, 0, x->page_count);
	for (uint32_t i = 0; i < edges->count; i++) {
		const uint64_t *star = x->cls[edges->edge[i].target]->star;

		for (; op < edges->edge[i].op; op++)
			if (log_op(cls, op)->erase)
				memset(erased + log_op(cls, op)->at / x->pages.size, 1,
				       log_op(cls, op)->len / x->pages.size);
		for (uint32_t page = 0; page < x->page_count; page++)
			if (!erased[page])
				added |= page_needs(cls->star + page * words, star + page * words,
						    words);
	}
	return added;
}

static void solve(struct bo_explore *x, const struct edges *edges, uint8_t *erased)
{
	bool added = true;

	while (added) {
		added = false;
		/* what is found late is what earlier ones resume with */
		for (uint32_t i = x->count; i-- > 0;)
			added |= class_needs(x, x->cls[i], &edges[i], erased);
	}
}

/* What merging respects never shrinks, or merges might change for ever. */
static bool take_over(struct bo_explore *x)
{
	bool any = false;

	for (uint32_t i = 0; i < x->count; i++) {
		struct cls *cls = x->cls[i];

		cls->grown = page_needs(cls->needed, cls->star, x->words);
		any |= cls->grown;
	}
	return any;
}

/* A class begins with what its own boot needs. The environment is chosen anew at each cut: what a
 * class needs of it is no need of those that lead there. */
static void begin(const struct bo_explore *x, struct cls *cls)
{
	uint32_t env = x->config.machine.env;

	memcpy(cls->star, cls->read, x->words * sizeof(uint64_t));
	if (env)
		cls->star[env / 64] &= ~(((UINT64_C(1) << BO_ENV_BYTES) - 1) << env % 64);
}

int fixpoint(struct bo_explore *x)
{
	struct edges *edges = calloc(x->count, sizeof(*edges));
	uint8_t *erased = malloc(x->page_count);
	int result = edges && erased ? 0 : -ENOMEM;

	for (uint32_t i = 0; result == 0 && i < x->count; i++) {
		begin(x, x->cls[i]);
		result = edges_of(x, x->cls[i], &edges[i]);
		if (result == 0)
			qsort(edges[i].edge, edges[i].count, sizeof(*edges[i].edge), by_op);
	}
	if (result == 0) {
		if (!x->config.test_read_once)
			solve(x, edges, erased);
		x->stats.rounds++;
		result = take_over(x);
	}
	for (uint32_t i = 0; edges && i < x->count; i++)
		free(edges[i].edge);
	free(edges);
	free(erased);
	return result;
}
