#ifndef BO_HARNESS_MODEL_CENSUS_H
#define BO_HARNESS_MODEL_CENSUS_H

#include "harness/model/journal.h"
#include "harness/model/schedule.h"

/*
 * The census: which fault points a trial without faults passes, how often, and when. Strategies
 * make schedules from it.
 *
 * A point's counter only grows; each value it takes is a place where a fault can strike, and those
 * places are numbered from 0. Most counters go up by one; smp.byte goes up by what one
 * acknowledgement covers. Values are kept as runs of equal steps. Beyond BO_CENSUS_RUNS_MAX runs a
 * point's further values are only counted.
 *
 * Boots and the scenario's named points divide a trial into phases. Where the other counters stood
 * at each of them is kept as a mark: outcomes rather change there than elsewhere.
 */
#define BO_CENSUS_POINTS_MAX 64
#define BO_CENSUS_RUNS_MAX   1000
#define BO_CENSUS_MARKS_MAX  24

struct bo_census_run {
	uint64_t first, step, count; /* first, first + step, ... */
};

struct bo_census_point {
	char name[BO_POINT_NAME_MAX];
	uint64_t count;		 /* how often it was passed */
	uint64_t last;		 /* its counter in the end */
	uint64_t places;	 /* values that are kept */
	bo_ns first_at, last_at; /* since the trial began */
	struct bo_census_run *run;
	size_t runs;
	uint64_t mark[BO_CENSUS_MARKS_MAX]; /* rising */
	size_t marks;
};

struct bo_census {
	struct bo_census_point point[BO_CENSUS_POINTS_MAX];
	size_t count;
};

/* A point's counter took a value. A value not above the one before is nothing new. */
void bo_census_pass(struct bo_census *census, const char *name, uint64_t value, bo_ns at);
void bo_census_free(struct bo_census *census);

/* NULL: it was never passed. */
const struct bo_census_point *bo_census_find(const struct bo_census *census, const char *name);
/* The counter's value at a place; place < point->places. */
uint64_t bo_census_value(const struct bo_census_point *point, uint64_t place);

/* One journal line ("census") for each point; times are made relative to `began`. */
void bo_census_write(const struct bo_census *census, bo_ns at, bo_ns began, struct bo_buf *out);
/* Takes a line written so; -EBADMSG when it cannot be one. */
int bo_census_take(struct bo_census *census, const json_t *line);

#endif
