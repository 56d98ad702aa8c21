#include <assert.h>
#include <stdlib.h>

#include "harness/model/strategy.h"

/*
 * Looks for outcome boundaries. What is known is kept by place: pending and unknown ones are no
 * ends of an interval, and are not tried again.
 */

enum { UNTRIED = -3 };

struct view {
	struct bo_campaign *campaign;
	int *result; /* of each place */
	size_t left; /* trials the budget still has */
};

/* A stretch between two places whose outcomes are known, with a place between them to try. */
struct gap {
	size_t middle, width;
};

/* The untried place nearest to the middle of (low, high). */
static size_t find_middle(const struct view *view, size_t low, size_t high)
{
	size_t middle = low + (high - low) / 2;

	for (size_t off = 0; off < high - low; off++) {
		if (middle >= low + 1 + off && view->result[middle - off] == UNTRIED)
			return middle - off;
		if (middle + off < high && view->result[middle + off] == UNTRIED)
			return middle + off;
	}
	return BO_NO_PLACE;
}

static void add_gap(const struct view *view, size_t low, size_t high, struct gap *gap,
		    size_t *count)
{
	size_t middle = find_middle(view, low, high);

	if (middle != BO_NO_PLACE)
		gap[(*count)++] = (struct gap){middle, high - low};
}

/* Gaps of one segment whose ends differ (or not); `gap` has room for all places. */
static size_t find_gaps(const struct view *view, size_t begin, size_t end, bool differing,
			struct gap *gap)
{
	size_t low = BO_NO_PLACE, count = 0;

	for (size_t i = begin; i < end; i++) {
		if (view->result[i] < 0)
			continue;
		if (low != BO_NO_PLACE && i - low > 1 &&
		    (view->result[low] != view->result[i]) == differing)
			add_gap(view, low, i, gap, &count);
		low = i;
	}
	return count;
}

static int narrow_first(const void *a, const void *b)
{
	const struct gap *left = a, *right = b;

	if (left->width != right->width)
		return left->width < right->width ? -1 : 1;
	return left->middle < right->middle ? -1 : left->middle > right->middle;
}

static size_t find_all_gaps(const struct view *view, bool differing, struct gap *gap)
{
	const struct bo_grid *over = &view->campaign->over;
	size_t begin = 0, count = 0;

	for (size_t s = 0; s < over->segments; begin = over->segment_end[s++])
		count += find_gaps(view, begin, over->segment_end[s], differing, gap + count);
	qsort(gap, count, sizeof(*gap), narrow_first);
	return count;
}

/* Boundaries that are nearly found are found first; without any, the widest gaps are halved. */
static void refine(struct view *view)
{
	struct gap *gap = calloc(view->campaign->over.count + 1, sizeof(*gap));

	assert(gap);
	size_t count = find_all_gaps(view, true, gap);

	for (size_t i = 0; i < count && view->left > 0; i++, view->left--)
		bo_campaign_draw(view->campaign, gap[i].middle, BO_NO_PLACE, false);
	if (count == 0 && view->left > 0) {
		count = find_all_gaps(view, false, gap);
		for (size_t n = (view->left + 3) / 4; count > 0 && n > 0; n--)
			bo_campaign_draw(view->campaign, gap[--count].middle, BO_NO_PLACE, false);
	}
	free(gap);
}

/* A fifth drawn uniformly, and the ends of segments and phases, with at most half of the rest: what
 * is drawn uniformly is drawn first, so that it does not depend on what looked interesting. */
static void begin(struct bo_campaign *campaign, size_t budget)
{
	const struct bo_grid *over = &campaign->over;
	bool *taken = calloc(over->count + 1, sizeof(*taken));

	assert(taken);
	bo_campaign_draw_uniform(campaign, (budget + 4) / 5, taken);
	size_t most = campaign->count + (budget - campaign->count + 1) / 2;

	for (size_t i = 0; i < over->count && campaign->count < most; i++)
		if (over->place[i].edge && !taken[i])
			bo_campaign_draw(campaign, i, BO_NO_PLACE, false);
	free(taken);
}

size_t bo_campaign_left(const struct bo_campaign *campaign)
{
	size_t places = campaign->over.count, budget = (size_t)campaign->strategy->trials;

	return (budget < places ? budget : places) - campaign->count;
}

void bo_strategy_bisect(struct bo_campaign *campaign)
{
	size_t places = campaign->over.count;

	if (!campaign->begun) {
		begin(campaign, bo_campaign_left(campaign));
		return;
	}
	struct view view = {.campaign = campaign, .left = bo_campaign_left(campaign)};

	view.result = calloc(places + 1, sizeof(*view.result));
	assert(view.result);
	for (size_t i = 0; i < places; i++)
		view.result[i] = UNTRIED;
	for (size_t i = 0; i < campaign->count; i++)
		view.result[campaign->draw[i].place] = campaign->draw[i].result;
	refine(&view);
	free(view.result);
}
