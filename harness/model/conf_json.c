#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "harness/model/conf_parts.h"
#include "harness/model/values.h"

/*
 * The table as a JSON Schema (draft-07), for editors. It sees a file as a YAML parser does that
 * types scalars: `yes` may be a text or a truth, 12 a number or a text. It cannot see what hangs on
 * other keys; the reader can.
 */
#define NAME_PATTERN	"^[A-Za-z0-9._-]{1,64}$"
#define NUMBER_PATTERN	"^-?([0-9]+|0[xX][0-9a-fA-F]+)$"
#define EXPANDS_PATTERN "\\{[A-Za-z0-9._-]+\\}"

static json_t *table_of(const struct bo_conf_args *args, const struct bo_conf_field *fields,
			const char *reserved);

static void set(json_t *object, const char *key, json_t *value)
{
	int rc = json_object_set_new(object, key, value);

	assert(rc == 0);
}

static json_t *typed(const char *type)
{
	return json_pack("{s:s}", "type", type);
}

static json_t *pattern(const char *text)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", text);
}

static json_t *either(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "anyOf", a, b);
}

/* Any scalar: a YAML parser makes of 1.0 a number before anybody can say that it is a name. */
static json_t *scalar(void)
{
	return json_pack("{s:[s, s, s]}", "type", "string", "number", "boolean");
}

static json_t *list_of(json_t *item)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", item);
}

/* ---- scalars ---- */

static json_t *whole_number(const struct bo_conf_field *field)
{
	json_t *number = typed("integer");

	if (field->min || field->max) {
		set(number, "minimum", json_integer(field->min));
		if (field->max >= field->min)
			set(number, "maximum", json_integer(field->max));
	}
	return either(number, pattern(NUMBER_PATTERN));
}

/* "^[0-9]+(\.[0-9]+)? ?(ns|us|...)$" */
static json_t *quantity(enum bo_quantity kind)
{
	struct bo_buf text = {0};

	bo_buf_printf(&text, "^[0-9]+(\\.[0-9]+)? ?(");
	for (const char *at = bo_values_units(kind); *at; at++)
		bo_buf_printf(&text, "%c", *at == ' ' ? '|' : *at);
	bo_buf_printf(&text, ")$");
	json_t *schema = pattern(text.data);

	bo_buf_done(&text);
	return schema;
}

/* `yes` and `no` are truths to some YAML parsers. */
static json_t *one_of(const char *const *names)
{
	json_t *values = json_array();

	for (; *names; names++) {
		(void)json_array_append_new(values, json_string(*names));
		if (strcmp(*names, "yes") == 0 || strcmp(*names, "no") == 0)
			(void)json_array_append_new(values, json_boolean((*names)[0] == 'y'));
	}
	return json_pack("{s:o}", "enum", values);
}

static json_t *truth(void)
{
	static const char *const words[] = {"yes", "no", NULL};
	json_t *schema = one_of(words);

	(void)json_array_append_new(json_object_get(schema, "enum"), json_string("true"));
	(void)json_array_append_new(json_object_get(schema, "enum"), json_string("false"));
	return schema;
}

static json_t *scalar_of(const struct bo_conf_field *field)
{
	static const struct {
		enum bo_conf_type type;
		enum bo_quantity quantity;
	} quantities[] = {
		{BO_CONF_DURATION, BO_DURATION},   {BO_CONF_SIZE, BO_SIZE},
		{BO_CONF_BAUD, BO_BAUD},	   {BO_CONF_PERCENT, BO_PERCENT},
		{BO_CONF_FREQUENCY, BO_FREQUENCY}, {BO_CONF_RATE, BO_RATE},
	};

	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++)
		if (field->type == quantities[i].type)
			return quantity(quantities[i].quantity);
	if (field->type == BO_CONF_INT)
		return whole_number(field);
	if (field->type == BO_CONF_BOOL)
		return truth();
	if (field->type == BO_CONF_ENUM)
		return one_of(field->names);
	return field->type == BO_CONF_NAME ? either(pattern(NAME_PATTERN), typed("number"))
					   : scalar();
}

/* ---- mappings and lists ---- */

static json_t *names_to(json_t *entry)
{
	return json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames", "pattern",
			 NAME_PATTERN, "additionalProperties", entry);
}

static json_t *choice_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	const struct bo_conf_option *option = bo_conf_options(args, field);
	json_t *options = json_array();

	for (; option->name; option++) {
		json_t *one = table_of(args, option->fields, "driver");

		set(json_object_get(one, "properties"), "driver",
		    json_pack("{s:s}", "const", option->name));
		(void)json_array_append_new(options, one);
	}
	return json_pack("{s:o}", "anyOf", options);
}

static json_t *items_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	const struct bo_conf_option *option = bo_conf_options(args, field);
	json_t *options = json_array();

	for (; option->name; option++) {
		(void)json_array_append_new(options, json_pack("{s:s}", "const", option->name));
		(void)json_array_append_new(options, json_pack("{s:s, s:{s:o}, s:[s], s:b}", "type",
							       "object", "properties", option->name,
							       table_of(args, option->fields, NULL),
							       "required", option->name,
							       "additionalProperties", 0));
	}
	return list_of(json_pack("{s:o}", "anyOf", options));
}

static json_t *named_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	json_t *entries = names_to(field->fields ? table_of(args, field->fields, NULL)
						 : choice_of(args, field));

	if (field->flags & BO_CONF_REQUIRED)
		set(entries, "minProperties", json_integer(1));
	if (!(field->flags & BO_CONF_OR_LIST))
		return entries;
	json_t *names = list_of(either(pattern(NAME_PATTERN), typed("number")));

	if (field->flags & BO_CONF_REQUIRED)
		set(names, "minItems", json_integer(1));
	return json_pack("{s:[o, o, o]}", "anyOf", entries, names,
			 either(pattern(NAME_PATTERN), typed("number")));
}

static json_t *map_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	return table_of(args, field->fields, NULL);
}

static json_t *set_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	(void)args;
	return either(one_of(field->names), list_of(one_of(field->names)));
}

static json_t *texts_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	(void)args;
	(void)field;
	return either(scalar(), list_of(scalar()));
}

/* A value whose text may stand for another one. */
static bool expands(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	return args->expand && field->type != BO_CONF_NAME && !(field->flags & BO_CONF_FIRST);
}

static json_t *field_of(const struct bo_conf_args *args, const struct bo_conf_field *field)
{
	static json_t *(*const makers[])(const struct bo_conf_args *,
					 const struct bo_conf_field *) = {
		[BO_CONF_SET] = set_of,	      [BO_CONF_LIST] = texts_of,
		[BO_CONF_PATHS] = texts_of,   [BO_CONF_MAP] = map_of,
		[BO_CONF_NAMED] = named_of,   [BO_CONF_CHOICE] = choice_of,
		[BO_CONF_CHOICES] = items_of, [BO_CONF_PARSED] = NULL,
	};
	bool is_scalar = !makers[field->type];
	json_t *schema = is_scalar ? scalar_of(field) : makers[field->type](args, field);

	if ((is_scalar || field->type == BO_CONF_SET) && expands(args, field))
		schema = either(schema, pattern(EXPANDS_PATTERN));
	assert(schema);
	if (field->help)
		set(schema, "description", json_string(field->help));
	if (field->fallback)
		set(schema, "default", json_string(field->fallback));
	return schema;
}

static json_t *table_of(const struct bo_conf_args *args, const struct bo_conf_field *fields,
			const char *reserved)
{
	json_t *properties = json_object(), *required = json_array();

	if (reserved)
		(void)json_array_append_new(required, json_string(reserved));
	for (; fields && fields->key; fields++) {
		set(properties, fields->key, field_of(args, fields));
		if (fields->flags & BO_CONF_REQUIRED)
			(void)json_array_append_new(required, json_string(fields->key));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
			 "required", required, "additionalProperties", 0);
}

void bo_conf_json_schema(const struct bo_conf_args *args, const char *title, struct bo_buf *out)
{
	json_t *schema = table_of(args, args->fields, NULL);

	set(schema, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
	set(schema, "title", json_string(title));
	char *text = json_dumps(schema, JSON_INDENT(1) | JSON_SORT_KEYS);

	assert(text);
	bo_buf_printf(out, "%s\n", text);
	free(text);
	json_decref(schema);
}
