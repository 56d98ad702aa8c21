#ifndef BO_HARNESS_TESTS_JSON_CHECK_H
#define BO_HARNESS_TESTS_JSON_CHECK_H

#include <criterion/criterion.h>
#include <jansson.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/*
 * A YAML file as a parser of the core schema types it, and whether it agrees with a JSON Schema:
 * the words of it that bo_conf_json_schema() uses, and an assertion at any other.
 */

static inline json_t *jc_scalar(const yaml_node_t *node)
{
	const char *text = (const char *)node->data.scalar.value;
	char *end;

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return json_string(text);
	if (text[0] == '\0' || strcmp(text, "null") == 0)
		return json_null();
	if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		return json_boolean(text[0] == 't');
	long long number = strtoll(text, &end, 0);

	if (*end == '\0')
		return json_integer(number);
	double real = strtod(text, &end);

	return *end == '\0' ? json_real(real) : json_string(text);
}

static inline json_t *jc_node(yaml_document_t *document, yaml_node_t *node)
{
	json_t *made;

	if (node->type == YAML_SCALAR_NODE)
		return jc_scalar(node);
	if (node->type == YAML_SEQUENCE_NODE) {
		made = json_array();
		for (yaml_node_item_t *i = node->data.sequence.items.start;
		     i < node->data.sequence.items.top; i++)
			(void)json_array_append_new(
				made, jc_node(document, yaml_document_get_node(document, *i)));
		return made;
	}
	made = json_object();
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start; p < node->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *key = yaml_document_get_node(document, p->key);
		yaml_node_t *value = yaml_document_get_node(document, p->value);

		(void)json_object_set_new(made, (const char *)key->data.scalar.value,
					  jc_node(document, value));
	}
	return made;
}

static inline json_t *jc_yaml(const char *text, size_t len)
{
	yaml_parser_t parser;
	yaml_document_t document;

	cr_assert(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	cr_assert(yaml_parser_load(&parser, &document), "%s", text);
	json_t *made = jc_node(&document, yaml_document_get_root_node(&document));

	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	return made;
}

static inline bool jc_agrees(json_t *schema, json_t *value);

static inline bool jc_matches(const char *pattern, const char *text)
{
	regex_t regex;

	cr_assert_eq(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0, "%s", pattern);
	bool matches = regexec(&regex, text, 0, NULL, 0) == 0;

	regfree(&regex);
	return matches;
}

static inline bool jc_is(const char *type, json_t *value)
{
	static const struct {
		const char *name;
		unsigned types;
	} known[] = {
		{"string", 1u << JSON_STRING},
		{"integer", 1u << JSON_INTEGER},
		{"number", 1u << JSON_INTEGER | 1u << JSON_REAL},
		{"boolean", 1u << JSON_TRUE | 1u << JSON_FALSE},
		{"object", 1u << JSON_OBJECT},
		{"array", 1u << JSON_ARRAY},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, type) == 0)
			return known[i].types & 1u << json_typeof(value);
	cr_assert(false, "unknown type %s", type);
	return false;
}

static inline bool jc_type(json_t *schema, json_t *rule, json_t *value)
{
	json_t *type;
	size_t i;

	(void)schema;
	if (json_is_string(rule))
		return jc_is(json_string_value(rule), value);
	json_array_foreach(rule, i, type)
	{
		if (jc_is(json_string_value(type), value))
			return true;
	}
	return false;
}

static inline bool jc_enum(json_t *schema, json_t *rule, json_t *value)
{
	json_t *one;
	size_t i;

	(void)schema;
	json_array_foreach(rule, i, one)
	{
		if (json_equal(one, value))
			return true;
	}
	return false;
}

static inline bool jc_const(json_t *schema, json_t *rule, json_t *value)
{
	(void)schema;
	return json_equal(rule, value);
}

static inline bool jc_pattern(json_t *schema, json_t *rule, json_t *value)
{
	(void)schema;
	return !json_is_string(value) ||
	       jc_matches(json_string_value(rule), json_string_value(value));
}

static inline bool jc_any_of(json_t *schema, json_t *rule, json_t *value)
{
	json_t *one;
	size_t i;

	(void)schema;
	json_array_foreach(rule, i, one)
	{
		if (jc_agrees(one, value))
			return true;
	}
	return false;
}

static inline bool jc_items(json_t *schema, json_t *rule, json_t *value)
{
	json_t *one;
	size_t i;

	(void)schema;
	json_array_foreach(value, i, one)
	{
		if (!jc_agrees(rule, one))
			return false;
	}
	return true;
}

static inline bool jc_required(json_t *schema, json_t *rule, json_t *value)
{
	json_t *one;
	size_t i;

	(void)schema;
	json_array_foreach(rule, i, one)
	{
		if (json_is_object(value) && !json_object_get(value, json_string_value(one)))
			return false;
	}
	return true;
}

static inline bool jc_properties(json_t *schema, json_t *rule, json_t *value)
{
	const char *key;
	json_t *one;

	(void)schema;
	json_object_foreach(value, key, one)
	{
		json_t *known = json_object_get(rule, key);

		if (known && !jc_agrees(known, one))
			return false;
	}
	return true;
}

static inline bool jc_more(json_t *schema, json_t *rule, json_t *value)
{
	json_t *known = json_object_get(schema, "properties");
	const char *key;
	json_t *one;

	json_object_foreach(value, key, one)
	{
		if (!json_object_get(known, key) && (json_is_false(rule) || !jc_agrees(rule, one)))
			return false;
	}
	return true;
}

static inline bool jc_names(json_t *schema, json_t *rule, json_t *value)
{
	const char *pattern = json_string_value(json_object_get(rule, "pattern"));
	const char *key;
	json_t *one;

	(void)schema;
	json_object_foreach(value, key, one)
	{
		if (!jc_matches(pattern, key))
			return false;
	}
	return true;
}

static inline bool jc_minimum(json_t *schema, json_t *rule, json_t *value)
{
	(void)schema;
	return !json_is_integer(value) || json_integer_value(value) >= json_integer_value(rule);
}

static inline bool jc_maximum(json_t *schema, json_t *rule, json_t *value)
{
	(void)schema;
	return !json_is_integer(value) || json_integer_value(value) <= json_integer_value(rule);
}

static inline bool jc_least(json_t *schema, json_t *rule, json_t *value)
{
	size_t size = json_is_object(value) ? json_object_size(value) : json_array_size(value);

	(void)schema;
	return size >= (size_t)json_integer_value(rule);
}

static inline bool jc_nothing(json_t *schema, json_t *rule, json_t *value)
{
	(void)schema;
	(void)rule;
	(void)value;
	return true;
}

static inline bool jc_agrees(json_t *schema, json_t *value)
{
	static const struct {
		const char *word;
		bool (*holds)(json_t *schema, json_t *rule, json_t *value);
	} words[] = {
		{"$schema", jc_nothing},     {"title", jc_nothing},
		{"description", jc_nothing}, {"default", jc_nothing},
		{"type", jc_type},	     {"enum", jc_enum},
		{"const", jc_const},	     {"pattern", jc_pattern},
		{"anyOf", jc_any_of},	     {"items", jc_items},
		{"required", jc_required},   {"properties", jc_properties},
		{"minimum", jc_minimum},     {"maximum", jc_maximum},
		{"minItems", jc_least},	     {"minProperties", jc_least},
		{"propertyNames", jc_names}, {"additionalProperties", jc_more},
	};
	const char *word;
	json_t *rule;

	json_object_foreach(schema, word, rule)
	{
		size_t i = 0;

		while (i < sizeof(words) / sizeof(words[0]) && strcmp(words[i].word, word) != 0)
			i++;
		cr_assert_lt(i, sizeof(words) / sizeof(words[0]), "unknown word %s", word);
		if (!words[i].holds(schema, rule, value))
			return false;
	}
	return true;
}

#endif
