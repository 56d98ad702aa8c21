#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* What the graph of classes says: shortest ways, findings, what was covered. */

/* ---- shortest ways: fewest cuts, then fewest boots, then the class found first ---- */

struct queue {
	uint64_t *key; /* a heap; cuts, boots, class in this order */
	size_t count, room;
};

static uint64_t key_of(const struct bo_explore *x, uint32_t state)
{
	const struct cls *cls = x->cls[state];

	return (uint64_t)cls->depth << 48 | (uint64_t)cls->boots << 32 | state;
}

static int queue_put(struct queue *queue, uint64_t key)
{
	size_t at = queue->count;

	if (queue->count == queue->room) {
		size_t room = queue->room ? 2 * queue->room : 1024;
		uint64_t *larger = realloc(queue->key, room * sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		queue->key = larger;
		queue->room = room;
	}
	queue->count++;
	for (; at && queue->key[(at - 1) / 2] > key; at = (at - 1) / 2)
		queue->key[at] = queue->key[(at - 1) / 2];
	queue->key[at] = key;
	return 0;
}

static uint64_t queue_take(struct queue *queue)
{
	uint64_t first = queue->key[0], last = queue->key[--queue->count];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < queue->count && queue->key[child + 1] < queue->key[child])
			child++;
		if (child >= queue->count || queue->key[child] >= last)
			break;
		queue->key[at] = queue->key[child];
		at = child;
	}
	queue->key[at] = last;
	return first;
}

static int reach(struct bo_explore *x, struct queue *queue, uint32_t from, uint32_t to,
		 const struct bo_step *by)
{
	const struct cls *source = x->cls[from];
	struct cls *cls = x->cls[to];
	uint32_t depth = source->depth + by->cut;

	if (cls->depth < depth || (cls->depth == depth && cls->boots <= source->boots + 1))
		return 0;
	cls->depth = depth;
	cls->boots = source->boots + 1;
	cls->from = from;
	cls->by = *by;
	return queue_put(queue, key_of(x, to));
}

static int reach_from(struct bo_explore *x, struct queue *queue, uint32_t from)
{
	const struct cls *cls = x->cls[from];
	int result = 0;

	if (cls->end != BO_NO_STATE)
		result = reach(x, queue, from, cls->end, &(struct bo_step){0});
	for (unsigned kind = 0; kind < x->kinds; kind++) {
		const struct runs *runs = &cls->cuts[kind];

		for (uint32_t i = 0; result == 0 && i < runs->count; i++)
			result = reach(x, queue, from, runs->run[i].target,
				       &(struct bo_step){true, cut_of(runs->run[i].first, kind)});
	}
	return result;
}

int graph_ways(struct bo_explore *x)
{
	struct queue queue = {0};
	int result = 0;

	for (uint32_t i = 0; i < x->count; i++) {
		x->cls[i]->depth = x->cls[i]->boots = UINT32_MAX;
		x->cls[i]->from = BO_NO_STATE;
	}
	for (size_t i = 0; result == 0 && i < x->config.start_count; i++) {
		x->cls[x->start_state[i]]->depth = x->cls[x->start_state[i]]->boots = 0;
		result = queue_put(&queue, key_of(x, x->start_state[i]));
	}
	while (result == 0 && queue.count) {
		uint64_t key = queue_take(&queue);

		if (key == key_of(x, (uint32_t)key))
			result = reach_from(x, &queue, (uint32_t)key);
	}
	free(queue.key);
	return result;
}

size_t bo_explore_schedule(const struct bo_explore *x, uint32_t state, size_t *ret_start,
			   struct bo_step *steps, size_t max)
{
	size_t count = 0, i;
	uint32_t at;

	for (at = state; x->cls[at]->from != BO_NO_STATE; at = x->cls[at]->from)
		count++;
	for (*ret_start = 0; x->start_state[*ret_start] != at; ++*ret_start)
		;
	for (at = state, i = count; x->cls[at]->from != BO_NO_STATE; at = x->cls[at]->from)
		if (--i < max)
			steps[i] = x->cls[at]->by;
	return count;
}

/* ---- findings ---- */

/* Follows boots without a cut; whether a good outcome comes in time, or may, beyond what is known.
 */
static bool converges(const struct bo_explore *x, uint32_t state)
{
	for (uint32_t boots = 0; boots < x->config.converge_boots; boots++) {
		if (state == BO_NO_STATE ||
		    x->config.promise[x->cls[state]->outcome] == BO_PROMISE_GOOD)
			return true;
		state = x->cls[state]->end;
	}
	return false;
}

static int by_way(const void *a, const void *b)
{
	const struct bo_finding *one = a, *other = b;

	if (one->cuts != other->cuts)
		return one->cuts < other->cuts ? -1 : 1;
	if (one->boots != other->boots)
		return one->boots < other->boots ? -1 : 1;
	return one->state < other->state ? -1 : one->state > other->state;
}

int graph_findings(struct bo_explore *x)
{
	struct bo_finding *found = calloc(x->count + 1, sizeof(*found));

	if (!found)
		return -ENOMEM;
	free(x->finding);
	x->finding = found;
	x->findings = 0;
	for (uint32_t i = 0; i < x->count; i++) {
		const struct cls *cls = x->cls[i];
		bool broken = x->config.promise[cls->outcome] == BO_PROMISE_BROKEN;

		if (cls->depth == UINT32_MAX || (!broken && converges(x, i)))
			continue;
		found[x->findings++] = (struct bo_finding){
			.kind = broken ? BO_FINDING_BROKEN : BO_FINDING_STUCK,
			.outcome = cls->outcome,
			.state = i,
			.cuts = cls->depth,
			.boots = cls->boots,
		};
	}
	qsort(found, x->findings, sizeof(*found), by_way);
	return 0;
}

/* ---- what was covered ---- */

static uint64_t cuts_of(const struct bo_explore *x, const struct cls *cls)
{
	uint64_t cuts = x->kinds / BO_TEARS;

	for (uint32_t i = 0; i < cls->ops; i++)
		for (unsigned kind = 0; kind < x->kinds; kind++)
			cuts += kind_possible(x, kind, log_op(cls, i + 1));
	return cuts;
}

static uint64_t pairs_from(const struct bo_explore *x, uint32_t start, const uint64_t *cuts)
{
	const struct cls *cls = x->cls[start];
	uint64_t pairs = 0;

	for (uint32_t op = 1; op <= cls->placed; op++)
		for (unsigned kind = 0; kind < x->kinds; kind++) {
			struct bo_step step = {true, cut_of(op, kind)};
			uint32_t next = bo_explore_after(x, start, &step);

			pairs += next == BO_NO_STATE ? 0 : cuts[next];
		}
	return pairs;
}

static uint32_t bits_in(const struct bo_explore *x, const uint64_t *bits)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < x->words; i++)
		count += (uint32_t)__builtin_popcountll(bits[i]);
	return count;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void graph_count(struct bo_explore *x)
{
	struct bo_explore_stats *stats = &x->stats;
	uint64_t *cuts = calloc(x->count + 1, sizeof(*cuts));

	stats->cut_points = stats->cut_states = stats->pairs = 0;
	stats->walked = stats->read_max = stats->needed_max = 0;
	for (uint32_t i = 0; i < x->count; i++) {
		const struct cls *cls = x->cls[i];
		uint64_t all = cuts_of(x, cls);

		stats->read_max = larger(stats->read_max, bits_in(x, cls->read));
		stats->needed_max = larger(stats->needed_max, bits_in(x, cls->star));
		stats->walked += class_walked(cls);
		stats->cut_states += class_walked(cls) ? all : 0;
		if (cuts)
			cuts[i] = all;
	}
	for (size_t i = 0; cuts && i < x->config.start_count; i++) {
		stats->cut_points += x->cls[x->start_state[i]]->ops + 1;
		stats->pairs += pairs_from(x, x->start_state[i], cuts);
	}
	free(cuts);
}
