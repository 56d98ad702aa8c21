#include "harness/model/step.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct bo_scenario_step, member)

/* After the prefix, and with an ordinal, it must still be a point's name. */
#define PHASE_MAX 32

#define PHASE_ROW                                                                            \
	{                                                                                    \
		.key = "phase", .type = BO_CONF_NAME, .offset = AT(phase),                   \
		.help = "a name for the step: the fault point phase.NAME is when it begins", \
	}
#define END_ROW             \
	{                   \
		.key = NULL \
	}

static const char *const said_names[] = {"open", "yes", "no", NULL};
static const char *const reset_names[] = {"protocol", "probe", "pin", NULL};

static const struct bo_conf_field flash_fields[] = {
	{.key = "range",
	 .type = BO_CONF_NAME,
	 .offset = AT(range),
	 .flags = BO_CONF_REQUIRED,
	 .help = "of the class's layout; one with `reset: yes`"},
	{.key = "image",
	 .type = BO_CONF_STR,
	 .offset = AT(image),
	 .flags = BO_CONF_REQUIRED,
	 .help = "file below `images`, written by the probe; the rest of the range is erased; the "
		 "target is then power-cycled"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field boot_fields[] = {PHASE_ROW, END_ROW};

static const struct bo_conf_field update_fields[] = {
	{.key = "image",
	 .type = BO_CONF_STR,
	 .offset = AT(image),
	 .help = "file below `images` [the scenario's update]"},
	{.key = "confirm",
	 .type = BO_CONF_ENUM,
	 .offset = AT(confirm),
	 .names = said_names,
	 .fallback = "open",
	 .help = "whether it is made permanent once it runs; open: as the scenario's update says"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field send_fields[] = {
	{.key = "text",
	 .type = BO_CONF_STR,
	 .offset = AT(text),
	 .flags = BO_CONF_REQUIRED,
	 .help = "sent to the console as it is: \"status\\r\\n\" has its own end of line"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field expect_fields[] = {
	{.key = "console",
	 .type = BO_CONF_STR,
	 .offset = AT(console),
	 .flags = BO_CONF_REQUIRED,
	 .help = "pattern of a line that was heard since the last step of another kind began, or "
		 "will be"},
	{.key = "within",
	 .type = BO_CONF_DURATION,
	 .offset = AT(duration),
	 .fallback = "5 s",
	 .min = 1,
	 .help = "for how long it is waited for"},
	{.key = "unless",
	 .type = BO_CONF_LIST,
	 .offset = AT(unless),
	 .help = "patterns of lines after which it will not come: the wait ends early"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field wait_fields[] = {
	{.key = "for",
	 .type = BO_CONF_DURATION,
	 .offset = AT(duration),
	 .flags = BO_CONF_REQUIRED,
	 .min = 1,
	 .help = "how long the target is left alone; it must not boot meanwhile"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field power_fields[] = {
	{.key = "off",
	 .type = BO_CONF_DURATION,
	 .offset = AT(duration),
	 .fallback = "1 s",
	 .min = 1,
	 .help = "how long power stays away, but until the rail has drained at least"},
	{.key = "times",
	 .type = BO_CONF_INT,
	 .offset = AT(times),
	 .fallback = "1",
	 .min = 1,
	 .max = 100000,
	 .help = "how often; each time the application must come up"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field reset_fields[] = {
	{.key = "by",
	 .type = BO_CONF_ENUM,
	 .offset = AT(way),
	 .names = reset_names,
	 .fallback = "protocol",
	 .help = "who resets the target; the application must come up"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field query_fields[] = {
	{.key = "version",
	 .type = BO_CONF_STR,
	 .offset = AT(version),
	 .help = "which the target says that its running image has"},
	{.key = "image",
	 .type = BO_CONF_STR,
	 .offset = AT(image),
	 .help = "file below `images` whose hash it says that its running image has"},
	{.key = "confirmed",
	 .type = BO_CONF_ENUM,
	 .offset = AT(confirm),
	 .names = said_names,
	 .fallback = "open",
	 .help = "whether it says that this image is permanent"},
	PHASE_ROW,
	END_ROW,
};

static const struct bo_conf_field exec_fields[] = {
	{.key = "program",
	 .type = BO_CONF_NAME,
	 .offset = AT(program),
	 .flags = BO_CONF_REQUIRED,
	 .help = "its name under `programs` of the rack file; a line `finding TEXT` of its output "
		 "is the target's fault, another exit status than 0 the rig's"},
	{.key = "args", .type = BO_CONF_LIST, .offset = AT(args), .help = "its arguments"},
	{.key = "within",
	 .type = BO_CONF_DURATION,
	 .offset = AT(duration),
	 .fallback = "10 s",
	 .min = 1,
	 .help = "how long it may take before it is ended: a rig fault"},
	PHASE_ROW,
	END_ROW,
};

#define ROW(name_, fields_)                                                                    \
	{                                                                                      \
		.name = (name_), .fields = (fields_), .size = sizeof(struct bo_scenario_step), \
	}

const struct bo_conf_option bo_step_options[BO_DO_COUNT + 1] = {
	[BO_DO_FLASH] = ROW("flash", flash_fields),
	[BO_DO_BOOT] = ROW("boot", boot_fields),
	[BO_DO_UPDATE] = ROW("update", update_fields),
	[BO_DO_SEND] = ROW("send", send_fields),
	[BO_DO_EXPECT] = ROW("expect", expect_fields),
	[BO_DO_WAIT] = ROW("wait", wait_fields),
	[BO_DO_POWER] = ROW("power", power_fields),
	[BO_DO_RESET] = ROW("reset", reset_fields),
	[BO_DO_QUERY] = ROW("query", query_fields),
	[BO_DO_EXEC] = ROW("exec", exec_fields),
	[BO_DO_COUNT] = {.name = NULL},
};

static struct bo_scenario_step plain;
static struct bo_conf_choice usual[] = {
	{.option = &bo_step_options[BO_DO_BOOT], .config = &plain},
	{.option = &bo_step_options[BO_DO_UPDATE], .config = &plain},
};
const struct bo_conf_list bo_steps_default = {usual, sizeof(usual) / sizeof(usual[0])};

const char *const bo_step_phases[] = {"upload",	 "test",   "reset", "install",
				      "confirm", "revert", NULL};

enum bo_step_kind bo_step_kind_of(const struct bo_conf_choice *step)
{
	return (enum bo_step_kind)(step->option - bo_step_options);
}

const struct bo_scenario_step *bo_step_keys(const struct bo_conf_choice *step)
{
	return step->config;
}

static bool is_usual(const char *phase)
{
	for (const char *const *at = bo_step_phases; *at; at++)
		if (strcmp(*at, phase) == 0)
			return true;
	return false;
}

bool bo_steps_have_phase(const struct bo_conf_list *steps, const char *name)
{
	const struct bo_conf_choice *step = steps->items;

	if (is_usual(name))
		return true;
	for (size_t i = 0; i < steps->count; i++) {
		const char *phase = bo_step_keys(&step[i])->phase;

		if (phase && strcmp(phase, name) == 0)
			return true;
	}
	return false;
}

static const char *mistake_of_phase(const char *phase)
{
	if (is_usual(phase))
		return "is a phase of every update; choose another name";
	if (!isalpha((unsigned char)phase[0]) || strchr(phase, '.'))
		return "cannot name a phase: begin with a letter, and have no '.'";
	return strlen(phase) > PHASE_MAX ? "is too long for a phase" : NULL;
}

static void check_patterns(const struct bo_conf *conf, const struct bo_scenario_step *step,
			   const char *where, struct bo_buf *report)
{
	const char *const *unless = step->unless.items;
	bool empty = step->console && step->console[0] == '\0';

	for (size_t i = 0; i < step->unless.count; i++)
		empty = empty || unless[i][0] == '\0';
	if (empty)
		bo_conf_complain(conf, report, where, "empty pattern: every line would match");
}

void bo_steps_check(const struct bo_conf *conf, const struct bo_conf_list *steps,
		    struct bo_buf *report)
{
	const struct bo_conf_choice *step = steps->items;
	size_t named = sizeof(bo_step_phases) / sizeof(bo_step_phases[0]) - 1;
	char where[48];

	if (steps->count == 0 && bo_conf_given(conf, "steps"))
		bo_conf_complain(conf, report, "steps",
				 "no step; leave it out for boot and update");
	for (size_t i = 0; i < steps->count; i++) {
		const struct bo_scenario_step *keys = bo_step_keys(&step[i]);
		const char *mistake = keys->phase ? mistake_of_phase(keys->phase) : NULL;

		(void)snprintf(where, sizeof(where), "steps.%zu", i);
		check_patterns(conf, keys, where, report);
		(void)snprintf(where, sizeof(where), "steps.%zu.phase", i);
		if (keys->phase && ++named > BO_STEP_PHASES_MAX)
			mistake = "is one phase too many";
		if (mistake)
			bo_conf_complain(conf, report, where, "'%s' %s", keys->phase, mistake);
	}
}
