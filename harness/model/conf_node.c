#include <string.h>

#include "harness/model/conf_parts.h"

struct bo_conf_span bo_conf_node_span(const yaml_node_t *node)
{
	return bo_conf_span_of_marks(node->start_mark, node->end_mark);
}

bool bo_conf_node_is_text(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE &&
	       (node->data.scalar.length || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE);
}

const char *bo_conf_node_text(struct bo_conf *conf, const yaml_node_t *node)
{
	return bo_conf_copy(conf, (const char *)node->data.scalar.value, node->data.scalar.length);
}

bool bo_conf_node_same(const yaml_node_t *a, const yaml_node_t *b)
{
	return a->type == YAML_SCALAR_NODE && b->type == YAML_SCALAR_NODE &&
	       a->data.scalar.length == b->data.scalar.length &&
	       !memcmp(a->data.scalar.value, b->data.scalar.value, a->data.scalar.length);
}

bool bo_conf_node_is(const yaml_node_t *node, const char *text)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.length == strlen(text) &&
	       !memcmp(node->data.scalar.value, text, strlen(text));
}

struct bo_conf_shown bo_conf_node_show(const yaml_node_t *node)
{
	return bo_conf_show(node->data.scalar.value, node->data.scalar.length);
}

const char *bo_conf_node_found(const yaml_node_t *node)
{
	if (node->type == YAML_SEQUENCE_NODE)
		return "a list";
	if (node->type == YAML_MAPPING_NODE)
		return "a mapping";
	return bo_conf_node_is_text(node) ? "a single value" : "nothing";
}

yaml_node_pair_t *bo_conf_node_find(yaml_document_t *document, const yaml_node_t *map,
				    const char *key)
{
	yaml_node_pair_t *pair = map->data.mapping.pairs.start;

	for (; pair < map->data.mapping.pairs.top; pair++)
		if (bo_conf_node_is(yaml_document_get_node(document, pair->key), key))
			return pair;
	return NULL;
}

const yaml_node_t *bo_conf_node_first_key(yaml_document_t *document, const yaml_node_t *map)
{
	const yaml_node_pair_t *pairs = map->data.mapping.pairs.start;

	if (pairs == map->data.mapping.pairs.top)
		return map;
	return yaml_document_get_node(document, pairs->key);
}

struct bo_conf_span bo_conf_node_place(const yaml_node_t *key, const yaml_node_t *value)
{
	bool beside = value->start_mark.line == key->start_mark.line &&
		      value->end_mark.index > value->start_mark.index;

	return bo_conf_node_span(beside ? value : key);
}
