#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/conf_walk_parts.h"

/* ---- nodes ---- */

yaml_node_t *walk_node(struct walk *walk, int index)
{
	return yaml_document_get_node(&walk->document, index);
}

void walk_refuse_type(struct walk *walk, const struct bo_conf_field *field, const yaml_node_t *key,
		      const yaml_node_t *value)
{
	char wants[256];

	bo_conf_error(walk->diag, bo_conf_node_place(key, value), "'%s' must be %s, found %s",
		      bo_conf_node_show(key).text, bo_conf_wants(field, wants, sizeof(wants)),
		      bo_conf_node_found(value));
}

/* ---- key paths ---- */

size_t walk_descend(struct walk *walk, const char *key)
{
	size_t parent = walk->where.len;

	bo_buf_printf(&walk->where, "%s%s", parent ? "." : "", key);
	return parent;
}

void walk_ascend(struct walk *walk, size_t parent)
{
	walk->where.len = parent;
	walk->where.data[parent] = '\0';
}

/* Remembers where the value at hand stands. */
void walk_note_place(struct walk *walk, struct bo_conf_span span)
{
	struct bo_conf *conf = walk->conf;
	struct bo_conf_place *place = bo_conf_alloc(conf, 1, sizeof(*place));

	place->where = bo_conf_copy(conf, walk->where.data, walk->where.len);
	place->span = span;
	*conf->last_place = place;
	conf->last_place = &place->next;
}

/* ---- scalars and lists of them ---- */

/* What a value's text stands for; NULL when that cannot be said. */
static const char *expand(struct walk *walk, const struct bo_conf_field *field,
			  const yaml_node_t *node)
{
	const char *text = bo_conf_node_text(walk->conf, node);
	struct bo_buf meant = {0}, why = {0};

	if (!walk->expands || field->type == BO_CONF_NAME)
		return text;
	if (walk->args->expand(walk->expands, field, text, &meant, &why)) {
		text = bo_conf_copy(walk->conf, meant.data, meant.len);
	} else {
		if (why.len > 0)
			bo_conf_error(walk->diag, bo_conf_node_span(node), "%s", why.data);
		text = NULL;
	}
	bo_buf_done(&meant);
	bo_buf_done(&why);
	return text;
}

static void scan_text(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *node,
		      void *out)
{
	struct bo_conf_scan scan = {.conf = walk->conf, .field = field, .out = out};

	if (memchr(node->data.scalar.value, 0, node->data.scalar.length)) {
		bo_conf_error(walk->diag, bo_conf_node_span(node), "'%s' contains a NUL byte",
			      field->key);
		return;
	}
	scan.text = expand(walk, field, node);
	if (scan.text && !bo_conf_scan(&scan))
		bo_conf_error(walk->diag, bo_conf_node_span(node), "%s", scan.why);
}

static void walk_scalar(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
			yaml_node_t *value, void *out)
{
	if (bo_conf_node_is_text(value))
		scan_text(walk, field, value, out);
	else
		walk_refuse_type(walk, field, key, value);
}

/* Where item `index` of a list is put: sets gather bits, lists have a slot for each. */
static void *slot_of(const struct bo_conf_field *field, void *out, size_t index)
{
	struct bo_conf_list *list = out;

	return field->type == BO_CONF_SET ? out : &((const char **)list->items)[index];
}

static void reserve_items(struct walk *walk, const struct bo_conf_field *field, void *out,
			  size_t count)
{
	struct bo_conf_list *list = out;

	if (field->type == BO_CONF_SET)
		return;
	list->items = bo_conf_alloc(walk->conf, count, sizeof(const char *));
	list->count = count;
}

static void walk_item(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *item,
		      size_t index, void *out)
{
	char number[24];
	size_t parent;

	snprintf(number, sizeof(number), "%zu", index);
	parent = walk_descend(walk, number);
	walk_note_place(walk, bo_conf_node_span(item));
	walk_ascend(walk, parent);
	if (bo_conf_node_is_text(item))
		scan_text(walk, field, item, slot_of(field, out, index));
	else
		bo_conf_error(walk->diag, bo_conf_node_span(item),
			      "item %zu of '%s' must be a single value, found %s", index + 1,
			      field->key, bo_conf_node_found(item));
}

static void walk_list(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		      yaml_node_t *value, void *out)
{
	yaml_node_item_t *items = value->data.sequence.items.start;
	size_t count;

	if (value->type == YAML_SEQUENCE_NODE) {
		count = (size_t)(value->data.sequence.items.top - items);
		reserve_items(walk, field, out, count);
		for (size_t i = 0; i < count && !bo_conf_saturated(walk->diag); i++)
			walk_item(walk, field, walk_node(walk, items[i]), i, out);
	} else if (bo_conf_node_is_text(value)) {
		reserve_items(walk, field, out, 1);
		scan_text(walk, field, value, slot_of(field, out, 0));
	} else {
		walk_refuse_type(walk, field, key, value);
	}
}

/* ---- mappings ---- */

static void walk_map(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		     yaml_node_t *value, void *out)
{
	struct section section = {.fields = field->fields,
				  .base = out,
				  .title = field->key,
				  .at = bo_conf_node_span(key)};

	if (value->type == YAML_MAPPING_NODE)
		walk_section(walk, &section, value);
	else
		walk_refuse_type(walk, field, key, value);
}

/* False, complaining, when the key is no text or stood in this mapping before. */
bool walk_check_key(struct walk *walk, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
	yaml_node_t *key = walk_node(walk, pair->key);

	if (!bo_conf_node_is_text(key)) {
		bo_conf_error(walk->diag, bo_conf_node_span(key),
			      "a key must be a single word, found %s", bo_conf_node_found(key));
		return false;
	}
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
		const yaml_node_t *earlier = walk_node(walk, p->key);

		if (!bo_conf_node_same(earlier, key))
			continue;
		bo_conf_error(walk->diag, bo_conf_node_span(key),
			      "'%s' is given twice (first on line %zu)",
			      bo_conf_node_show(key).text, earlier->start_mark.line + 1);
		return false;
	}
	return true;
}

/* ---- one value, one section ---- */

static void walk_value(struct walk *walk, const struct bo_conf_field *field, yaml_node_t *key,
		       yaml_node_t *value, void *out)
{
	static void (*const walkers[])(struct walk *, const struct bo_conf_field *, yaml_node_t *,
				       yaml_node_t *, void *) = {
		[BO_CONF_SET] = walk_list,	  [BO_CONF_LIST] = walk_list,
		[BO_CONF_PATHS] = walk_list,	  [BO_CONF_MAP] = walk_map,
		[BO_CONF_NAMED] = walk_named,	  [BO_CONF_CHOICE] = walk_choice,
		[BO_CONF_CHOICES] = walk_choices, [BO_CONF_PARSED] = walk_scalar};
	size_t parent = walk_descend(walk, field->key);

	walk_note_place(walk, bo_conf_node_place(key, value));
	(walkers[field->type] ? walkers[field->type] : walk_scalar)(walk, field, key, value, out);
	walk_ascend(walk, parent);
}

static void refuse_key(struct walk *walk, struct section *section, const yaml_node_t *key)
{
	const char *const *names = bo_conf_keys(walk->conf, section->fields, section->reserved);
	size_t count = bo_conf_count_names(names);
	const char *meant = bo_str_nearest(bo_conf_node_text(walk->conf, key), names, count);
	char list[256];

	if (meant)
		bo_conf_error(walk->diag, bo_conf_node_span(key),
			      "unknown key '%s' (did you mean '%s'?)", bo_conf_node_show(key).text,
			      meant);
	else
		bo_conf_error(walk->diag, bo_conf_node_span(key), "unknown key '%s'; expected %s%s",
			      bo_conf_node_show(key).text, count > 1 ? "one of " : "",
			      bo_conf_join(list, sizeof(list), names, count));
	/* What it was meant to be is not missing as well. */
	for (size_t i = 0; section->fields && section->fields[i].key; i++)
		section->settled[i] |= meant == section->fields[i].key;
}

static void walk_pair(struct walk *walk, struct section *section, yaml_node_t *key,
		      yaml_node_t *value)
{
	if (section->reserved && bo_conf_node_is(key, section->reserved))
		return;
	for (size_t i = 0; section->fields && section->fields[i].key; i++) {
		const struct bo_conf_field *field = &section->fields[i];

		if (!bo_conf_node_is(key, field->key))
			continue;
		if (section->settled[i] && field->flags & BO_CONF_FIRST)
			return;
		section->settled[i] = true;
		walk_value(walk, field, key, value, section->base + field->offset);
		return;
	}
	refuse_key(walk, section, key);
}

static void refuse_lack(struct walk *walk, const struct section *section,
			const struct bo_conf_field *field)
{
	char wants[256];

	bo_conf_wants(field, wants, sizeof(wants));
	if (section->title)
		bo_conf_error(walk->diag, section->at, "'%s' lacks the key '%s', %s",
			      section->title, field->key, wants);
	else
		bo_conf_error(walk->diag, section->at, "the key '%s' is missing, %s", field->key,
			      wants);
}

/* What texts stand for is known before the first of them is looked at. */
static void begin(struct walk *walk, struct section *section, yaml_node_t *map)
{
	const struct bo_conf_args *args = walk->args;

	for (size_t i = 0; section->fields[i].key; i++) {
		yaml_node_pair_t *pair =
			section->fields[i].flags & BO_CONF_FIRST
				? bo_conf_node_find(&walk->document, map, section->fields[i].key)
				: NULL;

		if (pair)
			walk_pair(walk, section, walk_node(walk, pair->key),
				  walk_node(walk, pair->value));
	}
	size_t before = walk->diag->out->len;

	args->begin(walk->conf, args->ctx, section->base, walk->diag->out);
	walk->diag->errors += walk->diag->out->len > before;
	walk->expands = section->base;
}

void walk_section(struct walk *walk, struct section *section, yaml_node_t *map)
{
	const struct bo_conf_field *fields = section->fields;

	section->settled = bo_conf_alloc(walk->conf, bo_conf_count_fields(fields), sizeof(bool));
	if (!section->title && walk->args->begin)
		begin(walk, section, map);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top && !bo_conf_saturated(walk->diag); p++)
		if (walk_check_key(walk, map, p))
			walk_pair(walk, section, walk_node(walk, p->key),
				  walk_node(walk, p->value));
	for (size_t i = 0; fields && fields[i].key; i++) {
		if (section->settled[i])
			continue;
		if (fields[i].flags & BO_CONF_REQUIRED &&
		    strcmp(fields[i].key, bo_conf_version_key))
			refuse_lack(walk, section, &fields[i]);
		else
			bo_conf_fill(walk->conf, &fields[i], section->base + fields[i].offset);
	}
}

/* ---- the whole file ---- */

static const struct bo_conf_field *find_field(const struct bo_conf_field *fields, const char *key)
{
	for (; fields->key; fields++)
		if (!strcmp(fields->key, key))
			return fields;
	return NULL;
}

static void walk_root(struct walk *walk, yaml_node_t *root, void *data)
{
	const struct bo_conf_field *fields = walk->args->fields;
	const struct bo_conf_field *version = find_field(fields, bo_conf_version_key);
	struct section section = {.fields = fields, .base = data};

	if (!root || root->type != YAML_MAPPING_NODE) {
		bo_conf_error(walk->diag, root ? bo_conf_node_span(root) : (struct bo_conf_span){0},
			      "the file must be a mapping of keys to values, found %s",
			      root ? bo_conf_node_found(root) : "nothing");
		return;
	}
	section.at = bo_conf_node_span(bo_conf_node_first_key(&walk->document, root));
	if (!version || bo_conf_check_version(walk->conf, walk->diag, &walk->document, version))
		walk_section(walk, &section, root);
}

void bo_conf_walk(struct bo_conf *conf, const struct bo_conf_args *args, struct bo_conf_diag *diag,
		  void *data)
{
	struct walk walk = {.args = args, .conf = conf, .diag = diag};
	yaml_parser_t parser;

	bo_conf_parser_init(&parser, &conf->source);
	if (yaml_parser_load(&parser, &walk.document)) {
		walk_root(&walk, yaml_document_get_root_node(&walk.document), data);
		yaml_document_delete(&walk.document);
	} else {
		bo_conf_parser_error(diag, &parser);
	}
	yaml_parser_delete(&parser);
	bo_buf_done(&walk.where);
}
