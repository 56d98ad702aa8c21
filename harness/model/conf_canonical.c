#include <assert.h>
#include <string.h>

#include "harness/model/conf.h"

static void put_text(const void *at, struct bo_buf *out)
{
	const char *text = *(const char *const *)at;

	if (!text) {
		bo_buf_printf(out, "-");
		return;
	}
	bo_buf_printf(out, "\"");
	for (size_t len; *text; text += len) {
		len = strcspn(text, "\"");
		bo_buf_escape(out, text, len);
		if (len == 0)
			bo_buf_printf(out, "\\%c", text[len++]);
	}
	bo_buf_printf(out, "\"");
}

static void put_number(const void *at, struct bo_buf *out)
{
	bo_buf_printf(out, "%lld", (long long)*(const int64_t *)at);
}

static void put_bool(const void *at, struct bo_buf *out)
{
	bo_buf_printf(out, "%s", *(const bool *)at ? "yes" : "no");
}

static void put_index(const void *at, struct bo_buf *out)
{
	bo_buf_printf(out, "%u", *(const unsigned *)at);
}

static void put_texts(const void *at, struct bo_buf *out)
{
	const struct bo_conf_list *list = at;

	for (size_t i = 0; i < list->count; i++)
		put_text((const char *const *)list->items + i, out);
}

static void (*const put[])(const void *at, struct bo_buf *out) = {
	[BO_CONF_STR] = put_text,	  [BO_CONF_NAME] = put_text,
	[BO_CONF_INT] = put_number,	  [BO_CONF_BOOL] = put_bool,
	[BO_CONF_DURATION] = put_number,  [BO_CONF_SIZE] = put_number,
	[BO_CONF_BAUD] = put_number,	  [BO_CONF_PERCENT] = put_number,
	[BO_CONF_FREQUENCY] = put_number, [BO_CONF_RATE] = put_number,
	[BO_CONF_ENUM] = put_index,	  [BO_CONF_SET] = put_index,
	[BO_CONF_LIST] = put_texts,	  [BO_CONF_PARSED] = NULL,
};

static void put_items(const struct bo_conf_field *field, const struct bo_conf_list *list,
		      struct bo_buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *item = (const char *)list->items + i * field->item_size;

		bo_buf_printf(out, "%s.", field->key);
		put_text(item, out);
		bo_buf_printf(out, " {\n");
		bo_conf_canonical(field->fields, item, out);
		bo_buf_printf(out, "}\n");
	}
}

static void put_chosen(const struct bo_conf_field *field, const struct bo_conf_list *list,
		       struct bo_buf *out)
{
	const struct bo_conf_choice *choices = list->items;

	for (size_t i = 0; i < list->count; i++) {
		bo_buf_printf(out, "%s.%s {\n", field->key, choices[i].option->name);
		if (choices[i].option->fields)
			bo_conf_canonical(choices[i].option->fields, choices[i].config, out);
		bo_buf_printf(out, "}\n");
	}
}

void bo_conf_canonical(const struct bo_conf_field *fields, const void *data, struct bo_buf *out)
{
	for (; fields->key; fields++) {
		const char *at = (const char *)data + fields->offset;

		if (fields->flags & BO_CONF_UNHASHED)
			continue;
		assert(fields->type != BO_CONF_PARSED);
		if (fields->type == BO_CONF_NAMED && fields->fields) {
			put_items(fields, (const struct bo_conf_list *)(const void *)at, out);
		} else if (fields->type == BO_CONF_CHOICES) {
			put_chosen(fields, (const struct bo_conf_list *)(const void *)at, out);
		} else if (fields->type == BO_CONF_MAP) {
			bo_buf_printf(out, "%s {\n", fields->key);
			bo_conf_canonical(fields->fields, at, out);
			bo_buf_printf(out, "}\n");
		} else if (put[fields->type]) {
			bo_buf_printf(out, "%s=", fields->key);
			put[fields->type](at, out);
			bo_buf_printf(out, "\n");
		}
	}
}
