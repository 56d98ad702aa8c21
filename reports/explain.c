#include "reports/explain.h"

#include <stdlib.h>

#include "harness/model/journal.h"
#include "harness/model/verdict.h"

#define NS_PER_US 1000

/* What each line of the explanation says; lines that nothing was heard of stay empty. */
struct bo_explain {
	struct bo_buf id, tried, bench, promised, seen, faults, boots, deaths, flash, network, rig;
	char verdict[24], why[400], came_back[64];
	int64_t planned, fired, proven, worst_lag_ns;
	unsigned ranges, unknown_ranges, faults_seen, boots_seen, deaths_seen;
	bool armed, cleared;
};

/* Whatever stands in a journal is shown as printable text. */
static void add(struct bo_buf *out, const char *separator, const json_t *line, const char *key)
{
	const char *text = bo_journal_str(line, key, "");

	if (out->len > 0)
		bo_buf_printf(out, "%s", separator);
	bo_buf_escape(out, text, strlen(text));
}

static void start_over(struct bo_explain *e)
{
	struct bo_buf *const texts[] = {&e->id,	   &e->tried,	&e->bench, &e->promised,
					&e->seen,  &e->faults,	&e->boots, &e->deaths,
					&e->flash, &e->network, &e->rig};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		bo_buf_done(texts[i]);
	*e = (struct bo_explain){0};
}

static void on_trial(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	start_over(e);
	add(&e->id, "", line, "id");
	add(&e->tried, "", line, "title");
	add(&e->tried, ": ", line, "old");
	add(&e->tried, " to ", line, "new");
	add(&e->tried, " on ", line, "target");
	add(&e->promised, "", line, "promise");
}

static void on_identity(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	bo_buf_reset(&e->bench);
	add(&e->bench, "", line, "reality");
	add(&e->bench, ", chip ", line, "chip");
	add(&e->bench, ", unique id ", line, "uid");
}

static void on_range(void *report, const json_t *line)
{
	struct bo_explain *e = report;
	const char *how = bo_journal_str(line, "how", "");

	if (e->armed)
		return;
	e->ranges++;
	e->unknown_ranges += strcmp(how, "unchanged") != 0 && strcmp(how, "rewritten") != 0;
}

/* What the bench does to its flash later is no part of the start state. */
static void on_armed(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	(void)line;
	e->armed = true;
}

static void on_fault(void *report, const json_t *line)
{
	struct bo_explain *e = report;
	int64_t due = bo_journal_int(line, "due", 0), lag = bo_journal_int(line, "lag", 0);

	add(&e->faults, "; ", line, "fault");
	bo_buf_printf(&e->faults, " at %lld.%03lld ms, %lld us late",
		      (long long)(due / NS_PER_US / 1000), (long long)(due / NS_PER_US % 1000),
		      (long long)(lag / NS_PER_US));
	e->faults_seen++;
	if (lag > e->worst_lag_ns)
		e->worst_lag_ns = lag;
}

static void on_proof(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	bo_buf_printf(&e->faults, ", %s ",
		      bo_journal_bool(line, "says", false) ? "off by" : "NOT off by");
	add(&e->faults, "", line, "witness");
}

static void on_boot(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	add(&e->boots, ", ", line, "cause");
	e->boots_seen++;
}

static void on_dead(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	e->deaths_seen++;
	bo_buf_reset(&e->deaths);
	add(&e->deaths, "", line, "pattern");
}

static void on_read_back(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	add(&e->flash, "; ", line, "range");
	add(&e->flash, " holds: ", line, "is");
	if (bo_journal_str(line, "text", "")[0])
		add(&e->flash, ", ", line, "text");
}

static void on_network(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	if (strcmp(bo_journal_str(line, "did", ""), "counted") != 0)
		return;
	add(&e->network, "; ", line, "way");
	add(&e->network, ": ", line, "is");
	add(&e->network, ", loss ", line, "loss");
}

static void on_slot(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	if (!bo_journal_bool(line, "active", false))
		return;
	add(&e->flash, "; ", line, "version");
	add(&e->flash, " runs by its own word: ", line, "is");
}

static void on_rig(void *report, const json_t *line)
{
	struct bo_explain *e = report;

	add(&e->rig, "; ", line, "text");
}

static void on_outcome(void *report, const json_t *line)
{
	struct bo_explain *e = report;
	bool first = e->seen.len == 0;
	const char *how = bo_journal_str(line, "how", "");

	add(&e->seen, "; then ", line, "outcome");
	add(&e->seen, ": ", line, "why");
	if (first)
		(void)bo_str_escape(e->came_back, sizeof(e->came_back), how, strlen(how));
	e->cleared |= strcmp(bo_journal_str(line, "outcome", ""),
			     bo_outcome_names[BO_OUTCOME_BRICKED]) == 0;
}

static void on_verdict(void *report, const json_t *line)
{
	struct bo_explain *e = report;
	const char *verdict = bo_journal_str(line, "verdict", "");
	const char *why = bo_journal_str(line, "why", "");

	(void)bo_str_escape(e->verdict, sizeof(e->verdict), verdict, strlen(verdict));
	(void)bo_str_escape(e->why, sizeof(e->why), why, strlen(why));
	e->planned = bo_journal_int(line, "planned", 0);
	e->fired = bo_journal_int(line, "fired", 0);
	e->proven = bo_journal_int(line, "proven", 0);
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"armed", on_armed},	     {"boot", on_boot},		{"dead", on_dead},
		{"fault", on_fault},	     {"identity", on_identity}, {"outcome", on_outcome},
		{"network", on_network},     {"proof", on_proof},	{"range", on_range},
		{"read-back", on_read_back}, {"rig", on_rig},		{"slot", on_slot},
		{"trial", on_trial},	     {"verdict", on_verdict},
	};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_explain *bo_explain_new(void)
{
	struct bo_explain *explain = calloc(1, sizeof(*explain));

	if (!explain)
		abort();
	return explain;
}

void bo_explain_free(struct bo_explain *explain)
{
	if (!explain)
		return;
	start_over(explain);
	free(explain);
}

struct bo_reader bo_explain_reader(struct bo_explain *explain)
{
	return (struct bo_reader){take_line, explain};
}

static const char *text(const struct bo_buf *buf, const char *otherwise)
{
	return buf->len > 0 ? buf->data : otherwise;
}

static void render_boots(const struct bo_explain *e, struct bo_buf *out)
{
	bo_buf_printf(out, "  boots     %u (%s)", e->boots_seen, text(&e->boots, "none heard"));
	if (e->deaths_seen > 0)
		bo_buf_printf(out, ", %u times \"%s\"", e->deaths_seen, e->deaths.data);
	bo_buf_printf(out, "; came back: %s\n", e->came_back[0] ? e->came_back : "-");
}

/* A finding is the device's when nothing of the rig can have made it. */
static void render_reason(const struct bo_explain *e, struct bo_buf *out)
{
	bool judged =
		bo_verdict_parse(e->verdict) == BO_PASS || bo_verdict_parse(e->verdict) == BO_FAIL;

	if (!judged || e->rig.len > 0) {
		bo_buf_printf(out, "  no device %s\n",
			      text(&e->rig, "nobody can say what the device would have done"));
		return;
	}
	bo_buf_printf(out, "  not rig   start state: %u ranges compared", e->ranges);
	if (e->unknown_ranges > 0)
		bo_buf_printf(out, ", %u of them kept as they were", e->unknown_ranges);
	bo_buf_printf(out, "; cuts proven: %lld of %lld; worst lag %lld us%s\n",
		      (long long)e->proven, (long long)e->fired,
		      (long long)(e->worst_lag_ns / NS_PER_US),
		      e->cleared ? "; the golden image boots on the same bench" : "");
}

static const struct {
	enum bo_verdict verdict;
	const char *command, *what;
} next_steps[] = {
	{BO_FAIL, "shrink", "fewer and simpler faults"},
	{BO_PASS, "rate -n 50", "is it always so?"},
	{BO_SKIPPED, "replay", "was the point missed by chance?"},
	{BO_INCONCLUSIVE, "replay", "once 'doctor' and 'rack check' are content"},
};

static void render_next(const struct bo_explain *e, const char *program, struct bo_buf *out)
{
	int verdict = bo_verdict_parse(e->verdict);

	for (size_t i = 0; i < sizeof(next_steps) / sizeof(next_steps[0]); i++)
		if ((int)next_steps[i].verdict == verdict)
			bo_buf_printf(out, "  next      %s %s %s  # %s\n", program,
				      next_steps[i].command, text(&e->id, "ID"),
				      next_steps[i].what);
}

void bo_explain_render(const struct bo_explain *e, const char *program, struct bo_buf *out)
{
	bo_buf_printf(out, "%s\n", text(&e->id, "no trial"));
	bo_buf_printf(out, "  tried     %s (%s)\n", text(&e->tried, "-"),
		      text(&e->bench, "no probe answered"));
	bo_buf_printf(out, "  promised  %s\n", text(&e->promised, "-"));
	bo_buf_printf(out, "  seen      %s\n", text(&e->seen, "nothing that decides"));
	bo_buf_printf(out, "  faults    %s (%lld of %lld)\n", text(&e->faults, "none"),
		      (long long)e->fired, (long long)e->planned);
	render_boots(e, out);
	if (e->network.len > 0)
		bo_buf_printf(out, "  network   %s\n", e->network.data);
	bo_buf_printf(out, "  flash     %s\n", text(&e->flash, "not read back"));
	bo_buf_printf(out, "  verdict   %s: %s\n", e->verdict[0] ? e->verdict : "none",
		      e->verdict[0] ? e->why : "the trial ended in the middle");
	render_reason(e, out);
	render_next(e, program, out);
}
