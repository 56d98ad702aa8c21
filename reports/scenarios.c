#include "reports/scenarios.h"

#include <stdlib.h>

#include "harness/model/journal.h"
#include "harness/model/stats.h"
#include "harness/model/verdict.h"

#define NAME_MAX_SHOWN 48

struct row {
	char name[NAME_MAX_SHOWN];
	struct bo_tally tally;
	uint64_t drawn, drawn_failed; /* uniformly, and judged */
};

struct bo_scenarios {
	struct row *row;
	size_t count;
	size_t current; /* the row of the trial that is being read */
	bool any;
	int verdict; /* its verdict; -1: none yet */
};

static void name_of(const char *id, char out[NAME_MAX_SHOWN])
{
	(void)bo_str_escape(out, NAME_MAX_SHOWN, id, strcspn(id, "@"));
}

/* A run has some tens of scenarios, and their trials mostly stand together. */
static size_t row_of(struct bo_scenarios *s, const char *name)
{
	for (size_t i = s->count; i-- > 0;)
		if (strcmp(s->row[i].name, name) == 0)
			return i;
	s->row = reallocarray(s->row, s->count + 1, sizeof(*s->row));
	if (!s->row)
		abort();
	s->row[s->count] = (struct row){0};
	(void)bo_str_copy(s->row[s->count].name, NAME_MAX_SHOWN, name);
	return s->count++;
}

/* A trial without a verdict ended in the middle. */
static void end_trial(struct bo_scenarios *s)
{
	if (s->any && s->verdict == -1)
		s->row[s->current].tally.inconclusive++;
	s->verdict = -1;
}

static void on_trial(void *report, const json_t *line)
{
	struct bo_scenarios *s = report;
	char name[NAME_MAX_SHOWN];

	end_trial(s);
	name_of(bo_journal_str(line, "id", "?"), name);
	s->current = row_of(s, name);
	s->row[s->current].tally.planned++;
	s->any = true;
}

static void on_verdict(void *report, const json_t *line)
{
	struct bo_scenarios *s = report;

	if (!s->any)
		return;
	struct bo_tally *tally = &s->row[s->current].tally;
	int64_t fired = bo_journal_int(line, "fired", 0),
		proven = bo_journal_int(line, "proven", 0);
	int verdict = bo_verdict_parse(bo_journal_str(line, "verdict", ""));

	s->verdict = verdict < 0 ? BO_INCONCLUSIVE : verdict;
	if (bo_journal_bool(line, "not_applicable", false)) {
		tally->planned--;
		tally->not_applicable++;
		return;
	}
	tally->fired += fired > 0 ? (uint64_t)fired : 0;
	tally->proven += proven > 0 ? (uint64_t)proven : 0;
	tally->judged += bo_journal_bool(line, "judged", false);
	tally->passed += s->verdict == BO_PASS;
	tally->failed += s->verdict == BO_FAIL;
	tally->skipped += s->verdict == BO_SKIPPED;
	tally->inconclusive += s->verdict == BO_INCONCLUSIVE;
}

static void on_drawn(void *report, const json_t *line)
{
	struct bo_scenarios *s = report;

	if (!s->any || !bo_journal_bool(line, "uniformly", false) ||
	    (s->verdict != BO_PASS && s->verdict != BO_FAIL))
		return;
	s->row[s->current].drawn++;
	s->row[s->current].drawn_failed += s->verdict == BO_FAIL;
}

static void on_stopped(void *report, const json_t *line)
{
	struct bo_scenarios *s = report;
	char name[NAME_MAX_SHOWN];

	name_of(bo_journal_str(line, "scenario", "?"), name);
	size_t row = row_of(s, name); /* which may move them */

	s->row[row].tally.stopped++;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"drawn", on_drawn},
		{"stopped", on_stopped},
		{"trial", on_trial},
		{"verdict", on_verdict},
	};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_scenarios *bo_scenarios_new(void)
{
	struct bo_scenarios *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->verdict = -1;
	return s;
}

void bo_scenarios_free(struct bo_scenarios *s)
{
	if (!s)
		return;
	free(s->row);
	free(s);
}

struct bo_reader bo_scenarios_reader(struct bo_scenarios *s)
{
	return (struct bo_reader){take_line, s};
}

static void render_row(const struct row *row, bool interrupted, struct bo_buf *out)
{
	const struct bo_tally *t = &row->tally;
	char bound[BO_STATS_TEXT_MAX] = "-";

	if (row->drawn > 0)
		(void)bo_stats_format(
			bound, bo_stats_upper_ppb(row->drawn_failed, row->drawn, BO_STATS_95), 1);
	bo_buf_printf(out, "  %-24s %7llu %6llu %7llu %7llu %7llu %7llu %8llu %13llu %5llu  %s%s\n",
		      row->name, (unsigned long long)t->planned, (unsigned long long)t->fired,
		      (unsigned long long)t->proven, (unsigned long long)t->judged,
		      (unsigned long long)t->passed, (unsigned long long)t->failed,
		      (unsigned long long)t->skipped,
		      (unsigned long long)(t->inconclusive + interrupted),
		      (unsigned long long)t->not_applicable, bound,
		      t->stopped > 0 ? "  strategy not begun" : "");
}

void bo_scenarios_render(const struct bo_scenarios *s, struct bo_buf *out)
{
	if (s->count < 2)
		return;
	bo_buf_printf(out, "\n  %-24s %7s %6s %7s %7s %7s %7s %8s %13s %5s  %s\n", "scenario",
		      "planned", "fired", "proven", "judged", "passed", "failed", "skipped",
		      "inconclusive", "n/a", "fails at most (95 %)");
	for (size_t i = 0; i < s->count; i++)
		render_row(&s->row[i], s->any && s->verdict == -1 && i == s->current, out);
}
