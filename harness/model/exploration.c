#include "harness/model/exploration.h"

#include "harness/model/schedule.h"

#define AT(member) offsetof(struct bo_exploration, member)

/* As in bo_fault_tears: "any" and "clean" are no choice, as clean cuts are always tried. */
static const char *const tear_names[] = {"low", "high", "bits", "first", "second", "mixed", NULL};

static const char *const taken_names[] = {"time", "pins", "registers", NULL};
static const char *const during_names[] = {"boot", "upload", "confirm", NULL};

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
	{.key = "ram",
	 .type = BO_CONF_SET,
	 .offset = AT(ram),
	 .names = bo_ram_names + 1,
	 .help = "what else a boot after a cut finds in RAM, besides garbage: zeros, ones, or what "
		 "an earlier life left there"},
	{.key = "reset",
	 .type = BO_CONF_SET,
	 .offset = AT(cause),
	 .names = bo_found_names + 1,
	 .help = "which other reset causes it finds, besides that of power-on"},
	{.key = "as-modelled",
	 .type = BO_CONF_SET,
	 .offset = AT(as_modelled),
	 .names = taken_names,
	 .help = "what a boot may look at before its outcome although no state has it, and is "
		 "taken as the model of the chip has it"},
	{.key = "during",
	 .type = BO_CONF_ENUM,
	 .offset = AT(during),
	 .fallback = "boot",
	 .names = during_names,
	 .help = "what goes on while power fails: the target is left alone, or a host updates it, "
		 "or confirms the new image"},
	{.key = "ask",
	 .type = BO_CONF_BOOL,
	 .offset = AT(ask),
	 .fallback = "no",
	 .help = "the outcome is what the target says over the update protocol, not what its "
		 "console announces"},
	{.key = NULL},
};
