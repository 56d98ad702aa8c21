#include "reports/summary.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/journal.h"

#define TEXT_MAX  320
#define NS_PER_US 1000

struct row {
	char id[512];
	char verdict[16], outcome[32], then[32];
	char why[TEXT_MAX];
	char came_back[64];
	char witnesses[96];
	char reality[16];
	char drifted_to[16];
	int64_t due_ns, done_ns;
	bool cut, judged, not_applicable, resumed;
	int64_t fired, proven;
};

struct rows {
	struct row *row;
	size_t count;
	struct row scratch; /* for lines in front of the first trial */
};

static struct row *current(struct rows *rows)
{
	return rows->count > 0 ? &rows->row[rows->count - 1] : &rows->scratch;
}

/* Whatever stands in a journal is shown as one printable line. */
static void take_text(char *out, size_t cap, const json_t *line, const char *key,
		      const char *fallback)
{
	const char *text = bo_journal_str(line, key, fallback);

	(void)bo_str_escape(out, cap, text, strlen(text));
}

/* Times and counts are never negative, whatever the journal says. */
static int64_t take_count(const json_t *line, const char *key)
{
	int64_t value = bo_journal_int(line, key, 0);

	return value > 0 ? value : 0;
}

static void on_trial(struct rows *rows, const json_t *line)
{
	struct row *grown = realloc(rows->row, (rows->count + 1) * sizeof(*grown));

	if (!grown)
		abort();
	rows->row = grown;
	memset(&grown[rows->count++], 0, sizeof(*grown));
	take_text(current(rows)->id, sizeof(grown->id), line, "id", "?");
}

static void on_drift(struct rows *rows, const json_t *line)
{
	take_text(current(rows)->drifted_to, sizeof(rows->scratch.drifted_to), line, "is", "?");
}

static void on_identity(struct rows *rows, const json_t *line)
{
	take_text(current(rows)->reality, sizeof(rows->scratch.reality), line, "reality", "?");
}

static void on_fault(struct rows *rows, const json_t *line)
{
	struct row *row = current(rows);

	row->cut = true;
	row->due_ns = take_count(line, "due");
	row->done_ns = take_count(line, "done");
}

static void on_proof(struct rows *rows, const json_t *line)
{
	struct row *row = current(rows);
	size_t len = strlen(row->witnesses);
	bool says_off = bo_journal_bool(line, "says", false);
	char name[48];

	take_text(name, sizeof(name), line, "witness", "?");
	/* of several cuts: each witness once, unless it says no */
	if (says_off && strstr(row->witnesses, name))
		return;
	(void)snprintf(row->witnesses + len, sizeof(row->witnesses) - len, "%s%s%s",
		       len > 0 ? ", " : "", says_off ? "" : "NOT ", name);
}

static void on_outcome(struct rows *rows, const json_t *line)
{
	struct row *row = current(rows);
	bool first = row->outcome[0] == '\0';

	take_text(first ? row->outcome : row->then, sizeof(row->outcome), line, "outcome", "?");
	if (first)
		take_text(row->came_back, sizeof(row->came_back), line, "how", "");
	else
		row->resumed = bo_journal_bool(line, "resumed", false);
}

static void on_verdict(struct rows *rows, const json_t *line)
{
	struct row *row = current(rows);

	take_text(row->verdict, sizeof(row->verdict), line, "verdict", "?");
	take_text(row->why, sizeof(row->why), line, "why", "");
	row->judged = bo_journal_bool(line, "judged", false);
	row->fired = take_count(line, "fired");
	row->proven = take_count(line, "proven");
	row->not_applicable = bo_journal_bool(line, "not_applicable", false);
}

static const struct {
	const char *kind;
	void (*take)(struct rows *rows, const json_t *line);
} takers[] = {
	{"drift", on_drift},	 {"fault", on_fault}, {"identity", on_identity},
	{"outcome", on_outcome}, {"proof", on_proof}, {"trial", on_trial},
	{"verdict", on_verdict},
};

static void take_line(void *ctx, const json_t *line)
{
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (bo_journal_is(line, takers[i].kind))
			takers[i].take(ctx, line);
}

static int collect(const char *journal, size_t len, struct rows *rows, size_t *reterr_line)
{
	*rows = (struct rows){0};
	int rc = bo_journal_walk(journal, len, take_line, rows, reterr_line);

	if (rc < 0)
		free(rows->row);
	return rc;
}

static void count(const struct row *row, struct bo_tally *tally)
{
	int verdict = bo_verdict_parse(row->verdict);

	if (row->not_applicable) {
		tally->not_applicable++;
		return;
	}
	tally->planned++;
	tally->fired += (uint64_t)row->fired;
	tally->proven += (uint64_t)row->proven;
	tally->judged += row->judged;
	tally->passed += verdict == BO_PASS;
	tally->failed += verdict == BO_FAIL;
	tally->skipped += verdict == BO_SKIPPED;
	/* a trial without a verdict line ended in the middle: it says nothing */
	tally->inconclusive += verdict == BO_INCONCLUSIVE || verdict < 0;
	tally->unresolved += bo_outcome_parse(row->outcome) == BO_OUTCOME_UNRESOLVED;
}

static void count_all(const struct rows *rows, struct bo_tally *ret)
{
	*ret = (struct bo_tally){0};
	for (size_t i = 0; i < rows->count; i++)
		count(&rows->row[i], ret);
}

int bo_summary_tally(const char *journal, size_t len, struct bo_tally *ret, size_t *reterr_line)
{
	struct rows rows;
	int rc = collect(journal, len, &rows, reterr_line);

	if (rc < 0)
		return rc;
	count_all(&rows, ret);
	free(rows.row);
	return 0;
}

static const char *cut_text(const struct row *row, char *out, size_t cap)
{
	int64_t lag_us = (row->done_ns - row->due_ns) / NS_PER_US;
	int64_t due_us = row->due_ns / NS_PER_US;

	if (!row->cut)
		return "-";
	(void)snprintf(out, cap, "%lld.%03lld ms +%lld us", (long long)(due_us / 1000),
		       (long long)(due_us % 1000), (long long)lag_us);
	return out;
}

static void outcome_text(const struct row *row, char *out, size_t cap)
{
	(void)snprintf(out, cap, "%s%s%s%s", row->outcome[0] ? row->outcome : "-",
		       row->then[0] ? ", then " : "", row->then, row->resumed ? " (resumed)" : "");
}

static const char *verdict_text(const struct row *row)
{
	if (row->not_applicable)
		return "n/a";
	return row->verdict[0] ? row->verdict : "no verdict";
}

static void render_row(size_t number, const struct row *row, struct bo_buf *out)
{
	char cut[48], outcome[96];

	outcome_text(row, outcome, sizeof(outcome));
	bo_buf_printf(out, "%3zu  %-12s  %-32s  %-24s  %-30s  %s\n", number, verdict_text(row),
		      outcome, cut_text(row, cut, sizeof(cut)),
		      row->witnesses[0] ? row->witnesses : "-",
		      row->came_back[0] ? row->came_back : "-");
	bo_buf_printf(out, "     %s%s%s\n", row->id, row->drifted_to[0] ? "  # tried as @" : "",
		      row->drifted_to);
	if (strcmp(row->verdict, bo_verdict_names[BO_PASS]) != 0)
		bo_buf_printf(out, "     %s\n",
			      row->verdict[0] ? row->why : "the trial ended in the middle");
}

static void render_reality(const struct rows *rows, struct bo_buf *out)
{
	const char *reality = "";

	/* a trial that never came to its probe says nothing about it */
	for (size_t i = 0; i < rows->count; i++) {
		const char *of_row = rows->row[i].reality;

		if (of_row[0] && reality[0] && strcmp(of_row, reality) != 0)
			reality = "mixed";
		else if (of_row[0])
			reality = of_row;
	}
	bo_buf_printf(out, "reality: %s\n\n", reality[0] ? reality : "unknown (no probe)");
}

static void render_replays(const struct rows *rows, const char *replay, struct bo_buf *out)
{
	bool any = false;

	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(rows->row[i].verdict, bo_verdict_names[BO_FAIL]) != 0)
			continue;
		bo_buf_printf(out, "%s  %s %s\n", any ? "" : "\nrepeat what broke a promise:\n",
			      replay, rows->row[i].id);
		any = true;
	}
}

static const char *conclusion(const struct bo_tally *tally)
{
	if (tally->failed > 0)
		return "A PROMISE WAS BROKEN";
	if (tally->passed == tally->planned && tally->planned > 0)
		return "all promises held";
	return "NO VERDICT on some trials";
}

int bo_summary_render(const char *journal, size_t len, const char *replay, struct bo_buf *out,
		      size_t *reterr_line)
{
	struct rows rows;
	struct bo_tally tally;
	int rc = collect(journal, len, &rows, reterr_line);

	if (rc < 0)
		return rc;
	count_all(&rows, &tally);
	render_reality(&rows, out);
	bo_buf_printf(out, "%3s  %-12s  %-32s  %-24s  %-30s  %s\n", "#", "verdict", "outcome",
		      "cut: due, achieved", "proven off by", "came back");
	for (size_t i = 0; i < rows.count; i++)
		render_row(i + 1, &rows.row[i], out);
	render_replays(&rows, replay, out);
	bo_buf_printf(out,
		      "\n%s: planned %llu, fired %llu, proven %llu, judged %llu, skipped %llu, not "
		      "applicable %llu\n",
		      conclusion(&tally), (unsigned long long)tally.planned,
		      (unsigned long long)tally.fired, (unsigned long long)tally.proven,
		      (unsigned long long)tally.judged, (unsigned long long)tally.skipped,
		      (unsigned long long)tally.not_applicable);
	free(rows.row);
	return 0;
}

int bo_summary_trial(const char *journal, size_t len, struct bo_buf *out)
{
	struct rows rows;
	size_t line;
	char cut[48], outcome[96];
	int rc = collect(journal, len, &rows, &line);

	if (rc < 0)
		return rc;
	if (rows.count > 0) {
		const struct row *row = &rows.row[0];

		outcome_text(row, outcome, sizeof(outcome));
		bo_buf_printf(out, "%s: %s; cut %s; proven off by %s; came back: %s",
			      verdict_text(row), outcome, cut_text(row, cut, sizeof(cut)),
			      row->witnesses[0] ? row->witnesses : "-",
			      row->came_back[0] ? row->came_back : "-");
	}
	free(rows.row);
	return 0;
}
