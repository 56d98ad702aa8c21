#include "harness/model/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct bo_target, member)
#define ADDRESSES  (INT64_C(1) << 32)

static const char *const use_names[] = {"other", "running", "staged", NULL};
static const char *const protocol_names[] = {"smp", "exec", "smp-udp", "pull", NULL};

static const struct bo_conf_field flash_fields[] = {
	{.key = "page",
	 .type = BO_CONF_SIZE,
	 .offset = AT(flash.page) - AT(flash),
	 .flags = BO_CONF_REQUIRED,
	 .min = 1,
	 .max = 1 << 20,
	 .help = "erase unit"},
	{.key = "unit",
	 .type = BO_CONF_SIZE,
	 .offset = AT(flash.unit) - AT(flash),
	 .flags = BO_CONF_REQUIRED,
	 .min = 1,
	 .max = 4096,
	 .help = "program unit"},
	{.key = NULL},
};

static const struct bo_conf_field range_fields[] = {
	{.key = "at",
	 .type = BO_CONF_INT,
	 .offset = offsetof(struct bo_range, at),
	 .flags = BO_CONF_REQUIRED,
	 .min = 0,
	 .max = UINT32_MAX,
	 .help = "first address"},
	{.key = "size",
	 .type = BO_CONF_SIZE,
	 .offset = offsetof(struct bo_range, size),
	 .flags = BO_CONF_REQUIRED,
	 .min = 1,
	 .max = UINT32_MAX,
	 .help = "length; a whole number of pages"},
	{.key = "reset",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct bo_range, reset),
	 .fallback = "no",
	 .help = "brought to a known state before each trial; ranges without it are never written"},
	{.key = "use",
	 .type = BO_CONF_ENUM,
	 .offset = offsetof(struct bo_range, use),
	 .names = use_names,
	 .fallback = "other",
	 .help = "running: the image that runs; staged: where an update is uploaded to"},
	{.key = NULL},
};

static const struct bo_conf_field console_fields[] = {
	{.key = "boot",
	 .type = BO_CONF_STR,
	 .offset = AT(console.boot) - AT(console),
	 .help = "pattern of the line that every boot prints; {cause}, {boots} and {ram} are "
		 "captured"},
	{.key = "start",
	 .type = BO_CONF_STR,
	 .offset = AT(console.start) - AT(console),
	 .help = "pattern of the line with which a boot loader starts an image; {version} is "
		 "captured: an image that never says anything ran all the same"},
	{.key = "ready",
	 .type = BO_CONF_STR,
	 .offset = AT(console.ready) - AT(console),
	 .flags = BO_CONF_REQUIRED,
	 .help = "pattern of the line of a running application; {version} is captured"},
	{.key = "recovery",
	 .type = BO_CONF_STR,
	 .offset = AT(console.recovery) - AT(console),
	 .help = "pattern of the line of a boot loader that waits for an image, which `protocol` "
		 "can give it"},
	{.key = "dead",
	 .type = BO_CONF_LIST,
	 .offset = AT(console.dead) - AT(console),
	 .help = "patterns after which nothing more will come"},
	{.key = "refused",
	 .type = BO_CONF_LIST,
	 .offset = AT(console.refused) - AT(console),
	 .help = "patterns by which it says that it does not install what was uploaded; {reason} "
		 "is "
		 "captured"},
	{.key = NULL},
};

static const struct bo_conf_field reset_cause_fields[] = {
	{.key = "pin",
	 .type = BO_CONF_LIST,
	 .offset = AT(reset_causes.pin) - AT(reset_causes),
	 .help = "after a reset by its pin"},
	{.key = "probe",
	 .type = BO_CONF_LIST,
	 .offset = AT(reset_causes.probe) - AT(reset_causes),
	 .help = "after one by the debug probe"},
	{.key = "watchdog",
	 .type = BO_CONF_LIST,
	 .offset = AT(reset_causes.watchdog) - AT(reset_causes),
	 .help = "after a watchdog fired"},
	{.key = NULL},
};

static const struct bo_conf_field protocol_fields[] = {
	{.key = "kind",
	 .type = BO_CONF_ENUM,
	 .offset = AT(protocol.kind) - AT(protocol),
	 .flags = BO_CONF_REQUIRED,
	 .names = protocol_names,
	 .help = "update protocol: smp on the console, smp-udp on the bench's network; exec: a "
		 "program of your own carries it out; pull: the device is told by MQTT to fetch it "
		 "from a server"},
	{.key = "line",
	 .type = BO_CONF_SIZE,
	 .offset = AT(protocol.line_max) - AT(protocol),
	 .fallback = "127 B",
	 .min = 16,
	 .max = 4096,
	 .help = "of kind smp: longest line the target takes, markers and newline included"},
	{.key = "first-timeout",
	 .type = BO_CONF_DURATION,
	 .offset = AT(protocol.first_timeout) - AT(protocol),
	 .fallback = "40 s",
	 .min = 1,
	 .help = "for the first chunk, during which the target may erase"},
	{.key = "timeout",
	 .type = BO_CONF_DURATION,
	 .offset = AT(protocol.timeout) - AT(protocol),
	 .fallback = "5 s",
	 .min = 1,
	 .help = "for every other answer; smp-udp asks again earlier, as answers have taken "
		 "lately"},
	{.key = "retries",
	 .type = BO_CONF_INT,
	 .offset = AT(protocol.retries) - AT(protocol),
	 .fallback = "3",
	 .min = 0,
	 .max = 100,
	 .help = "repeats of an unanswered request; smp-udp gives up after as long as they take"},
	{.key = "program",
	 .type = BO_CONF_NAME,
	 .offset = AT(protocol.program) - AT(protocol),
	 .help = "of kind exec: its name under `programs` of the rack file"},
	{.key = "args",
	 .type = BO_CONF_LIST,
	 .offset = AT(protocol.args) - AT(protocol),
	 .help = "of kind exec: its arguments; {action} is query, upload, test, confirm or reset, "
		 "{image} the file to deliver, {hash} what the boot loader calls it"},
	{.key = "device",
	 .type = BO_CONF_NAME,
	 .offset = AT(protocol.device) - AT(protocol),
	 .flags = BO_CONF_UNHASHED,
	 .fallback = "gateway",
	 .help = "of kind pull: its name in the topics brownout/NAME/job and brownout/NAME/status"},
	{.key = "port",
	 .type = BO_CONF_INT,
	 .offset = AT(protocol.port) - AT(protocol),
	 .flags = BO_CONF_UNHASHED,
	 .fallback = "0",
	 .min = 0,
	 .max = UINT16_MAX,
	 .help = "of kind pull: where the broker is on this host; 0: where nobody else is"},
	{.key = NULL},
};

static const struct bo_conf_field deadline_fields[] = {
	{.key = "boot",
	 .type = BO_CONF_DURATION,
	 .offset = AT(deadline.boot) - AT(deadline),
	 .fallback = "5 s",
	 .min = 1,
	 .help = "from power on to the ready line"},
	{.key = "update",
	 .type = BO_CONF_DURATION,
	 .offset = AT(deadline.update) - AT(deadline),
	 .fallback = "2 min",
	 .min = 1,
	 .help = "for the whole update session"},
	{.key = "recovery",
	 .type = BO_CONF_DURATION,
	 .offset = AT(deadline.recovery) - AT(deadline),
	 .fallback = "30 s",
	 .min = 1,
	 .help = "from power on after a fault to the ready line"},
	{.key = NULL},
};

static const struct bo_conf_field wear_fields[] = {
	{.key = "erases",
	 .type = BO_CONF_INT,
	 .offset = AT(wear.erases) - AT(wear),
	 .flags = BO_CONF_REQUIRED,
	 .min = 1,
	 .max = 1000000,
	 .help = "erases, by one trial, of the page that it wears most"},
	{.key = "endurance",
	 .type = BO_CONF_INT,
	 .offset = AT(wear.endurance) - AT(wear),
	 .fallback = "10000",
	 .min = 1,
	 .max = 1000000000,
	 .help = "erases that a page survives, by its data sheet"},
	{.key = NULL},
};

const struct bo_conf_field bo_target_fields[] = {
	BO_CONF_VERSION_ROW(AT(brownout)),
	{.key = "class",
	 .type = BO_CONF_NAME,
	 .offset = AT(name),
	 .flags = BO_CONF_REQUIRED,
	 .help = "the class's name"},
	BO_CONF_TITLE_ROW(AT(title)),
	{.key = "flash",
	 .type = BO_CONF_MAP,
	 .offset = AT(flash),
	 .flags = BO_CONF_REQUIRED,
	 .fields = flash_fields,
	 .help = "geometry"},
	{.key = "layout",
	 .type = BO_CONF_NAMED,
	 .offset = AT(layout),
	 .flags = BO_CONF_REQUIRED,
	 .fields = range_fields,
	 .item_size = sizeof(struct bo_range),
	 .help = "flash ranges by name"},
	{.key = "console",
	 .type = BO_CONF_MAP,
	 .offset = AT(console),
	 .flags = BO_CONF_REQUIRED,
	 .fields = console_fields,
	 .help = "what the target prints; {name} in a pattern captures a run without blanks"},
	{.key = "power-causes",
	 .type = BO_CONF_LIST,
	 .offset = AT(power_causes),
	 .help = "values of {cause} that only a power-on can produce: a witness of a cut"},
	{.key = "reset-causes",
	 .type = BO_CONF_MAP,
	 .offset = AT(reset_causes),
	 .fields = reset_cause_fields,
	 .help = "values of {cause} that tell resets apart: witnesses of a reset, and of a "
		 "watchdog"},
	{.key = "ram-lost",
	 .type = BO_CONF_LIST,
	 .offset = AT(ram_lost),
	 .help = "values of {ram} that say that a canary in RAM was lost: a witness of a cut"},
	{.key = "protocol",
	 .type = BO_CONF_MAP,
	 .offset = AT(protocol),
	 .flags = BO_CONF_REQUIRED,
	 .fields = protocol_fields,
	 .help = "how an update is delivered"},
	{.key = "deadlines",
	 .type = BO_CONF_MAP,
	 .offset = AT(deadline),
	 .fields = deadline_fields,
	 .help = "how long things may take"},
	{.key = "wear",
	 .type = BO_CONF_MAP,
	 .offset = AT(wear),
	 .flags = BO_CONF_UNHASHED,
	 .fields = wear_fields,
	 .help = "what a trial costs the flash, for plans"},
	{.key = "power-cycles",
	 .type = BO_CONF_INT,
	 .offset = AT(power_cycles),
	 .fallback = "2",
	 .min = 0,
	 .max = 100,
	 .help = "tried before a silent target counts as not coming back"},
	{.key = NULL},
};

static const struct bo_range *ranges(const struct bo_target *target)
{
	return target->layout.items;
}

const struct bo_range *bo_target_range(const struct bo_target *target, const char *name)
{
	for (size_t i = 0; i < target->layout.count; i++)
		if (strcmp(ranges(target)[i].name, name) == 0)
			return &ranges(target)[i];
	return NULL;
}

const struct bo_range *bo_target_range_used_for(const struct bo_target *target,
						enum bo_range_use use)
{
	for (size_t i = 0; i < target->layout.count; i++)
		if (ranges(target)[i].use == (int)use)
			return &ranges(target)[i];
	return NULL;
}

static void check_range(const struct bo_conf *conf, const struct bo_target *target, size_t i,
			struct bo_buf *report)
{
	const struct bo_range *range = &ranges(target)[i];
	char where[128];

	(void)snprintf(where, sizeof(where), "layout.%s", range->name);
	if (range->at % target->flash.page || range->size % target->flash.page)
		bo_conf_complain(
			conf, report, where,
			"range '%s' does not begin and end at a page boundary (%lld bytes)",
			range->name, (long long)target->flash.page);
	if (range->at + range->size > ADDRESSES)
		bo_conf_complain(conf, report, where, "range '%s' ends beyond the 32-bit addresses",
				 range->name);
	for (size_t k = 0; k < i; k++) {
		const struct bo_range *other = &ranges(target)[k];

		if (range->use != BO_RANGE_OTHER && range->use == other->use)
			bo_conf_complain(conf, report, where, "both '%s' and '%s' say 'use: %s'",
					 other->name, range->name, use_names[range->use]);
		if (range->at < other->at + other->size && other->at < range->at + range->size)
			bo_conf_complain(conf, report, where, "range '%s' overlaps '%s'",
					 range->name, other->name);
	}
}

static void check_not_empty(const struct bo_conf *conf, const char *where, const char *pattern,
			    struct bo_buf *report)
{
	if (pattern && pattern[0] == '\0')
		bo_conf_complain(conf, report, where, "empty: every line would match");
}

static void check_list(const struct bo_conf *conf, const char *key,
		       const struct bo_conf_list *patterns, struct bo_buf *report)
{
	const char *const *pattern = patterns->items;
	char where[64];

	for (size_t i = 0; i < patterns->count; i++) {
		(void)snprintf(where, sizeof(where), "%s.%zu", key, i);
		check_not_empty(conf, where, pattern[i], report);
	}
}

static void check_patterns(const struct bo_conf *conf, const struct bo_target *target,
			   struct bo_buf *report)
{
	const struct {
		const char *where, *pattern;
		bool has_version;
	} single[] = {
		{"console.boot", target->console.boot, false},
		{"console.start", target->console.start, true},
		{"console.ready", target->console.ready, true},
		{"console.recovery", target->console.recovery, false},
	};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		const char *pattern = single[i].pattern;

		check_not_empty(conf, single[i].where, pattern, report);
		if (pattern && single[i].has_version && !strstr(pattern, "{version}"))
			bo_conf_complain(
				conf, report, single[i].where,
				"captures no {version}, so nobody can tell which image runs");
	}
	check_list(conf, "console.dead", &target->console.dead, report);
	check_list(conf, "console.refused", &target->console.refused, report);
}

/* Values that are compared with what a boot line captures. */
static void check_captures(const struct bo_conf *conf, const struct bo_target *target,
			   struct bo_buf *report)
{
	const struct {
		const char *key, *capture;
		const struct bo_conf_list *values;
	} compared[] = {
		{"power-causes", "{cause}", &target->power_causes},
		{"ram-lost", "{ram}", &target->ram_lost},
		{"reset-causes.pin", "{cause}", &target->reset_causes.pin},
		{"reset-causes.probe", "{cause}", &target->reset_causes.probe},
		{"reset-causes.watchdog", "{cause}", &target->reset_causes.watchdog},
	};
	const char *boot = target->console.boot;

	for (size_t i = 0; i < sizeof(compared) / sizeof(compared[0]); i++)
		if (compared[i].values->count > 0 && (!boot || !strstr(boot, compared[i].capture)))
			bo_conf_complain(conf, report, compared[i].key,
					 "needs a %s in 'console.boot' to compare with",
					 compared[i].capture);
}

static void check_across_keys(const struct bo_conf *conf, void *data, struct bo_buf *report)
{
	const struct bo_target *target = data;

	for (size_t i = 0; i < target->layout.count; i++)
		check_range(conf, target, i, report);
	check_patterns(conf, target, report);
	check_captures(conf, target, report);
	if ((target->protocol.kind == BO_PROTOCOL_EXEC) != (target->protocol.program != NULL))
		bo_conf_complain(conf, report, "protocol",
				 "'program' goes with 'kind: exec', and this with it");
	if (!bo_target_range_used_for(target, BO_RANGE_RUNNING))
		bo_conf_complain(conf, report, "layout",
				 "no range says 'use: running', so nobody can tell what runs");
}

int bo_target_read(const char *path, struct bo_conf **ret_conf, struct bo_target **ret,
		   struct bo_buf *report)
{
	struct bo_conf_args args = {
		.path = path,
		.fields = bo_target_fields,
		.size = sizeof(struct bo_target),
		.check = check_across_keys,
	};
	void *data;
	int rc = bo_conf_read(&args, ret_conf, &data, report);

	if (rc == 0)
		*ret = data;
	return rc;
}
