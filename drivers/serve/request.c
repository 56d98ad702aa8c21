#include "drivers/serve/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UNIT "bytes="

static struct bo_http_reader *reader_of(http_parser *parser)
{
	return parser->data;
}

static bool append(char *out, size_t cap, const char *text, size_t len)
{
	size_t used = strlen(out);

	if (len >= cap - used)
		return false;
	memcpy(out + used, text, len);
	out[used + len] = '\0';
	return true;
}

static int on_target(http_parser *parser, const char *at, size_t len)
{
	struct bo_http_request *request = &reader_of(parser)->request;

	return append(request->target, sizeof(request->target), at, len) ? 0 : -1;
}

static int on_field(http_parser *parser, const char *at, size_t len)
{
	struct bo_http_reader *reader = reader_of(parser);

	if (reader->in_value)
		reader->field[0] = '\0';
	reader->in_value = false;
	/* a longer name is none that matters: it must only not look like one */
	if (!append(reader->field, sizeof(reader->field), at, len))
		(void)strcpy(reader->field, "?");
	return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
	struct bo_http_reader *reader = reader_of(parser);
	const struct {
		const char *field;
		char *value;
	} wanted[] = {{"range", reader->range},
		      {"if-range", reader->request.if_range},
		      {"authorization", reader->request.authorization}};

	reader->in_value = true;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strcasecmp(reader->field, wanted[i].field) == 0)
			return append(wanted[i].value, BO_HTTP_TEXT_MAX, at, len) ? 0 : -1;
	return 0;
}

static int on_end(http_parser *parser)
{
	reader_of(parser)->complete = true;
	http_parser_pause(parser, 1);
	return 0;
}

static bool number(const char **text, uint64_t *ret)
{
	char *end;

	if (**text < '0' || **text > '9')
		return false;
	errno = 0;
	*ret = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0;
}

static struct bo_http_range parse_range(const char *text)
{
	struct bo_http_range range = {.last = UINT64_MAX};
	const struct bo_http_range none = {0};

	if (strncasecmp(text, UNIT, strlen(UNIT)) != 0)
		return none;
	text += strlen(UNIT);
	range.asked = true;
	range.suffix = *text == '-';
	if (range.suffix)
		text++;
	if (!number(&text, &range.first))
		return none;
	if (!range.suffix && *text++ != '-')
		return none;
	if (!range.suffix && *text && !number(&text, &range.last))
		return none;
	return *text || range.last < range.first ? none : range;
}

void bo_http_reader_init(struct bo_http_reader *reader)
{
	*reader = (struct bo_http_reader){0};
	http_parser_init(&reader->parser, HTTP_REQUEST);
	reader->parser.data = reader;
}

int bo_http_reader_feed(struct bo_http_reader *reader, const void *data, size_t len)
{
	static const http_parser_settings settings = {.on_url = on_target,
						      .on_header_field = on_field,
						      .on_header_value = on_value,
						      .on_message_complete = on_end};
	struct bo_http_request *request = &reader->request;
	/* the parser points back at its reader, which may have been moved */
	reader->parser.data = reader;
	size_t used = http_parser_execute(&reader->parser, &settings, data, len);

	if (!reader->complete)
		return used == len && !reader->parser.upgrade ? 0 : -EBADMSG;
	const char *method = http_method_str((enum http_method)reader->parser.method);

	request->head = reader->parser.method == HTTP_HEAD;
	request->known = request->head || reader->parser.method == HTTP_GET;
	(void)append(request->method, sizeof(request->method), method, strlen(method));
	request->range = parse_range(reader->range);
	return 1;
}
