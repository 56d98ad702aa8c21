#include <stdio.h>

#include "harness/model/scenario_parts.h"

#define AT(member) offsetof(struct bo_user_oracle, member)

const struct bo_conf_field scenario_oracle_fields[] = {
	{.key = "program",
	 .type = BO_CONF_NAME,
	 .offset = AT(program),
	 .flags = BO_CONF_REQUIRED,
	 .help = "its name under `programs` of the rack file"},
	{.key = "args", .type = BO_CONF_LIST, .offset = AT(args), .help = "its arguments"},
	{.key = "within",
	 .type = BO_CONF_DURATION,
	 .offset = AT(within),
	 .fallback = "10 s",
	 .min = 1,
	 .help = "how long it may take before it is ended, and has not judged"},
	{.key = "flash",
	 .type = BO_CONF_LIST,
	 .offset = AT(flash),
	 .help = "ranges of the class's layout that it is given to read, as they were left"},
	{.key = NULL},
};

void scenario_oracle_check(const struct bo_conf *conf, const struct bo_scenario *scenario,
			   struct bo_buf *report)
{
	const struct bo_promises *promises = &scenario->promises;
	char where[128];

	(void)snprintf(where, sizeof(where), "%s.oracles", scenario->promised_at);
	if (promises->oracles.count > BO_ORACLES_MAX)
		bo_conf_complain(conf, report, where, "%zu oracles, but a scenario has at most %d",
				 promises->oracles.count, BO_ORACLES_MAX);
}
