#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/cmd/bench_health.h"
#include "harness/cmd/bundle.h"
#include "harness/cmd/campaigns.h"
#include "harness/cmd/crew.h"
#include "harness/cmd/ledger.h"
#include "harness/cmd/planning.h"
#include "harness/cmd/trial_reading.h"
#include "harness/engine/record.h"
#include "harness/model/journal.h"
#include "reports/bounds.h"
#include "reports/coverage.h"
#include "reports/impairments.h"
#include "reports/junit.h"
#include "reports/scenarios.h"
#include "reports/summary.h"

/*
 * The parent of a run. It touches no hardware: it has the plan carried out by workers, shows what
 * they do, merges the trials' journals into the run's and prints the summary from that.
 */

struct supervision {
	const struct cmd_bench *bench;
	struct bo_plan *plan;
	struct cmd_campaigns campaigns;
	size_t (*more)(void *ctx, struct bo_plan *plan); /* after them; may be NULL */
	void *more_ctx;
	struct bo_clock clock;
	struct bo_loop loop;
	struct cmd_cache cache;
	struct cmd_crew crew;
	bool terminal;
};

/* ---- progress ---- */

static bool read_trial(const struct bo_plan *plan, size_t index, struct bo_buf *out)
{
	struct bo_buf dir = {0};

	bo_plan_trial_dir(plan, &plan->trials[index], &dir);
	bool any = bo_record_read(dir.data, out);

	bo_buf_done(&dir);
	return any;
}

/* `by`: what is said of who did it; "" if there is no choice. */
static void show_trial(const struct supervision *s, size_t index, const char *by)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_reader reader = bo_summary_reader(summary);
	struct bo_buf journal = {0}, text = {0};
	size_t line;

	(void)read_trial(s->plan, index, &journal);
	if (bo_read_journal(journal.data, journal.len, &reader, 1, &line) == 0)
		bo_summary_trial(summary, &text);
	(void)printf("%s[%zu/%zu] %s%s%s\n      %s\n", s->terminal ? "\r\x1b[K" : "", index + 1,
		     s->plan->count, s->plan->trials[index].id, *by ? "  # " : "", by,
		     text.data ? text.data : "");
	bo_buf_done(&journal);
	bo_buf_done(&text);
	bo_summary_free(summary);
}

static void show_phase(const struct supervision *s, const struct cmd_crew_member *member,
		       const char *what)
{
	bo_ns seconds = (bo_loop_now(&s->loop) - member->trial_began) / BO_S;

	if (s->terminal)
		(void)printf("\r\x1b[K[%zu/%zu] %.60s: %s (%lld s)", member->trial + 1,
			     s->plan->count, s->plan->trials[member->trial].id, what,
			     (long long)seconds);
}

static void keep_evidence(const struct supervision *s, const struct cmd_crew_member *member)
{
	struct cmd_reading reading;

	cmd_read_trial(s->plan, member->trial, NULL, &reading);
	if (reading.verdict == BO_FAIL)
		cmd_bundle_make(s->bench, s->plan, member->trial);
}

static void worker_said(void *ctx, const struct cmd_crew_member *member, const char *what)
{
	const struct supervision *s = ctx;

	if (strcmp(what, "done") == 0) {
		show_trial(s, member->trial, s->bench->count > 1 ? member->bench->name : "");
		keep_evidence(s, member);
	} else {
		show_phase(s, member, what);
	}
	(void)fflush(stdout);
}

static void answered(void *ctx, size_t index)
{
	show_trial(ctx, index, "cached");
	(void)fflush(stdout);
}

/* ---- the journal of the run ---- */

static void note_not_applicable(const struct bo_planned *trial, struct bo_buf *out)
{
	bo_journal_line(out, 0, "trial", "s:s", "id", trial->id);
	bo_journal_line(out, 0, "verdict", "s:s, s:s++, s:s, s:b, s:b", "verdict",
			bo_verdict_names[BO_SKIPPED], "why", "not applicable: this bench lacks ",
			trial->lacks, "", "outcome", bo_outcome_names[BO_OUTCOME_NONE], "judged", 0,
			"not_applicable", 1);
}

/* A worker that died left no verdict: the trial stays, without one. */
static void merge(const struct supervision *s, struct bo_buf *out)
{
	const struct bo_plan *plan = s->plan;

	for (size_t i = 0; i < plan->count; i++) {
		const struct bo_planned *trial = &plan->trials[i];

		if (trial->over_budget)
			cmd_budget_note(trial, out);
		if (trial->left_out)
			continue;
		if (trial->lacks)
			note_not_applicable(trial, out);
		else if (!read_trial(plan, i, out))
			bo_journal_line(out, 0, "trial", "s:s", "id", trial->id);
		if (trial->uniform)
			bo_journal_line(out, 0, "drawn", "s:b", "uniformly", 1);
		if (cmd_cache_is_source(plan, i))
			bo_journal_line(out, 0, "cached", "s:b", "compared", 0);
	}
	for (size_t i = 0; i < s->campaigns.count; i++)
		if (s->campaigns.item[i].stopped)
			bo_journal_line(out, 0, "stopped", "s:s", "scenario",
					s->campaigns.item[i].job.scenario->name);
	cmd_stopping_note(plan, out);
	cmd_waves_note(&s->crew.waves, out);
}

/* For CI servers. A run whose report is missing is not all right, but a broken promise stays one.
 */
static int write_junit(const struct bo_plan *plan, struct bo_junit *junit, int verdict)
{
	struct bo_buf path = {0}, text = {0};
	struct bo_err err = {0};

	bo_buf_printf(&path, "%s/report", plan->out);
	int rc = bo_make_dirs(path.data, &err);

	bo_buf_printf(&path, "/junit.xml");
	bo_junit_render(junit, &text);
	if (rc == 0)
		rc = bo_write_file(path.data, text.data, text.len, &err);
	if (rc == 0)
		(void)printf("report: %s\n", path.data);
	else
		rc = cmd_fail_err(&err);
	bo_buf_done(&path);
	bo_buf_done(&text);
	return verdict == BO_EXIT_OK && rc != 0 ? BO_EXIT_NO_VERDICT : verdict;
}

/* What the run's journal says, to people and to machines; returns the exit code that follows. */
static int report(const struct supervision *s, const struct bo_summary *summary,
		  const struct bo_scenarios *scenarios, const struct bo_coverage *coverage,
		  struct bo_bounds *bounds, const struct bo_impairments *impairments,
		  struct bo_junit *junit)
{
	struct bo_buf text = {0}, replay = {0}, found = {0};
	struct bo_tally tally;

	cmd_replay_command(s->bench, &replay);
	bo_bounds_render(bounds, &found);
	bo_scenarios_render(scenarios, &found);
	bo_coverage_render(coverage, &found);
	bo_impairments_render(impairments, &found);
	bo_coverage_properties(coverage, junit);
	bo_summary_render(summary, replay.data, found.data, s->plan->suite != NULL, &text);
	(void)printf("\n%s", text.data);
	(void)printf("run directory: %s\n", s->plan->out);
	bo_buf_done(&text);
	bo_buf_done(&replay);
	bo_buf_done(&found);
	bo_summary_tally(summary, &tally);
	return write_junit(s->plan, junit, bo_tally_exit(&tally, s->plan->min_judged_ppm));
}

static int conclude(const struct supervision *s, struct bo_err *err)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_junit *junit = bo_junit_new(s->plan->bench);
	struct bo_bounds *bounds = bo_bounds_new();
	struct bo_scenarios *scenarios = bo_scenarios_new();
	struct bo_coverage *coverage = bo_coverage_new();
	struct bo_impairments *impairments = bo_impairments_new();
	const struct bo_reader readers[] = {
		bo_summary_reader(summary),   bo_junit_reader(junit),
		bo_bounds_reader(bounds),     bo_scenarios_reader(scenarios),
		bo_coverage_reader(coverage), bo_impairments_reader(impairments)};
	struct bo_buf journal = {0}, path = {0};
	size_t line;

	merge(s, &journal);
	bo_buf_printf(&path, "%s/journal.jsonl", s->plan->out);
	int rc = bo_write_file(path.data, journal.data ? journal.data : "", journal.len, err);

	if (rc == 0 && bo_read_journal(journal.data, journal.len, readers,
				       sizeof(readers) / sizeof(readers[0]), &line) < 0)
		rc = bo_err_set(err, -EBADMSG, "%s:%zu is no journal line", path.data, line);
	if (rc == 0)
		rc = report(s, summary, scenarios, coverage, bounds, impairments, junit);
	bo_buf_done(&journal);
	bo_buf_done(&path);
	bo_summary_free(summary);
	bo_bounds_free(bounds);
	bo_scenarios_free(scenarios);
	bo_coverage_free(coverage);
	bo_impairments_free(impairments);
	bo_junit_free(junit);
	return rc;
}

int cmd_report(const struct cmd_bench *bench, struct bo_plan *plan)
{
	struct supervision s = {.bench = bench, .plan = plan};
	struct bo_err err = {0};
	int rc = conclude(&s, &err);

	return rc < 0 ? cmd_fail_err(&err) : rc;
}

static bool advance(struct supervision *s)
{
	if (cmd_campaigns_advance(&s->campaigns, s->plan) > 0)
		return true;
	return s->more && s->more(s->more_ctx, s->plan) > 0;
}

/* The worst that happened to the workers is what the run ends with, unless a promise was broken
 * and they only lacked a bench. */
static int supervise(struct supervision *s, struct bo_err *err)
{
	int worker = BO_EXIT_OK;

	do
		worker = cmd_crew_work(&s->crew, err);
	while (worker == BO_EXIT_OK && !bo_loop_interrupted() && advance(s));
	if (worker < 0)
		return worker;
	s->plan->complete = worker == BO_EXIT_OK && !bo_loop_interrupted();
	if (s->plan->complete && cmd_plan_write(s->plan, err) < 0)
		return err->code;
	int verdict = conclude(s, err);

	if (s->crew.called_off > 0)
		cmd_ledger_note_end(s->plan, NULL, bo_loop_interrupted(),
				    bo_clock_stamp(&s->clock) - s->crew.called_off);
	cmd_cache_show(&s->cache);
	cmd_waves_show(&s->crew.waves);
	if (verdict < 0)
		return verdict;
	if (s->cache.differing > 0)
		return BO_EXIT_INTERNAL;
	if (bo_loop_interrupted())
		return BO_EXIT_SIGNAL + bo_loop_interrupted();
	if (worker == BO_EXIT_OK ||
	    (worker == BO_EXIT_NO_VERDICT && verdict == BO_EXIT_BROKEN_PROMISE))
		return verdict;
	return worker;
}

static int carry_out(struct supervision *s, bool keep)
{
	struct bo_err err = {0};
	int rc = cmd_campaigns_open(&s->campaigns, s->bench, s->plan);

	if (rc != 0)
		return rc;
	s->campaigns.keep = keep;
	s->plan->complete = false;
	bo_clock_real_init(&s->clock);
	bo_loop_init(&s->loop, &s->clock);
	bo_loop_catch_signals();
	s->terminal = isatty(STDOUT_FILENO);
	s->crew.said = worker_said;
	s->crew.answered = answered;
	s->crew.cache = &s->cache;
	s->crew.ctx = s;
	rc = cmd_cache_open(&s->cache, s->bench->cache, s->bench);
	if (rc == 0)
		rc = cmd_crew_open(&s->crew, s->bench, s->plan, &s->loop);
	if (rc == 0)
		rc = cmd_waves_open(&s->crew.waves, s->bench, s->plan);
	cmd_stopping_announce(s->plan);
	if (rc == 0)
		rc = supervise(s, &err);
	cmd_campaigns_close(&s->campaigns);
	cmd_stopping_free(&s->crew.stopping);
	cmd_budgets_free(&s->crew.budgets);
	cmd_cache_close(&s->cache);
	return rc < 0 ? cmd_fail_err(&err) : rc;
}

int cmd_carry_out(const struct cmd_bench *bench, struct bo_plan *plan, const char *out)
{
	return cmd_carry_out_more(bench, plan, out, NULL, NULL);
}

int cmd_carry_out_more(const struct cmd_bench *bench, struct bo_plan *plan, const char *out,
		       size_t (*more)(void *ctx, struct bo_plan *plan), void *ctx)
{
	struct supervision s = {.bench = bench, .plan = plan, .more = more, .more_ctx = ctx};
	int rc = cmd_health_refuse(bench);

	plan->jitter_ns = cmd_health_jitter_ns(bench);
	if (rc == 0)
		rc = cmd_run_dir(bench, plan, out);
	if (rc != 0)
		return rc;
	bo_plan_forget(plan, 0);
	return carry_out(&s, false);
}

int cmd_carry_on(const struct cmd_bench *bench, struct bo_plan *plan)
{
	struct supervision s = {.bench = bench, .plan = plan};
	int rc = cmd_health_refuse(bench);

	return rc != 0 ? rc : carry_out(&s, true);
}
