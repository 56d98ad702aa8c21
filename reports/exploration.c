#include "reports/exploration.h"

#include <string.h>

#include "harness/model/verdict.h"
#include "reports/svg.h"

#define WIDTH	1100
#define LEFT	110
#define COLUMNS 960 /* of one pixel */
#define TEXT	12
#define SMALL	10
#define TITLE	16
#define LANE	16
#define LINE	20
#define GREY	"#8899aa"
#define PALE	"#eef1f4"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static long long number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static long long number_at(const json_t *array, size_t index)
{
	return json_integer_value(json_array_get(array, index));
}

#define DIGITS 32

/* 54,321 */
static const char *grouped(char text[DIGITS], long long value)
{
	return bo_str_group(text, DIGITS, value < 0 ? 0 : (uint64_t)value);
}

static void say(struct bo_buf *out, int x, int y, int size, enum bo_svg_anchor anchor,
		struct bo_buf *text)
{
	bo_svg_text(out, x, y, size, anchor, text->data ? text->data : "");
	bo_buf_reset(text);
}

/* Two lines above a picture: what was explored, and what came of it. */
static void headline(const json_t *record, const char *what, struct bo_buf *out)
{
	long long bound = number_of(record, "every_schedule_up_to_cuts");
	const json_t *figures = json_object_get(record, "figures");
	struct bo_buf text = {0};
	char a[DIGITS], b[DIGITS];

	bo_buf_printf(&text, "%s@%s: %s", text_of(record, "scenario"), text_of(record, "hash8"),
		      what);
	say(out, 14, 26, TITLE, BO_SVG_START, &text);
	bo_buf_printf(&text, "reality: %s, target class %s, %s", text_of(record, "reality"),
		      text_of(record, "target"), text_of(record, "result"));
	if (json_object_get(record, "every_schedule_up_to_cuts"))
		bo_buf_printf(&text, " (every schedule of at most %lld cuts)", bound);
	bo_buf_printf(&text, ": %s classes stand for %s cut states, %zu findings",
		      grouped(a, number_of(figures, "classes")),
		      grouped(b, number_of(figures, "cut_states")),
		      json_array_size(json_object_get(record, "findings")));
	say(out, 14, 46, TEXT, BO_SVG_START, &text);
	bo_buf_done(&text);
}

/* ---- outcome over cut ---- */

/* The pixel of operation `op` of so many. */
static int column(long long op, long long ops)
{
	if (ops < 1 || op < 1)
		return 0;
	return (int)((op > ops ? ops : op - 1) * COLUMNS / (ops + 1));
}

static int lane_of_writes(const char *range, const json_t *runs, long long ops, int y,
			  struct bo_buf *out)
{
	const json_t *run;
	size_t i;
	int drawn = -1;

	bo_svg_text(out, LEFT - 8, y + 12, TEXT, BO_SVG_END, range);
	bo_svg_rect(out, LEFT, y, COLUMNS, LANE, PALE);
	json_array_foreach(runs, i, run)
	{
		int from = column(number_at(run, 0), ops), to = column(number_at(run, 1), ops) + 1;

		if (from <= drawn)
			from = drawn + 1;
		if (to > from)
			bo_svg_rect(out, LEFT + from, y, to - from, LANE, GREY);
		drawn = to - 1 > drawn ? to - 1 : drawn;
	}
	return y + LANE + 4;
}

/* How bad: the first outcome in the order of the oracle's table is the worst. */
static int severity(const char *outcome)
{
	int index = bo_outcome_parse(outcome);

	return index > 0 ? BO_OUTCOME_COUNT - index : 0;
}

/* The worst outcome of each pixel, so that a single cut among thousands is seen. */
static void worst_of(const json_t *runs, long long ops, const char *worst[COLUMNS])
{
	size_t count = json_array_size(runs);

	for (size_t i = 0; i < count; i++) {
		const json_t *run = json_array_get(runs, i), *next = json_array_get(runs, i + 1);
		const char *outcome = json_string_value(json_array_get(run, 1));
		long long last = next ? number_at(next, 0) - 1 : ops + 1;
		int from = column(number_at(run, 0), ops), to = column(last, ops);

		for (int at = from; outcome && at <= to && at < COLUMNS; at++)
			if (!worst[at] || severity(outcome) > severity(worst[at]))
				worst[at] = outcome;
	}
}

static int lane_of_cuts(const char *tear, const json_t *runs, long long ops, int y, unsigned *used,
			struct bo_buf *out)
{
	const char *worst[COLUMNS] = {0};
	int from = 0;

	worst_of(runs, ops, worst);
	bo_svg_text(out, LEFT - 8, y + 15, TEXT, BO_SVG_END, tear);
	bo_svg_rect(out, LEFT, y, COLUMNS, LINE, PALE);
	for (int at = 1; at <= COLUMNS; at++) {
		if (at < COLUMNS && worst[at] == worst[from])
			continue;
		if (worst[from]) {
			bo_svg_rect(out, LEFT + from, y, at - from, LINE,
				    bo_svg_outcome_colour(worst[from]));
			*used |= 1u << severity(worst[from]);
		}
		from = at;
	}
	return y + LINE + 4;
}

static int axis(long long ops, int y, struct bo_buf *out)
{
	struct bo_buf text = {0};
	char digits[DIGITS];

	for (int i = 0; i <= 4; i++) {
		int x = LEFT + COLUMNS * i / 4;

		bo_svg_line(out, x, y, x, y + 5, GREY);
		bo_buf_printf(&text, "%s", grouped(digits, i ? ops * i / 4 : 1));
		say(out, x, y + 17, SMALL, BO_SVG_MIDDLE, &text);
	}
	bo_buf_done(&text);
	bo_svg_text(out, LEFT + COLUMNS / 2, y + 32, SMALL, BO_SVG_MIDDLE,
		    "flash operation of the first boot at which power fails");
	return y + 42;
}

static void legend(unsigned used, int y, struct bo_buf *out)
{
	int x = LEFT;

	for (int i = 1; i < BO_OUTCOME_COUNT; i++) {
		if (!(used & 1u << (BO_OUTCOME_COUNT - i)))
			continue;
		bo_svg_rect(out, x, y, 14, 14, bo_svg_outcome_colour(bo_outcome_names[i]));
		bo_svg_text(out, x + 19, y + 12, TEXT, BO_SVG_START, bo_outcome_names[i]);
		x += 40 + 8 * (int)strlen(bo_outcome_names[i]);
	}
}

void bo_exploration_outcomes(const json_t *record, struct bo_buf *out)
{
	json_t *boot = json_object_get(record, "first_boot");
	json_t *writes = json_object_get(boot, "writes"), *cuts = json_object_get(boot, "cuts");
	int rows = (int)json_object_size(writes) * (LANE + 4) +
		   (int)json_object_size(cuts) * (LINE + 4);
	long long ops = number_of(boot, "operations");
	unsigned used = 0;
	const char *name;
	json_t *runs;
	int y = 86;

	bo_svg_begin(out, WIDTH, rows + 230);
	headline(record, "how the next boot ends", out);
	bo_svg_text(out, LEFT, y - 8, TEXT, BO_SVG_START, "what the first boot writes");
	json_object_foreach(writes, name, runs) y = lane_of_writes(name, runs, ops, y, out);
	y += 24;
	bo_svg_text(out, LEFT, y - 8, TEXT, BO_SVG_START,
		    "the worst outcome of the boot after one cut, by what the cut leaves");
	json_object_foreach(cuts, name, runs) y = lane_of_cuts(name, runs, ops, y, &used, out);
	y = axis(ops, y, out);
	legend(used, y + 8, out);
	bo_svg_end(out);
}

/* ---- the classes ---- */

#define BOX_WIDTH  150
#define BOX_HEIGHT 40
#define STEP_X	   230
#define STEP_Y	   54
#define TOP	   96
#define DEPTH_MAX  64
#define NODES_MAX  512

struct layout {
	int x[NODES_MAX], y[NODES_MAX];
	size_t count;
	int rows[DEPTH_MAX];
	int deepest, most;
};

static void lay_out(const json_t *nodes, struct layout *layout)
{
	layout->count = json_array_size(nodes);
	if (layout->count > NODES_MAX)
		layout->count = NODES_MAX;
	for (size_t i = 0; i < layout->count; i++) {
		long long cuts = number_of(json_array_get(nodes, i), "cuts");
		int depth = cuts < 0 ? 0 : cuts < DEPTH_MAX ? (int)cuts : DEPTH_MAX - 1;

		layout->x[i] = 20 + depth * STEP_X;
		layout->y[i] = TOP + layout->rows[depth]++ * STEP_Y;
		if (depth > layout->deepest)
			layout->deepest = depth;
		if (layout->rows[depth] > layout->most)
			layout->most = layout->rows[depth];
	}
}

static void draw_edge(const struct layout *layout, const json_t *edge, bool deeper,
		      struct bo_buf *out)
{
	long long from = number_at(edge, 0), to = number_at(edge, 1), ways = number_at(edge, 2);
	int width = ways > 1000 ? 3 : ways > 20 ? 2 : 1;

	if (from < 0 || to < 0 || from >= (long long)layout->count ||
	    to >= (long long)layout->count || from == to)
		return;
	if ((layout->x[to] > layout->x[from]) != deeper)
		return;
	if (deeper)
		bo_svg_bow(out, layout->x[from] + BOX_WIDTH, layout->y[from] + BOX_HEIGHT / 2,
			   layout->x[to], layout->y[to] + BOX_HEIGHT / 2, width, "#7d8ea0");
	else if (layout->x[to] == layout->x[from])
		bo_svg_bow(out, layout->x[from] + BOX_WIDTH, layout->y[from] + BOX_HEIGHT - 8,
			   layout->x[to] + BOX_WIDTH, layout->y[to] + 8, 1, "#c5d0da");
	else
		bo_svg_bow(out, layout->x[from], layout->y[from] + BOX_HEIGHT - 8,
			   layout->x[to] + BOX_WIDTH, layout->y[to] + BOX_HEIGHT - 8, 1, "#c5d0da");
}

static void draw_node(const struct layout *layout, size_t i, const json_t *node, struct bo_buf *out)
{
	const char *outcome = text_of(node, "outcome");
	long long classes = number_of(node, "classes");
	int x = layout->x[i], y = layout->y[i];
	struct bo_buf text = {0};

	bo_svg_rect(out, x, y, BOX_WIDTH, BOX_HEIGHT, PALE);
	bo_svg_rect(out, x, y, 8, BOX_HEIGHT, bo_svg_outcome_colour(outcome));
	bo_buf_printf(&text, "%lld class%s, %s", classes, classes == 1 ? "" : "es",
		      text_of(node, "where"));
	say(out, x + 14, y + 16, SMALL, BO_SVG_START, &text);
	bo_svg_text(out, x + 14, y + 31, SMALL, BO_SVG_START, outcome);
	bo_buf_done(&text);
}

void bo_exploration_classes(const json_t *record, struct bo_buf *out)
{
	const json_t *graph = json_object_get(record, "graph"), *edge;
	const json_t *nodes = json_object_get(graph, "nodes");
	json_t *edges = json_object_get(graph, "edges");
	struct layout layout = {0};
	struct bo_buf text = {0};
	size_t i;

	lay_out(nodes, &layout);
	int width = 40 + layout.deepest * STEP_X + BOX_WIDTH;

	bo_svg_begin(out, width > WIDTH ? width : WIDTH, TOP + layout.most * STEP_Y + 60);
	headline(record, "which boots there are, and which lead to which", out);
	for (int pass = 0; pass < 2; pass++)
		json_array_foreach(edges, i, edge) draw_edge(&layout, edge, pass, out);
	for (int depth = 0; depth <= layout.deepest; depth++) {
		bo_buf_printf(&text, "after %d cut%s", depth, depth == 1 ? "" : "s");
		say(out, 20 + depth * STEP_X, TOP - 14, TEXT, BO_SVG_START, &text);
	}
	for (i = 0; i < layout.count; i++)
		draw_node(&layout, i, json_array_get(nodes, i), out);
	bo_svg_text(
		out, 20, TOP + layout.most * STEP_Y + 30, SMALL, BO_SVG_START,
		"Together: as many cuts away, the last one in the same place, the same outcome. "
		"Dark lines lead to boots that more cuts are needed for, pale ones to others.");
	bo_buf_done(&text);
	bo_svg_end(out);
}

/* ---- a finding ---- */

#define BAR_LEFT  90
#define BAR_WIDTH 560
#define BAR	  22
#define ROW	  64

static void describe(const json_t *boot, struct bo_buf *text)
{
	const char *leaves = text_of(boot, "leaves"), *ram = text_of(boot, "then_ram");
	char a[DIGITS], b[DIGITS];

	(void)grouped(a, number_of(boot, "operations"));

	if (!json_object_get(boot, "cut_at")) {
		bo_buf_printf(text, "%s operations, then: %s", a, text_of(boot, "outcome"));
		return;
	}
	bo_buf_printf(text, "power fails %s operation %s of %s, %s",
		      strcmp(leaves, "clean") == 0 ? "before" : "in",
		      grouped(b, number_of(boot, "cut_at")), a, text_of(boot, "where"));
	if (strcmp(leaves, "clean") != 0)
		bo_buf_printf(text, ", and leaves: %s", leaves);
	if (*ram)
		bo_buf_printf(text, "; the next boot finds RAM %s, cause %s", ram,
			      text_of(boot, "then_cause"));
}

static void draw_boot(const json_t *boot, size_t index, long long most, struct bo_buf *out)
{
	int y = 80 + (int)index * ROW, width, done;
	long long ops = number_of(boot, "operations"), cut = number_of(boot, "cut_at");
	struct bo_buf text = {0};

	width = 30 + (int)(most > 0 ? ops * (BAR_WIDTH - 30) / most : 0);
	done = cut > 0 && ops > 0 ? (int)((cut - 1) * width / (ops + 1)) : width;
	bo_buf_printf(&text, "boot %zu", index + 1);
	say(out, BAR_LEFT - 12, y + 16, TEXT, BO_SVG_END, &text);
	bo_svg_rect(out, BAR_LEFT, y, width, BAR, PALE);
	bo_svg_rect(out, BAR_LEFT, y, done, BAR, GREY);
	if (cut > 0) {
		bo_svg_rect(out, BAR_LEFT + done, y - 4, 3, BAR + 8, "#b3202a");
	} else {
		bo_svg_rect(out, BAR_LEFT + width + 4, y, BAR, BAR,
			    bo_svg_outcome_colour(text_of(boot, "outcome")));
		bo_svg_text(out, BAR_LEFT + width + 34, y + 16, TEXT, BO_SVG_START,
			    text_of(boot, "outcome"));
	}
	describe(boot, &text);
	say(out, BAR_LEFT, y + BAR + 16, SMALL, BO_SVG_START, &text);
	bo_buf_done(&text);
}

void bo_exploration_finding(const json_t *record, size_t index, struct bo_buf *out)
{
	const json_t *finding = json_array_get(json_object_get(record, "findings"), index);
	const json_t *schedule = json_object_get(finding, "schedule");
	size_t count = json_array_size(schedule), i;
	const json_t *boot;
	long long most = 1;
	struct bo_buf text = {0};

	json_array_foreach(schedule, i, boot) if (number_of(boot, "operations") > most) most =
		number_of(boot, "operations");
	bo_svg_begin(out, WIDTH, 120 + (int)count * ROW);
	bo_buf_printf(&text, "%s@%s: %s after %lld cut%s%s", text_of(record, "scenario"),
		      text_of(record, "hash8"), text_of(finding, "outcome"),
		      number_of(finding, "cuts"), number_of(finding, "cuts") == 1 ? "" : "s",
		      json_is_true(json_object_get(finding, "stuck"))
			      ? ", and boot after boot no promised outcome"
			      : "");
	say(out, 14, 26, TITLE, BO_SVG_START, &text);
	bo_buf_printf(&text,
		      "reality: %s. The length of a bar is the boot's flash operations, grey what "
		      "was carried out.",
		      text_of(record, "reality"));
	say(out, 14, 46, TEXT, BO_SVG_START, &text);
	for (i = 0; i < count; i++)
		draw_boot(json_array_get(schedule, i), i, most, out);
	bo_buf_printf(&text, "brownout replay %s", text_of(finding, "id"));
	say(out, 14, 100 + (int)count * ROW, SMALL, BO_SVG_START, &text);
	bo_buf_done(&text);
	bo_svg_end(out);
}
