#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/conf_walk_parts.h"

/* Mappings whose schema is chosen by the file: by the key `driver`, or, in a list, by name. */

static const char driver_key[] = "driver";

static const char *const *option_names(struct walk *walk, const struct bo_conf_option *options)
{
	const char **names;
	size_t count = 0;

	while (options[count].name)
		count++;
	names = bo_conf_alloc(walk->conf, count + 1, sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = options[i].name;
	return names;
}

static void note_driver(struct walk *walk, struct bo_conf_span span)
{
	size_t parent = walk_descend(walk, driver_key);

	walk_note_place(walk, span);
	walk_ascend(walk, parent);
}

static const struct bo_conf_option *find_option(struct walk *walk,
						const struct bo_conf_option *options,
						const struct section *section, yaml_node_t *map)
{
	yaml_node_pair_t *pair = bo_conf_node_find(&walk->document, map, driver_key);
	const char *const *names = option_names(walk, options);
	size_t count = bo_conf_count_names(names);
	yaml_node_t *driver;
	char list[256], hint[96];

	bo_conf_join(list, sizeof(list), names, count);
	if (!pair) {
		bo_conf_error(walk->diag, section->at, "'%s' lacks the key 'driver', one of %s",
			      section->title, list);
		return NULL;
	}
	driver = walk_node(walk, pair->value);
	if (!bo_conf_node_is_text(driver)) {
		bo_conf_error(walk->diag, bo_conf_node_span(walk_node(walk, pair->key)),
			      "'driver' must be one of %s, found %s", list,
			      bo_conf_node_found(driver));
		return NULL;
	}
	note_driver(walk, bo_conf_node_span(driver));
	for (; options->name; options++)
		if (bo_conf_node_is(driver, options->name))
			return options;
	bo_conf_error(walk->diag, bo_conf_node_span(driver), "unknown driver '%s'%s; one of %s",
		      bo_conf_node_show(driver).text,
		      bo_conf_hint(hint, sizeof(hint), bo_conf_node_text(walk->conf, driver), names,
				   count),
		      list);
	return NULL;
}

void walk_choice(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		 yaml_node_t *value, void *out)
{
	struct bo_conf_choice *choice = out;
	const struct bo_conf_option *options = bo_conf_options(walk->args, field);
	const struct bo_conf_option *option;
	struct section section = {
		.title = field->key, .at = bo_conf_node_span(key), .reserved = driver_key};

	if (value->type != YAML_MAPPING_NODE) {
		walk_refuse_type(walk, field, key, value);
		return;
	}
	option = find_option(walk, options, &section, value);
	if (!option)
		return;
	choice->option = option;
	choice->config = bo_conf_alloc(walk->conf, 1, option->size);
	section.fields = option->fields;
	section.base = choice->config;
	walk_section(walk, &section, value);
}

/* ---- lists of choices ---- */

/* The option's name: the item itself, or its only key, whose value is then *ret_value. */
static yaml_node_t *name_of_item(struct walk *walk, yaml_node_t *item, yaml_node_t **ret_value)
{
	yaml_node_pair_t *pair = item->data.mapping.pairs.start;

	*ret_value = NULL;
	if (bo_conf_node_is_text(item))
		return item;
	if (item->type != YAML_MAPPING_NODE || item->data.mapping.pairs.top - pair != 1 ||
	    !bo_conf_node_is_text(walk_node(walk, pair->key)))
		return NULL;
	*ret_value = walk_node(walk, pair->value);
	return walk_node(walk, pair->key);
}

static const struct bo_conf_option *find_named(struct walk *walk, const struct bo_conf_field *field,
					       yaml_node_t *name)
{
	const struct bo_conf_option *options = bo_conf_options(walk->args, field);
	const char *const *names = option_names(walk, options);
	size_t count = bo_conf_count_names(names);
	char list[256], hint[96];

	for (const struct bo_conf_option *at = options; at->name; at++)
		if (bo_conf_node_is(name, at->name))
			return at;
	bo_conf_error(
		walk->diag, bo_conf_node_span(name), "unknown item '%s' of '%s'%s; one of %s",
		bo_conf_node_show(name).text, field->key,
		bo_conf_hint(hint, sizeof(hint), bo_conf_node_text(walk->conf, name), names, count),
		bo_conf_join(list, sizeof(list), names, count));
	return NULL;
}

static void fill_item(struct walk *walk, yaml_node_t *name, yaml_node_t *value,
		      struct bo_conf_choice *out)
{
	static yaml_node_t nothing = {.type = YAML_MAPPING_NODE};
	struct section section = {.fields = out->option->fields,
				  .base = out->config,
				  .title = out->option->name,
				  .at = bo_conf_node_span(name)};

	if (value && value->type != YAML_MAPPING_NODE)
		bo_conf_error(walk->diag, bo_conf_node_place(name, value),
			      "'%s' must be a mapping, found %s", out->option->name,
			      bo_conf_node_found(value));
	else
		walk_section(walk, &section, value ? value : &nothing);
}

static void walk_item_of_choices(struct walk *walk, const struct bo_conf_field *field,
				 yaml_node_t *item, struct bo_conf_choice *out)
{
	yaml_node_t *value, *name = name_of_item(walk, item, &value);

	walk_note_place(walk, bo_conf_node_span(item));
	if (!name) {
		bo_conf_error(walk->diag, bo_conf_node_span(item),
			      "an item of '%s' must be a name, or one name with its keys, found %s",
			      field->key, bo_conf_node_found(item));
		return;
	}
	out->option = find_named(walk, field, name);
	if (!out->option)
		return;
	out->config = bo_conf_alloc(walk->conf, 1, out->option->size);
	fill_item(walk, name, value, out);
}

void walk_choices(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		  yaml_node_t *value, void *out)
{
	struct bo_conf_list *list = out;
	yaml_node_item_t *items = value->data.sequence.items.start;

	if (value->type != YAML_SEQUENCE_NODE) {
		walk_refuse_type(walk, field, key, value);
		return;
	}
	list->count = (size_t)(value->data.sequence.items.top - items);
	list->items = bo_conf_alloc(walk->conf, list->count, sizeof(struct bo_conf_choice));
	for (size_t i = 0; i < list->count && !bo_conf_saturated(walk->diag); i++) {
		char number[24];

		(void)snprintf(number, sizeof(number), "%zu", i);
		size_t parent = walk_descend(walk, number);

		walk_item_of_choices(walk, field, walk_node(walk, items[i]),
				     (struct bo_conf_choice *)list->items + i);
		walk_ascend(walk, parent);
	}
}
