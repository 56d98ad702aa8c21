#include "harness/explore/explore.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "harness/explore/explore_parts.h"

/* Level by level: cuts, then the fixpoint, then what was merged wrongly, until nothing is open. */

static bool config_copy(struct bo_explore *x, const struct bo_explore_config *config)
{
	uint32_t size = config->machine.size;

	x->config = *config;
	x->config.tears |= BO_TEARS_WHOLE;
	x->starts = malloc(size * config->start_count);
	x->start_state = calloc(config->start_count, sizeof(*x->start_state));
	x->memory = malloc(size);
	x->aside = malloc(size);
	x->ahead = malloc(size);
	x->guess = malloc(size);
	if (!x->starts || !x->start_state || !x->memory || !x->aside || !x->ahead || !x->guess)
		return false;
	for (uint32_t i = 0; i < config->env_count; i++)
		x->envs[i] = config->envs[i];
	x->kinds = BO_TEARS * (config->env_count ? config->env_count : 1);
	for (size_t i = 0; i < config->start_count; i++) {
		memcpy(x->starts + i * size, config->starts[i], size);
		env_set(x, x->starts + i * size, 0);
	}
	x->config.starts = NULL;
	x->config.envs = NULL;
	return true;
}

struct bo_explore *bo_explore_new(const struct bo_explore_config *config)
{
	const struct bo_machine *machine = &config->machine;
	struct bo_explore *x = calloc(1, sizeof(*x));

	assert(config->start_count && config->converge_boots);
	assert(config->env_count <= BO_ENVS_MAX && (machine->env || !config->env_count));
	assert(machine->env % 64 + BO_ENV_BYTES <= 64);
	assert(machine->page % 64 == 0 && machine->page && machine->size % machine->page == 0);
	if (!x)
		return NULL;
	x->pages.size = machine->page;
	x->page_count = machine->size / machine->page;
	x->words = machine->size / 64;
	bo_prng_init(&x->prng, config->seed);
	if (!config_copy(x, config)) {
		bo_explore_free(x);
		return NULL;
	}
	return x;
}

void bo_explore_free(struct bo_explore *x)
{
	if (!x)
		return;
	for (uint32_t i = 0; i < x->count; i++)
		class_free(x->cls[i]);
	pages_done(&x->pages);
	free(x->cls);
	free(x->finding);
	free(x->starts);
	free(x->start_state);
	free(x->memory);
	free(x->aside);
	free(x->ahead);
	free(x->guess);
	free(x);
}

/* Each is a class of its own: merging them would have to be examined as well. */
static int boot_starts(struct bo_explore *x, struct bo_err *err)
{
	int result = 0;

	for (size_t i = 0; i < x->config.start_count && result == 0; i++)
		result = class_boot(x, x->starts + i * x->config.machine.size, NULL,
				    &x->start_state[i], err);
	return result;
}

static bool beyond(const struct bo_explore *x, const struct cls *cls)
{
	return x->config.depth_max && cls->depth >= x->config.depth_max;
}

static bool open_still(const struct bo_explore *x, const struct cls *cls)
{
	if (cls->depth == UINT32_MAX)
		return false; /* nothing leads here any more */
	return cls->end == BO_NO_STATE || (!class_walked(cls) && !beyond(x, cls));
}

/* The fewest cuts to a class that has not been walked; UINT32_MAX: all have. */
static uint32_t lowest_open(const struct bo_explore *x)
{
	uint32_t lowest = UINT32_MAX;

	for (uint32_t i = 0; i < x->count; i++)
		if (open_still(x, x->cls[i]) && x->cls[i]->depth < lowest)
			lowest = x->cls[i]->depth;
	return lowest;
}

static int walk_level(struct bo_explore *x, uint32_t depth, struct bo_err *err)
{
	uint32_t known = x->count;
	int result = 0;

	x->stats.depth = depth;
	for (uint32_t i = 0; i < known && result == 0 && !x->stop; i++)
		if (x->cls[i]->depth == depth && open_still(x, x->cls[i]))
			result = walk_class(x, i, beyond(x, x->cls[i]), err);
	return result;
}

static bool leads_to_grown(const struct bo_explore *x, const struct cls *cls)
{
	if (cls->end != BO_NO_STATE && x->cls[cls->end]->grown)
		return true;
	for (unsigned kind = 0; kind < x->kinds; kind++)
		for (uint32_t i = 0; i < cls->cuts[kind].count; i++)
			if (x->cls[cls->cuts[kind].run[i].target]->grown)
				return true;
	return false;
}

/* Examines every merge into a class that needs more than it did. */
static int walk_again(struct bo_explore *x, struct bo_err *err)
{
	uint32_t known = x->count;
	int result = 0;

	for (uint32_t i = 0; i < known && result == 0 && !x->stop; i++)
		if (leads_to_grown(x, x->cls[i]))
			result = walk_class(x, i, !class_walked(x->cls[i]), err);
	return result;
}

/* Until no merge is wrong. */
static int settle(struct bo_explore *x, struct bo_err *err)
{
	for (;;) {
		int result = fixpoint(x);

		if (result > 0)
			result = walk_again(x, err);
		else
			return result;
		if (result < 0 || x->stop)
			return result;
	}
}

/* One step towards nothing being open; true when nothing is. */
static int advance(struct bo_explore *x, struct bo_err *err)
{
	int result = graph_ways(x);
	uint32_t lowest = lowest_open(x);

	if (result < 0)
		return result;
	if (lowest <= x->level)
		return walk_level(x, lowest, err);
	result = settle(x, err);
	if (result < 0 || x->stop)
		return result;
	result = graph_ways(x);
	if (result < 0)
		return result;
	lowest = lowest_open(x);
	if (lowest == UINT32_MAX)
		return 1;
	if (x->config.first_finding) {
		result = graph_findings(x);
		x->stop = x->findings > 0;
	}
	if (lowest > x->level)
		x->level = lowest;
	return result;
}

int bo_explore_run(struct bo_explore *x, struct bo_err *err)
{
	int result = boot_starts(x, err), verdict;

	while (result == 0 && !x->stop)
		result = advance(x, err);
	if (result < 0)
		return result;
	x->closed = !x->stop && !x->config.depth_max;
	verdict = x->stop ? BO_EXPLORE_STOPPED : BO_EXPLORE_CLOSED;
	result = graph_ways(x);
	for (uint32_t i = 0; i < x->count && verdict == BO_EXPLORE_CLOSED; i++)
		if (x->cls[i]->depth != UINT32_MAX && !class_walked(x->cls[i]))
			verdict = BO_EXPLORE_BOUNDED;
	x->closed = verdict == BO_EXPLORE_CLOSED;
	if (result == 0)
		result = graph_findings(x);
	graph_count(x);
	if (result == 0)
		result = verify_merges(x, err);
	return result < 0 ? result : verdict;
}

/* ---- what is known ---- */

void bo_explore_stats(const struct bo_explore *x, struct bo_explore_stats *ret)
{
	*ret = x->stats;
	ret->bytes += x->pages.bytes;
}

uint32_t bo_explore_bound(const struct bo_explore *x)
{
	if (x->closed)
		return UINT32_MAX;
	if (!x->stop)
		return x->config.depth_max;
	return x->level ? x->level - 1 : 0;
}

size_t bo_explore_findings(const struct bo_explore *x, const struct bo_finding **ret)
{
	*ret = x->finding;
	return x->findings;
}

uint32_t bo_explore_start(const struct bo_explore *x, size_t start)
{
	assert(start < x->config.start_count);
	return x->start_state[start];
}

uint32_t bo_explore_after(const struct bo_explore *x, uint32_t state, const struct bo_step *step)
{
	const struct cls *cls = x->cls[state];
	uint32_t op = step->at.op;
	unsigned kind = kind_of(&step->at);

	if (!step->cut)
		return cls->end;
	if (op == 0 || op > cls->placed || kind >= x->kinds)
		return BO_NO_STATE;
	if (step->at.tear != BO_TEAR_CLEAN &&
	    (op > cls->ops || !kind_possible(x, kind, log_op(cls, op))))
		return BO_NO_STATE;
	return runs_find(&cls->cuts[kind], op);
}

size_t bo_explore_runs(const struct bo_explore *x, uint32_t state, const struct bo_cut *kind,
		       const struct bo_explore_run **ret)
{
	const struct runs *runs = &x->cls[state]->cuts[kind_of(kind)];

	*ret = runs->run;
	return runs->count;
}

uint32_t bo_explore_placed(const struct bo_explore *x, uint32_t state)
{
	return x->cls[state]->placed;
}

struct bo_write bo_explore_op(const struct bo_explore *x, uint32_t state, uint32_t op)
{
	assert(op && op <= x->cls[state]->ops);
	return *log_op(x->cls[state], op);
}

uint32_t bo_explore_cuts(const struct bo_explore *x, uint32_t state)
{
	return x->cls[state]->depth;
}

uint32_t bo_explore_outcome(const struct bo_explore *x, uint32_t state)
{
	return x->cls[state]->outcome;
}

uint32_t bo_explore_ops(const struct bo_explore *x, uint32_t state)
{
	return x->cls[state]->ops;
}

void bo_explore_memory(const struct bo_explore *x, uint32_t state, uint8_t *ret)
{
	class_memory(x, x->cls[state], ret);
}
