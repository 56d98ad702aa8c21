#include "reports/bounds.h"

#include <stdlib.h>

#include "harness/model/journal.h"
#include "harness/model/schedule.h"
#include "harness/model/stats.h"
#include "harness/model/stop_rule.h"
#include "harness/model/values.h"
#include "harness/model/verdict.h"

struct trial {
	size_t order; /* in the journal */
	char *id;
	size_t subject_len;    /* of the id's part in front of the faults: what was tried */
	size_t faults;	       /* 0 also when the id is none */
	struct bo_fault fault; /* the only one */
	char promise[24];      /* the one that was broken */
	int verdict, outcome, then;
	bool uniform;
};

/* A stop rule, and what came of it for one subject. */
struct rule {
	char *subject;
	char end[16];
	int64_t limit_ppb, left_out;
};

struct bo_bounds {
	struct trial *trial;
	size_t count;
	size_t cached;
	struct rule *rule;
	size_t rules;
};

static struct trial *last(struct bo_bounds *bounds)
{
	return bounds->count > 0 ? &bounds->trial[bounds->count - 1] : NULL;
}

static void take_id(struct trial *trial, const char *text)
{
	struct bo_trial_id id;
	struct bo_err err = {0};

	trial->id = strdup(text);
	if (!trial->id)
		abort();
	if (bo_trial_id_parse(text, &id, &err) < 0)
		return;
	trial->subject_len = bo_id_subject_len(text);
	trial->faults = id.schedule.count;
	trial->fault = id.schedule.fault[0];
}

static void on_trial(void *report, const json_t *line)
{
	struct bo_bounds *bounds = report;
	size_t count = bounds->count;

	if ((count & (count - 1)) == 0)
		bounds->trial =
			reallocarray(bounds->trial, count ? 2 * count : 1, sizeof(*bounds->trial));
	if (!bounds->trial)
		abort();
	struct trial *trial = &bounds->trial[bounds->count++];

	*trial = (struct trial){.order = count, .verdict = -1, .outcome = -1, .then = -1};
	take_id(trial, bo_journal_str(line, "id", ""));
}

static void on_outcome(void *report, const json_t *line)
{
	struct trial *trial = last(report);

	if (trial)
		*(trial->outcome < 0 ? &trial->outcome : &trial->then) =
			bo_outcome_parse(bo_journal_str(line, "outcome", ""));
}

static void on_verdict(void *report, const json_t *line)
{
	struct trial *trial = last(report);

	if (!trial)
		return;
	const char *promise = bo_journal_str(line, "broken", "");

	trial->verdict = bo_verdict_parse(bo_journal_str(line, "verdict", ""));
	(void)bo_str_escape(trial->promise, sizeof(trial->promise), promise, strlen(promise));
}

static void on_drawn(void *report, const json_t *line)
{
	struct trial *trial = last(report);

	if (trial)
		trial->uniform = bo_journal_bool(line, "uniformly", false);
}

static void on_cached(void *report, const json_t *line)
{
	struct bo_bounds *bounds = report;

	(void)line;
	bounds->cached++;
}

static void on_rule(void *report, const json_t *line)
{
	struct bo_bounds *bounds = report;
	int64_t limit = bo_journal_int(line, "limit", 0);
	const char *end = bo_journal_str(line, "end", "");

	if (limit <= 0 || limit >= BO_STATS_ONE)
		return;
	bounds->rule = reallocarray(bounds->rule, bounds->rules + 1, sizeof(*bounds->rule));
	if (!bounds->rule)
		abort();
	struct rule *rule = &bounds->rule[bounds->rules++];

	*rule = (struct rule){.limit_ppb = limit, .left_out = bo_journal_int(line, "left_out", 0)};
	rule->subject = strdup(bo_journal_str(line, "subject", ""));
	if (!rule->subject)
		abort();
	(void)bo_str_escape(rule->end, sizeof(rule->end), end, strlen(end));
}

static void take_line(void *report, const char *kind, const json_t *line)
{
	static const struct bo_taker takers[] = {
		{"cached", on_cached}, {"drawn", on_drawn}, {"outcome", on_outcome},
		{"rule", on_rule},     {"trial", on_trial}, {"verdict", on_verdict},
	};

	bo_take(takers, sizeof(takers) / sizeof(takers[0]), report, kind, line);
}

struct bo_bounds *bo_bounds_new(void)
{
	struct bo_bounds *bounds = calloc(1, sizeof(*bounds));

	if (!bounds)
		abort();
	return bounds;
}

void bo_bounds_free(struct bo_bounds *bounds)
{
	if (!bounds)
		return;
	for (size_t i = 0; i < bounds->count; i++)
		free(bounds->trial[i].id);
	for (size_t i = 0; i < bounds->rules; i++)
		free(bounds->rule[i].subject);
	free(bounds->rule);
	free(bounds->trial);
	free(bounds);
}

struct bo_reader bo_bounds_reader(struct bo_bounds *bounds)
{
	return (struct bo_reader){take_line, bounds};
}

static bool is_judged(const struct trial *trial)
{
	return trial->verdict == BO_PASS || trial->verdict == BO_FAIL;
}

/* ---- order: by what was tried, then along the fault point ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_subjects(const struct trial *a, const struct trial *b)
{
	int by = compare_numbers(a->subject_len, b->subject_len);

	return by ? by : strncmp(a->id, b->id, a->subject_len);
}

/* All that a fault says but where along its point it strikes. */
static int compare_lines(const struct trial *a, const struct trial *b)
{
	int by = strcmp(a->fault.point, b->fault.point);

	by = by ? by : strcmp(a->fault.after.point, b->fault.after.point);
	by = by ? by : compare_numbers(a->fault.after.n, b->fault.after.n);
	by = by ? by : compare_numbers(a->fault.boot, b->fault.boot);
	return by ? by : strcmp(strrchr(a->id, '='), strrchr(b->id, '='));
}

static int by_place(const void *left, const void *right)
{
	const struct trial *a = left, *b = right;
	int by = compare_subjects(a, b);

	by = by ? by : compare_numbers(a->faults, b->faults);
	if (by == 0 && a->faults == 1) {
		by = compare_lines(a, b);
		by = by ? by : compare_numbers(a->fault.n, b->fault.n);
		by = by ? by
			: compare_numbers((uint64_t)a->fault.delay_ns, (uint64_t)b->fault.delay_ns);
	}
	by = by ? by : strcmp(a->id, b->id);
	return by ? by : compare_numbers(a->order, b->order);
}

static void show_subject(const struct trial *trial, struct bo_buf *out)
{
	bo_buf_escape(out, trial->id, trial->subject_len);
}

/* ---- rates ---- */

struct rate {
	uint64_t drawn, judged, failed, unresolved;
};

static void count(const struct trial *trial, struct rate *rate)
{
	rate->drawn++;
	rate->judged += is_judged(trial);
	rate->failed += trial->verdict == BO_FAIL;
	rate->unresolved += trial->outcome == BO_OUTCOME_UNRESOLVED;
}

static const struct rule *rule_of(const struct bo_bounds *bounds, const struct trial *trial)
{
	for (size_t i = 0; i < bounds->rules; i++)
		if (strlen(bounds->rule[i].subject) == trial->subject_len &&
		    strncmp(bounds->rule[i].subject, trial->id, trial->subject_len) == 0)
			return &bounds->rule[i];
	return NULL;
}

/* Where a rule could end the trials at any moment, only its own bound holds. */
static const char *upper(const struct rule *rule, char *text, uint64_t failures, uint64_t n)
{
	int64_t bound = rule ? bo_stop_upper_ppb(failures, n, rule->limit_ppb)
			     : bo_stats_upper_ppb(failures, n, BO_STATS_95);

	return bo_stats_format(text, bound, 1);
}

static void render_rate(const struct rule *rule, const struct rate *rate, struct bo_buf *out)
{
	uint64_t all = rate->judged + rate->unresolved, bad = rate->failed + rate->unresolved;
	char text[BO_STATS_TEXT_MAX];

	bo_buf_printf(out, ": n %llu, failed %llu: at most %s", (unsigned long long)rate->judged,
		      (unsigned long long)rate->failed,
		      upper(rule, text, rate->failed, rate->judged));
	bo_buf_printf(out, "; with %llu unresolved as failures, n %llu: at most %s\n",
		      (unsigned long long)rate->unresolved, (unsigned long long)all,
		      upper(rule, text, bad, all));
}

/* Each is a sentence on the limit. */
static void render_rule(const struct rule *rule, const struct rate *rate, struct bo_buf *out)
{
	static const char *const ends[] = {
		[BO_STOP_OPEN] = "did not end: neither 'at most' nor 'above' was shown",
		[BO_STOP_MET] = "ended: the rate is at most that",
		[BO_STOP_EXCEEDED] = "ended: the rate is ABOVE that",
	};
	char limit[BO_STATS_TEXT_MAX], lower[BO_STATS_TEXT_MAX];
	size_t end = 0;

	while (end < BO_STOP_EXCEEDED && strcmp(bo_stop_names[end], rule->end) != 0)
		end++;
	bo_buf_printf(
		out,
		"    by the stop rule of %s, whose bounds hold at any moment: at least %s; "
		"it %s; trials left out: %lld\n",
		bo_stats_format(limit, rule->limit_ppb, 1),
		bo_stats_format(lower,
				bo_stop_lower_ppb(rate->failed, rate->judged, rule->limit_ppb), 0),
		ends[end], (long long)rule->left_out);
}

/* Promises that were broken, each with its own bound: [begin, end) is one subject. */
static void render_promises(const struct bo_bounds *bounds, size_t begin, size_t end,
			    uint64_t judged, struct bo_buf *out)
{
	const struct rule *rule = rule_of(bounds, &bounds->trial[begin]);
	char text[BO_STATS_TEXT_MAX];

	for (size_t i = begin; i < end; i++) {
		const struct trial *trial = &bounds->trial[i];
		uint64_t failed = 0;
		bool told = false;

		if (!trial->uniform || trial->verdict != BO_FAIL || !trial->promise[0])
			continue;
		for (size_t k = begin; k < end; k++) {
			bool same = bounds->trial[k].uniform &&
				    bounds->trial[k].verdict == BO_FAIL &&
				    strcmp(bounds->trial[k].promise, trial->promise) == 0;

			failed += same;
			told |= same && k < i;
		}
		if (!told)
			bo_buf_printf(out, "    promise '%s': broken %llu of %llu: at most %s\n",
				      trial->promise, (unsigned long long)failed,
				      (unsigned long long)judged,
				      upper(rule, text, failed, judged));
	}
}

static size_t end_of_subject(const struct bo_bounds *bounds, size_t begin)
{
	size_t end = begin;

	while (end < bounds->count &&
	       compare_subjects(&bounds->trial[begin], &bounds->trial[end]) == 0)
		end++;
	return end;
}

static void render_rates(const struct bo_bounds *bounds, struct bo_buf *out)
{
	struct rate pool = {0};
	unsigned subjects = 0;

	for (size_t begin = 0, end; begin < bounds->count; begin = end) {
		struct rate rate = {0};

		const struct rule *rule = rule_of(bounds, &bounds->trial[begin]);

		end = end_of_subject(bounds, begin);
		for (size_t i = begin; i < end; i++)
			if (bounds->trial[i].uniform) {
				count(&bounds->trial[i], &rate);
				count(&bounds->trial[i], &pool);
			}
		if (rate.drawn == 0)
			continue;
		if (subjects++ == 0)
			bo_buf_printf(out, "\nfailure rate with 95 %% confidence, from the trials "
					   "that were drawn uniformly:\n");
		bo_buf_printf(out, "  ");
		show_subject(&bounds->trial[begin], out);
		render_rate(rule, &rate, out);
		if (rule)
			render_rule(rule, &rate, out);
		render_promises(bounds, begin, end, rate.judged, out);
	}
	/* a pool of trials that ended by rules has no bound */
	if (subjects > 1 && bounds->rules == 0) {
		bo_buf_printf(out, "  pooled over %u different subjects", subjects);
		render_rate(NULL, &pool, out);
	}
}

/* ---- boundaries ---- */

static void show_outcome(const struct trial *trial, struct bo_buf *out)
{
	bo_buf_printf(out, "%s%s%s%s", bo_outcome_names[trial->outcome],
		      trial->then >= 0 ? ", then " : "",
		      trial->then >= 0 ? bo_outcome_names[trial->then] : "",
		      trial->verdict == BO_FAIL ? " (broken)" : "");
}

static bool is_on_a_line(const struct trial *trial)
{
	return is_judged(trial) && trial->outcome >= 0 && trial->faults == 1;
}

static bool is_same_line(const struct trial *a, const struct trial *b)
{
	return compare_subjects(a, b) == 0 && compare_lines(a, b) == 0;
}

static bool is_alike(const struct trial *a, const struct trial *b)
{
	return a->outcome == b->outcome && a->then == b->then && a->verdict == b->verdict;
}

static void show_place(const struct trial *trial, struct bo_buf *out)
{
	const struct bo_fault *fault = &trial->fault;
	char time[BO_VALUES_TEXT_MAX];

	bo_point_format(fault, out);
	if (fault->delay_ns > 0)
		bo_buf_printf(out, "+%s",
			      bo_values_format_compact(BO_DURATION, time, fault->delay_ns));
}

static void render_boundaries(const struct bo_bounds *bounds, struct bo_buf *out)
{
	const struct trial *before = NULL;
	unsigned boundaries = 0;

	for (size_t i = 0; i < bounds->count; i++) {
		const struct trial *trial = &bounds->trial[i];

		if (!is_on_a_line(trial))
			continue;
		if (before && is_same_line(before, trial) && !is_alike(before, trial)) {
			if (boundaries++ == 0)
				bo_buf_printf(out, "\nwhere the outcome changes:\n");
			bo_buf_printf(out, "  %.*s: ", (int)strcspn(trial->id, "@"), trial->id);
			show_outcome(before, out);
			bo_buf_printf(out, " up to ");
			show_place(before, out);
			bo_buf_printf(out, ", ");
			show_outcome(trial, out);
			bo_buf_printf(out, " from ");
			show_place(trial, out);
			bo_buf_printf(out, "\n");
		}
		before = trial;
	}
}

/* ---- flaky ---- */

static void render_flaky(const struct bo_bounds *bounds, struct bo_buf *out)
{
	for (size_t i = 1; i < bounds->count; i++) {
		const struct trial *a = &bounds->trial[i - 1], *b = &bounds->trial[i];

		if (!is_judged(a) || !is_judged(b) || a->verdict == b->verdict ||
		    strcmp(a->id, b->id) != 0)
			continue;
		bo_buf_printf(out, "\nflaky, one id with both verdicts: ");
		bo_buf_escape(out, a->id, strlen(a->id));
		bo_buf_printf(out, "\n");
	}
}

void bo_bounds_render(struct bo_bounds *bounds, struct bo_buf *out)
{
	if (bounds->count > 0)
		qsort(bounds->trial, bounds->count, sizeof(*bounds->trial), by_place);
	render_rates(bounds, out);
	render_boundaries(bounds, out);
	render_flaky(bounds, out);
	if (bounds->cached > 0)
		bo_buf_printf(out,
			      "\ncached: %zu of %zu trials were not carried out: they are equal to "
			      "earlier ones\n",
			      bounds->cached, bounds->count);
}
