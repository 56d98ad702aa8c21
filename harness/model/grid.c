#include "harness/model/grid.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/schedule_parts.h"
#include "harness/model/values.h"

/* Counted by smp.byte as well. */
#define POINT_COUNTED_TWICE "smp.at"
#define PART_MAX	    64

/* ---- an axis as text ---- */

static int bad(struct bo_err *err, const char *text, const char *what)
{
	return bo_err_set(err, -EINVAL, "axis '%s': %s", text, what);
}

static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) || strlen(text) > 18)
		return false;
	*ret = strtoull(text, &end, 10);
	return *end == '\0' && *ret > 0;
}

/* Cuts `text` at `mark`; NULL when there is none. */
static char *cut_at(char *text, const char *mark)
{
	char *at = strstr(text, mark);

	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(mark);
}

static int parse_times(char *text, const char *whole, struct bo_axis *axis, struct bo_err *err)
{
	const char *why;
	const char *to = cut_at(text, "..");

	axis->window = true;
	/* "0..3s": nothing has no unit */
	if (!(to && strcmp(text, "0") == 0) &&
	    bo_values_parse(BO_DURATION, text, &axis->begin, &why) < 0)
		return bad(err, whole, why);
	axis->end = axis->begin;
	if (to && bo_values_parse(BO_DURATION, to, &axis->end, &why) < 0)
		return bad(err, whole, why);
	return axis->end < axis->begin ? bad(err, whole, "the window ends before it begins") : 0;
}

/* "name", "name.3", "name.3..7" */
static int parse_ordinals(char *text, const char *whole, struct bo_axis *axis, struct bo_err *err)
{
	const char *to = cut_at(text, "..");
	char *dot = strrchr(text, '.');

	if (dot && parse_number(dot + 1, &axis->from))
		*dot = '\0';
	axis->to = axis->from;
	if (to && (!axis->from || !parse_number(to, &axis->to) || axis->to < axis->from))
		return bad(err, whole, "say a range of ordinals as in smp.byte.4096..12288");
	if (text[0] == '\0' ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-*?") != strlen(text))
		return bad(err, whole, "say a point or a pattern, as in smp.byte or smp.*");
	return bo_str_copy(axis->name, sizeof(axis->name), text)
		       ? 0
		       : bad(err, whole, "the point's name is too long");
}

static int parse_stride(const char *text, const char *whole, struct bo_axis *axis,
			struct bo_err *err)
{
	const char *why = "a stride is a number of ordinals, as in flash.op/100";
	uint64_t value = 0;

	if (axis->window) {
		if (bo_values_parse(BO_DURATION, text, &axis->stride, &why) < 0)
			return bad(err, whole, why);
		return axis->stride > 0 ? 0 : bad(err, whole, "a stride of nothing");
	}
	if (!parse_number(text, &value))
		return bad(err, whole, why);
	axis->stride = (int64_t)value;
	return 0;
}

static void parse_boot(char **text, struct bo_axis *axis)
{
	size_t digits = **text == 'b' ? strspn(*text + 1, "0123456789") : 0;

	if (digits == 0 || digits > 2 || (*text)[1 + digits] != '.')
		return;
	axis->boot = (unsigned)strtoul(*text + 1, NULL, 10);
	*text += digits + 2;
}

int bo_axis_parse(const char *text, struct bo_axis *ret, struct bo_err *err)
{
	struct bo_axis axis = {0};
	char copy[3 * PART_MAX];
	char *at = copy;

	if (!bo_str_copy(copy, sizeof(copy), text))
		return bo_err_set(err, -EINVAL, "axis '%.40s...' is too long", text);
	int taken = schedule_after(at, strlen(at), &axis.after, err);

	if (taken < 0)
		return bo_err_wrap(err, "axis '%s'", text);
	at += taken;
	parse_boot(&at, &axis);
	if (taken > 0 && axis.boot > 0)
		return bad(err, text, "what comes after another point is not counted from a boot");
	const char *stride = cut_at(at, "/");
	char *times = cut_at(at, "+");
	int rc = parse_ordinals(at, text, &axis, err);

	if (rc == 0 && times)
		rc = parse_times(times, text, &axis, err);
	if (rc == 0 && stride)
		rc = parse_stride(stride, text, &axis, err);
	if (rc == 0)
		*ret = axis;
	return rc;
}

bool bo_axis_is_pattern(const struct bo_axis *axis)
{
	return strpbrk(axis->name, "*?") != NULL;
}

bool bo_axis_is_explicit(const struct bo_axis *axis)
{
	return axis->from > 0 && !bo_axis_is_pattern(axis);
}

/* ---- places ---- */

/* Where places of one point go. */
struct adding {
	struct bo_grid *grid;
	const struct bo_axis *axis;
	const struct bo_grid_rules *rules;
	const char *name;
	const struct bo_after *after;
};

static void *grow(void *items, size_t count, size_t size)
{
	/* doubling: the array is full whenever its count is a power of two */
	if (count & (count - 1))
		return items;
	items = reallocarray(items, count ? 2 * count : 1, size);
	assert(items);
	return items;
}

static void end_segment(struct bo_grid *grid)
{
	size_t begun = grid->segments ? grid->segment_end[grid->segments - 1] : 0;

	if (grid->count == begun)
		return;
	grid->place[begun].edge = grid->place[grid->count - 1].edge = true;
	grid->segment_end = grow(grid->segment_end, grid->segments, sizeof(*grid->segment_end));
	grid->segment_end[grid->segments++] = grid->count;
}

static int add_place(const struct adding *adding, uint64_t n, bo_ns delay)
{
	struct bo_grid *grid = adding->grid;

	if (grid->count == BO_GRID_PLACES_MAX)
		return -ERANGE;
	grid->place = grow(grid->place, grid->count, sizeof(*grid->place));
	grid->place[grid->count++] = (struct bo_place){.point = adding->name,
						       .after = adding->after,
						       .boot = adding->axis->boot,
						       .n = n,
						       .delay_ns = delay};
	return 0;
}

static int add_ordinal(const struct adding *adding, uint64_t n)
{
	const struct bo_axis *axis = adding->axis;
	bo_ns stride = axis->stride ? axis->stride : adding->rules->step;
	int rc = 0;

	if (!axis->window)
		return add_place(adding, n, 0);
	for (bo_ns at = axis->begin; rc == 0 && at <= axis->end; at += stride)
		rc = add_place(adding, n, at);
	end_segment(adding->grid);
	return rc;
}

static bool is_within(const struct bo_axis *axis, uint64_t n)
{
	return axis->from == 0 || (n >= axis->from && n <= axis->to);
}

static uint64_t stride_of(const struct adding *adding)
{
	const struct bo_axis *axis = adding->axis;

	if (axis->window || (axis->from > 0 && axis->from == axis->to))
		return 1;
	return (uint64_t)(axis->stride ? axis->stride : adding->rules->every);
}

/* The event that took the counter from `before` to `value`. */
static int add_event(const struct adding *adding, uint64_t before, uint64_t value)
{
	const struct bo_axis *axis = adding->axis;
	uint64_t to = axis->to && axis->to < value ? axis->to : value;
	uint64_t stride = stride_of(adding);
	uint64_t last = to - to % stride;

	if (last <= before || !is_within(axis, last))
		return 0;
	return add_ordinal(adding, last);
}

/* The last place up to each mark and the first one behind it. */
static void mark_phases(struct bo_grid *grid, size_t begin, const struct bo_census_point *point)
{
	size_t mark = 0;

	for (size_t i = begin; i < grid->count; i++) {
		bool first = false;

		for (; mark < point->marks && point->mark[mark] < grid->place[i].n; mark++)
			first = true;
		if (!first)
			continue;
		grid->place[i].edge = true;
		if (i > begin)
			grid->place[i - 1].edge = true;
	}
}

static int add_seen(const struct adding *adding, const struct bo_census_point *point)
{
	size_t begin = adding->grid->count;
	uint64_t before = 0;
	int rc = 0;

	for (size_t i = 0; i < point->runs; i++) {
		const struct bo_census_run *run = &point->run[i];

		for (uint64_t k = 0; rc == 0 && k < run->count; k++) {
			uint64_t value = run->first + run->step * k;

			rc = add_event(adding, before, value);
			before = value;
		}
	}
	if (!adding->axis->window)
		mark_phases(adding->grid, begin, point);
	return rc;
}

static int add_unseen(const struct adding *adding, uint64_t from)
{
	uint64_t stride = stride_of(adding);
	int rc = 0;

	for (uint64_t n = (from + stride - 1) / stride * stride; rc == 0 && n <= adding->axis->to;
	     n += stride)
		rc = add_ordinal(adding, n);
	return rc;
}

static const char *keep_name(struct bo_grid *grid, const char *name)
{
	grid->name = grow(grid->name, grid->names, sizeof(*grid->name));
	char *kept = strdup(name);

	assert(kept);
	return grid->name[grid->names++] = kept;
}

static const struct bo_after *keep_after(struct bo_grid *grid, const struct bo_after *after)
{
	if (after->n == 0)
		return NULL;
	grid->after = grow(grid->after, grid->afters, sizeof(*grid->after));
	struct bo_after *kept = malloc(sizeof(*kept));

	assert(kept);
	*kept = *after;
	return grid->after[grid->afters++] = kept;
}

static bool matches(const struct bo_axis *axis, const char *name)
{
	if (!bo_axis_is_pattern(axis))
		return strcmp(axis->name, name) == 0;
	/* nor frames: each acknowledgement is one of them; nor edges of pins, which not every bench
	 * sees: the same scenario makes the same trials */
	return strcmp(name, POINT_COUNTED_TWICE) != 0 && bo_point_way(name) == BO_WAY_NONE &&
	       (!bo_point_input(name) || bo_point_input(axis->name)) &&
	       fnmatch(axis->name, name, 0) == 0;
}

static int add_matching(struct adding *adding, const struct bo_census *census, size_t *ret_matched)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && census && i < census->count; i++) {
		const struct bo_census_point *point = &census->point[i];

		if (!matches(adding->axis, point->name))
			continue;
		(*ret_matched)++;
		adding->name = keep_name(adding->grid, point->name);
		rc = add_seen(adding, point);
		if (rc == 0 && adding->rules->beyond && bo_axis_is_explicit(adding->axis))
			rc = add_unseen(adding, adding->axis->from > point->last
							? adding->axis->from
							: point->last + 1);
		end_segment(adding->grid);
	}
	return rc;
}

int bo_grid_add(struct bo_grid *grid, const struct bo_axis *axis, const struct bo_grid_rules *rules,
		const struct bo_census *census, struct bo_err *err)
{
	struct adding adding = {.grid = grid, .axis = axis, .rules = rules};
	bool foreseen = bo_axis_is_explicit(axis) && (!census || rules->beyond);
	size_t matched = 0, before = grid->count;

	adding.after = keep_after(grid, &axis->after);
	int rc = add_matching(&adding, census, &matched);

	if (rc == 0 && matched == 0 && !foreseen)
		return bo_err_set(err, -ENOENT,
				  "no fault point '%s' was passed by the trial without faults",
				  axis->name);
	if (rc == 0 && matched == 0) {
		adding.name = keep_name(grid, axis->name);
		rc = add_unseen(&adding, axis->from);
		end_segment(grid);
	}
	if (rc < 0)
		return bo_err_set(err, rc, "axis '%s': more than %d places; choose a larger stride",
				  axis->name, BO_GRID_PLACES_MAX);
	if (grid->count == before)
		return bo_err_set(err, -ENOENT,
				  "fault point '%s' was passed by the trial without faults, but at "
				  "no ordinal that is asked for",
				  axis->name);
	return 0;
}

void bo_grid_free(struct bo_grid *grid)
{
	for (size_t i = 0; i < grid->names; i++)
		free(grid->name[i]);
	free(grid->name);
	for (size_t i = 0; i < grid->afters; i++)
		free(grid->after[i]);
	free(grid->after);
	free(grid->place);
	free(grid->segment_end);
	*grid = (struct bo_grid){0};
}
