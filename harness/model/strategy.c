#include "harness/model/strategy.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/base/prng.h"

/* All of them are looked at, even when few are wanted. */
#define PAIRS_MAX 50000000

void bo_campaign_draw(struct bo_campaign *campaign, size_t place, size_t then, bool uniform)
{
	size_t count = campaign->count;

	if ((count & (count - 1)) == 0) {
		campaign->draw = reallocarray(campaign->draw, count ? 2 * count : 1,
					      sizeof(*campaign->draw));
		assert(campaign->draw);
	}
	campaign->draw[campaign->count++] = (struct bo_draw){
		.place = place, .then = then, .uniform = uniform, .result = BO_RESULT_PENDING};
}

/* The first `want` of a shuffled list of what is left, in that order: wherever a run ends, what it
 * has tried of them is drawn uniformly as well. */
void bo_campaign_draw_uniform(struct bo_campaign *campaign, size_t want, bool *taken)
{
	size_t count = campaign->over.count, left = 0;
	size_t *free_place = calloc(count + 1, sizeof(*free_place));
	struct bo_prng root, prng;

	assert(free_place);
	bo_prng_init(&root, campaign->seed);
	bo_prng_split(&root, "strategy", &prng);
	for (size_t i = 0; i < count; i++)
		if (!taken[i])
			free_place[left++] = i;
	want = want < left ? want : left;
	for (size_t i = 0; i < want; i++) {
		size_t other = i + (size_t)bo_prng_below(&prng, left - i);
		size_t place = free_place[other];

		free_place[other] = free_place[i];
		taken[place] = true;
		bo_campaign_draw(campaign, place, BO_NO_PLACE, true);
	}
	free(free_place);
}

static void go_none(struct bo_campaign *campaign)
{
	(void)campaign;
}

/* How many of `count` are wanted when `trials` is the bound. */
static size_t bounded(const struct bo_campaign *campaign, size_t count)
{
	int64_t trials = campaign->strategy->trials;

	return trials > 0 && (uint64_t)trials < count ? (size_t)trials : count;
}

static void go_list(struct bo_campaign *campaign)
{
	size_t count = campaign->strategy->schedules.count, wanted = bounded(campaign, count);

	for (size_t i = 0; i < wanted; i++)
		bo_campaign_draw(campaign, i * count / wanted, BO_NO_PLACE, false);
}

static void go_linear(struct bo_campaign *campaign)
{
	size_t count = campaign->over.count, wanted = bounded(campaign, count);

	for (size_t i = 0; i < wanted; i++)
		bo_campaign_draw(campaign, i * count / wanted, BO_NO_PLACE, false);
}

/* Distance 0, 1, 3, 7, ... from either end of the segment. */
static bool is_logarithmic(size_t i, size_t begin, size_t end)
{
	size_t from_begin = i - begin + 1, from_end = end - i;

	return (from_begin & (from_begin - 1)) == 0 || (from_end & (from_end - 1)) == 0;
}

static void go_log(struct bo_campaign *campaign)
{
	const struct bo_grid *over = &campaign->over;
	size_t begin = 0;

	for (size_t s = 0; s < over->segments; begin = over->segment_end[s++])
		for (size_t i = begin; i < over->segment_end[s]; i++)
			if (is_logarithmic(i, begin, over->segment_end[s]) &&
			    campaign->count < bounded(campaign, SIZE_MAX))
				bo_campaign_draw(campaign, i, BO_NO_PLACE, false);
}

/* A counter that has passed the first fault's place will not pass it again. */
static bool can_follow(const struct bo_place *first, const struct bo_place *second)
{
	return second->after || second->boot > first->boot ||
	       strcmp(first->point, second->point) != 0 || second->n > first->n;
}

static size_t count_pairs(const struct bo_campaign *campaign)
{
	size_t pairs = 0;

	for (size_t i = 0; i < campaign->over.count; i++)
		for (size_t k = 0; k < campaign->then.count; k++)
			pairs += can_follow(&campaign->over.place[i], &campaign->then.place[k]);
	return pairs;
}

static void go_pairs(struct bo_campaign *campaign)
{
	size_t pairs = count_pairs(campaign), wanted = bounded(campaign, pairs), seen = 0;

	for (size_t i = 0; i < campaign->over.count; i++)
		for (size_t k = 0; k < campaign->then.count; k++) {
			if (!can_follow(&campaign->over.place[i], &campaign->then.place[k]))
				continue;
			/* evenly thinned: the next one wanted is number count * pairs / wanted */
			if (campaign->count < wanted && seen == campaign->count * pairs / wanted)
				bo_campaign_draw(campaign, i, k, false);
			seen++;
		}
}

static void go_random(struct bo_campaign *campaign)
{
	bool *taken = calloc(campaign->over.count + 1, sizeof(*taken));

	assert(taken);
	bo_campaign_draw_uniform(campaign, bounded(campaign, campaign->over.count), taken);
	free(taken);
}

enum { OVER = 1u << 0, THEN = 1u << 1, TRIALS = 1u << 2, SCHEDULES = 1u << 3 };

static const struct kind {
	void (*go)(struct bo_campaign *campaign);
	bool adaptive;
	unsigned needs;
} kinds[BO_STRATEGY_COUNT] = {
	[BO_STRATEGY_NONE] = {go_none, false, 0},
	[BO_STRATEGY_LIST] = {go_list, false, SCHEDULES},
	[BO_STRATEGY_LINEAR] = {go_linear, false, OVER},
	[BO_STRATEGY_LOG] = {go_log, false, OVER},
	[BO_STRATEGY_PAIRS] = {go_pairs, false, OVER | THEN},
	[BO_STRATEGY_RANDOM] = {go_random, false, OVER | TRIALS},
	[BO_STRATEGY_BISECT] = {bo_strategy_bisect, true, OVER | TRIALS},
};

bool bo_strategy_is_adaptive(const struct bo_strategy *strategy)
{
	return kinds[strategy->kind].adaptive;
}

static bool is_explicit(const struct bo_conf_list *axes)
{
	const char *const *texts = axes->items;

	for (size_t i = 0; i < axes->count; i++) {
		struct bo_axis axis;
		struct bo_err err = {0};

		if (bo_axis_parse(texts[i], &axis, &err) < 0 || !bo_axis_is_explicit(&axis))
			return false;
	}
	return true;
}

bool bo_strategy_needs_census(const struct bo_strategy *strategy)
{
	return !is_explicit(&strategy->over) || !is_explicit(&strategy->then);
}

/* ---- what the scenario says ---- */

static const struct need {
	unsigned bit;
	const char *key;
	bool is_list;
	size_t offset;
} needs[] = {
	{OVER, "over", true, offsetof(struct bo_strategy, over)},
	{THEN, "then", true, offsetof(struct bo_strategy, then)},
	{TRIALS, "trials", false, offsetof(struct bo_strategy, trials)},
	{SCHEDULES, "schedules", true, offsetof(struct bo_strategy, schedules)},
};

static bool is_there(const struct bo_strategy *strategy, const struct need *need)
{
	const void *at = (const char *)strategy + need->offset;

	return need->is_list ? ((const struct bo_conf_list *)at)->count > 0
			     : *(const int64_t *)at > 0;
}

static void check_needs(const struct bo_strategy *strategy, const struct bo_conf *conf,
			struct bo_buf *report)
{
	const char *kind = bo_strategy_names[strategy->kind];

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		bool needed = kinds[strategy->kind].needs & needs[i].bit;
		bool there = is_there(strategy, &needs[i]);

		if (needed && !there)
			bo_conf_complain(conf, report, "strategy.kind",
					 "strategy '%s' needs the key '%s'", kind, needs[i].key);
		else if (there && !needed && needs[i].bit != TRIALS) {
			char where[32];

			(void)snprintf(where, sizeof(where), "strategy.%s", needs[i].key);
			bo_conf_complain(conf, report, where, "strategy '%s' has no use for '%s'",
					 kind, needs[i].key);
		}
	}
}

struct checking {
	const struct bo_conf *conf;
	void (*check_point)(void *ctx, const char *where, const char *name);
	void *ctx;
	struct bo_buf *report;
};

static void check_points(const struct checking *checking, const char *where,
			 const struct bo_after *after, const char *own)
{
	if (after->n > 0)
		checking->check_point(checking->ctx, where, after->point);
	if (own)
		checking->check_point(checking->ctx, where, own);
}

static void check_axes(const struct checking *checking, const char *key,
		       const struct bo_conf_list *axes)
{
	const char *const *texts = axes->items;
	char where[48];

	for (size_t i = 0; i < axes->count; i++) {
		struct bo_axis axis;
		struct bo_err err = {0};

		(void)snprintf(where, sizeof(where), "strategy.%s.%zu", key, i);
		if (bo_axis_parse(texts[i], &axis, &err) < 0)
			bo_conf_complain(checking->conf, checking->report, where, "%s",
					 bo_err_text(&err));
		else
			check_points(checking, where, &axis.after,
				     bo_axis_is_pattern(&axis) ? NULL : axis.name);
	}
}

static void check_schedules(const struct checking *checking, const struct bo_conf_list *schedules)
{
	const char *const *texts = schedules->items;
	char where[48];

	for (size_t i = 0; i < schedules->count; i++) {
		struct bo_schedule schedule;
		struct bo_err err = {0};

		(void)snprintf(where, sizeof(where), "strategy.schedules.%zu", i);
		if (bo_schedule_parse(texts[i], &schedule, &err) < 0) {
			bo_conf_complain(checking->conf, checking->report, where, "%s",
					 bo_err_text(&err));
			continue;
		}
		for (size_t k = 0; k < schedule.count; k++)
			check_points(checking, where, &schedule.fault[k].after,
				     schedule.fault[k].point);
	}
}

/* Whether what is done can be done at all those places. */
static void check_act(const struct checking *checking, const char *key,
		      const struct bo_conf_list *axes, const struct bo_fault *act)
{
	const char *const *texts = axes->items;
	char where[48];

	for (size_t i = 0; i < axes->count; i++) {
		struct bo_fault fault = *act;
		struct bo_axis axis;
		struct bo_err err = {0};

		if (bo_axis_parse(texts[i], &axis, &err) < 0 ||
		    !bo_str_copy(fault.point, sizeof(fault.point), axis.name))
			continue;
		fault.delay_ns += axis.window ? axis.end : 0;
		(void)snprintf(where, sizeof(where), "strategy.%s.%zu", key, i);
		if (bo_fault_check(&fault, &err) < 0)
			bo_conf_complain(checking->conf, checking->report, where, "%s",
					 bo_err_text(&err));
	}
}

void bo_strategy_check(const struct bo_strategy *strategy, const struct bo_conf *conf,
		       void (*check_point)(void *ctx, const char *where, const char *name),
		       void *ctx, struct bo_buf *report)
{
	struct checking checking = {conf, check_point, ctx, report};
	struct bo_fault fault = {0};
	struct bo_err err = {0};

	check_needs(strategy, conf, report);
	check_axes(&checking, "over", &strategy->over);
	check_axes(&checking, "then", &strategy->then);
	check_schedules(&checking, &strategy->schedules);
	if (bo_action_parse(strategy->act, &fault, &err) < 0) {
		bo_conf_complain(conf, report, "strategy.act", "%s", bo_err_text(&err));
		return;
	}
	if (strategy->jitter > 0 && strategy->kind == BO_STRATEGY_BISECT)
		bo_conf_complain(
			conf, report, "strategy.jitter",
			"'bisect' compares neighbours: their delays must be what they say");
	fault.delay_ns = strategy->after + strategy->jitter;
	check_act(&checking, "over", &strategy->over, &fault);
	check_act(&checking, "then", &strategy->then, &fault);
}

/* ---- a campaign ---- */

static int fill_grid(struct bo_grid *grid, const struct bo_conf_list *axes,
		     const struct bo_strategy *strategy, const struct bo_census *census,
		     bool beyond, struct bo_err *err)
{
	struct bo_grid_rules rules = {
		.every = strategy->every, .step = strategy->step, .beyond = beyond};
	const char *const *texts = axes->items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < axes->count; i++) {
		struct bo_axis axis;

		rc = bo_axis_parse(texts[i], &axis, err);
		if (rc == 0)
			rc = bo_grid_add(grid, &axis, &rules, census, err);
	}
	return rc;
}

int bo_campaign_open(struct bo_campaign *campaign, const struct bo_strategy *strategy,
		     uint64_t seed, const struct bo_census *census, struct bo_err *err)
{
	*campaign = (struct bo_campaign){.strategy = strategy, .seed = seed};
	int rc = bo_action_parse(strategy->act, &campaign->fault, err);

	campaign->fault.delay_ns = strategy->after;
	if (rc == 0)
		rc = fill_grid(&campaign->over, &strategy->over, strategy, census, false, err);
	/* what happens in recovery the census has not seen */
	if (rc == 0)
		rc = fill_grid(&campaign->then, &strategy->then, strategy, census, true, err);
	if (rc == 0 && campaign->over.count * campaign->then.count > PAIRS_MAX)
		rc = bo_err_set(err, -ERANGE, "%zu times %zu pairs; choose larger strides",
				campaign->over.count, campaign->then.count);
	if (rc < 0)
		bo_campaign_close(campaign);
	return rc;
}

void bo_campaign_close(struct bo_campaign *campaign)
{
	bo_grid_free(&campaign->over);
	bo_grid_free(&campaign->then);
	free(campaign->draw);
	*campaign = (struct bo_campaign){0};
}

size_t bo_campaign_next(struct bo_campaign *campaign)
{
	const struct kind *kind = &kinds[campaign->strategy->kind];
	size_t before = campaign->count;

	if (!campaign->begun || kind->adaptive)
		kind->go(campaign);
	campaign->begun = true;
	return campaign->count - before;
}

static void add_fault(const struct bo_campaign *campaign, const struct bo_place *place,
		      struct bo_schedule *schedule)
{
	struct bo_fault *fault = &schedule->fault[schedule->count++];

	*fault = campaign->fault;
	(void)bo_str_copy(fault->point, sizeof(fault->point), place->point);
	fault->boot = place->boot;
	if (place->after)
		fault->after = *place->after;
	fault->n = place->n;
	fault->delay_ns += place->delay_ns;
}

bo_ns bo_jitter_draw(uint64_t seed, const char *what, bo_ns jitter)
{
	struct bo_prng root, prng;

	if (jitter < BO_US)
		return 0;
	bo_prng_init(&root, seed);
	bo_prng_split(&root, what, &prng);
	return (bo_ns)bo_prng_below(&prng, (uint64_t)(jitter / BO_US) + 1) * BO_US;
}

/* By places, not by the order in which they are tried. */
static void add_jitter(const struct bo_campaign *campaign, const struct bo_draw *draw, size_t which,
		       struct bo_fault *fault)
{
	char what[80];

	(void)snprintf(what, sizeof(what), "jitter %zu %zu %zu", draw->place, draw->then, which);
	fault->delay_ns += bo_jitter_draw(campaign->seed, what, campaign->strategy->jitter);
}

void bo_campaign_schedule(const struct bo_campaign *campaign, size_t index, struct bo_schedule *ret)
{
	const struct bo_draw *draw = &campaign->draw[index];
	const char *const *listed = campaign->strategy->schedules.items;
	struct bo_err err = {0};

	ret->count = 0;
	if (campaign->strategy->kind == BO_STRATEGY_LIST) {
		int rc = bo_schedule_parse(listed[draw->place], ret, &err);

		assert(rc == 0); /* bo_strategy_check() has looked at it */
		return;
	}
	add_fault(campaign, &campaign->over.place[draw->place], ret);
	if (draw->then != BO_NO_PLACE)
		add_fault(campaign, &campaign->then.place[draw->then], ret);
	for (size_t i = 0; i < ret->count; i++)
		add_jitter(campaign, draw, i, &ret->fault[i]);
}
