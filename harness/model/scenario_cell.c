#include <string.h>

#include "harness/model/scenario_parts.h"

/* Replaced per target class when images are loaded. */
#define RESERVED_NAME "class"
/* Says in ids how a trial is staged. */
#define STAGE_NAME "stage"

/* Beside a target class and the word on how it is staged. */
#define LONGEST (BO_VARIANT_MAX - BO_NAME_MAX - (int)sizeof("," BO_CELL_BY_PROTOCOL))

static struct bo_parameter *parameters_of(const struct bo_scenario *scenario)
{
	return scenario->parameters.items;
}

static const struct bo_parameter_value *values_of(const struct bo_parameter *parameter)
{
	return parameter->values.items;
}

/* ---- the matrix ---- */

size_t bo_scenario_cells(const struct bo_scenario *scenario)
{
	size_t cells = 1;

	for (size_t i = 0; i < scenario->parameters.count && cells <= BO_CELLS_MAX; i++)
		cells *= parameters_of(scenario)[i].values.count;
	return cells;
}

void bo_scenario_cell(const struct bo_scenario *scenario, size_t index, struct bo_buf *out)
{
	const struct bo_parameter *parameters = parameters_of(scenario);
	size_t below = bo_scenario_cells(scenario);

	for (size_t i = 0; i < scenario->parameters.count; i++) {
		below /= parameters[i].values.count;
		bo_buf_printf(out, "%s%s=%s", i > 0 ? "," : "", parameters[i].name,
			      values_of(&parameters[i])[index / below].name);
		index %= below;
	}
}

/* ---- the cell that is read ---- */

static const struct bo_parameter_value *find_value(const struct bo_parameter *parameter,
						   const char *name)
{
	const struct bo_parameter_value *values = values_of(parameter);

	for (size_t i = 0; i < parameter->values.count; i++)
		if (values[i].name && strcmp(values[i].name, name) == 0)
			return &values[i];
	return NULL;
}

/* The parameters in their order, each with one of its values. */
static bool choose(struct bo_scenario *scenario, const char *cell)
{
	struct bo_parameter *parameters = parameters_of(scenario);
	char name[BO_NAME_MAX + 1], value[BO_NAME_MAX + 1];

	for (size_t i = 0; i < scenario->parameters.count; i++) {
		if (bo_cell_next(&cell, name, value) <= 0 || strcmp(name, parameters[i].name) != 0)
			return false;
		parameters[i].value = find_value(&parameters[i], value);
		if (!parameters[i].value)
			return false;
	}
	scenario->by_probe = strcmp(cell, BO_CELL_BY_PROTOCOL) != 0;
	return *cell == '\0' || !scenario->by_probe;
}

static void check_names(const struct bo_conf *conf, const struct bo_scenario *scenario,
			struct bo_buf *report)
{
	size_t longest = 0;

	for (size_t i = 0; i < scenario->parameters.count; i++) {
		const struct bo_parameter *parameter = &parameters_of(scenario)[i];
		size_t value = 0;

		for (size_t k = 0; k < parameter->values.count; k++) {
			const char *name = values_of(parameter)[k].name;

			if (name && strlen(name) > value)
				value = strlen(name);
		}
		longest += strlen(",=") + strlen(parameter->name) + value;
		if (strcmp(parameter->name, RESERVED_NAME) == 0)
			bo_conf_complain(conf, report, "parameters." RESERVED_NAME,
					 "'{" RESERVED_NAME
					 "}' is the target class; choose another name");
		if (strcmp(parameter->name, STAGE_NAME) == 0)
			bo_conf_complain(conf, report, "parameters." STAGE_NAME,
					 "'" STAGE_NAME "' says in ids how a trial is staged; "
					 "choose another name");
	}
	if (longest >= LONGEST)
		bo_conf_complain(conf, report, "parameters",
				 "names and values are too long for an id: %zu characters, at most "
				 "%d fit",
				 longest, LONGEST - 1);
	if (bo_scenario_cells(scenario) > BO_CELLS_MAX)
		bo_conf_complain(conf, report, "parameters", "more than %d combinations",
				 BO_CELLS_MAX);
}

/* An entry whose name was refused has none. */
static void drop_unnamed(struct bo_scenario *scenario)
{
	struct bo_parameter *parameters = parameters_of(scenario);
	size_t kept = 0;

	for (size_t i = 0; i < scenario->parameters.count; i++)
		if (parameters[i].name)
			parameters[kept++] = parameters[i];
	scenario->parameters.count = kept;
}

void scenario_cell_begin(const struct bo_conf *conf, void *ctx, void *data, struct bo_buf *report)
{
	struct bo_scenario *scenario = data;
	const struct scenario_asked *asked = ctx;

	struct bo_buf cell = {0};

	scenario->promised_at = "promises";
	scenario->by_probe = true;
	drop_unnamed(scenario);
	check_names(conf, scenario, report);
	for (size_t i = 0; i < scenario->parameters.count; i++) {
		struct bo_parameter *parameter = &parameters_of(scenario)[i];

		parameter->value = parameter->values.count > 0 ? values_of(parameter) : NULL;
	}
	if (asked->cell && !choose(scenario, asked->cell))
		bo_conf_complain(conf, report, "parameters", "'%s' is no cell of this scenario: %s",
				 asked->cell,
				 scenario->parameters.count > 0
					 ? "each parameter, in this order, with a value of its own"
					 : "it has no parameters");
	for (size_t i = 0; i < scenario->parameters.count; i++) {
		const struct bo_parameter *parameter = &parameters_of(scenario)[i];

		bo_buf_printf(&cell, "%s%s=%s", i > 0 ? "," : "", parameter->name,
			      parameter->value && parameter->value->name ? parameter->value->name
									 : "");
	}
	if (!scenario->by_probe)
		bo_buf_printf(&cell, "%s" BO_CELL_BY_PROTOCOL, cell.len > 0 ? "," : "");
	(void)bo_str_copy(scenario->cell, sizeof(scenario->cell), cell.data ? cell.data : "");
	bo_buf_done(&cell);
}

/* ---- texts ---- */

static struct bo_parameter *find_parameter(const struct bo_scenario *scenario, const char *name,
					   size_t len)
{
	struct bo_parameter *parameters = parameters_of(scenario);

	for (size_t i = 0; i < scenario->parameters.count; i++)
		if (strlen(parameters[i].name) == len &&
		    strncmp(parameters[i].name, name, len) == 0)
			return &parameters[i];
	return NULL;
}

#define NAMES_MAX 32

static void say_unknown(const struct bo_scenario *scenario, const char *name, size_t len,
			struct bo_buf *why)
{
	const char *names[NAMES_MAX] = {RESERVED_NAME};
	struct bo_buf asked = {0};
	size_t count = 1;

	for (size_t i = 0; i < scenario->parameters.count && count < NAMES_MAX; i++)
		names[count++] = parameters_of(scenario)[i].name;
	bo_buf_add(&asked, name, len);
	const char *near = bo_str_nearest(asked.data, names, count);

	bo_buf_printf(why, "unknown parameter '{");
	bo_buf_escape(why, name, len);
	if (near)
		bo_buf_printf(why, "}' (did you mean '{%s}'?)", near);
	else
		bo_buf_printf(why, "}'; name it under 'parameters:'");
	bo_buf_done(&asked);
}

/* Length of the name when a "{name}" stands here. */
static size_t name_at(const char *text)
{
	size_t len = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return text[1 + len] == '}' ? len : 0;
}

bool scenario_cell_expand(void *data, const struct bo_conf_field *field, const char *text,
			  struct bo_buf *ret, struct bo_buf *why)
{
	struct bo_scenario *scenario = data;
	bool known = true;

	for (; *text && known; text++) {
		size_t len = *text == '{' ? name_at(text) : 0;
		struct bo_parameter *parameter =
			len > 0 ? find_parameter(scenario, text + 1, len) : NULL;
		bool stays = len == 0 || field->flags & BO_CONF_OTHER_NAMES ||
			     (len == strlen(RESERVED_NAME) &&
			      strncmp(text + 1, RESERVED_NAME, len) == 0);

		if (parameter) {
			parameter->used = true;
			known = parameter->value && parameter->value->name;
			bo_buf_printf(ret, "%s", known ? parameter->value->name : "");
			text += len + 1;
		} else if (stays) {
			bo_buf_add(ret, text, 1);
		} else {
			say_unknown(scenario, text + 1, len, why);
			known = false;
		}
	}
	return known;
}

/* ---- once all is read ---- */

static void check_used(const struct bo_conf *conf, const struct bo_parameter *parameter,
		       struct bo_buf *report)
{
	struct bo_buf where = {0};

	bo_buf_printf(&where, "parameters.%s", parameter->name);
	if (!parameter->used)
		bo_conf_complain(conf, report, where.data,
				 "no value of this file says '{%s}': all its trials would be the "
				 "same",
				 parameter->name);
	bo_buf_done(&where);
}

void scenario_cell_check(const struct bo_conf *conf, struct bo_scenario *scenario,
			 struct bo_buf *report)
{
	const struct bo_parameter *parameters = parameters_of(scenario);
	const char *taken_from = NULL, *at;

	if (scenario->parameters.count > 0 && bo_conf_given(conf, "explore"))
		bo_conf_complain(conf, report, "explore",
				 "an exploration is of one cell: no 'parameters' in its scenario");
	for (size_t i = 0; i < scenario->parameters.count; i++) {
		const struct bo_parameter *parameter = &parameters[i];
		struct bo_buf where = {0};

		check_used(conf, parameter, report);
		bo_buf_printf(&where, "parameters.%s.values.%s.promises", parameter->name,
			      parameter->value->name);
		at = bo_conf_key(conf, where.data);
		if (at && taken_from)
			bo_conf_complain(conf, report, where.data,
					 "'%s' of parameter '%s' promises something as well: "
					 "whose promise would hold?",
					 scenario->cell, taken_from);
		if (at) {
			taken_from = parameter->name;
			scenario->promises = parameter->value->promises;
			scenario->promised_at = at;
		}
		bo_buf_done(&where);
	}
}
