#include "harness/cmd/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/suite.h"

/* ---- expansion ---- */

struct expansion {
	const struct cmd_bench *bench;
	const struct cmd_suite_options *options;
	const struct bo_suite *suite;
	const char *path; /* the suite's file: names are sought beside it first */
	struct bo_plan *plan;
	struct bo_buf foreign; /* scenarios that are for other target classes */
	size_t fitting;
};

static int find(const struct expansion *e, const char *name, char path[CMD_PATH_CAP])
{
	struct bo_err err = {0};
	struct bo_buf beside = {0};

	bo_buf_printf(&beside, "%.*s/%s.yaml", (int)(strrchr(e->path, '/') - e->path), e->path,
		      name);
	int rc = cmd_scenario_find(beside.data, path, &err);

	bo_buf_done(&beside);
	if (rc < 0)
		rc = cmd_scenario_find(name, path, &err);
	return rc < 0 ? cmd_fail(BO_EXIT_USAGE, "suite '%s': %s", e->suite->name, bo_err_text(&err))
		      : 0;
}

/* Whether the scenario has a tag that is asked for; one that cannot be read has: whoever reads it
 * next says why. */
static bool has_tag(const char *path, const char *tag)
{
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct bo_buf report = {0};
	bool has = true;

	if (tag && bo_scenario_read(path, &conf, &scenario, &report) == 0) {
		has = bo_conf_list_has(&scenario->tags, tag);
		bo_conf_free(conf);
	}
	bo_buf_done(&report);
	return has;
}

/* Below 0: the scenario is for other target classes. Above: an exit code. */
static int is_foreign(const struct expansion *e, const char *path)
{
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	struct bo_buf report = {0};

	if (bo_suite_is(path))
		return cmd_fail(BO_EXIT_USAGE, "suite '%s': %s is a suite; name its scenarios",
				e->suite->name, path);
	if (bo_scenario_read(path, &conf, &scenario, &report) < 0)
		return cmd_fail_report(&report);
	bool foreign = !bo_conf_list_has(&scenario->targets, e->bench->bench->target);

	bo_conf_free(conf);
	return foreign ? -1 : 0;
}

static int add_entry(struct expansion *e, const struct bo_suite_entry *entry)
{
	int64_t limit = e->options->reduced ? entry->reduced : entry->trials;
	size_t first = e->plan->count;
	char path[CMD_PATH_CAP];
	char *name = path;

	if (!bo_suite_entry_fits(entry, e->options->only) ||
	    (e->options->reduced && entry->reduced == 0))
		return 0;
	int rc = find(e, entry->name, path);

	if (rc == 0 && !bo_conf_list_has(&entry->tags, e->options->tag ? e->options->tag : "") &&
	    !has_tag(path, e->options->tag))
		return 0;
	e->fitting++;
	if (rc == 0)
		rc = is_foreign(e, path);
	if (rc < 0) {
		bo_buf_printf(&e->foreign, "%s%s", e->foreign.len > 0 ? ", " : "", entry->name);
		return 0;
	}
	if (rc == 0)
		rc = cmd_plan_scenarios(e->bench, &name, 1, e->plan);
	for (size_t i = first; rc == 0 && i < e->plan->count; i++)
		if (e->plan->trials[i].census)
			e->plan->trials[i].limit = (unsigned)limit;
	return rc;
}

static int add_entries(struct expansion *e)
{
	const struct bo_suite_entry *entries = e->suite->scenarios.items;
	size_t before = e->plan->count;
	int first = 0;

	for (size_t i = 0; i < e->suite->scenarios.count; i++) {
		int rc = add_entry(e, &entries[i]);

		first = first ? first : rc;
	}
	if (e->foreign.len > 0)
		(void)cmd_fail(0, "suite '%s': not meant for target class '%s', and left out: %s",
			       e->suite->name, e->bench->bench->target, e->foreign.data);
	if (first == 0 && e->plan->count == before)
		first = cmd_fail(BO_EXIT_USAGE, "suite '%s': nothing of it is left%s%s",
				 e->suite->name,
				 e->fitting == 0 ? " by --only, --tag or --reduced" : "",
				 e->fitting == 0 ? "" : " for this bench");
	return first;
}

static int add_suite(const struct cmd_bench *bench, const char *path,
		     const struct cmd_suite_options *options, struct bo_plan *plan)
{
	struct expansion e = {.bench = bench, .options = options, .path = path, .plan = plan};
	struct bo_buf report = {0};
	struct bo_conf *conf;
	struct bo_suite *suite;

	if (bo_suite_read(path, &conf, &suite, &report) < 0)
		return cmd_fail_report(&report);
	e.suite = suite;
	int rc = add_entries(&e);

	if (!plan->suite)
		plan->suite = strdup(suite->name);
	bo_buf_done(&e.foreign);
	bo_conf_free(conf);
	return rc;
}

int cmd_plan_suites(const struct cmd_bench *bench, char *const *names, size_t count,
		    const struct cmd_suite_options *options, struct bo_plan *ret)
{
	int first = 0;
	bool any = false;
	size_t before = ret->count;

	for (size_t i = 0; i < count; i++) {
		char path[CMD_PATH_CAP];
		bool found = cmd_scenario_find(names[i], path, NULL) == 0;
		bool is = found && bo_suite_is(path);
		int rc = 0;

		if (is)
			rc = add_suite(bench, path, options, ret);
		else if (!found || has_tag(path, options->tag))
			rc = cmd_plan_scenarios(bench, &names[i], 1, ret);
		any |= is;
		first = first ? first : rc;
	}
	if (first == 0 && !any && (options->only || options->reduced))
		first = cmd_fail(BO_EXIT_USAGE, "--only and --reduced are for suites");
	if (first == 0 && options->tag && ret->count == before)
		first = cmd_fail(BO_EXIT_USAGE, "--tag %s: no scenario has this tag", options->tag);
	return first;
}

/* ---- listing ---- */

void cmd_suite_list(const struct bo_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct bo_planned *trial = &plan->trials[i];

		(void)printf("%s", trial->id);
		if (trial->lacks)
			(void)printf("  # not applicable: this bench lacks %s", trial->lacks);
		else if (trial->census && trial->limit > 0)
			(void)printf("  # and up to %u trials of its strategy", trial->limit);
		else if (trial->census)
			(void)printf("  # and the trials of its strategy");
		(void)printf("\n");
	}
}
