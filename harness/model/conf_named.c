#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/conf_walk_parts.h"

static const char *scan_name(struct walk *walk, const struct bo_conf_field *field,
			     const yaml_node_t *key)
{
	const struct bo_conf_field as_name = {.type = BO_CONF_NAME};
	const char *name = NULL;
	struct bo_conf_scan scan = {.conf = walk->conf, .field = &as_name, .out = &name};
	char wants[256];

	scan.text = bo_conf_node_text(walk->conf, key);
	if (!bo_conf_node_is(key, scan.text) || !bo_conf_scan(&scan))
		bo_conf_error(walk->diag, bo_conf_node_span(key),
			      "'%s' cannot name an entry of '%s'; it must be %s",
			      bo_conf_node_show(key).text, field->key,
			      bo_conf_wants(&as_name, wants, sizeof(wants)));
	return name;
}

static void walk_named_item(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
			    yaml_node_t *value, void *out)
{
	struct section section = {
		.fields = field->fields, .base = out, .at = bo_conf_node_span(key)};
	const char *name = scan_name(walk, field, key);
	size_t parent;

	if (!name)
		return;
	*(const char **)out = name;
	section.title = name;
	parent = walk_descend(walk, name);
	walk_note_place(walk, bo_conf_node_span(key));
	if (value->type != YAML_MAPPING_NODE)
		bo_conf_error(walk->diag, bo_conf_node_place(key, value),
			      "'%s' must be a mapping, found %s", name, bo_conf_node_found(value));
	else if (field->fields)
		walk_section(walk, &section, value);
	else
		walk_choice(walk, field, key, value, &((struct bo_conf_named_choice *)out)->choice);
	walk_ascend(walk, parent);
}

static void reserve_entries(struct walk *walk, const struct bo_conf_field *field,
			    const yaml_node_t *key, struct bo_conf_list *list, ptrdiff_t count)
{
	assert(field->item_size >= sizeof(const char *));
	list->count = (size_t)count;
	list->items = bo_conf_alloc(walk->conf, list->count, field->item_size);
	if (!count && field->flags & BO_CONF_REQUIRED)
		bo_conf_error(walk->diag, bo_conf_node_span(key),
			      "'%s' must have at least one entry", field->key);
}

/* An entry of which no more is said than its name. */
static void walk_name(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *node,
		      struct bo_conf_list *list, size_t index)
{
	char *out = (char *)list->items + index * field->item_size;
	const char *name = bo_conf_node_is_text(node) ? scan_name(walk, field, node) : NULL;

	if (!bo_conf_node_is_text(node))
		bo_conf_error(walk->diag, bo_conf_node_span(node),
			      "item %zu of '%s' must be a single value, found %s", index + 1,
			      field->key, bo_conf_node_found(node));
	for (size_t i = 0; name && i < index; i++) {
		const char *earlier = *(const char **)((char *)list->items + i * field->item_size);

		if (earlier && !strcmp(earlier, name))
			bo_conf_error(walk->diag, bo_conf_node_span(node),
				      "'%s' is given twice in '%s'", name, field->key);
	}
	*(const char **)out = name;
	for (size_t i = 0; field->fields[i].key; i++)
		bo_conf_fill(walk->conf, &field->fields[i], out + field->fields[i].offset);
}

static void walk_names(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		       yaml_node_t *value, struct bo_conf_list *list)
{
	yaml_node_item_t *items = value->data.sequence.items.start;

	if (value->type != YAML_SEQUENCE_NODE) {
		reserve_entries(walk, field, key, list, 1);
		walk_name(walk, field, value, list, 0);
		return;
	}
	reserve_entries(walk, field, key, list, value->data.sequence.items.top - items);
	for (size_t i = 0; i < list->count && !bo_conf_saturated(walk->diag); i++)
		walk_name(walk, field, walk_node(walk, items[i]), list, i);
}

void walk_named(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		yaml_node_t *value, void *out)
{
	struct bo_conf_list *list = out;
	yaml_node_pair_t *pairs = value->data.mapping.pairs.start;
	size_t count;

	if (value->type != YAML_MAPPING_NODE && field->flags & BO_CONF_OR_LIST &&
	    (value->type == YAML_SEQUENCE_NODE || bo_conf_node_is_text(value))) {
		walk_names(walk, field, key, value, list);
		return;
	}
	if (value->type != YAML_MAPPING_NODE) {
		walk_refuse_type(walk, field, key, value);
		return;
	}
	reserve_entries(walk, field, key, list, value->data.mapping.pairs.top - pairs);
	count = list->count;
	for (size_t i = 0; i < count && !bo_conf_saturated(walk->diag); i++)
		if (walk_check_key(walk, value, &pairs[i]))
			walk_named_item(walk, field, walk_node(walk, pairs[i].key),
					walk_node(walk, pairs[i].value),
					(char *)list->items + i * field->item_size);
}
