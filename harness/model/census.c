#include "harness/model/census.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of one point; more than any trial has. */
#define PLACES_MAX 100000000

static struct bo_census_point *find(struct bo_census *census, const char *name)
{
	for (size_t i = 0; i < census->count; i++)
		if (strcmp(census->point[i].name, name) == 0)
			return &census->point[i];
	return NULL;
}

const struct bo_census_point *bo_census_find(const struct bo_census *census, const char *name)
{
	for (size_t i = 0; i < census->count; i++)
		if (strcmp(census->point[i].name, name) == 0)
			return &census->point[i];
	return NULL;
}

static struct bo_census_point *add(struct bo_census *census, const char *name)
{
	if (census->count == BO_CENSUS_POINTS_MAX)
		return NULL;
	struct bo_census_point *point = &census->point[census->count];

	*point = (struct bo_census_point){0};
	if (!bo_str_copy(point->name, sizeof(point->name), name))
		return NULL;
	census->count++;
	return point;
}

static void add_run(struct bo_census_point *point, const struct bo_census_run *run)
{
	if (point->runs == BO_CENSUS_RUNS_MAX)
		return;
	point->run = reallocarray(point->run, point->runs + 1, sizeof(*point->run));
	assert(point->run);
	point->run[point->runs++] = *run;
	point->places += run->count;
}

/* A run of one value has no step yet: its second value decides it. */
static void add_value(struct bo_census_point *point, uint64_t value)
{
	struct bo_census_run *run = point->runs > 0 ? &point->run[point->runs - 1] : NULL;
	uint64_t step = value - point->last;

	if (run && (run->count == 1 || run->step == step) &&
	    run->first + run->step * (run->count - 1) == point->last) {
		run->step = step;
		run->count++;
		point->places++;
		return;
	}
	add_run(point, &(struct bo_census_run){.first = value, .count = 1});
}

/* Of a transfer, of flash or of edges there are too many to divide anything. */
static bool divides(const char *name)
{
	return strncmp(name, "smp.", 4) != 0 && strncmp(name, "flash.", 6) != 0 &&
	       !bo_point_input(name);
}

static void mark_others(struct bo_census *census, const struct bo_census_point *by)
{
	for (size_t i = 0; i < census->count; i++) {
		struct bo_census_point *point = &census->point[i];

		if (point == by || point->last == 0 || point->marks == BO_CENSUS_MARKS_MAX ||
		    (point->marks > 0 && point->mark[point->marks - 1] == point->last))
			continue;
		point->mark[point->marks++] = point->last;
	}
}

void bo_census_pass(struct bo_census *census, const char *name, uint64_t value, bo_ns at)
{
	struct bo_census_point *point = find(census, name);

	if (!point)
		point = add(census, name);
	if (!point || value <= point->last)
		return;
	if (point->count == 0)
		point->first_at = at;
	add_value(point, value);
	point->count++;
	point->last = value;
	point->last_at = at;
	if (divides(name))
		mark_others(census, point);
}

void bo_census_free(struct bo_census *census)
{
	for (size_t i = 0; i < census->count; i++)
		free(census->point[i].run);
	*census = (struct bo_census){0};
}

uint64_t bo_census_value(const struct bo_census_point *point, uint64_t place)
{
	assert(place < point->places);
	for (const struct bo_census_run *run = point->run;; run++) {
		if (place < run->count)
			return run->first + run->step * place;
		place -= run->count;
	}
}

void bo_census_write(const struct bo_census *census, bo_ns at, bo_ns began, struct bo_buf *out)
{
	for (size_t i = 0; i < census->count; i++) {
		const struct bo_census_point *point = &census->point[i];
		json_t *runs = json_array(), *marks = json_array();

		for (size_t k = 0; k < point->runs; k++)
			(void)json_array_append_new(
				runs, json_pack("[I,I,I]", (json_int_t)point->run[k].first,
						(json_int_t)point->run[k].step,
						(json_int_t)point->run[k].count));
		for (size_t k = 0; k < point->marks; k++)
			(void)json_array_append_new(marks,
						    json_integer((json_int_t)point->mark[k]));
		bo_journal_line(out, at, "census", "s:s, s:I, s:I, s:I, s:I, s:o, s:o", "name",
				point->name, "count", (json_int_t)point->count, "last",
				(json_int_t)point->last, "first_at",
				(json_int_t)(point->first_at - began), "last_at",
				(json_int_t)(point->last_at - began), "runs", runs, "marks", marks);
	}
}

static bool take_run(const json_t *item, struct bo_census_run *ret)
{
	json_int_t first, step, count;

	if (json_unpack((json_t *)item, "[I,I,I]", &first, &step, &count) < 0 || first < 1 ||
	    step < 0 || count < 1 || count > PLACES_MAX || (step == 0 && count > 1) ||
	    step > (INT64_MAX - first) / count)
		return false;
	*ret = (struct bo_census_run){(uint64_t)first, (uint64_t)step, (uint64_t)count};
	return true;
}

int bo_census_take(struct bo_census *census, const json_t *line)
{
	const char *name = bo_journal_str(line, "name", "");
	const json_t *runs = json_object_get(line, "runs");
	struct bo_census_point *point = find(census, name) || !*name ? NULL : add(census, name);
	const json_t *item;
	size_t i;

	if (!point || !json_is_array(runs) || json_array_size(runs) > BO_CENSUS_RUNS_MAX)
		return -EBADMSG;
	json_array_foreach(json_object_get(line, "marks"), i,
			   item) if (point->marks < BO_CENSUS_MARKS_MAX &&
				     json_integer_value(item) > 0) point->mark[point->marks++] =
		(uint64_t)json_integer_value(item);
	point->count = (uint64_t)bo_journal_int(line, "count", 0);
	point->last = (uint64_t)bo_journal_int(line, "last", 0);
	point->first_at = bo_journal_int(line, "first_at", 0);
	point->last_at = bo_journal_int(line, "last_at", 0);
	json_array_foreach(runs, i, item)
	{
		struct bo_census_run run;

		if (!take_run(item, &run) || point->places + run.count > PLACES_MAX)
			return -EBADMSG;
		add_run(point, &run);
	}
	return 0;
}
