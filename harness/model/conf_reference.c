#include <stdio.h>
#include <string.h>

#include "harness/model/conf_parts.h"

#define SHOWN_MAX 64

struct page {
	const struct bo_conf_args *args;
	struct bo_buf *out;
	struct {
		const struct bo_conf_field *fields;
		char where[64];
	} shown[SHOWN_MAX]; /* mappings whose keys stand above */
	size_t count;
};

static void add_table(struct page *page, const struct bo_conf_field *fields, const char *under);

/* Text of a table cell: a bar would end it. */
static void add_cell(struct page *page, const char *text)
{
	for (; *text; text++)
		bo_buf_printf(page->out, "%s%c", *text == '|' ? "\\" : "", *text);
}

static void add_row(struct page *page, const struct bo_conf_field *field, const char *where)
{
	char wants[256], range[80];

	bo_conf_wants(field, wants, sizeof(wants));
	bo_conf_range(field, range, sizeof(range));
	bo_buf_printf(page->out, "| `%s` | ", where);
	add_cell(page, wants);
	bo_buf_printf(page->out, "%s%s | ", *range ? ", " : "", range);
	if (field->flags & BO_CONF_REQUIRED)
		bo_buf_printf(page->out, "required");
	else if (field->fallback)
		bo_buf_printf(page->out, "`%s`", field->fallback);
	bo_buf_printf(page->out, " | ");
	add_cell(page, field->help ? field->help : "");
	bo_buf_printf(page->out, " |\n");
}

static void add_options(struct page *page, const struct bo_conf_field *field, const char *where)
{
	const struct bo_conf_option *option = bo_conf_options(page->args, field);

	for (; option->name; option++) {
		bo_buf_printf(page->out, "| `%s.driver: %s` | | | selects%s |\n", where,
			      option->name, option->fields ? " the keys below" : "; no more keys");
		add_table(page, option->fields, where);
	}
}

static void add_items(struct page *page, const struct bo_conf_field *field, const char *where)
{
	const struct bo_conf_option *option = bo_conf_options(page->args, field);

	for (; option->name; option++) {
		struct bo_buf item = {0};

		bo_buf_printf(&item, "%s.%s", where, option->name);
		bo_buf_printf(page->out, "| `%s` | | | an item%s |\n", item.data,
			      option->fields ? ", with the keys below" : "; no keys");
		add_table(page, option->fields, item.data);
		bo_buf_done(&item);
	}
}

/* The same keys are listed once. */
static void add_map(struct page *page, const struct bo_conf_field *fields, const char *where)
{
	for (size_t i = 0; i < page->count; i++)
		if (page->shown[i].fields == fields) {
			bo_buf_printf(page->out, "| `%s.*` | | | as `%s.*` |\n", where,
				      page->shown[i].where);
			return;
		}
	if (page->count < SHOWN_MAX) {
		page->shown[page->count].fields = fields;
		(void)bo_str_copy(page->shown[page->count].where,
				  sizeof(page->shown[page->count].where), where);
		page->count++;
	}
	add_table(page, fields, where);
}

static void add_table(struct page *page, const struct bo_conf_field *fields, const char *under)
{
	for (; fields && fields->key; fields++) {
		struct bo_buf where = {0};

		bo_buf_printf(&where, "%s%s%s", under, *under ? "." : "", fields->key);
		add_row(page, fields, where.data);
		if (fields->type == BO_CONF_NAMED)
			bo_buf_printf(&where, ".NAME");
		if (fields->type == BO_CONF_CHOICE ||
		    (fields->type == BO_CONF_NAMED && !fields->fields))
			add_options(page, fields, where.data);
		else if (fields->type == BO_CONF_CHOICES)
			add_items(page, fields, where.data);
		else if (fields->type == BO_CONF_MAP)
			add_map(page, fields->fields, where.data);
		else
			add_table(page, fields->fields, where.data);
		bo_buf_done(&where);
	}
}

void bo_conf_reference(const struct bo_conf_args *args, struct bo_buf *out)
{
	struct page page = {.args = args, .out = out};

	bo_buf_printf(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
	add_table(&page, args->fields, "");
}
