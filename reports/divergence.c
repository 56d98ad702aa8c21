#include "reports/divergence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/journal.h"
#include "reports/reading.h"

#define SHOWN_MAX 5
#define LINE_MAX  400

/* One trial's lines in a journal. */
struct slice {
	const char *id;
	json_t **line;
	size_t lines;
	bool paired;
};

struct side {
	struct slice *slice;
	size_t count;
};

static void *grow(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0)
		items = reallocarray(items, count ? 2 * count : 1, size);
	if (!items)
		abort();
	return items;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	struct side *side = report;

	if (strcmp(kind, "trial") == 0) {
		side->slice = grow(side->slice, side->count, sizeof(*side->slice));
		side->slice[side->count++] = (struct slice){.id = bo_journal_str(line, "id", "?")};
	}
	if (side->count == 0)
		return;
	struct slice *slice = &side->slice[side->count - 1];

	slice->line = grow(slice->line, slice->lines, sizeof(json_t *));
	slice->line[slice->lines++] = json_incref((json_t *)(uintptr_t)line);
}

static void free_side(struct side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		for (size_t k = 0; k < side->slice[i].lines; k++)
			json_decref(side->slice[i].line[k]);
		free(side->slice[i].line);
	}
	free(side->slice);
}

static const char *const time_keys[] = {"asked", "at", "done", "due", "lag", "first_at", "last_at"};

static json_t *without_times(const json_t *line)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)line);

	for (size_t i = 0; i < sizeof(time_keys) / sizeof(time_keys[0]); i++)
		(void)json_object_del(copy, time_keys[i]);
	return copy;
}

static bool is_alike(const json_t *a, const json_t *b)
{
	json_t *left = without_times(a), *right = without_times(b);
	bool alike = json_equal(left, right);

	json_decref(left);
	json_decref(right);
	return alike;
}

static void show_line(const char *mark, const struct slice *slice, size_t i, struct bo_buf *out)
{
	char *text = i < slice->lines ? json_dumps(slice->line[i], JSON_COMPACT | JSON_ENSURE_ASCII)
				      : NULL;

	bo_buf_printf(out, "  %s %.*s%s\n", mark, LINE_MAX, text ? text : "(the trial has ended)",
		      text && strlen(text) > LINE_MAX ? "..." : "");
	free(text);
}

static void show_id(const struct slice *slice, struct bo_buf *out)
{
	bo_buf_escape(out, slice->id, strlen(slice->id));
	bo_buf_printf(out, "\n");
}

/* False when they differ in more than times. */
static bool compare(const struct slice *a, const struct slice *b, bool shown, size_t *ret_times,
		    struct bo_buf *out)
{
	size_t lines = a->lines > b->lines ? a->lines : b->lines;

	for (size_t i = 0; i < lines; i++) {
		if (i < a->lines && i < b->lines && is_alike(a->line[i], b->line[i])) {
			*ret_times += !json_equal(a->line[i], b->line[i]);
			continue;
		}
		if (shown) {
			show_id(a, out);
			bo_buf_printf(out, "  line %zu:\n", i + 1);
			show_line("-", a, i, out);
			show_line("+", b, i, out);
		}
		return false;
	}
	return true;
}

static struct slice *find(struct side *side, const char *id, size_t hint)
{
	/* runs of one plan have their trials in one order */
	for (size_t i = 0; i < side->count; i++) {
		struct slice *slice = &side->slice[(hint + i) % side->count];

		if (!slice->paired && strcmp(slice->id, id) == 0)
			return slice;
	}
	return NULL;
}

static size_t show_unpaired(const struct side *side, const char *which, struct bo_buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < side->count; i++) {
		if (side->slice[i].paired)
			continue;
		if (count++ < SHOWN_MAX) {
			bo_buf_printf(out, "only in the %s run: ", which);
			show_id(&side->slice[i], out);
		}
	}
	return count;
}

static int compare_sides(struct side sides[2], struct bo_buf *out)
{
	size_t differing = 0, pairs = 0, times = 0;

	for (size_t i = 0; i < sides[0].count; i++) {
		struct slice *a = &sides[0].slice[i], *b = find(&sides[1], a->id, i);

		if (!b)
			continue;
		a->paired = b->paired = true;
		pairs++;
		differing += !compare(a, b, differing < SHOWN_MAX, &times, out);
	}
	size_t lone = show_unpaired(&sides[0], "first", out);

	lone += show_unpaired(&sides[1], "second", out);
	bo_buf_printf(
		out,
		"%zu trials in both, %zu of them differ; %zu in one only; lines that differ in "
		"their times alone: %zu\n",
		pairs, differing, lone, times);
	return (int)(differing + lone);
}

int bo_divergence_render(const struct bo_buf journals[2], struct bo_buf *out, int *reterr_which)
{
	struct side sides[2] = {0};
	int rc = 0;

	for (int i = 0; rc == 0 && i < 2; i++) {
		struct bo_reader reader = {take_line, &sides[i]};
		size_t line;

		*reterr_which = i;
		rc = bo_read_journal(journals[i].data ? journals[i].data : "", journals[i].len,
				     &reader, 1, &line);
	}
	if (rc == 0)
		rc = compare_sides(sides, out);
	free_side(&sides[0]);
	free_side(&sides[1]);
	return rc;
}
