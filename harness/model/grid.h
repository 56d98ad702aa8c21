#ifndef BO_HARNESS_MODEL_GRID_H
#define BO_HARNESS_MODEL_GRID_H

#include "harness/model/census.h"

/*
 * Places where a strategy may strike.
 *
 *   axis  = [ after ":" ] [ "b" N "." ] name [ "." from [ ".." to ] ] [ "+" time [ ".." time ] ] [
 * "/" stride ]
 *
 *   smp.byte                 every acknowledgement that the census saw
 *   smp.byte.4096..12288     those that reach one of these bytes
 *   flash.op/100             every hundredth flash operation
 *   swap.1+0ms..2s/20ms      a window: 0, 20, 40, ... ms after the first "swap"
 *   smp.*                    every point of the census whose name matches (* and ?); smp.at, which
 *                            counts the acknowledgements of smp.byte once more, only by its name
 *   phase.second:smp.byte    as `after` in ids (schedule.h): ordinals count from there, of bytes as
 *                            ever
 *
 * A stride k of ordinals means the ordinals k, 2k, 3k, ...; where several of them are the same
 * event, as bytes of one acknowledgement are, only the last one is a place.
 */
#define BO_GRID_PLACES_MAX 1000000

struct bo_axis {
	struct bo_after after;
	unsigned boot;
	char name[BO_POINT_NAME_MAX]; /* or a pattern */
	uint64_t from, to;	      /* 0, 0: all that the census saw */
	bool window;
	bo_ns begin, end;
	int64_t stride; /* 0: the strategy's `every` or `step` */
};

struct bo_place {
	const char *point;	      /* lives as long as the grid */
	const struct bo_after *after; /* likewise; NULL: none */
	unsigned boot;
	uint64_t n;
	bo_ns delay_ns;
	bool edge; /* the first or the last of its segment or of a phase of the census */
};

/* In order; only places of one segment are neighbours. */
struct bo_grid {
	struct bo_place *place;
	size_t count;
	size_t *segment_end;
	size_t segments;
	char **name;
	size_t names;
	struct bo_after **after;
	size_t afters;
};

struct bo_grid_rules {
	int64_t every; /* stride of ordinals */
	bo_ns step;    /* stride of windows */
	bool beyond;   /* ordinals that the census did not see count as well: recovery's */
};

int bo_axis_parse(const char *text, struct bo_axis *ret, struct bo_err *err);
bool bo_axis_is_pattern(const struct bo_axis *axis);
/* Whether its places are known without a census. */
bool bo_axis_is_explicit(const struct bo_axis *axis);

/*
 * Adds an axis's places, a segment for each point (and, in a window, for each of its ordinals).
 * `census` may be NULL when the axis is explicit. -ENOENT: no place of the census is meant;
 * -ERANGE: more than BO_GRID_PLACES_MAX places.
 */
int bo_grid_add(struct bo_grid *grid, const struct bo_axis *axis, const struct bo_grid_rules *rules,
		const struct bo_census *census, struct bo_err *err);
void bo_grid_free(struct bo_grid *grid);

#endif
