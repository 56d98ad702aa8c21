#include "harness/cmd/planning.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/plan_seal.h"
#include "harness/engine/sight.h"

int cmd_scenario_find(const char *name, char path[CMD_PATH_CAP], struct bo_err *err)
{
	char found[CMD_PATH_CAP];

	if (access(name, R_OK) == 0)
		(void)bo_str_copy(found, sizeof(found), name);
	else if (strchr(name, '/'))
		return bo_err_set(err, -ENOENT, "scenario file '%s': %s", name, strerror(errno));
	else if (bo_library_find(cmd_library(), "", name, found, sizeof(found), err) < 0)
		return bo_err_wrap(err, "scenario");
	if (realpath(found, path))
		return 0;
	return bo_err_set(err, -ENOENT, "scenario '%s' cannot be found", name);
}

/* Each trial has one folder, so that an id can be tried once a run. */
static int refuse_twice(const struct bo_plan *plan, const char *id)
{
	return bo_plan_find(plan, id) < plan->count
		       ? cmd_fail(BO_EXIT_USAGE, "%s is given twice", id)
		       : 0;
}

/* A scenario that is being added to a plan. */
struct adding {
	const struct cmd_bench *bench;
	const char *path;
	bool undisturbed;
	struct bo_plan *plan;
};

/* One cell of its matrix. What is wrong with it goes to `report`. */
static int add_cell(const struct adding *adding, const char *variant, struct bo_buf *report)
{
	char id[BO_ID_MAX];
	struct bo_schedule schedule = {0};
	struct bo_job job;
	const char *lacks = NULL;

	if (bo_job_load(&job, adding->path, variant, cmd_library(), report) < 0)
		return BO_EXIT_USAGE;
	if (bo_job_granted(&job, adding->bench->bench, report) < 0) {
		bo_job_free(&job);
		return BO_EXIT_USAGE;
	}
	if (!adding->undisturbed)
		bo_scenario_schedule(job.scenario, &schedule);
	(void)bo_job_can_try(&job, adding->bench->bench, &schedule, &lacks);
	bool blind = !adding->undisturbed &&
		     bo_sight_check(adding->bench->bench, job.target, job.scenario, report) < 0;
	bool fits = bo_job_id(&job, &schedule, id, sizeof(id));
	bool census = job.scenario->has_strategy && !adding->undisturbed;

	bo_job_free(&job);
	if (blind)
		return BO_EXIT_USAGE;
	if (!fits)
		return cmd_fail(BO_EXIT_USAGE, "%s: the trial's id is too long", adding->path);
	int rc = refuse_twice(adding->plan, id);

	if (rc == 0) {
		bo_plan_add(adding->plan, adding->path, id, lacks);
		adding->plan->trials[adding->plan->count - 1].census = census;
		bo_plan_chain(adding->plan, id);
	}
	return rc;
}

/* A mistake that all cells share is said once. */
static int add_cells(const struct adding *adding, const struct bo_scenario *scenario)
{
	const char *target = adding->bench->bench->target;
	char variant[BO_VARIANT_MAX];
	struct bo_buf cell = {0}, report = {0}, said = {0};
	int first = 0;

	for (size_t i = 0; i < bo_scenario_cells(scenario); i++) {
		bo_buf_reset(&cell);
		bo_buf_reset(&report);
		bo_scenario_cell(scenario, i, &cell);
		(void)bo_variant_format(variant, target, cell.data ? cell.data : "");
		int rc = add_cell(adding, variant, &report);

		first = first ? first : rc;
		if (report.len > 0 && (said.len == 0 || strcmp(report.data, said.data) != 0)) {
			if (i > 0)
				(void)fprintf(stderr, "in the cell %s:\n", cell.data);
			(void)fputs(report.data, stderr);
			bo_buf_reset(&said);
			bo_buf_printf(&said, "%s", report.data);
		}
	}
	bo_buf_done(&cell);
	bo_buf_done(&report);
	bo_buf_done(&said);
	return first;
}

static int add_scenario(const struct cmd_bench *bench, const char *name, bool undisturbed,
			struct bo_plan *plan)
{
	char path[CMD_PATH_CAP];
	struct bo_err err = {0};
	struct bo_buf report = {0};
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct adding adding = {bench, path, undisturbed, plan};

	if (cmd_scenario_find(name, path, &err) < 0)
		return cmd_fail_err(&err);
	int rc = bo_scenario_read(path, &conf, &scenario, &report);

	/* with the target class, so that the mistakes of both are said */
	if (rc < 0) {
		bo_buf_reset(&report);
		rc = add_cell(&adding, bench->bench->target, &report);
	}
	if (rc != 0)
		return cmd_fail_report(&report);
	rc = add_cells(&adding, scenario);
	bo_conf_free(conf);
	return rc;
}

int cmd_plan_scenarios(const struct cmd_bench *bench, char *const *paths, size_t count,
		       struct bo_plan *ret)
{
	int first = 0;

	for (size_t i = 0; i < count; i++) {
		int rc = add_scenario(bench, paths[i], false, ret);

		first = first ? first : rc;
	}
	return first;
}

int cmd_plan_undisturbed(const struct cmd_bench *bench, const char *path, struct bo_plan *ret)
{
	return add_scenario(bench, path, true, ret);
}

/* A point that nothing will ever report would make every repetition "not reached". */
static int refuse_unknown_point(const struct bo_trial_id *id, const struct bo_job *job)
{
	for (size_t i = 0; i < id->schedule.count; i++) {
		const struct bo_fault *fault = &id->schedule.fault[i];

		const char *asked = fault->point;

		if (fault->after.n > 0 && !bo_scenario_has_point(job->scenario, fault->after.point))
			asked = fault->after.point;
		if (!bo_scenario_has_point(job->scenario, asked))
			return cmd_fail(BO_EXIT_USAGE,
					"the id names fault point '%s', which is neither built in "
					"nor under 'points:' of scenario '%s'",
					asked, job->scenario->name);
	}
	return 0;
}

bool cmd_is_exploration(const char *text, const char *scenario_path)
{
	char path[CMD_PATH_CAP];
	struct bo_trial_id id;
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct bo_buf report = {0};
	bool is = false;

	if (bo_trial_id_parse(text, &id, NULL) < 0 || !id.schedule.count ||
	    !id.schedule.fault[0].tear ||
	    cmd_scenario_find(scenario_path ? scenario_path : id.scenario, path, NULL) < 0)
		return false;
	if (bo_scenario_read(path, &conf, &scenario, &report) == 0) {
		is = scenario->has_explore;
		bo_conf_free(conf);
	}
	bo_buf_done(&report);
	return is;
}

int cmd_refuse_drift(const struct bo_trial_id *id, const struct bo_job *job)
{
	return cmd_fail(
		BO_EXIT_USAGE,
		"the id was made from %s@%s, but what is here now is %s@%s: the scenario, its "
		"target class '%s', one of its images, the seed or the fault model has "
		"changed; check out what it was made from, or repeat it as it is now with "
		"--anyway",
		id->scenario, id->hash8, job->scenario->name, job->hash8, job->target->name);
}

int cmd_plan_id(const struct cmd_bench *bench, const char *text, const char *scenario_path,
		bool anyway, struct bo_plan *ret)
{
	char path[CMD_PATH_CAP];
	struct bo_err err = {0};
	struct bo_buf report = {0};
	struct bo_trial_id id;
	struct bo_job job;
	const char *lacks = NULL;
	int rc = 0;

	if (bo_trial_id_parse(text, &id, &err) < 0 ||
	    cmd_scenario_find(scenario_path ? scenario_path : id.scenario, path, &err) < 0)
		return cmd_fail_err(&err);
	if (!bo_variant_is_of(id.variant, bench->bench->target))
		return cmd_fail(
			BO_EXIT_USAGE,
			"the id is for target class '%.*s', bench '%s' has '%s'; choose another "
			"bench with --bench or --rack",
			(int)strcspn(id.variant, ","), id.variant, bench->bench->name,
			bench->bench->target);
	if (bo_job_load(&job, path, id.variant, cmd_library(), &report) < 0)
		return cmd_fail_report(&report);
	if (bo_job_granted(&job, bench->bench, &report) < 0)
		rc = cmd_fail_report(&report);
	if (rc == 0 && strcmp(job.hash8, id.hash8) != 0 && !anyway)
		rc = cmd_refuse_drift(&id, &job);
	if (rc == 0)
		rc = refuse_unknown_point(&id, &job);
	if (rc == 0 && id.schedule.count > 0 && job.scenario->update.control)
		rc = cmd_fail(
			BO_EXIT_USAGE,
			"the id has a fault, but scenario '%s' has a control, which would not "
			"take the same way",
			job.scenario->name);
	if (rc == 0)
		rc = refuse_twice(ret, text);
	if (rc == 0)
		(void)bo_job_can_try(&job, bench->bench, &id.schedule, &lacks);
	bo_job_free(&job);
	if (rc != 0)
		return rc;
	bo_plan_add(ret, path, text, lacks);
	bo_plan_chain(ret, text);
	ret->anyway = anyway;
	return 0;
}

int cmd_shard_parse(const char *text, unsigned *ret_shard, unsigned *ret_shards)
{
	char *end = NULL;

	if (!text)
		return 0;
	unsigned shard = (unsigned)strtoul(text, &end, 10) - 1;
	unsigned shards = *end == '/' ? (unsigned)strtoul(end + 1, &end, 10) : 0;

	if (shard >= shards || *end)
		return cmd_fail(BO_EXIT_USAGE, "--shard '%s': say K/N, for example 1/4", text);
	*ret_shard = shard;
	*ret_shards = shards;
	return 0;
}
