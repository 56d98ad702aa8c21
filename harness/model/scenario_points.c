#include <string.h>

#include "harness/model/scenario_parts.h"

/* The fault points that a scenario knows. */

#define POINT_NAMES_MAX 32

static const char *const builtin_points[] = {"boot",	 "flash.op",  "power-on", "smp.at",
					     "smp.byte", "smp.frame", "smp.reply"};

static bool begins(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(name, prefix, len) == 0 && name[len];
}

bool bo_point_is_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof(builtin_points) / sizeof(builtin_points[0]); i++)
		if (strcmp(builtin_points[i], name) == 0)
			return true;
	/* an update program names its own */
	return bo_point_input(name) || begins(name, "exec.") || begins(name, "pull.");
}

const struct bo_named_point *bo_scenario_point(const struct bo_scenario *scenario, const char *name)
{
	const struct bo_named_point *points = scenario->points.items;

	for (size_t i = 0; i < scenario->points.count; i++)
		if (strcmp(points[i].name, name) == 0)
			return &points[i];
	return NULL;
}

const struct bo_conf_list *bo_scenario_steps(const struct bo_scenario *scenario)
{
	return scenario->steps.count > 0 ? &scenario->steps : &bo_steps_default;
}

bool bo_scenario_has_point(const struct bo_scenario *scenario, const char *name)
{
	size_t prefix = strlen(BO_PHASE_PREFIX);

	if (strncmp(name, BO_PHASE_PREFIX, prefix) == 0)
		return bo_steps_have_phase(bo_scenario_steps(scenario), name + prefix);
	return bo_point_is_builtin(name) || bo_scenario_point(scenario, name);
}

/* The names that `points` gives, then the built-in ones. */
static size_t list_points(const struct bo_scenario *scenario, const char **names, size_t cap)
{
	const struct bo_named_point *points = scenario->points.items;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(builtin_points) / sizeof(builtin_points[0]); i++)
		names[count++] = builtin_points[i];
	for (size_t i = 0; i < scenario->points.count && count < cap; i++)
		names[count++] = points[i].name;
	return count;
}

void scenario_check_asked(const struct bo_conf *conf, const struct bo_scenario *scenario,
			  const char *where, const char *asked, struct bo_buf *report)
{
	const char *names[POINT_NAMES_MAX];

	if (bo_scenario_has_point(scenario, asked))
		return;
	if (strncmp(asked, BO_PHASE_PREFIX, strlen(BO_PHASE_PREFIX)) == 0) {
		bo_conf_complain(conf, report, where,
				 "no step names the phase '%s'; those of every update are upload, "
				 "test, reset, install, confirm and revert",
				 asked + strlen(BO_PHASE_PREFIX));
		return;
	}
	const char *near =
		bo_str_nearest(asked, names, list_points(scenario, names, POINT_NAMES_MAX));

	bo_conf_complain(conf, report, where,
			 "unknown fault point '%s'%s%s%s; name it under 'points:'", asked,
			 near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
}

void scenario_check_fault_points(const struct bo_conf *conf, const struct bo_scenario *scenario,
				 const char *where, const struct bo_fault *fault,
				 struct bo_buf *report)
{
	if (fault->after.n > 0)
		scenario_check_asked(conf, scenario, where, fault->after.point, report);
	scenario_check_asked(conf, scenario, where, fault->point, report);
}
