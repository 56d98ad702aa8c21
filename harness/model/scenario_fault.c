#include <assert.h>
#include <errno.h>
#include <stdio.h>

#include "harness/model/scenario_parts.h"

#define FAULT(member) offsetof(struct bo_scenario_fault, member)

static const char *const action_names[] = {"cut", "dip", NULL};

static int parse_point(const char *text, void *ret, const char **reterr)
{
	static struct bo_err err; /* its text must outlive the call; one thread */

	err = (struct bo_err){0};
	if (bo_point_parse(text, ret, &err) < 0) {
		*reterr = bo_err_text(&err);
		return -EINVAL;
	}
	return 0;
}

const struct bo_conf_field scenario_fault_fields[] = {
	{.key = "at",
	 .type = BO_CONF_PARSED,
	 .offset = FAULT(at),
	 .flags = BO_CONF_REQUIRED,
	 .parse = parse_point,
	 .help = "fault point, for example smp.byte.8192, smp.at.40pct, boot.2, power-on"},
	{.key = "after",
	 .type = BO_CONF_DURATION,
	 .offset = FAULT(after),
	 .fallback = "0 ms",
	 .help = "from the point to the act"},
	{.key = "jitter",
	 .type = BO_CONF_DURATION,
	 .offset = FAULT(jitter),
	 .fallback = "0 ms",
	 .help = "the delay is up to this longer, as the seed draws; the id says by how much"},
	{.key = "action",
	 .type = BO_CONF_ENUM,
	 .offset = FAULT(action),
	 .names = action_names,
	 .fallback = "cut",
	 .help = "what is done [dip where one is given]"},
	{.key = "off",
	 .type = BO_CONF_DURATION,
	 .offset = FAULT(off),
	 .fallback = "1 s",
	 .min = 1,
	 .help = "how long power stays away"},
	{.key = "dip",
	 .type = BO_CONF_DURATION,
	 .offset = FAULT(dip),
	 .min = 1,
	 .help = "instead of off: a dip of this length, as a waveform that the adapter clocks"},
	{.key = "times",
	 .type = BO_CONF_INT,
	 .offset = FAULT(times),
	 .fallback = "1",
	 .min = 1,
	 .max = BO_DIPS_MAX,
	 .help = "dip: that many of them"},
	{.key = "every",
	 .type = BO_CONF_DURATION,
	 .offset = FAULT(every),
	 .min = 1,
	 .help = "dip: from the beginning of one to that of the next"},
	{.key = "act",
	 .type = BO_CONF_STR,
	 .offset = FAULT(act),
	 .help = "instead of all these: what is done, as in an id: drop, corrupt:x3, "
		 "delay:50ms, silence:1s"},
	{.key = NULL},
};

struct bo_fault scenario_fault_of(const struct bo_scenario_fault *asked)
{
	struct bo_fault fault = asked->at;

	fault.delay_ns = asked->after;
	if (asked->act) {
		struct bo_err err = {0};
		int rc = bo_action_parse(asked->act, &fault, &err);

		assert(rc == 0); /* bo_scenario_read() has looked at it */
		return fault;
	}
	fault.action = asked->dip ? BO_ACTION_DIP : (enum bo_action)asked->action;
	fault.off_ns = asked->dip ? asked->dip : asked->off;
	fault.times = asked->dip ? (unsigned)asked->times : 0;
	fault.every_ns = asked->times > 1 ? asked->every : 0;
	return fault;
}

/* The keys of a cut and those of a dip do not mix, and a train needs all of its own. */
static void check_dip(const struct bo_conf *conf, const struct bo_scenario_fault *asked,
		      struct bo_buf *report)
{
	const struct {
		bool wrong;
		const char *where, *why;
	} mistakes[] = {
		{asked->action == BO_ACTION_DIP && !asked->dip, "fault.action",
		 "a dip says how short it is, for example 'dip: 350 us'"},
		{asked->dip && bo_conf_given(conf, "fault.off"), "fault.off",
		 "either 'off' or 'dip'"},
		{asked->dip && bo_conf_given(conf, "fault.action") &&
			 asked->action != BO_ACTION_DIP,
		 "fault.action", "'dip' is what a dip has"},
		{!asked->dip && bo_conf_given(conf, "fault.times"), "fault.times",
		 "'times' is what a train of dips has"},
		{!asked->dip && bo_conf_given(conf, "fault.every"), "fault.every",
		 "'every' is what a train of dips has"},
		{asked->dip && asked->times > 1 && !bo_conf_given(conf, "fault.every"),
		 "fault.times",
		 "a train of dips says how far they are apart, for example 'every: 2 ms'"},
		{asked->dip && asked->times == 1 && bo_conf_given(conf, "fault.every"),
		 "fault.every", "one dip has no next one: say 'times' as well"},
		{asked->dip && asked->times > 1 && asked->every && asked->every <= asked->dip,
		 "fault.every", "each dip must be over before the next one begins"},
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		if (mistakes[i].wrong)
			bo_conf_complain(conf, report, mistakes[i].where, "%s", mistakes[i].why);
}

static void check_act(const struct bo_conf *conf, const struct bo_scenario_fault *asked,
		      struct bo_buf *report)
{
	static const char *const others[] = {"action", "off", "dip", "times", "every"};
	struct bo_fault fault = asked->at;
	struct bo_err err = {0};
	char where[32];

	if (!asked->act)
		return;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)snprintf(where, sizeof(where), "fault.%s", others[i]);
		if (bo_conf_given(conf, where))
			bo_conf_complain(conf, report, where, "either '%s' or 'act'", others[i]);
	}
	fault.delay_ns = asked->after + asked->jitter;
	if (bo_action_parse(asked->act, &fault, &err) < 0)
		bo_conf_complain(conf, report, "fault.act", "%s", bo_err_text(&err));
}

void scenario_fault_check(const struct bo_conf *conf, const struct bo_scenario_fault *asked,
			  struct bo_buf *report)
{
	check_dip(conf, asked, report);
	check_act(conf, asked, report);
}
