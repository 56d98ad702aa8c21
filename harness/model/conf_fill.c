#include <assert.h>
#include <string.h>

#include "harness/model/conf_parts.h"

static void fill_text(struct bo_conf *conf, const struct bo_conf_field *field, const char *text,
		      size_t len, void *out)
{
	struct bo_conf_scan scan = {
		.conf = conf, .field = field, .text = bo_conf_copy(conf, text, len), .out = out};

	/* A default the reader itself refuses is a mistake in the table. */
	assert(bo_conf_scan(&scan));
}

/* A list's default is written with commas: "a, b". */
static void fill_list(struct bo_conf *conf, const struct bo_conf_field *field, void *out)
{
	struct bo_conf_list *list = out;
	const char *text = field->fallback;
	bool is_set = field->type == BO_CONF_SET;
	size_t count = 1;

	for (const char *p = text; *p; p++)
		count += *p == ',';
	if (!is_set) {
		list->items = bo_conf_alloc(conf, count, sizeof(const char *));
		list->count = count;
	}
	for (size_t i = 0; i < count; i++) {
		size_t len = strcspn(text, ",");

		fill_text(conf, field, text, len, is_set ? out : &((const char **)list->items)[i]);
		text += len;
		text += strspn(text, ", ");
	}
}

void bo_conf_fill(struct bo_conf *conf, const struct bo_conf_field *field, void *out)
{
	bool list = field->type == BO_CONF_SET || field->type == BO_CONF_LIST ||
		    field->type == BO_CONF_PATHS;

	if (field->type == BO_CONF_MAP)
		for (const struct bo_conf_field *f = field->fields; f->key; f++)
			bo_conf_fill(conf, f, (char *)out + f->offset);
	else if (field->fallback && list)
		fill_list(conf, field, out);
	else if (field->fallback)
		fill_text(conf, field, field->fallback, strlen(field->fallback), out);
}
