#include "harness/engine/rack.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/engine/outputs.h"
#include "harness/engine/rack_wave.h"
#include "harness/model/witness.h"

#define DRIVERS_MAX 32

#define AT(member) offsetof(struct bo_rack_bench, member)

static const struct bo_conf_field identity_fields[] = {
	{.key = "uid",
	 .type = BO_CONF_STR,
	 .offset = 0,
	 .help = "the chip's unique id in hex, read back by the probe before anything is erased"},
	{.key = NULL},
};

static const struct bo_conf_field bench_fields[] = {
	{.key = "target",
	 .type = BO_CONF_NAME,
	 .offset = AT(target),
	 .flags = BO_CONF_REQUIRED,
	 .help = "class of the target that is wired to this bench"},
	{.key = "identity",
	 .type = BO_CONF_MAP,
	 .offset = AT(identity),
	 .fields = identity_fields,
	 .help = "who must answer"},
	{.key = "production",
	 .type = BO_CONF_BOOL,
	 .offset = AT(production),
	 .fallback = "no",
	 .help = "a board as it leaves the factory: its probe does nothing but try the lock"},
	{.key = "off-proof",
	 .type = BO_CONF_SET,
	 .offset = AT(off_proof),
	 .names = bo_witness_names,
	 .help = "witnesses that power was really off [all the bench has but unscheduled-boot]"},
	{.key = "power",
	 .type = BO_CONF_NAMED,
	 .offset = AT(power),
	 .flags = BO_CONF_REQUIRED,
	 .item_size = sizeof(struct bo_conf_named_choice),
	 .help = "outputs that could feed the target, in the order of switching off (on: "
		 "backwards); "
		 "the first, main, is the supply"},
	{.key = "consoles",
	 .type = BO_CONF_NAMED,
	 .offset = AT(consoles),
	 .item_size = sizeof(struct bo_conf_named_choice),
	 .help = "serial lines; the one named main carries banners and the update"},
	{.key = "probe",
	 .type = BO_CONF_CHOICE,
	 .offset = AT(probe),
	 .help = "debug probe: sets the start state and reads flash back"},
	{.key = "reset",
	 .type = BO_CONF_CHOICE,
	 .offset = AT(reset),
	 .help = "line to the target's reset pin: pulled low or let go, never driven high"},
	{.key = "network",
	 .type = BO_CONF_CHOICE,
	 .offset = AT(network),
	 .help = "the target's place on a network, and the link it hangs on"},
	{.key = "inputs",
	 .type = BO_CONF_NAMED,
	 .offset = AT(inputs),
	 .item_size = sizeof(struct bo_conf_named_choice),
	 .help = "pins of the target that are watched, by the name that fault points (pin.NAME.N) "
		 "and promises call them"},
	{.key = NULL},
};

static const struct bo_conf_field rack_fields[] = {
	BO_CONF_VERSION_ROW(offsetof(struct bo_rack, brownout)),
	{.key = "programs",
	 .type = BO_CONF_NAMED,
	 .offset = offsetof(struct bo_rack, programs),
	 .fields = bo_granted_program_fields,
	 .item_size = sizeof(struct bo_granted_program),
	 .help = "programs of your own that may run, by name; scenarios and drivers ask for them "
		 "by "
		 "it"},
	{.key = "benches",
	 .type = BO_CONF_NAMED,
	 .offset = offsetof(struct bo_rack, benches),
	 .flags = BO_CONF_REQUIRED,
	 .fields = bench_fields,
	 .item_size = sizeof(struct bo_rack_bench),
	 .help = "targets and their wiring, by name"},
	{.key = "waves",
	 .type = BO_CONF_NAMED,
	 .offset = offsetof(struct bo_rack, waves),
	 .fields = bo_rack_wave_fields,
	 .item_size = sizeof(struct bo_rack_wave),
	 .help = "for 'run --waves': which benches a campaign uses first, and what lets others "
		 "join"},
	{.key = NULL},
};

static const struct {
	const char *key;
	enum bo_role role;
} roles[] = {
	{"power", BO_ROLE_POWER}, {"consoles", BO_ROLE_CONSOLE}, {"probe", BO_ROLE_PROBE},
	{"reset", BO_ROLE_RESET}, {"network", BO_ROLE_NETWORK},	 {"inputs", BO_ROLE_INPUT},
};

struct options {
	struct bo_conf_option of_role[BO_ROLE_COUNT][DRIVERS_MAX + 1];
};

static void options_fill(struct options *options, const struct bo_registry *registry)
{
	size_t count[BO_ROLE_COUNT] = {0};

	memset(options, 0, sizeof(*options));
	for (const struct bo_driver *const *at = registry->drivers; *at; at++) {
		const struct bo_driver *driver = *at;

		if (count[driver->role] == DRIVERS_MAX)
			continue;
		options->of_role[driver->role][count[driver->role]++] = (struct bo_conf_option){
			.name = driver->name,
			.fields = driver->fields,
			.size = driver->config_size,
			.tag = driver,
		};
	}
}

static const struct bo_conf_option *options_of_key(void *ctx, const char *key)
{
	struct options *options = ctx;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcmp(roles[i].key, key) == 0)
			return options->of_role[roles[i].role];
	return NULL;
}

static const struct bo_conf_named_choice *only_or_main(const struct bo_conf_list *list)
{
	const struct bo_conf_named_choice *parts = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(parts[i].name, "main") == 0)
			return &parts[i];
	return list->count == 1 ? &parts[0] : NULL;
}

static void check_role(const struct bo_conf *conf, const struct bo_rack_bench *bench,
		       const char *key, const struct bo_conf_list *list, struct bo_buf *report)
{
	char where[160];

	(void)snprintf(where, sizeof(where), "benches.%s.%s", bench->name, key);
	if (list->count > 1 && !only_or_main(list))
		bo_conf_complain(
			conf, report, where,
			"%zu entries under '%s' and none is named 'main': which one is it?",
			list->count, key);
}

/* A cut is as exact as the rail's switch: nothing goes before it. */
static void check_outputs(const struct bo_conf *conf, const struct bo_rack_bench *bench,
			  struct bo_buf *report)
{
	const struct bo_conf_named_choice *parts = bench->power.items;
	char where[160];

	(void)snprintf(where, sizeof(where), "benches.%s.power", bench->name);
	if (bench->power.count > BO_OUTPUTS_MAX)
		bo_conf_complain(conf, report, where, "%zu outputs, but a bench has at most %d",
				 bench->power.count, BO_OUTPUTS_MAX);
	else if (bench->power.count > 1 && only_or_main(&bench->power) &&
		 strcmp(parts[0].name, "main") != 0)
		bo_conf_complain(conf, report, where,
				 "'%.60s' stands before 'main': a cut begins with the target's "
				 "supply",
				 parts[0].name);
}

static void check_uid(const struct bo_conf *conf, const struct bo_rack_bench *bench,
		      struct bo_buf *report)
{
	const char *uid = bench->identity.uid;
	char where[160];

	(void)snprintf(where, sizeof(where), "benches.%s.identity.uid", bench->name);
	if (uid && (!*uid || uid[strspn(uid, "0123456789ABCDEFabcdef")]))
		bo_conf_complain(conf, report, where, "'uid' must be hexadecimal digits");
}

static void check_inputs(const struct bo_conf *conf, const struct bo_rack_bench *bench,
			 struct bo_buf *report)
{
	char where[160];

	(void)snprintf(where, sizeof(where), "benches.%s.inputs", bench->name);
	if (bench->inputs.count > BO_INPUTS_MAX)
		bo_conf_complain(conf, report, where, "%zu inputs, but a bench has at most %d",
				 bench->inputs.count, BO_INPUTS_MAX);
}

static void check_driver(const struct bo_conf *conf, const struct bo_rack_bench *bench,
			 const char *key, const char *part, const struct bo_conf_choice *choice,
			 struct bo_buf *report)
{
	const struct bo_driver *driver = choice->option ? choice->option->tag : NULL;
	struct bo_granted granted;
	struct bo_err err = {0};
	char where[256];

	bo_granted_init(&granted, bench->programs);
	if (!driver || !driver->check ||
	    driver->check(choice->config, &granted.programs, &err) == 0)
		return;
	(void)snprintf(where, sizeof(where), "benches.%s.%s%s%s", bench->name, key, part ? "." : "",
		       part ? part : "");
	bo_conf_complain(conf, report, where, "%s", bo_err_text(&err));
}

static void check_drivers(const struct bo_conf *conf, const struct bo_rack_bench *bench,
			  struct bo_buf *report)
{
	const struct {
		const char *key;
		const struct bo_conf_list *list;
	} several[] = {{"power", &bench->power},
		       {"consoles", &bench->consoles},
		       {"inputs", &bench->inputs}};

	for (size_t i = 0; i < sizeof(several) / sizeof(several[0]); i++) {
		const struct bo_conf_named_choice *parts = several[i].list->items;

		for (size_t k = 0; k < several[i].list->count; k++)
			check_driver(conf, bench, several[i].key, parts[k].name, &parts[k].choice,
				     report);
	}
	check_driver(conf, bench, "probe", NULL, &bench->probe, report);
	check_driver(conf, bench, "reset", NULL, &bench->reset, report);
	check_driver(conf, bench, "network", NULL, &bench->network, report);
}

static void check_benches(const struct bo_conf *conf, void *data, struct bo_buf *report)
{
	struct bo_rack *rack = data;
	struct bo_rack_bench *benches = rack->benches.items;

	bo_programs_check(conf, &rack->programs, report);
	for (size_t i = 0; i < rack->benches.count; i++) {
		benches[i].programs = &rack->programs;
		check_drivers(conf, &benches[i], report);
		check_uid(conf, &benches[i], report);
		check_role(conf, &benches[i], "power", &benches[i].power, report);
		check_outputs(conf, &benches[i], report);
		check_role(conf, &benches[i], "consoles", &benches[i].consoles, report);
		check_inputs(conf, &benches[i], report);
	}
}

void bo_rack_conf_args(const struct bo_registry *registry, struct bo_conf_args *ret)
{
	static struct options options; /* referred to by what was read: lives as long as we do */

	options_fill(&options, registry);
	*ret = (struct bo_conf_args){
		.fields = rack_fields,
		.size = sizeof(struct bo_rack),
		.options = options_of_key,
		.ctx = &options,
		.check = check_benches,
	};
}

int bo_rack_read(const char *path, const struct bo_registry *registry, struct bo_conf **ret_conf,
		 struct bo_rack **ret, struct bo_buf *report)
{
	struct bo_conf_args args;
	void *data;

	bo_rack_conf_args(registry, &args);
	args.path = path;
	int rc = bo_conf_read(&args, ret_conf, &data, report);

	if (rc == 0)
		*ret = data;
	return rc;
}

static void list_benches(const struct bo_rack *rack, struct bo_buf *out)
{
	const struct bo_rack_bench *benches = rack->benches.items;

	for (size_t i = 0; i < rack->benches.count; i++)
		bo_buf_printf(out, "%s%s", i > 0 ? ", " : "", benches[i].name);
}

const struct bo_rack_bench *bo_rack_bench(const struct bo_rack *rack, const char *name,
					  struct bo_err *err)
{
	const struct bo_rack_bench *benches = rack->benches.items;
	struct bo_buf names = {0};

	if (!name && rack->benches.count == 1)
		return &benches[0];
	for (size_t i = 0; name && i < rack->benches.count; i++)
		if (strcmp(benches[i].name, name) == 0)
			return &benches[i];
	list_benches(rack, &names);
	if (name)
		bo_err_set(err, -EINVAL, "no bench '%.60s' in this rack; there are: %.200s", name,
			   names.data);
	else
		bo_err_set(err, -EINVAL,
			   "the rack has %zu benches; choose one with --bench: %.200s",
			   rack->benches.count, names.data);
	bo_buf_done(&names);
	return NULL;
}

const struct bo_conf_choice *bo_rack_part(const struct bo_rack_bench *bench, enum bo_role role)
{
	const struct bo_conf_list *list = role == BO_ROLE_POWER ? &bench->power : &bench->consoles;

	if (role == BO_ROLE_PROBE)
		return bench->probe.option ? &bench->probe : NULL;
	if (role == BO_ROLE_RESET)
		return bench->reset.option ? &bench->reset : NULL;
	if (role == BO_ROLE_NETWORK)
		return bench->network.option ? &bench->network : NULL;
	if (role == BO_ROLE_INPUT)
		return NULL;
	const struct bo_conf_named_choice *part = only_or_main(list);

	return part ? &part->choice : NULL;
}

const struct bo_conf_choice *bo_rack_input(const struct bo_rack_bench *bench, const char *name)
{
	const struct bo_conf_named_choice *parts = bench->inputs.items;

	for (size_t i = 0; i < bench->inputs.count; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i].choice;
	return NULL;
}

const char *bo_rack_console_name(const struct bo_rack_bench *bench)
{
	const struct bo_conf_named_choice *part = only_or_main(&bench->consoles);

	return part ? part->name : "main";
}
