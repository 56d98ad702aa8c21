#ifndef BO_HARNESS_MODEL_STRATEGY_H
#define BO_HARNESS_MODEL_STRATEGY_H

#include "harness/model/conf.h"
#include "harness/model/grid.h"

/*
 * Strategies: what turns a census and a seed into schedules. A strategy is one row of a table and
 * one function; everything here is pure, so that the same census, seed and results give the same
 * trials, on any host, before and after a crash.
 *
 *   none     no faults at all: the census alone
 *   list     the schedules the scenario lists
 *   linear   every place of `over`; thinned evenly when there are more than `trials`
 *   log      places 1, 2, 4, 8, ... of each segment of `over`, counted from either end
 *   pairs    a fault at every place of `over`, and after it another at every place of `then`
 *   random   `trials` places of `over`, drawn without replacement
 *   bisect   looks for neighbours with different outcomes in at most `trials` trials: a fifth drawn
 *            as `random` does and the ends of segments and phases first, then the middle between
 *            places whose outcomes differ, then the middle of the widest gaps
 */
enum bo_strategy_kind {
	BO_STRATEGY_NONE,
	BO_STRATEGY_LIST,
	BO_STRATEGY_LINEAR,
	BO_STRATEGY_LOG,
	BO_STRATEGY_PAIRS,
	BO_STRATEGY_RANDOM,
	BO_STRATEGY_BISECT,
	BO_STRATEGY_COUNT
};

/* The scenario's key `strategy`. */
struct bo_strategy {
	int kind;			/* enum bo_strategy_kind */
	struct bo_conf_list over, then; /* const char *: axes (grid.h) */
	int64_t every;
	bo_ns step;
	int64_t trials;	 /* at most so many; 0: no bound */
	const char *act; /* as in an id, "cut:off-1s" */
	bo_ns after;
	bo_ns jitter; /* added to each fault's delay: between 0 and this, drawn by seed */
	struct bo_conf_list schedules; /* const char *: list: faults as in an id */
};

extern const struct bo_conf_field bo_strategy_fields[];
extern const char *const bo_strategy_names[BO_STRATEGY_COUNT + 1];

/* Complains of keys that do not go together and of axes and faults that are none. `is_point` says
 * whether the scenario knows a fault point. */
void bo_strategy_check(const struct bo_strategy *strategy, const struct bo_conf *conf,
		       void (*check_point)(void *ctx, const char *where, const char *name),
		       void *ctx, struct bo_buf *report);

/* Later trials depend on the outcomes of earlier ones. */
bool bo_strategy_is_adaptive(const struct bo_strategy *strategy);
/* Its places cannot be known without a census. */
bool bo_strategy_needs_census(const struct bo_strategy *strategy);

#define BO_NO_PLACE SIZE_MAX

/* One trial of a campaign. */
struct bo_draw {
	size_t place; /* of `over`; for list: the schedule's number */
	size_t then;  /* of `then`, or BO_NO_PLACE */
	bool uniform; /* drawn uniformly from all places: it may bound a rate */
	int result;   /* what came out; places with equal results are alike. Below 0: not known */
};

enum { BO_RESULT_PENDING = -2, BO_RESULT_UNKNOWN = -1 };

/* One strategy at work. */
struct bo_campaign {
	const struct bo_strategy *strategy;
	uint64_t seed;
	struct bo_grid over, then;
	struct bo_fault fault; /* action and delay of every fault */
	struct bo_draw *draw;
	size_t count;
	bool begun;
};

/* -ENOENT, -ERANGE: the census does not have what the strategy asks for. `census` may be NULL when
 * none is needed; it is not kept. */
int bo_campaign_open(struct bo_campaign *campaign, const struct bo_strategy *strategy,
		     uint64_t seed, const struct bo_census *census, struct bo_err *err);
void bo_campaign_close(struct bo_campaign *campaign);

/* Appends the next trials, whose results are pending; returns how many. 0: that was all. Before it
 * is called again, every draw must have its result. */
size_t bo_campaign_next(struct bo_campaign *campaign);
/* Draws that an adaptive strategy may still make. */
size_t bo_campaign_left(const struct bo_campaign *campaign);
/* The schedule of draw `index`. */
void bo_campaign_schedule(const struct bo_campaign *campaign, size_t index,
			  struct bo_schedule *ret);

/* ---- for the strategies themselves ---- */
void bo_campaign_draw(struct bo_campaign *campaign, size_t place, size_t then, bool uniform);
/* `want` places that `taken` does not have yet, uniformly; marks them. */
void bo_campaign_draw_uniform(struct bo_campaign *campaign, size_t want, bool *taken);
void bo_strategy_bisect(struct bo_campaign *campaign);

/* What a delay is longer by: 0 to `jitter`, in whole microseconds, drawn by seed for the fault that
 * `what` names. */
bo_ns bo_jitter_draw(uint64_t seed, const char *what, bo_ns jitter);

#endif
