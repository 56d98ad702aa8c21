#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "harness/cmd/planning.h"
#include "harness/cmd/rack_state.h"
#include "harness/engine/record.h"
#include "harness/model/scenario.h"

#define PATH_CAP 4096

static json_t *calibrations(const struct cmd_bench *bench)
{
	json_t *all = json_object();

	for (size_t i = 0; i < bench->count; i++) {
		const char *name = bench->benches[i]->name;
		json_t *state = cmd_rack_state_read(bench, name);

		(void)json_object_set_new(all, name, state ? state : json_null());
	}
	return all;
}

static json_t *names_of(const struct bo_conf_list *list)
{
	const char *const *name = list->items;
	json_t *names = json_array();

	for (size_t i = 0; i < list->count; i++)
		(void)json_array_append_new(names, json_string(name[i]));
	return names;
}

/* What the run is evidence for: tags and requirements of its scenarios. */
static json_t *scenarios_of(const struct bo_plan *plan)
{
	json_t *all = json_object();

	for (size_t i = 0; i < plan->count; i++) {
		const char *path = plan->trials[i].scenario;
		struct bo_conf *conf;
		struct bo_scenario *scenario;
		struct bo_buf report = {0};

		if ((i == 0 || strcmp(path, plan->trials[i - 1].scenario) != 0) &&
		    bo_scenario_read(path, &conf, &scenario, &report) == 0) {
			(void)json_object_set_new(
				all, scenario->name,
				json_pack("{s:o, s:o}", "tags", names_of(&scenario->tags),
					  "requirements", names_of(&scenario->requirements)));
			bo_conf_free(conf);
		}
		bo_buf_done(&report);
	}
	return all;
}

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
				 bench->rack_path, "bench", plan->bench);

	if (root) {
		json_object_set_new(root, "calibration", calibrations(bench));
		json_object_set_new(root, "scenarios", scenarios_of(plan));
	}
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

int cmd_run_dir_make(struct bo_plan *plan, const char *out, struct bo_err *err)
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

int cmd_plan_write(const struct bo_plan *plan, struct bo_err *err)
{
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/plan.json", plan->out);
	int rc = bo_plan_write(plan, path.data, err);

	bo_buf_done(&path);
	return rc;
}

static char *join_names(const struct cmd_bench *bench)
{
	struct bo_buf names = {0};

	for (size_t i = 0; i < bench->count; i++)
		bo_buf_printf(&names, "%s%s", i > 0 ? "," : "", bench->benches[i]->name);
	char *joined = strdup(names.data);

	bo_buf_done(&names);
	return joined;
}

int cmd_run_dir(const struct cmd_bench *bench, struct bo_plan *plan, const char *out)
{
	struct bo_err err = {0};

	plan->rack = strdup(bench->rack_path);
	plan->bench = join_names(bench);
	plan->exact = bo_bench_caps(bench->bench) & BO_CAP_VIRTUAL_TIME;
	int rc = cmd_run_dir_make(plan, out, &err);

	if (rc == 0)
		rc = write_run_json(bench, plan, &err);
	return rc < 0 ? cmd_fail_err(&err) : 0;
}
