#include "harness/engine/worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/engine/lease.h"
#include "harness/engine/trial.h"
#include "harness/model/journal.h"
#include "harness/model/verdict.h"

struct worker {
	const struct bo_worker_args *args;
	const struct bo_rack_bench *conf;
	bool virtual_time;
	struct bo_clock real_clock;
	struct bo_clock_virtual virtual_clock;
	struct bo_loop loop;
	struct bo_lease lease;
	struct bo_bench bench;
	bool bench_open;
	struct bo_job job;
	const char *job_scenario; /* the file `job` was made from */
	char job_variant[BO_VARIANT_MAX];
	size_t index;
	struct bo_timer beat;
};

/* In real time a trial may have nothing to say for hours; a parent must tell that from a hang. */
#define BEAT (10 * BO_S)

static void progress(void *ctx, const char *what)
{
	const struct worker *worker = ctx;

	(void)printf("%zu %s\n", worker->index, what);
	(void)fflush(stdout);
}

static void beat(struct bo_timer *timer)
{
	struct worker *worker = (struct worker *)((char *)timer - offsetof(struct worker, beat));

	progress(worker, "alive");
	bo_loop_arm(&worker->loop, timer, bo_loop_now(&worker->loop) + BEAT);
}

/* Time begins anew with each trial on the virtual clock, so that a journal depends on nothing that
 * came before. */
static void start_clock(struct worker *worker)
{
	if (worker->virtual_time) {
		bo_clock_virtual_init(&worker->virtual_clock);
		bo_loop_init(&worker->loop, &worker->virtual_clock.clock);
	} else {
		bo_clock_real_init(&worker->real_clock);
		bo_loop_init(&worker->loop, &worker->real_clock);
	}
}

static void shut_bench(struct worker *worker)
{
	if (!worker->bench_open)
		return;
	bo_loop_shield(true);
	bo_bench_close(&worker->bench);
	bo_loop_shield(false);
	worker->bench_open = false;
}

static void say_waiting(void *ctx, const char *why)
{
	(void)why;
	progress(ctx, "waits for its bench");
}

static int ready_bench(struct worker *worker, struct bo_err *err)
{
	if (worker->virtual_time) {
		shut_bench(worker);
		start_clock(worker);
	}
	if (worker->bench_open)
		return 0;
	struct bo_lease_args lease = {
		.rack = worker->args->plan->rack,
		.run_dir = worker->args->plan->out,
		.wait = worker->args->wait,
		.priority = worker->args->priority,
		.waiting = say_waiting,
		.ctx = worker,
	};
	int rc = bo_lease_open(&worker->lease, &lease, &worker->bench, worker->conf, &worker->loop,
			       worker->args->plan->out, (uint64_t)worker->job.scenario->seed, err);

	worker->bench_open = rc == 0;
	return rc;
}

/* The parent has read the same files and shown everything; here one line must do. */
static void set_first_mistake(struct bo_err *err, int code, const struct bo_buf *report)
{
	const char *text = report->data ? report->data : "a file of the plan cannot be read";

	bo_err_set(err, code, "%.*s", (int)strcspn(text, "\n"), text);
}

static int load_job(struct worker *worker, const struct bo_planned *trial,
		    const struct bo_trial_id *id, struct bo_err *err)
{
	struct bo_buf report = {0};

	if (worker->job_scenario && strcmp(worker->job_scenario, trial->scenario) == 0 &&
	    strcmp(worker->job_variant, id->variant) == 0)
		return 0;
	bo_job_free(&worker->job);
	worker->job_scenario = NULL;
	(void)bo_str_copy(worker->job_variant, sizeof(worker->job_variant), id->variant);
	if (!bo_variant_is_of(id->variant, worker->conf->target))
		return bo_err_set(err, -EINVAL,
				  "the plan has a trial of '%s', but this bench has target class "
				  "'%s'",
				  id->variant, worker->conf->target);
	int rc = bo_job_load(&worker->job, trial->scenario, id->variant, worker->args->folders,
			     &report);

	if (rc < 0)
		set_first_mistake(err, rc, &report);
	else
		worker->job_scenario = trial->scenario;
	bo_buf_done(&report);
	return rc;
}

static const struct bo_protocol *find_protocol(const struct worker *worker)
{
	/* in the order of enum bo_protocol_kind */
	return worker->args->registry->protocols[worker->job.target->protocol.kind];
}

/* A trial that could not even begin still has a journal that says why. */
static int record_rig_fault(const struct bo_planned *trial, struct bo_record *record,
			    const struct bo_err *why, struct bo_err *err)
{
	struct bo_buf *out = &record->journal;

	bo_journal_line(out, 0, "trial", "s:s", "id", trial->id);
	bo_journal_line(out, 0, "rig", "s:s", "text", bo_err_text(why));
	bo_journal_line(out, 0, "verdict", "s:s, s:s+, s:s, s:i, s:i, s:b", "verdict",
			bo_verdict_names[BO_INCONCLUSIVE], "why", "rig: ", bo_err_text(why),
			"outcome", bo_outcome_names[BO_OUTCOME_NONE], "fired", 0, "proven", 0,
			"judged", false);
	return bo_record_sync(record, err);
}

/* What the id was made from may have changed since the plan was made. */
static int check_drift(const struct worker *worker, const struct bo_trial_id *id,
		       const char **ret_from, struct bo_err *err)
{
	bool drifted = strcmp(id->hash8, worker->job.hash8) != 0;

	if (drifted && !worker->args->plan->anyway)
		return bo_err_set(
			err, -EINVAL, "the plan was made from %s@%s, but what is here now is %s@%s",
			id->scenario, id->hash8, worker->job.scenario->name, worker->job.hash8);
	*ret_from = drifted ? id->hash8 : NULL;
	return 0;
}

static int run_trial(struct worker *worker, const struct bo_planned *trial,
		     struct bo_record *record, struct bo_err *err)
{
	struct bo_trial_id id;
	const char *drifted_from = NULL;
	struct bo_err why = {0};
	int rc = bo_trial_id_parse(trial->id, &id, err);

	if (rc == 0)
		rc = load_job(worker, trial, &id, err);
	if (rc == 0)
		rc = check_drift(worker, &id, &drifted_from, err);
	if (rc < 0)
		return rc;
	if (ready_bench(worker, &why) < 0) {
		*err = why;
		return why.code == -EBUSY || why.code == -EINTR
			       ? why.code
			       : record_rig_fault(trial, record, &why, err);
	}
	struct bo_trial_args args = {
		.bench = &worker->bench,
		.loop = &worker->loop,
		.job = &worker->job,
		.protocol = find_protocol(worker),
		.schedule = id.schedule,
		.record = record,
		.id = trial->id,
		.drifted_from = drifted_from,
		.progress = progress,
		.ctx = worker,
	};

	return bo_trial_run(&args, err);
}

static int run_recorded(struct worker *worker, const struct bo_planned *trial, struct bo_err *err)
{
	struct bo_buf dir = {0};
	struct bo_record record;

	bo_plan_trial_dir(worker->args->plan, trial, &dir);
	int rc = bo_record_open(&record, dir.data, err);

	bo_buf_done(&dir);
	if (rc < 0)
		return rc;
	rc = run_trial(worker, trial, &record, err);
	bo_record_close(&record);
	return rc;
}

static bool is_carried_out(const struct bo_plan *plan, const struct bo_planned *trial)
{
	struct bo_buf dir = {0};

	bo_plan_trial_dir(plan, trial, &dir);
	bool whole = bo_record_is_whole(dir.data, trial->id);

	bo_buf_done(&dir);
	return whole;
}

static int run_one(struct worker *worker, size_t index, struct bo_err *err)
{
	const struct bo_planned *trial = &worker->args->plan->trials[index];

	worker->index = index;
	worker->beat.fire = beat;
	/* what is simulated can wait; what a real board does, cannot */
	if (worker->virtual_time && bo_lease_any_held())
		bo_proc_step_aside();
	if (!worker->virtual_time)
		bo_loop_arm(&worker->loop, &worker->beat, bo_loop_now(&worker->loop) + BEAT);
	int rc = trial->lacks ? 0 : run_recorded(worker, trial, err);

	bo_loop_disarm(&worker->loop, &worker->beat);
	if (rc == BO_TRIAL_RIG_BROKE) {
		shut_bench(worker);
		rc = 0;
	}
	progress(worker, rc == 0 ? "done" : "stopped");
	return rc;
}

static int run_share(struct worker *worker, struct bo_err *err)
{
	const struct bo_plan *plan = worker->args->plan;
	int rc = 0;

	for (size_t i = worker->args->shard; rc == 0 && i < plan->count; i += worker->args->shards)
		if (!plan->trials[i].lacks && !is_carried_out(plan, &plan->trials[i]))
			rc = run_one(worker, i, err);
	return rc;
}

/* Waits for the parent's next line. 1: there is one; 0: there will be none. */
static int await_line(size_t *ret_index, struct bo_err *err)
{
	char line[32];
	size_t len = 0;

	while (len < sizeof(line) - 1) {
		ssize_t n = read(STDIN_FILENO, line + len, 1);

		if (n < 0 && errno == EINTR && bo_loop_interrupted())
			return bo_err_set(err, -EINTR, "interrupted");
		if (n == 0)
			return 0;
		if (n > 0 && line[len++] == '\n')
			break;
	}
	line[len] = '\0';
	char *end;

	*ret_index = strtoul(line, &end, 10);
	return *end == '\n' ? 1 : bo_err_set(err, -EPROTO, "the parent named no trial");
}

static int run_dealt(struct worker *worker, struct bo_err *err)
{
	size_t index = 0;
	int rc;

	while ((rc = await_line(&index, err)) > 0) {
		if (index >= worker->args->plan->count)
			return bo_err_set(err, -EPROTO, "the plan has no trial %zu", index);
		rc = run_one(worker, index, err);
		if (rc < 0)
			break;
	}
	return rc;
}

int bo_worker_run(const struct bo_worker_args *args, struct bo_err *err)
{
	static struct worker worker; /* one a process; too large for the stack */
	struct bo_buf report = {0};
	struct bo_conf *conf;
	struct bo_rack *rack;
	int rc = bo_rack_read(args->plan->rack, args->registry, &conf, &rack, &report);

	if (rc < 0) {
		set_first_mistake(err, rc, &report);
		bo_buf_done(&report);
		return rc;
	}
	bo_buf_done(&report);
	worker = (struct worker){.args = args, .lease = BO_LEASE_NONE};
	worker.conf = bo_rack_bench(rack, args->bench ? args->bench : args->plan->bench, err);
	if (worker.conf) {
		worker.virtual_time = bo_bench_caps(worker.conf) & BO_CAP_VIRTUAL_TIME;
		start_clock(&worker);
		rc = args->dealt ? run_dealt(&worker, err) : run_share(&worker, err);
		shut_bench(&worker);
		bo_lease_drop(&worker.lease);
	} else {
		rc = err->code;
	}
	bo_job_free(&worker.job);
	bo_conf_free(conf);
	return rc;
}
