#include "harness/model/exploration.h"

#define AT(member) offsetof(struct bo_exploration, member)

/* As in bo_fault_tears: "any" and "clean" are no choice, as clean cuts are always tried. */
static const char *const tear_names[] = {"low", "high", "bits", "first", "second", "mixed", NULL};

const struct bo_conf_field bo_exploration_fields[] = {
	{.key = "boot-time",
	 .type = BO_CONF_DURATION,
	 .offset = AT(boot_time),
	 .fallback = "20 s",
	 .min = 1,
	 .help = "how long a boot may take until the console tells its outcome"},
	{.key = "settle",
	 .type = BO_CONF_DURATION,
	 .offset = AT(settle),
	 .fallback = "5 ms",
	 .help = "how long power stays on after that; what is written then counts"},
	{.key = "converge",
	 .type = BO_CONF_INT,
	 .offset = AT(converge),
	 .fallback = "3",
	 .min = 1,
	 .max = 64,
	 .help = "a promised outcome comes within this many boots without a cut"},
	{.key = "depth",
	 .type = BO_CONF_INT,
	 .offset = AT(depth),
	 .fallback = "0",
	 .max = 1000,
	 .help = "cuts in a schedule; 0: any number"},
	{.key = "tears",
	 .type = BO_CONF_SET,
	 .offset = AT(tears),
	 .names = tear_names,
	 .help = "what cuts leave of an operation: of a program its low half, its high half or "
		 "seeded bits; of an erase its first half, its second half or a mixture"},
	{.key = NULL},
};
