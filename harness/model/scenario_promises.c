#include <stddef.h>
#include <stdio.h>

#include "harness/model/scenario_parts.h"
#include "harness/model/verdict.h"

/* The key `promises`. */

#define AT(member) offsetof(struct bo_promises, member)

static const char *const watchdog_names[] = {"may", "yes", "no", NULL};

const struct bo_conf_field scenario_promise_fields[] = {
	{.key = "outcome",
	 .type = BO_CONF_SET,
	 .offset = AT(outcome),
	 .flags = BO_CONF_REQUIRED,
	 .names = bo_outcome_names,
	 .help = "what the target may do; one name or a list"},
	{.key = "then",
	 .type = BO_CONF_SET,
	 .offset = AT(then),
	 .names = bo_outcome_names,
	 .help = "what a second update, driven afterwards, must lead to"},
	{.key = "resumes",
	 .type = BO_CONF_BOOL,
	 .offset = AT(resumes),
	 .fallback = "no",
	 .help = "the second update must continue the interrupted transfer; with 'server' or "
		 "'jobs' "
		 "any update counts that does, by what the server was asked for"},
	{.key = "boots-at-most",
	 .type = BO_CONF_INT,
	 .offset = AT(boots_at_most),
	 .min = 1,
	 .max = 1000000,
	 .help = "boots, power-ons of ours included, until the outcome stands"},
	{.key = "ready-within",
	 .type = BO_CONF_DURATION,
	 .offset = AT(ready_within),
	 .min = 1,
	 .help = "from each power-on that no cut ends before, to the ready line"},
	{.key = "reports-truth",
	 .type = BO_CONF_BOOL,
	 .offset = AT(reports_truth),
	 .fallback = "no",
	 .help = "what the target says by the update protocol is what was observed"},
	{.key = "causes",
	 .type = BO_CONF_LIST,
	 .offset = AT(causes),
	 .help = "values of {cause} that boots must have announced, each at least once"},
	{.key = "watchdog",
	 .type = BO_CONF_ENUM,
	 .offset = AT(watchdog),
	 .names = watchdog_names,
	 .help = "whether the target's watchdog resets it"},
	{.key = "kept",
	 .type = BO_CONF_LIST,
	 .offset = AT(kept),
	 .help = "ranges of the class's layout that are in the end as they were in the beginning"},
	{.key = "untouched-outside",
	 .type = BO_CONF_LIST,
	 .offset = AT(untouched_outside),
	 .help = "ranges that may change; no other range of the layout does"},
	{.key = "never-high",
	 .type = BO_CONF_LIST,
	 .offset = AT(never_high),
	 .help = "input pins of the bench that stay low while the target has power"},
	{.key = "unavailable",
	 .type = BO_CONF_DURATION,
	 .offset = AT(unavailable),
	 .min = 1,
	 .help = "longest time without a heartbeat, over update, faults and recovery"},
	{.key = "heartbeat",
	 .type = BO_CONF_STR,
	 .offset = AT(heartbeat),
	 .help = "unavailable: console pattern of the heartbeat [each ready line and each answer "
		 "of "
		 "the update protocol]"},
	{.key = "window",
	 .type = BO_CONF_DURATION,
	 .offset = AT(window),
	 .min = 1,
	 .help = "from the first offer of the update until the target is ready for good, faults "
		 "and "
		 "recovery included"},
	{.key = "locked",
	 .type = BO_CONF_BOOL,
	 .offset = AT(locked),
	 .fallback = "no",
	 .help = "a probe can neither read the target's flash nor write its boot loader"},
	{.key = "oracles",
	 .type = BO_CONF_NAMED,
	 .offset = AT(oracles),
	 .fields = scenario_oracle_fields,
	 .item_size = sizeof(struct bo_user_oracle),
	 .help = "programs of your own that judge what was observed, by name; all must pass"},
	{.key = NULL},
};

/* ---- across keys ---- */

#define PROMISE_PATH_MAX 256

/* Where a promise stands: the scenario's own, or that of one of its parameters' values. */
static const char *promised_at(const struct bo_scenario *scenario, const char *key,
			       char out[PROMISE_PATH_MAX])
{
	(void)snprintf(out, PROMISE_PATH_MAX, "%s.%s", scenario->promised_at, key);
	return out;
}

static void check_promised(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   const char *key, unsigned set, struct bo_buf *report)
{
	char where[PROMISE_PATH_MAX];
	static const enum bo_outcome undecided[] = {BO_OUTCOME_NONE, BO_OUTCOME_UNRESOLVED};

	for (size_t i = 0; i < sizeof(undecided) / sizeof(undecided[0]); i++)
		if (set & (1u << undecided[i]))
			bo_conf_complain(conf, report, promised_at(scenario, key, where),
					 "'%s' is no outcome that can be promised",
					 bo_outcome_names[undecided[i]]);
}

/* A target that says no to everything refuses every bad image. */
static void check_control(const struct bo_conf *conf, const struct bo_scenario *scenario,
			  struct bo_buf *report)
{
	char where[PROMISE_PATH_MAX];

	if ((scenario->promises.outcome & (1u << BO_OUTCOME_REFUSED)) && !scenario->update.control)
		bo_conf_complain(conf, report, promised_at(scenario, "outcome", where),
				 "a refusal counts only with its control: name the untampered twin "
				 "of the image as 'update.control'");
	if (scenario->update.control &&
	    (scenario->has_fault || scenario->faults.count > 0 || scenario->has_strategy))
		bo_conf_complain(
			conf, report, "update.control",
			"a fault and a control in one scenario: the control would not take "
			"the same way");
}

void scenario_promises_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			     struct bo_buf *report)
{
	char where[PROMISE_PATH_MAX];

	check_promised(conf, scenario, "outcome", scenario->promises.outcome, report);
	check_promised(conf, scenario, "then", scenario->promises.then, report);
	check_control(conf, scenario, report);
	if (scenario->promises.heartbeat && scenario->promises.unavailable == 0)
		bo_conf_complain(conf, report, promised_at(scenario, "heartbeat", where),
				 "'heartbeat' says how to hear 'unavailable', which is missing");
	if (scenario->promises.resumes && scenario->promises.then == 0 && !scenario->has_server &&
	    scenario->jobs.count == 0)
		bo_conf_complain(conf, report, promised_at(scenario, "resumes", where),
				 "'resumes' needs 'then': only a second update can resume");
}
