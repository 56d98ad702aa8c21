#include "harness/model/scenario.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/scenario_parts.h"

#define AT(member) offsetof(struct bo_scenario, member)

static const struct bo_conf_field baseline_fields[] = {
	{.key = "image",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct bo_baseline, image),
	 .flags = BO_CONF_REQUIRED,
	 .help = "file below `images`, raw, Intel HEX (.hex, .ihex) or ELF (.elf, .axf); the rest "
		 "of "
		 "the range is erased"},
	{.key = NULL},
};

static const struct bo_conf_field update_fields[] = {
	{.key = "image",
	 .type = BO_CONF_STR,
	 .offset = AT(update.image) - AT(update),
	 .flags = BO_CONF_REQUIRED,
	 .help = "file below `images`"},
	{.key = "confirm",
	 .type = BO_CONF_BOOL,
	 .offset = AT(update.confirm) - AT(update),
	 .fallback = "yes",
	 .help = "whether the new image is made permanent once it runs"},
	{.key = "control",
	 .type = BO_CONF_STR,
	 .offset = AT(update.control) - AT(update),
	 .help = "file below `images`: the untampered twin of an `image` that is to be refused; a "
		 "refusal counts only when this one is accepted on the same way"},
	{.key = NULL},
};

static const struct bo_conf_field point_fields[] = {
	{.key = "console",
	 .type = BO_CONF_STR,
	 .offset = offsetof(struct bo_named_point, console),
	 .flags = BO_CONF_REQUIRED | BO_CONF_OTHER_NAMES,
	 .help = "pattern; the n-th matching line is the n-th occurrence"},
	{.key = NULL},
};

#define BUDGET(member) offsetof(struct bo_budget, member)

static const struct bo_conf_field budget_fields[] = {
	{.key = "time",
	 .type = BO_CONF_DURATION,
	 .offset = BUDGET(time),
	 .min = 1,
	 .help = "that the trials take, by their own clock"},
	{.key = "trials",
	 .type = BO_CONF_INT,
	 .offset = BUDGET(trials),
	 .min = 1,
	 .max = -1,
	 .help = "how many, the census not counted"},
	{.key = "erases",
	 .type = BO_CONF_INT,
	 .offset = BUDGET(erases),
	 .min = 1,
	 .max = -1,
	 .help = "of one page of flash, going by the target class's `wear.erases` a trial"},
	{.key = NULL},
};

static const struct bo_conf_field value_fields[] = {
	{.key = "promises",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct bo_parameter_value, promises),
	 .fields = scenario_promise_fields,
	 .help = "what must hold with this value, instead of the scenario's promises"},
	{.key = NULL},
};

static const struct bo_conf_field parameter_fields[] = {
	{.key = "values",
	 .type = BO_CONF_NAMED,
	 .offset = offsetof(struct bo_parameter, values),
	 .flags = BO_CONF_REQUIRED | BO_CONF_OR_LIST,
	 .fields = value_fields,
	 .item_size = sizeof(struct bo_parameter_value),
	 .help = "what stands for {NAME} in every other value of this file: a list, or a mapping "
		 "whose keys they are"},
	{.key = NULL},
};

static const char *const stage_names[] = {"protocol", "probe", NULL};

const struct bo_conf_field bo_scenario_fields[] = {
	BO_CONF_VERSION_ROW(AT(brownout)),
	{.key = "scenario",
	 .type = BO_CONF_NAME,
	 .offset = AT(name),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the scenario's name; the file is called NAME.yaml"},
	BO_CONF_TITLE_ROW(AT(title)),
	{.key = "targets",
	 .type = BO_CONF_LIST,
	 .offset = AT(targets),
	 .flags = BO_CONF_REQUIRED,
	 .help = "target classes it is meant for"},
	{.key = "images",
	 .type = BO_CONF_PATH,
	 .offset = AT(images),
	 .flags = BO_CONF_UNHASHED,
	 .fallback = ".",
	 .help = "folder of the image files"},
	{.key = "baseline",
	 .type = BO_CONF_NAMED,
	 .offset = AT(baseline),
	 .flags = BO_CONF_REQUIRED,
	 .fields = baseline_fields,
	 .item_size = sizeof(struct bo_baseline),
	 .help = "what is in flash when a trial begins, by range; other resettable ranges are "
		 "erased"},
	{.key = "update",
	 .type = BO_CONF_MAP,
	 .offset = AT(update),
	 .flags = BO_CONF_REQUIRED,
	 .fields = update_fields,
	 .help = "what is installed"},
	{.key = "steps",
	 .type = BO_CONF_CHOICES,
	 .offset = AT(steps),
	 .options = bo_step_options,
	 .help = "what a trial does, in order [boot, update]"},
	{.key = "stage",
	 .type = BO_CONF_ENUM,
	 .offset = AT(stage),
	 .names = stage_names,
	 .fallback = "protocol",
	 .help = "probe: the debug probe puts the update into its slot, for most of a strategy's "
		 "trials"},
	{.key = "staged",
	 .type = BO_CONF_NAMED,
	 .offset = AT(staged),
	 .fields = baseline_fields,
	 .item_size = sizeof(struct bo_baseline),
	 .help = "stage: probe: what the update protocol leaves in flash, by range, once the "
		 "update is to be installed; other ranges are as in `baseline`"},
	{.key = "points",
	 .type = BO_CONF_NAMED,
	 .offset = AT(points),
	 .fields = point_fields,
	 .item_size = sizeof(struct bo_named_point),
	 .help = "fault points of this scenario, by name"},
	{.key = "fault",
	 .type = BO_CONF_MAP,
	 .offset = AT(fault),
	 .flags = BO_CONF_UNHASHED,
	 .fields = scenario_fault_fields,
	 .help = "what goes wrong where"},
	{.key = "faults",
	 .type = BO_CONF_LIST,
	 .offset = AT(faults),
	 .flags = BO_CONF_UNHASHED,
	 .help = "several faults in one trial, one after the other, written as in an id: "
		 "\"smp.byte.8192+2ms=cut:off-300ms\""},
	{.key = "strategy",
	 .type = BO_CONF_MAP,
	 .offset = AT(strategy),
	 .flags = BO_CONF_UNHASHED,
	 .fields = bo_strategy_fields,
	 .help = "many trials: where faults strike is counted in a trial without faults, and "
		 "chosen from what it passed"},
	{.key = "network",
	 .type = BO_CONF_MAP,
	 .offset = AT(network),
	 .flags = BO_CONF_UNHASHED, /* where there is none; bo_job_load() */
	 .fields = bo_network_fields,
	 .help = "what the target's network link is like during the update [as it is]"},
	{.key = "explore",
	 .type = BO_CONF_MAP,
	 .offset = AT(explore),
	 .flags = BO_CONF_UNHASHED, /* where there is none; bo_job_load() */
	 .fields = bo_exploration_fields,
	 .help = "for 'brownout explore': every cut, also during the recovery from cuts"},
	{.key = "max-lag",
	 .type = BO_CONF_DURATION,
	 .offset = AT(max_lag),
	 .fallback = "20 ms",
	 .min = 1,
	 .help = "a fault that fired later than this after it was due makes the trial "
		 "inconclusive"},
	{.key = "promises",
	 .type = BO_CONF_MAP,
	 .offset = AT(promises),
	 .flags = BO_CONF_REQUIRED,
	 .fields = scenario_promise_fields,
	 .help = "what must hold"},
	{.key = "server",
	 .type = BO_CONF_MAP,
	 .offset = AT(server),
	 .flags = BO_CONF_UNHASHED, /* where there is none; bo_server_canonical() */
	 .fields = bo_server_fields,
	 .help = "of a target class with 'protocol: {kind: pull}': the update server that the "
		 "device meets"},
	{.key = "jobs",
	 .type = BO_CONF_LIST,
	 .offset = AT(jobs),
	 .flags = BO_CONF_UNHASHED, /* likewise */
	 .help = "likewise: what happens to the jobs that it is given: duplicate, stale, "
		 "cancel@40pct, broker-drop@40pct"},
	{.key = "budget",
	 .type = BO_CONF_MAP,
	 .offset = AT(budget),
	 .flags = BO_CONF_UNHASHED,
	 .fields = budget_fields,
	 .help = "when it is spent, the trials that are left are not tried, which is said"},
	{.key = "tags",
	 .type = BO_CONF_LIST,
	 .offset = AT(tags),
	 .flags = BO_CONF_UNHASHED,
	 .help = "for 'run --tag'"},
	{.key = "requirements",
	 .type = BO_CONF_LIST,
	 .offset = AT(requirements),
	 .flags = BO_CONF_UNHASHED,
	 .help = "ids of what the scenario is evidence for, which reports count"},
	{.key = "parameters",
	 .type = BO_CONF_NAMED,
	 .offset = AT(parameters),
	 .flags = BO_CONF_UNHASHED | BO_CONF_FIRST,
	 .fields = parameter_fields,
	 .item_size = sizeof(struct bo_parameter),
	 .help = "a matrix: the scenario is tried with all combinations of their values"},
	{.key = "seed",
	 .type = BO_CONF_INT,
	 .offset = AT(seed),
	 .fallback = "1",
	 .max = -1,
	 .help = "root of all randomness"},
	{.key = NULL},
};

void bo_scenario_schedule(const struct bo_scenario *scenario, struct bo_schedule *ret)
{
	const char *const *faults = scenario->faults.items;

	*ret = (struct bo_schedule){0};
	for (size_t i = 0; i < scenario->faults.count; i++) {
		struct bo_err err = {0};
		int rc = bo_fault_parse(faults[i], &ret->fault[ret->count++], &err);

		assert(rc == 0); /* bo_scenario_read() has looked at it */
	}
	if (!scenario->has_fault)
		return;
	ret->fault[0] = scenario_fault_of(&scenario->fault);
	ret->fault[0].delay_ns += bo_jitter_draw((uint64_t)scenario->seed, "jitter of the fault",
						 scenario->fault.jitter);
	ret->count = 1;
}

/* "b2", "b2.x": bo_fault_parse() would take it for the second boot. */
static bool reads_like_a_boot(const char *name)
{
	size_t digits = name[0] == 'b' ? strspn(name + 1, "0123456789") : 0;

	return digits > 0 && (name[1 + digits] == '\0' || name[1 + digits] == '.');
}

static void check_faults(const struct bo_conf *conf, const struct bo_scenario *scenario,
			 struct bo_buf *report)
{
	const char *const *faults = scenario->faults.items;
	char where[32];

	if (scenario->has_fault)
		scenario_check_fault_points(conf, scenario, "fault.at", &scenario->fault.at,
					    report);
	if (scenario->has_fault)
		scenario_fault_check(conf, &scenario->fault, report);
	if (scenario->has_fault && scenario->faults.count > 0)
		bo_conf_complain(conf, report, "faults",
				 "a scenario has either 'fault' or 'faults'");
	if (scenario->faults.count > BO_FAULTS_MAX)
		bo_conf_complain(conf, report, "faults", "more than %d faults", BO_FAULTS_MAX);
	for (size_t i = 0; i < scenario->faults.count; i++) {
		struct bo_fault fault;
		struct bo_err err = {0};

		(void)snprintf(where, sizeof(where), "faults.%zu", i);
		if (bo_fault_parse(faults[i], &fault, &err) < 0)
			bo_conf_complain(conf, report, where, "%s", bo_err_text(&err));
		else
			scenario_check_fault_points(conf, scenario, where, &fault, report);
	}
}

struct asking {
	const struct bo_conf *conf;
	const struct bo_scenario *scenario;
	struct bo_buf *report;
};

static void check_strategy_point(void *ctx, const char *where, const char *name)
{
	const struct asking *asking = ctx;

	scenario_check_asked(asking->conf, asking->scenario, where, name, asking->report);
}

static void check_strategy(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report)
{
	struct asking asking = {conf, scenario, report};

	if (!scenario->has_strategy)
		return;
	if (scenario->has_fault || scenario->faults.count > 0)
		bo_conf_complain(conf, report, "strategy",
				 "a scenario has either faults or a strategy that makes them");
	bo_strategy_check(&scenario->strategy, conf, check_strategy_point, &asking, report);
}

static void check_points(const struct bo_conf *conf, const struct bo_scenario *scenario,
			 struct bo_buf *report)
{
	const struct bo_named_point *points = scenario->points.items;
	char where[128];

	for (size_t i = 0; i < scenario->points.count; i++) {
		(void)snprintf(where, sizeof(where), "points.%s", points[i].name);
		if (bo_point_is_builtin(points[i].name))
			bo_conf_complain(conf, report, where,
					 "'%s' is a built-in fault point; choose another name",
					 points[i].name);
		if (strncmp(points[i].name, BO_PHASE_PREFIX, strlen(BO_PHASE_PREFIX)) == 0)
			bo_conf_complain(conf, report, where,
					 "'%s' reads like a phase of a step; choose another name",
					 points[i].name);
		if (reads_like_a_boot(points[i].name))
			bo_conf_complain(conf, report, where,
					 "'%s' reads like a boot in a trial id; choose another "
					 "name",
					 points[i].name);
		if (points[i].console[0] == '\0')
			bo_conf_complain(conf, report, where,
					 "empty pattern: every line would match");
	}
}

static void check_network(const struct bo_conf *conf, struct bo_scenario *scenario,
			  struct bo_buf *report)
{
	scenario->has_network = bo_conf_given(conf, "network");
	if (scenario->has_network && scenario->has_explore)
		bo_conf_complain(conf, report, "network",
				 "an exploration impairs no link: no 'network' in its scenario");
	if (scenario->has_network)
		bo_network_read(conf, &scenario->network, &scenario->down, &scenario->up, report);
}

static void check_across_keys(const struct bo_conf *conf, void *data, struct bo_buf *report)
{
	struct bo_scenario *scenario = data;

	scenario_cell_check(conf, scenario, report);
	scenario->has_fault = bo_conf_given(conf, "fault");
	bo_steps_check(conf, &scenario->steps, report);
	check_points(conf, scenario, report);
	check_faults(conf, scenario, report);
	scenario->has_strategy = bo_conf_given(conf, "strategy");
	scenario->has_explore = bo_conf_given(conf, "explore");
	scenario->has_server = bo_conf_given(conf, "server");
	check_strategy(conf, scenario, report);
	check_network(conf, scenario, report);
	scenario_promises_check(conf, scenario, report);
	scenario_stage_check(conf, scenario, report);
	scenario_oracle_check(conf, scenario, report);
	scenario_server_check(conf, scenario, report);
}

void bo_scenario_conf_args(struct bo_conf_args *ret)
{
	*ret = (struct bo_conf_args){
		.fields = bo_scenario_fields,
		.size = sizeof(struct bo_scenario),
		.begin = scenario_cell_begin,
		.expand = scenario_cell_expand,
		.check = check_across_keys,
	};
}

int bo_scenario_read_cell(const char *path, const char *cell, struct bo_conf **ret_conf,
			  struct bo_scenario **ret, struct bo_buf *report)
{
	struct scenario_asked asked = {cell};
	struct bo_conf_args args;
	void *data;

	bo_scenario_conf_args(&args);
	args.path = path;
	args.ctx = &asked;
	int rc = bo_conf_read(&args, ret_conf, &data, report);

	if (rc == 0)
		*ret = data;
	return rc;
}

int bo_scenario_read(const char *path, struct bo_conf **ret_conf, struct bo_scenario **ret,
		     struct bo_buf *report)
{
	return bo_scenario_read_cell(path, NULL, ret_conf, ret, report);
}
