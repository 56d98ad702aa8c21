#include <assert.h>

#include "harness/model/conf_parts.h"

/*
 * The first pass sees events only, so that a hostile file costs no memory: an alias is refused
 * before it could be expanded, nesting before it could be recursed into.
 */
struct guard {
	struct bo_conf_diag *diag;
	unsigned documents;
	size_t depth;
	size_t children[BO_CONF_DEPTH_MAX + 1]; /* of each collection we are in */
	bool stop;
};

void bo_conf_parser_init(yaml_parser_t *parser, const struct bo_conf_source *source)
{
	int ok = yaml_parser_initialize(parser);

	assert(ok);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(parser, (const unsigned char *)source->text, source->len);
}

static struct bo_conf_span span_of(const yaml_event_t *event)
{
	return bo_conf_span_of_marks(event->start_mark, event->end_mark);
}

static void check_properties(struct guard *guard, const yaml_event_t *event,
			     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		bo_conf_error(guard->diag, span_of(event),
			      "anchors (&%.40s) are not allowed; write the value out",
			      (const char *)anchor);
	if (tag)
		bo_conf_error(guard->diag, span_of(event),
			      "tags (!) are not allowed; the key says what type its value has");
}

static void count_child(struct guard *guard, const yaml_event_t *event)
{
	if (++guard->children[guard->depth] <= BO_CONF_CHILDREN_MAX)
		return;
	bo_conf_error(guard->diag, span_of(event), "more than %d keys or %d items in one place",
		      BO_CONF_CHILDREN_MAX / 2, BO_CONF_CHILDREN_MAX);
	guard->stop = true;
}

static void enter(struct guard *guard, const yaml_event_t *event)
{
	if (guard->depth == BO_CONF_DEPTH_MAX) {
		bo_conf_error(guard->diag, span_of(event), "nested deeper than %d levels",
			      BO_CONF_DEPTH_MAX);
		guard->stop = true;
		return;
	}
	guard->children[++guard->depth] = 0;
}

static void on_end_of_stream(struct guard *guard, const yaml_event_t *event)
{
	(void)event;
	if (!guard->documents)
		bo_conf_error(guard->diag, (struct bo_conf_span){0}, "the file is empty");
	guard->stop = true;
}

static void on_document(struct guard *guard, const yaml_event_t *event)
{
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end)
		bo_conf_error(guard->diag, span_of(event), "directives (%%) are not allowed");
	if (++guard->documents < 2)
		return;
	bo_conf_error(guard->diag, span_of(event), "only one document per file");
	guard->stop = true;
}

static void on_alias(struct guard *guard, const yaml_event_t *event)
{
	count_child(guard, event);
	bo_conf_error(guard->diag, span_of(event),
		      "aliases (*%.40s) are not allowed; write the value out",
		      (const char *)event->data.alias.anchor);
}

static void on_scalar(struct guard *guard, const yaml_event_t *event)
{
	count_child(guard, event);
	check_properties(guard, event, event->data.scalar.anchor, event->data.scalar.tag);
}

static void on_sequence(struct guard *guard, const yaml_event_t *event)
{
	count_child(guard, event);
	check_properties(guard, event, event->data.sequence_start.anchor,
			 event->data.sequence_start.tag);
	enter(guard, event);
}

static void on_mapping(struct guard *guard, const yaml_event_t *event)
{
	count_child(guard, event);
	check_properties(guard, event, event->data.mapping_start.anchor,
			 event->data.mapping_start.tag);
	enter(guard, event);
}

static void on_end(struct guard *guard, const yaml_event_t *event)
{
	(void)event;
	guard->depth--;
}

static void (*const handlers[])(struct guard *, const yaml_event_t *) = {
	[YAML_STREAM_END_EVENT] = on_end_of_stream,
	[YAML_DOCUMENT_START_EVENT] = on_document,
	[YAML_ALIAS_EVENT] = on_alias,
	[YAML_SCALAR_EVENT] = on_scalar,
	[YAML_SEQUENCE_START_EVENT] = on_sequence,
	[YAML_SEQUENCE_END_EVENT] = on_end,
	[YAML_MAPPING_START_EVENT] = on_mapping,
	[YAML_MAPPING_END_EVENT] = on_end,
};

bool bo_conf_guard(struct bo_conf_diag *diag)
{
	struct guard guard = {.diag = diag};
	yaml_parser_t parser;
	yaml_event_t event;

	bo_conf_parser_init(&parser, diag->source);
	while (!guard.stop && !bo_conf_saturated(diag)) {
		if (!yaml_parser_parse(&parser, &event)) {
			bo_conf_parser_error(diag, &parser);
			break;
		}
		if ((size_t)event.type < sizeof(handlers) / sizeof(handlers[0]) &&
		    handlers[event.type])
			handlers[event.type](&guard, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return diag->errors == 0;
}
