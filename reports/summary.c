#include "reports/summary.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/journal.h"

#define TEXT_MAX  320
#define NS_PER_US 1000

struct cut {
	int64_t due_ns, done_ns;
	char witnesses[96];
};

struct row {
	char id[512];
	char verdict[16], outcome[32], then[32], control[32];
	char refused_at[16], refusal[96], staged[96]; /* of a negative */
	char why[TEXT_MAX];
	char came_back[64];
	char reality[16];
	char drifted_to[16];
	size_t first_cut, cuts; /* among the summary's cuts */
	bool judged, not_applicable, resumed;
	int64_t fired, proven;
};

struct bo_summary {
	struct row *row;
	size_t count;
	struct row scratch; /* for lines in front of the first trial */
	struct cut *cut;
	size_t cuts;
	uint64_t stopped; /* strategies */
};

static struct row *current(struct bo_summary *summary)
{
	return summary->count > 0 ? &summary->row[summary->count - 1] : &summary->scratch;
}

/* Room for one more, at amortised cost: zeroed. */
static void *grow(void *items, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0)
		items = reallocarray(items, count ? 2 * count : 1, size);
	if (!items)
		abort();
	memset((char *)items + count * size, 0, size);
	return items;
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

static void on_trial(void *report, const json_t *line)
{
	struct bo_summary *summary = report;

	summary->row = grow(summary->row, summary->count, sizeof(*summary->row));
	summary->count++;
	current(summary)->first_cut = summary->cuts;
	take_text(current(summary)->id, sizeof(summary->row->id), line, "id", "?");
}

static void on_drift(void *report, const json_t *line)
{
	struct row *row = current(report);

	take_text(row->drifted_to, sizeof(row->drifted_to), line, "is", "?");
}

static void on_identity(void *report, const json_t *line)
{
	struct row *row = current(report);

	take_text(row->reality, sizeof(row->reality), line, "reality", "?");
}

static void on_fault(void *report, const json_t *line)
{
	struct bo_summary *summary = report;

	summary->cut = grow(summary->cut, summary->cuts, sizeof(*summary->cut));
	struct cut *cut = &summary->cut[summary->cuts++];

	current(summary)->cuts++;
	cut->due_ns = take_count(line, "due");
	cut->done_ns = take_count(line, "done");
}

/* Witnesses speak of the latest cut. */
static void on_proof(void *report, const json_t *line)
{
	struct bo_summary *summary = report;
	struct cut *cut = current(summary)->cuts > 0 ? &summary->cut[summary->cuts - 1] : NULL;
	char name[48];

	if (!cut)
		return;
	size_t len = strlen(cut->witnesses);

	take_text(name, sizeof(name), line, "witness", "?");
	(void)snprintf(cut->witnesses + len, sizeof(cut->witnesses) - len, "%s%s%s",
		       len > 0 ? ", " : "", bo_journal_bool(line, "says", false) ? "" : "NOT ",
		       name);
}

static void on_outcome(void *report, const json_t *line)
{
	struct row *row = current(report);
	bool first = row->outcome[0] == '\0';

	take_text(first ? row->outcome : row->then, sizeof(row->outcome), line, "outcome", "?");
	if (first)
		take_text(row->came_back, sizeof(row->came_back), line, "how", "");
	else
		row->resumed = bo_journal_bool(line, "resumed", false);
}

/* The first one: what comes later is the second update's, or the control's. */
static void on_refusal(void *report, const json_t *line)
{
	struct row *row = current(report);

	if (row->refused_at[0])
		return;
	take_text(row->refused_at, sizeof(row->refused_at), line, "stage", "?");
	take_text(row->refusal, sizeof(row->refusal), line, "text", "");
}

static void on_staged(void *report, const json_t *line)
{
	struct row *row = current(report);
	size_t len = strlen(row->staged);
	long long equal = (long long)take_count(line, "equal");
	long long erased = (long long)take_count(line, "erased");
	long long other = (long long)take_count(line, "other");

	if (strcmp(bo_journal_str(line, "by", ""), "read-back") == 0)
		(void)snprintf(row->staged + len, sizeof(row->staged) - len,
			       "%lld of %lld KiB read back, ", equal, equal + erased + other);
	else
		(void)snprintf(row->staged + len, sizeof(row->staged) - len,
			       "%lld of %lld bytes acknowledged",
			       (long long)take_count(line, "bytes"),
			       (long long)take_count(line, "of"));
}

static void on_control(void *report, const json_t *line)
{
	struct row *row = current(report);

	take_text(row->control, sizeof(row->control), line, "outcome", "?");
}

static void on_verdict(void *report, const json_t *line)
{
	struct row *row = current(report);

	take_text(row->verdict, sizeof(row->verdict), line, "verdict", "?");
	take_text(row->why, sizeof(row->why), line, "why", "");
	row->judged = bo_journal_bool(line, "judged", false);
	row->fired = take_count(line, "fired");
	row->proven = take_count(line, "proven");
	row->not_applicable = bo_journal_bool(line, "not_applicable", false);
}

static void on_stopped(void *report, const json_t *line)
{
	struct bo_summary *summary = report;

	(void)line;
	summary->stopped++;
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"control", on_control},   {"drift", on_drift},	    {"fault", on_fault},
		{"identity", on_identity}, {"outcome", on_outcome}, {"proof", on_proof},
		{"stopped", on_stopped},   {"refusal", on_refusal}, {"staged", on_staged},
		{"trial", on_trial},	   {"verdict", on_verdict},
	};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_summary *bo_summary_new(void)
{
	struct bo_summary *summary = calloc(1, sizeof(*summary));

	if (!summary)
		abort();
	return summary;
}

void bo_summary_free(struct bo_summary *summary)
{
	if (!summary)
		return;
	free(summary->row);
	free(summary->cut);
	free(summary);
}

struct bo_reader bo_summary_reader(struct bo_summary *summary)
{
	return (struct bo_reader){take_line, summary};
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

void bo_summary_tally(const struct bo_summary *summary, struct bo_tally *ret)
{
	*ret = (struct bo_tally){.stopped = summary->stopped};
	for (size_t i = 0; i < summary->count; i++)
		count(&summary->row[i], ret);
}

static const char *cut_text(const struct cut *cut, char *out, size_t cap)
{
	int64_t lag_us = (cut->done_ns - cut->due_ns) / NS_PER_US;
	int64_t due_us = cut->due_ns / NS_PER_US;

	(void)snprintf(out, cap, "%lld.%03lld ms +%lld us", (long long)(due_us / 1000),
		       (long long)(due_us % 1000), (long long)lag_us);
	return out;
}

static const char *witnesses(const struct cut *cut)
{
	return cut->witnesses[0] ? cut->witnesses : "-";
}

static void outcome_text(const struct row *row, char *out, size_t cap)
{
	bool refused = row->refused_at[0] && bo_outcome_parse(row->outcome) == BO_OUTCOME_REFUSED;

	(void)snprintf(out, cap, "%s%s%s%s%s%s", row->outcome[0] ? row->outcome : "-",
		       refused ? " at " : "", refused ? row->refused_at : "",
		       row->then[0] ? ", then " : "", row->then, row->resumed ? " (resumed)" : "");
}

static const char *verdict_text(const struct row *row)
{
	if (row->not_applicable)
		return "n/a";
	return row->verdict[0] ? row->verdict : "no verdict";
}

/* The columns of one cut and, behind the first, what came of all. */
static void render_cut(const struct cut *cut, const char *came_back, struct bo_buf *out)
{
	char text[48];

	bo_buf_printf(out, "%-24s  ", cut ? cut_text(cut, text, sizeof(text)) : "-");
	if (came_back)
		bo_buf_printf(out, "%-30s  %s\n", cut ? witnesses(cut) : "-", came_back);
	else
		bo_buf_printf(out, "%s\n", witnesses(cut));
}

/* Why a negative's refusal counts, or why it does not. */
static void render_refusal(const struct row *row, struct bo_buf *out)
{
	if (row->staged[0] && row->control[0])
		bo_buf_printf(out, "     %s%sstaged: %s; its control: %s\n", row->refusal,
			      row->refusal[0] ? "; " : "", row->staged, row->control);
}

static bool has_passed(const struct row *row)
{
	return strcmp(row->verdict, bo_verdict_names[BO_PASS]) == 0;
}

static void render_row(const struct bo_summary *summary, size_t i, struct bo_buf *out)
{
	const struct row *row = &summary->row[i];
	const struct cut *cuts = row->cuts > 0 ? summary->cut + row->first_cut : NULL;
	char outcome[128];

	outcome_text(row, outcome, sizeof(outcome));
	bo_buf_printf(out, "%3zu  %-12s  %-32s  ", i + 1, verdict_text(row), outcome);
	render_cut(cuts, row->came_back[0] ? row->came_back : "-", out);
	for (size_t k = 1; k < row->cuts; k++) {
		bo_buf_printf(out, "%53s", "");
		render_cut(&cuts[k], NULL, out);
	}
	bo_buf_printf(out, "     %s%s%s\n", row->id, row->drifted_to[0] ? "  # tried as @" : "",
		      row->drifted_to);
	render_refusal(row, out);
	if (!has_passed(row))
		bo_buf_printf(out, "     %s\n",
			      row->verdict[0] ? row->why : "the trial ended in the middle");
}

static void render_reality(const struct bo_summary *summary, struct bo_buf *out)
{
	const char *reality = "";

	/* a trial that never came to its probe says nothing about it */
	for (size_t i = 0; i < summary->count; i++) {
		const char *of_row = summary->row[i].reality;

		if (of_row[0] && reality[0] && strcmp(of_row, reality) != 0)
			reality = "mixed";
		else if (of_row[0])
			reality = of_row;
	}
	bo_buf_printf(out, "reality: %s\n\n", reality[0] ? reality : "unknown (no probe)");
}

static void render_replays(const struct bo_summary *summary, const char *replay, struct bo_buf *out)
{
	bool any = false;

	for (size_t i = 0; i < summary->count; i++) {
		if (strcmp(summary->row[i].verdict, bo_verdict_names[BO_FAIL]) != 0 ||
		    (i > 0 && strcmp(summary->row[i].id, summary->row[i - 1].id) == 0))
			continue;
		bo_buf_printf(out, "%s  %s %s\n", any ? "" : "\nrepeat what broke a promise:\n",
			      replay, summary->row[i].id);
		any = true;
	}
}

static const char *conclusion(const struct bo_tally *tally)
{
	if (tally->failed > 0)
		return "A PROMISE WAS BROKEN";
	if (tally->passed == tally->planned && tally->planned > 0 && tally->stopped == 0)
		return "all promises held";
	return "NO VERDICT on some trials";
}

static void render_head(struct bo_buf *out)
{
	bo_buf_printf(out, "%3s  %-12s  %-32s  %-24s  %-30s  %s\n", "#", "verdict", "outcome",
		      "fault: due, achieved", "proven by", "came back");
}

static void render_rows(const struct bo_summary *summary, bool brief, struct bo_buf *out)
{
	bool headed = false;

	for (size_t i = 0; i < summary->count; i++) {
		if (brief && has_passed(&summary->row[i]))
			continue;
		if (!headed)
			render_head(out);
		headed = true;
		render_row(summary, i, out);
	}
	if (!headed && !brief)
		render_head(out);
}

void bo_summary_render(const struct bo_summary *summary, const char *replay, const char *found,
		       bool brief, struct bo_buf *out)
{
	struct bo_tally tally;

	bo_summary_tally(summary, &tally);
	render_reality(summary, out);
	render_rows(summary, brief, out);
	render_replays(summary, replay, out);
	bo_buf_printf(out, "%s", found ? found : "");
	bo_buf_printf(out,
		      "\n%s: planned %llu, fired %llu, proven %llu, judged %llu, skipped %llu, not "
		      "applicable %llu\n",
		      conclusion(&tally), (unsigned long long)tally.planned,
		      (unsigned long long)tally.fired, (unsigned long long)tally.proven,
		      (unsigned long long)tally.judged, (unsigned long long)tally.skipped,
		      (unsigned long long)tally.not_applicable);
}

void bo_summary_trial(const struct bo_summary *summary, struct bo_buf *out)
{
	const struct row *row = summary->row;
	char outcome[128], text[48];

	if (summary->count == 0)
		return;
	outcome_text(row, outcome, sizeof(outcome));
	bo_buf_printf(out, "%s: %s", verdict_text(row), outcome);
	for (size_t i = 0; i < row->cuts; i++) {
		const struct cut *cut = &summary->cut[row->first_cut + i];

		bo_buf_printf(out, "; fault %s, proven by %s", cut_text(cut, text, sizeof(text)),
			      witnesses(cut));
	}
	bo_buf_printf(out, "; came back: %s", row->came_back[0] ? row->came_back : "-");
}
