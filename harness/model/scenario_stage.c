#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/base/prng.h"
#include "harness/model/scenario_parts.h"

#define ONE_IN 20

bool bo_stage_by_protocol(uint64_t seed, size_t number)
{
	struct bo_prng root, draw;
	char block[40];

	if (number == 0)
		return true;
	(void)snprintf(block, sizeof(block), "stage %zu", (number - 1) / ONE_IN);
	bo_prng_init(&root, seed);
	bo_prng_split(&root, block, &draw);
	return bo_prng_below(&draw, ONE_IN) == (number - 1) % ONE_IN;
}

/* A trial that is staged by the probe has no transfer, and its first boot is the second one of a
 * trial that is not (which took the update in the first): only what both have can be named. */
static const char *why_not_both(const char *point, unsigned boot)
{
	static const char *const counted_from_the_start[] = {"flash.op", "power-on"};
	static const char *const of_transfer[] = {"smp.", "exec.", "phase.upload", "phase.test",
						  "phase.reset"};

	for (size_t i = 0; i < sizeof(of_transfer) / sizeof(of_transfer[0]); i++)
		if (strncmp(point, of_transfer[i], strlen(of_transfer[i])) == 0)
			return "there is no transfer with 'stage: probe'";
	if (strpbrk(point, "*?"))
		return "say which points: with 'stage: probe' not all trials pass the same";
	for (size_t i = 0; i < 2; i++)
		if (boot == 0 && strcmp(point, counted_from_the_start[i]) == 0)
			return "with 'stage: probe' not all trials count it alike; say in which "
			       "boot: b2 is the one after the update was staged";
	return boot == 1 ? "with 'stage: probe' the first boot, which takes the update, is left out"
			 : NULL;
}

static void check_axes(const struct bo_conf *conf, const struct bo_conf_list *axes, const char *key,
		       struct bo_buf *report)
{
	const char *const *axis = axes->items;

	for (size_t i = 0; i < axes->count; i++) {
		struct bo_axis parsed;
		struct bo_err err = {0};
		char where[64];

		if (bo_axis_parse(axis[i], &parsed, &err) < 0)
			continue; /* complained about already */
		const char *why = why_not_both(parsed.name, parsed.boot);

		(void)snprintf(where, sizeof(where), "strategy.%s.%zu", key, i);
		if (why)
			bo_conf_complain(conf, report, where, "%s", why);
	}
}

static void check_schedules(const struct bo_conf *conf, const struct bo_conf_list *schedules,
			    struct bo_buf *report)
{
	const char *const *text = schedules->items;

	for (size_t i = 0; i < schedules->count; i++) {
		struct bo_schedule schedule;
		char where[64];

		if (bo_schedule_parse(text[i], &schedule, NULL) < 0)
			continue;
		(void)snprintf(where, sizeof(where), "strategy.schedules.%zu", i);
		for (size_t k = 0; k < schedule.count; k++) {
			const char *why =
				why_not_both(schedule.fault[k].point, schedule.fault[k].boot);

			if (why)
				bo_conf_complain(conf, report, where, "%s", why);
		}
	}
}

static void check_by_probe(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report)
{
	if (scenario->staged.count == 0)
		bo_conf_complain(conf, report, "stage",
				 "what would the update protocol leave in flash? Say it under "
				 "'staged:'");
	if (!scenario->has_strategy)
		bo_conf_complain(conf, report, "stage",
				 "one trial in twenty goes by protocol: only a strategy makes so "
				 "many");
	if (scenario->steps.count > 0)
		bo_conf_complain(conf, report, "steps",
				 "with 'stage: probe' the steps are the usual ones: boot, update");
	if (scenario->update.control)
		bo_conf_complain(conf, report, "stage",
				 "a refusal is one of the update protocol: no 'update.control'");
	check_axes(conf, &scenario->strategy.over, "over", report);
	check_axes(conf, &scenario->strategy.then, "then", report);
	check_schedules(conf, &scenario->strategy.schedules, report);
}

void scenario_stage_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			  struct bo_buf *report)
{
	if (scenario->stage == BO_STAGE_PROBE)
		check_by_probe(conf, scenario, report);
	else if (scenario->staged.count > 0)
		bo_conf_complain(conf, report, "staged", "only 'stage: probe' puts it there");
	else if (!scenario->by_probe)
		bo_conf_complain(conf, report, "stage",
				 "'" BO_CELL_BY_PROTOCOL "' is said of scenarios with 'stage: "
				 "probe' alone");
}
