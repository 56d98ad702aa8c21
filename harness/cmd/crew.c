#include "harness/cmd/crew_parts.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cmd/bench_health.h"
#include "harness/cmd/ledger.h"
#include "harness/cmd/planning.h"
#include "harness/engine/record.h"
#include "harness/engine/wish.h"

#define PATH_CAP 4096
/* After a signal a worker brings its bench into the safe state; it must not need longer. */
#define ENDING_TIME (30 * BO_S)
#define FALLS_MAX   2
/* Who hands a bench over gets it back, but nobody knows when. */
#define YIELDED (7 * 24 * 3600 * BO_S)

/* ---- one worker ---- */

static void dismiss(struct cmd_crew_member *member)
{
	if (member->worker.in >= 0)
		(void)close(member->worker.in);
	member->worker.in = -1;
	bo_loop_disarm(member->crew->loop, &member->patience);
}

/* The next trial, or the end of its input: it puts its bench into the safe state then. */
static void deal(struct cmd_crew_member *member)
{
	struct cmd_crew *crew = member->crew;
	char text[32];

	member->trial = bo_loop_interrupted() || member->out ? NONE : crew_take_next(crew);
	if (member->trial == NONE) {
		dismiss(member);
		return;
	}
	int len = snprintf(text, sizeof(text), "%zu\n", member->trial);

	member->trial_began = bo_loop_now(crew->loop);
	bo_loop_arm(crew->loop, &member->patience, member->trial_began + crew->patience);
	/* if it cannot be told any more, it is ending, which is noticed elsewhere */
	(void)!write(member->worker.in, text, (size_t)len);
}

/* No more trials for this bench. */
static void give_up(struct cmd_crew_member *member)
{
	member->out = true;
	if (member->crew->code == BO_EXIT_OK)
		member->crew->code = BO_EXIT_NO_VERDICT;
}

/* Somebody more urgent waits for the bench: the worker ends, its successor waits. */
static bool hand_over(struct cmd_crew_member *member)
{
	const struct cmd_bench *chosen = member->crew->chosen;
	unsigned above = member->out ? 0
				     : bo_wish_above(chosen->rack_path, member->bench->name,
						     chosen->priority);

	if (above == 0 || !crew_is_anything_left(member->crew))
		return false;
	(void)cmd_fail(0, "bench '%s' is handed over to who waits for it with priority %u",
		       member->bench->name, above);
	member->yields = true;
	member->trial = NONE;
	dismiss(member);
	return true;
}

static void hear(struct cmd_crew_member *member, const char *line)
{
	struct cmd_crew *crew = member->crew;
	char *what;
	size_t index = strtoul(line, &what, 10);

	if (*what++ != ' ' || index != member->trial || member->stalled)
		return;
	bo_loop_arm(crew->loop, &member->patience, bo_loop_now(crew->loop) + crew->patience);
	if (strcmp(what, "stopped") == 0) {
		crew_give_back(member);
		dismiss(member);
		return;
	}
	if (strcmp(what, "alive") != 0)
		crew->said(crew->ctx, member, what);
	if (strcmp(what, "done") != 0)
		return;
	member->falls = 0;
	cmd_ledger_note(crew->plan, index, member->bench->name);
	cmd_cache_take(crew->cache, crew->plan, index);
	if (cmd_health_note_trial(crew->chosen->rack_path, member->bench, crew->plan, index) ==
		    BO_QUARANTINED &&
	    !crew->chosen->i_know)
		give_up(member);
	member->trial = NONE;
	cmd_waves_see(&crew->waves, crew->plan, index);
	crew->more_wanted |= cmd_waves_look(&crew->waves, crew->plan);
	if (!hand_over(member))
		deal(member);
}

static void worker_said(struct bo_watch *watch, short revents)
{
	struct cmd_crew_member *member =
		(struct cmd_crew_member *)((char *)watch - offsetof(struct cmd_crew_member, watch));
	char chunk[512];
	ssize_t n = read(watch->fd, chunk, sizeof(chunk));

	(void)revents;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		bo_loop_unwatch(member->crew->loop, watch);
		member->ended = true;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] != '\n') {
			if (member->line_len < sizeof(member->line) - 1)
				member->line[member->line_len++] = chunk[i];
			continue;
		}
		member->line[member->line_len] = '\0';
		member->line_len = 0;
		hear(member, member->line);
	}
}

static void lose_patience(struct bo_timer *timer)
{
	struct cmd_crew_member *member =
		(struct cmd_crew_member *)((char *)timer -
					   offsetof(struct cmd_crew_member, patience));

	member->stalled = true;
}

static bool is_at_work(const struct cmd_crew_member *member)
{
	return member->worker.pid > 0;
}

static int start(struct cmd_crew_member *member, struct bo_err *err)
{
	struct cmd_crew *crew = member->crew;
	char program[PATH_CAP], wait[32], priority[16];
	bo_ns patience = member->yields ? YIELDED : crew->chosen->wait;
	struct cmd_bench bench = *crew->chosen;
	struct bo_buf plan_path = {0};

	bench.bench = member->bench;
	(void)snprintf(wait, sizeof(wait), "%lld ms", (long long)(patience / BO_MS));
	(void)snprintf(priority, sizeof(priority), "%u", crew->chosen->priority);
	bo_buf_printf(&plan_path, "%s/plan.json", crew->plan->out);
	int rc = cmd_bench_program(&bench, program, sizeof(program), err);

	if (rc == 0) {
		const char *const argv[] = {
			program,      "run",	"--plan",  plan_path.data,	"--wait", wait,
			"--priority", priority, "--bench", member->bench->name, "--deal", NULL,
		};
		struct bo_proc_args args = {.argv = argv, .pipe_in = true, .pipe_out = true};

		rc = bo_proc_spawn(&args, &member->worker, err);
	}
	bo_buf_done(&plan_path);
	if (rc < 0)
		return bo_err_wrap(err, "worker of bench '%s'", member->bench->name);
	member->ended = member->stalled = member->yields = false;
	member->line_len = 0;
	member->watch =
		(struct bo_watch){.fd = member->worker.out, .events = POLLIN, .ready = worker_said};
	member->patience = (struct bo_timer){.fire = lose_patience};
	bo_loop_watch(crew->loop, &member->watch);
	deal(member);
	return 0;
}

/* ---- how workers end ---- */

/* What it left stays; resuming tries the trial again. */
static void record_death(const struct bo_plan *plan, size_t index, const char *why)
{
	const struct bo_planned *trial = &plan->trials[index];
	struct bo_buf dir = {0}, journal = {0};
	struct bo_err err = {0};

	bo_plan_trial_dir(plan, trial, &dir);
	if (!bo_record_read(dir.data, &journal))
		bo_journal_line(&journal, 0, "trial", "s:s", "id", trial->id);
	bo_journal_line(&journal, 0, "rig", "s:s", "text", why);
	bo_journal_line(&journal, 0, "verdict", "s:s, s:s+, s:s, s:i, s:i, s:b, s:b", "verdict",
			bo_verdict_names[BO_INCONCLUSIVE], "why", "rig: ", why, "outcome",
			bo_outcome_names[BO_OUTCOME_NONE], "fired", 0, "proven", 0, "judged", 0,
			"interrupted", 1);
	bo_buf_printf(&dir, "/journal.jsonl");
	if (bo_write_file(dir.data, journal.data, journal.len, &err) < 0)
		(void)cmd_fail_err(&err);
	bo_buf_done(&dir);
	bo_buf_done(&journal);
}

/* Somebody's SIGKILL (the kernel's, when memory runs out) is no fault of ours. */
static bool is_own_fault(int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == BO_EXIT_INTERNAL;
	return WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM;
}

static void mourn(struct cmd_crew_member *member, int status, bool stalled)
{
	struct cmd_crew *crew = member->crew;
	char how[64], why[128];

	if (stalled)
		(void)snprintf(why, sizeof(why), "the worker was silent for %lld s",
			       (long long)(crew->patience / BO_S));
	else
		(void)snprintf(why, sizeof(why), "the worker died (%s)",
			       bo_proc_status_text(status, how, sizeof(how)));
	if (!stalled && is_own_fault(status))
		crew->crashed = true;
	(void)cmd_fail(0, "bench '%s': %s%s%s%s", member->bench->name, why,
		       member->trial == NONE ? "" : " in ",
		       member->trial == NONE ? "" : crew->plan->trials[member->trial].id,
		       !stalled && is_own_fault(status) ? ": this is a fault of brownout's own"
							: "");
	if (member->trial != NONE) {
		record_death(crew->plan, member->trial, why);
		cmd_ledger_note(crew->plan, member->trial, member->bench->name);
		crew->said(crew->ctx, member, "done");
	}
	member->trial = NONE;
	if (cmd_health_note_death(crew->chosen->rack_path, member->bench, why) == BO_QUARANTINED ||
	    ++member->falls >= FALLS_MAX)
		give_up(member);
}

/* It ended by itself, with a message where that was not in order. */
static void see_off(struct cmd_crew_member *member, int code)
{
	struct cmd_crew *crew = member->crew;

	crew_give_back(member);
	if (code == BO_EXIT_OK)
		return;
	member->out = true;
	if (crew->code == BO_EXIT_OK || crew->code == BO_EXIT_BUSY)
		crew->code = code;
}

static bool ended_in_order(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) != BO_EXIT_INTERNAL;
}

static int settle(struct cmd_crew_member *member, struct bo_err *err)
{
	struct cmd_crew *crew = member->crew;
	struct bo_loop *loop = crew->loop;
	bool stalled = member->stalled;
	int status = 0, rc = 0;

	if (!stalled)
		rc = bo_proc_wait(&member->worker, loop, bo_loop_now(loop) + ENDING_TIME, &status);
	bo_loop_unwatch(loop, &member->watch);
	dismiss(member);
	bo_proc_kill(&member->worker);
	if (rc < 0 && rc != -EINTR)
		return bo_err_set(err, rc, "the worker of bench '%s' does not end",
				  member->bench->name);
	if (crew->called_off > 0)
		cmd_ledger_note_end(crew->plan, member->bench->name, bo_loop_interrupted(),
				    bo_clock_stamp(loop->clock) - crew->called_off);
	if (rc == -EINTR || bo_loop_interrupted())
		crew_give_back(member);
	else if (!stalled && ended_in_order(status))
		see_off(member, WEXITSTATUS(status));
	else
		mourn(member, status, stalled);
	(void)cmd_waves_look(&crew->waves, crew->plan);
	return 0;
}

/* ---- all of them ---- */

static bool needs_attention(void *ctx)
{
	const struct cmd_crew *crew = ctx;

	for (size_t i = 0; i < crew->count; i++)
		if (is_at_work(&crew->member[i]) &&
		    (crew->member[i].ended || crew->member[i].stalled))
			return true;
	return crew->more_wanted;
}

static bool is_anybody_at_work(const struct cmd_crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		if (is_at_work(&crew->member[i]))
			return true;
	return false;
}

static int settle_all(struct cmd_crew *crew, struct bo_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < crew->count; i++)
		if (is_at_work(&crew->member[i]) &&
		    (crew->member[i].ended || crew->member[i].stalled))
			rc = settle(&crew->member[i], err);
	return rc;
}

static int start_all(struct cmd_crew *crew, struct bo_err *err)
{
	int rc = 0;

	crew->more_wanted = false;
	for (size_t i = 0; rc == 0 && i < crew->count; i++)
		if (!crew->member[i].out && !is_at_work(&crew->member[i]) &&
		    cmd_waves_has(&crew->waves, crew->member[i].bench->name) &&
		    crew_is_anything_to_do(crew))
			rc = start(&crew->member[i], err);
	return rc;
}

/* A signal of ours is passed on: each worker ends its trial there and then. */
static int call_off(struct cmd_crew *crew, struct bo_err *err)
{
	bo_ns until = bo_loop_now(crew->loop) + ENDING_TIME;

	crew->called_off = bo_loop_now(crew->loop);
	int rc = 0;

	for (size_t i = 0; i < crew->count; i++)
		if (is_at_work(&crew->member[i])) {
			(void)kill(crew->member[i].worker.pid, bo_loop_interrupted());
			dismiss(&crew->member[i]);
		}
	bo_loop_shield(true);
	while (rc == 0 && is_anybody_at_work(crew)) {
		rc = bo_loop_until(crew->loop, needs_attention, crew, until);
		if (rc == 0)
			rc = settle_all(crew, err);
		else
			(void)bo_err_set(err, rc, "a worker does not end");
	}
	bo_loop_shield(false);
	return rc;
}

static void kill_all(struct cmd_crew *crew)
{
	for (size_t i = 0; i < crew->count; i++) {
		bo_loop_unwatch(crew->loop, &crew->member[i].watch);
		bo_loop_disarm(crew->loop, &crew->member[i].patience);
		bo_proc_kill(&crew->member[i].worker);
	}
}

int cmd_crew_open(struct cmd_crew *crew, const struct cmd_bench *chosen, struct bo_plan *plan,
		  struct bo_loop *loop)
{
	crew->chosen = chosen;
	crew->plan = plan;
	crew->loop = loop;
	crew->patience = chosen->patience > 0 ? chosen->patience : CMD_PATIENCE;
	for (size_t i = 0; i < chosen->count; i++) {
		bool is_virtual = bo_bench_caps(chosen->benches[i]) & BO_CAP_VIRTUAL_TIME;
		size_t workers = is_virtual && chosen->jobs > 1 ? chosen->jobs : 1;

		for (size_t k = 0; k < workers; k++) {
			if (crew->count == CMD_CREW_MAX)
				return cmd_fail(BO_EXIT_USAGE, "a run has at most %d workers",
						CMD_CREW_MAX);
			crew->member[crew->count++] = (struct cmd_crew_member){
				.crew = crew,
				.bench = chosen->benches[i],
				.worker = BO_PROC_NONE,
				.trial = NONE,
			};
		}
	}
	return 0;
}

int cmd_crew_work(struct cmd_crew *crew, struct bo_err *err)
{
	int rc = cmd_plan_write(crew->plan, err);

	cmd_cache_look(crew->cache, crew->plan);
	(void)cmd_waves_look(&crew->waves, crew->plan);
	if (rc == 0)
		rc = start_all(crew, err);
	while (rc == 0 && is_anybody_at_work(crew)) {
		rc = bo_loop_until(crew->loop, needs_attention, crew, BO_NEVER);
		if (rc == -EINTR)
			rc = call_off(crew, err);
		if (rc == 0)
			rc = settle_all(crew, err);
		if (rc == 0 && !bo_loop_interrupted())
			rc = start_all(crew, err);
	}
	if (rc < 0) {
		kill_all(crew);
		return rc;
	}
	if (crew->crashed)
		return BO_EXIT_INTERNAL;
	if (crew->waves.halted && crew->code == BO_EXIT_OK)
		return BO_EXIT_NO_VERDICT;
	return crew_is_anything_left(crew) ? crew->code : BO_EXIT_OK;
}
