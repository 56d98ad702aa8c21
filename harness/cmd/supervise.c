#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/cmd/campaigns.h"
#include "harness/cmd/planning.h"
#include "harness/cmd/rack_state.h"
#include "harness/engine/record.h"
#include "harness/model/journal.h"
#include "reports/bounds.h"
#include "reports/junit.h"
#include "reports/summary.h"

/*
 * The parent of a run. It touches no hardware: it makes the run directory, starts the worker, shows
 * what it does, merges the trials' journals into the run's and prints the summary from that.
 */

#define PATH_CAP	4096
#define WORKER_LINE_MAX 256
/* After a signal the worker brings its bench into the safe state; it must not need longer. */
#define WORKER_PATIENCE (30 * BO_S)

struct supervision {
	const struct cmd_bench *bench;
	struct bo_plan *plan;
	struct cmd_campaigns campaigns;
	size_t (*more)(void *ctx, struct bo_plan *plan); /* after them; may be NULL */
	void *more_ctx;
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_proc worker;
	struct bo_watch watch;
	char line[WORKER_LINE_MAX];
	size_t line_len;
	bool ended;
	bool terminal;
	bo_ns trial_began;
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

static void show_end(const struct supervision *s, size_t index)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_reader reader = bo_summary_reader(summary);
	struct bo_buf journal = {0}, text = {0};
	size_t line;

	(void)read_trial(s->plan, index, &journal);
	if (bo_read_journal(journal.data, journal.len, &reader, 1, &line) == 0)
		bo_summary_trial(summary, &text);
	(void)printf("%s[%zu/%zu] %s\n      %s\n", s->terminal ? "\r\x1b[K" : "", index + 1,
		     s->plan->count, s->plan->trials[index].id, text.data ? text.data : "");
	bo_buf_done(&journal);
	bo_buf_done(&text);
	bo_summary_free(summary);
}

static void show_phase(const struct supervision *s, size_t index, const char *what)
{
	bo_ns seconds = (bo_loop_now(&s->loop) - s->trial_began) / BO_S;

	if (s->terminal)
		(void)printf("\r\x1b[K[%zu/%zu] %.60s: %s (%lld s)", index + 1, s->plan->count,
			     s->plan->trials[index].id, what, (long long)seconds);
}

static void show(struct supervision *s, const char *line)
{
	char *what;
	size_t index = strtoul(line, &what, 10);

	if (*what != ' ' || index >= s->plan->count)
		return;
	what++;
	if (strcmp(what, "prepare") == 0)
		s->trial_began = bo_loop_now(&s->loop);
	if (strcmp(what, "done") == 0)
		show_end(s, index);
	else
		show_phase(s, index, what);
	(void)fflush(stdout);
}

static void worker_said(struct bo_watch *watch, short revents)
{
	struct supervision *s =
		(struct supervision *)((char *)watch - offsetof(struct supervision, watch));
	char chunk[512];
	ssize_t n = read(watch->fd, chunk, sizeof(chunk));

	(void)revents;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		bo_loop_unwatch(&s->loop, watch);
		s->ended = true;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] != '\n') {
			if (s->line_len < sizeof(s->line) - 1)
				s->line[s->line_len++] = chunk[i];
			continue;
		}
		s->line[s->line_len] = '\0';
		s->line_len = 0;
		show(s, s->line);
	}
}

/* ---- the run directory ---- */

static int write_run_json(const struct cmd_bench *bench, const struct bo_plan *plan,
			  struct bo_err *err)
{
	struct utsname host;
	char began[BO_WALL_TEXT_MAX];
	const char *user = getenv("USER");
	struct bo_buf path = {0};

	(void)uname(&host);
	bo_clock_wall_text(began);
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "brownout-run", 1,
				 "version", BO_VERSION, "began", began, "host", host.nodename,
				 "kernel", host.release, "operator", user ? user : "", "rack",
				 bench->rack_path, "bench", bench->bench->name);

	json_t *state = cmd_rack_state_read(bench, bench->bench->name);

	if (root)
		json_object_set_new(root, "calibration", state ? state : json_null());
	else
		json_decref(state);
	if (!root)
		return bo_err_set(err, -EINVAL, "host, user or rack name is not valid UTF-8");
	char *text = json_dumps(root, JSON_INDENT(1));

	bo_buf_printf(&path, "%s/run.json", plan->out);
	int rc = bo_write_file(path.data, text, strlen(text), err);

	bo_buf_done(&path);
	free(text);
	json_decref(root);
	return rc;
}

static int make_run_dir(struct bo_plan *plan, const char *out, struct bo_err *err)
{
	char fresh[64], wall[BO_WALL_TEXT_MAX];
	char real[PATH_CAP];

	if (!out) {
		bo_clock_wall_text(wall);
		for (char *c = wall; *c; c++)
			if (*c == ':')
				*c = '-';
		(void)snprintf(fresh, sizeof(fresh), "runs/%.30s-%ld", wall, (long)getpid());
		out = fresh;
	}
	int rc = bo_make_dirs(out, err);

	if (rc < 0)
		return rc;
	if (!realpath(out, real))
		return bo_err_set(err, -errno, "%s: %s", out, strerror(errno));
	plan->out = strdup(real);
	return plan->out ? 0 : -ENOMEM;
}

static void note_not_applicable(const struct bo_planned *trial, struct bo_buf *out)
{
	bo_journal_line(out, 0, "trial", "s:s", "id", trial->id);
	bo_journal_line(out, 0, "verdict", "s:s, s:s++, s:s, s:b, s:b", "verdict",
			bo_verdict_names[BO_SKIPPED], "why", "not applicable: this bench lacks ",
			trial->lacks, "", "outcome", bo_outcome_names[BO_OUTCOME_NONE], "judged", 0,
			"not_applicable", 1);
}

/* A worker that died left no verdict: the trial stays, without one. */
static void merge(const struct bo_plan *plan, struct bo_buf *out)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct bo_planned *trial = &plan->trials[i];

		if (trial->lacks)
			note_not_applicable(trial, out);
		else if (!read_trial(plan, i, out))
			bo_journal_line(out, 0, "trial", "s:s", "id", trial->id);
		if (trial->uniform)
			bo_journal_line(out, 0, "drawn", "s:b", "uniformly", 1);
	}
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
		  struct bo_bounds *bounds, struct bo_junit *junit)
{
	struct bo_buf text = {0}, replay = {0}, found = {0};
	struct bo_tally tally;

	cmd_replay_command(s->bench, &replay);
	bo_bounds_render(bounds, &found);
	bo_summary_render(summary, replay.data, found.data, &text);
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
	const struct bo_reader readers[] = {bo_summary_reader(summary), bo_junit_reader(junit),
					    bo_bounds_reader(bounds)};
	struct bo_buf journal = {0}, path = {0};
	size_t line;

	merge(s->plan, &journal);
	bo_buf_printf(&path, "%s/journal.jsonl", s->plan->out);
	int rc = bo_write_file(path.data, journal.data ? journal.data : "", journal.len, err);

	if (rc == 0 && bo_read_journal(journal.data, journal.len, readers, 3, &line) < 0)
		rc = bo_err_set(err, -EBADMSG, "%s:%zu is no journal line", path.data, line);
	if (rc == 0)
		rc = report(s, summary, bounds, junit);
	bo_buf_done(&journal);
	bo_buf_done(&path);
	bo_summary_free(summary);
	bo_bounds_free(bounds);
	bo_junit_free(junit);
	return rc;
}

/* ---- the worker ---- */

static int start_worker(struct supervision *s, struct bo_err *err)
{
	char program[PATH_CAP];
	struct bo_buf plan_path = {0};

	bo_buf_printf(&plan_path, "%s/plan.json", s->plan->out);
	int rc = bo_plan_write(s->plan, plan_path.data, err);

	if (rc == 0)
		rc = cmd_bench_program(s->bench, program, sizeof(program), err);
	if (rc == 0) {
		const char *const argv[] = {program, "run", "--plan", plan_path.data, NULL};
		struct bo_proc_args args = {.argv = argv, .pipe_out = true};

		rc = bo_proc_spawn(&args, &s->worker, err);
	}
	bo_buf_done(&plan_path);
	if (rc < 0)
		return bo_err_wrap(err, "worker");
	s->watch = (struct bo_watch){.fd = s->worker.out, .events = POLLIN, .ready = worker_said};
	bo_loop_watch(&s->loop, &s->watch);
	return 0;
}

static bool worker_is_silent(void *ctx)
{
	return ((struct supervision *)ctx)->ended;
}

/* Until the worker has closed its output and ended; a signal of ours is passed on to it. */
static int await_worker(struct supervision *s, int *ret_status, struct bo_err *err)
{
	int rc = bo_loop_until(&s->loop, worker_is_silent, s, BO_NEVER);

	if (rc == -EINTR) {
		(void)kill(s->worker.pid, bo_loop_interrupted());
		bo_loop_shield(true);
		rc = bo_loop_until(&s->loop, worker_is_silent, s,
				   bo_loop_now(&s->loop) + WORKER_PATIENCE);
	}
	if (rc == 0)
		rc = bo_proc_wait(&s->worker, &s->loop, bo_loop_now(&s->loop) + WORKER_PATIENCE,
				  ret_status);
	bo_loop_shield(false);
	bo_proc_kill(&s->worker);
	return rc < 0 ? bo_err_set(err, rc, "the worker does not end") : 0;
}

static int worker_exit_code(int status)
{
	char text[64];

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return cmd_fail(BO_EXIT_INTERNAL, "the worker died (%s): this is a fault of brownout's own",
			bo_proc_status_text(status, text, sizeof(text)));
}

/* One worker for what the plan holds now; its exit code. */
static int work(struct supervision *s, struct bo_err *err)
{
	int status = 0;

	*s = (struct supervision){
		.bench = s->bench,
		.plan = s->plan,
		.campaigns = s->campaigns,
		.more = s->more,
		.more_ctx = s->more_ctx,
		.clock = s->clock,
		.terminal = isatty(STDOUT_FILENO),
	};
	bo_loop_init(&s->loop, &s->clock);
	int rc = start_worker(s, err);

	if (rc == 0)
		rc = await_worker(s, &status, err);
	return rc < 0 ? rc : worker_exit_code(status);
}

static bool is_anything_applicable(const struct bo_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		if (!plan->trials[i].lacks)
			return true;
	return false;
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
		if (is_anything_applicable(s->plan))
			worker = work(s, err);
	while (worker == BO_EXIT_OK && !bo_loop_interrupted() && advance(s));
	if (worker < 0)
		return worker;
	int verdict = conclude(s, err);

	if (verdict < 0)
		return verdict;
	if (bo_loop_interrupted())
		return BO_EXIT_SIGNAL + bo_loop_interrupted();
	if (verdict == BO_EXIT_OK && s->campaigns.stopped)
		verdict = BO_EXIT_NO_VERDICT;
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
	bo_clock_real_init(&s->clock);
	bo_loop_init(&s->loop, &s->clock);
	bo_loop_catch_signals();
	rc = supervise(s, &err);
	cmd_campaigns_close(&s->campaigns);
	return rc < 0 ? cmd_fail_err(&err) : rc;
}

int cmd_run_dir(const struct cmd_bench *bench, struct bo_plan *plan, const char *out)
{
	struct bo_err err = {0};

	plan->rack = strdup(bench->rack_path);
	plan->bench = strdup(bench->bench->name);
	int rc = make_run_dir(plan, out, &err);

	if (rc == 0)
		rc = write_run_json(bench, plan, &err);
	return rc < 0 ? cmd_fail_err(&err) : 0;
}

int cmd_carry_out(const struct cmd_bench *bench, struct bo_plan *plan, const char *out)
{
	return cmd_carry_out_more(bench, plan, out, NULL, NULL);
}

int cmd_carry_out_more(const struct cmd_bench *bench, struct bo_plan *plan, const char *out,
		       size_t (*more)(void *ctx, struct bo_plan *plan), void *ctx)
{
	struct supervision s = {.bench = bench, .plan = plan, .more = more, .more_ctx = ctx};
	int rc = cmd_run_dir(bench, plan, out);

	if (rc != 0)
		return rc;
	bo_plan_forget(plan, 0);
	return carry_out(&s, false);
}

int cmd_carry_on(const struct cmd_bench *bench, struct bo_plan *plan)
{
	struct supervision s = {.bench = bench, .plan = plan};

	return carry_out(&s, true);
}
