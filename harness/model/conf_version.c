#include <inttypes.h>

#include "harness/model/conf_parts.h"

const char bo_conf_version_key[] = "brownout";

static void check_position(struct bo_conf_diag *diag, yaml_document_t *document,
			   const struct bo_conf_field *field, const yaml_node_pair_t *pair)
{
	const yaml_node_t *root = yaml_document_get_root_node(document);

	if (!pair)
		bo_conf_error(diag, bo_conf_node_span(bo_conf_node_first_key(document, root)),
			      "the file must begin with '%s: %" PRId64 "'", bo_conf_version_key,
			      field->max);
	else if (pair != root->data.mapping.pairs.start)
		bo_conf_error(diag, bo_conf_node_span(yaml_document_get_node(document, pair->key)),
			      "'%s' must be the first key of the file", bo_conf_version_key);
}

bool bo_conf_check_version(struct bo_conf *conf, struct bo_conf_diag *diag,
			   yaml_document_t *document, const struct bo_conf_field *field)
{
	const yaml_node_pair_t *pair = bo_conf_node_find(
		document, yaml_document_get_root_node(document), bo_conf_version_key);
	int64_t version;
	struct bo_conf_scan scan = {.conf = conf, .field = field, .out = &version};
	const yaml_node_t *value;

	check_position(diag, document, field, pair);
	value = pair ? yaml_document_get_node(document, pair->value) : NULL;
	if (!value || !bo_conf_node_is_text(value))
		return true;
	scan.text = bo_conf_node_text(conf, value);
	if (bo_conf_scan(&scan))
		return true;
	bo_conf_error(diag, bo_conf_node_span(value),
		      "schema version '%s' is unknown; this program reads version %" PRId64,
		      bo_conf_node_show(value).text, field->max);
	return false;
}
