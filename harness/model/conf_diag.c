#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/model/conf_parts.h"

enum { CONTEXT_MAX = 60 }; /* columns shown before, under and after the caret */

struct bo_conf_shown bo_conf_show(const void *data, size_t len)
{
	struct bo_conf_shown shown;

	bo_str_escape(shown.text, sizeof(shown.text), data, len);
	return shown;
}

/* Length of the line break at p, 0 when there is none; the same breaks as libyaml counts. */
static size_t break_length(const char *p, const char *end)
{
	static const struct {
		const char *bytes;
		size_t len;
	} breaks[] = {{"\r\n", 2},     {"\n", 1},	    {"\r", 1},
		      {"\xC2\x85", 2}, {"\xE2\x80\xA8", 3}, {"\xE2\x80\xA9", 3}};

	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++)
		if ((size_t)(end - p) >= breaks[i].len &&
		    !memcmp(p, breaks[i].bytes, breaks[i].len))
			return breaks[i].len;
	return 0;
}

struct line {
	const char *start, *end;
};

static const char *line_end(const char *p, const char *end)
{
	while (p < end && !break_length(p, end))
		p++;
	return p;
}

static struct line find_line(const struct bo_conf_source *source, size_t wanted)
{
	const char *end = source->text + source->len;
	struct line line = {source->text, line_end(source->text, end)};

	while (wanted-- && line.end < end) {
		line.start = line.end + break_length(line.end, end);
		line.end = line_end(line.start, end);
	}
	return line;
}

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xC0) != 0x80;
}

static const char *skip_characters(const char *p, const char *end, size_t count)
{
	while (count-- && p < end)
		do
			p++;
		while (p < end && !begins_character(*p));
	return p;
}

struct bo_conf_span bo_conf_span_of_offset(const struct bo_conf_source *source, size_t offset)
{
	const char *p = source->text;
	const char *stop = p + (offset < source->len ? offset : source->len);
	struct bo_conf_span span = {0};

	while (p < stop) {
		size_t len = break_length(p, stop);

		if (len) {
			span.line++;
			span.column = 0;
		} else {
			span.column += begins_character(*p);
			len = 1;
		}
		p += len;
	}
	span.end_column = span.column;
	return span;
}

struct bo_conf_span bo_conf_span_of_marks(yaml_mark_t start, yaml_mark_t end)
{
	struct bo_conf_span span = {start.line, start.column, start.column};

	if (end.line == start.line)
		span.end_column = end.column;
	return span;
}

/* The line with the span underlined; of a long line, what stands around the span. */
static void add_excerpt(struct bo_conf_diag *diag, struct bo_conf_span span)
{
	struct line line = find_line(diag->source, span.line);
	const char *from = skip_characters(line.start, line.end, span.column);
	const char *to = skip_characters(from, line.end, span.end_column - span.column);
	struct bo_buf before = {0}, under = {0}, after = {0};
	size_t cut;

	bo_buf_printable(&before, line.start, (size_t)(from - line.start));
	bo_buf_printable(&under, from, (size_t)(to - from));
	bo_buf_printable(&after, to, (size_t)(line.end - to));
	cut = before.len > CONTEXT_MAX ? before.len - CONTEXT_MAX : 0;
	bo_buf_printf(diag->out, "%5zu | %s%s%.*s%.*s%s\n", span.line + 1, cut ? "..." : "",
		      before.len ? before.data + cut : "", CONTEXT_MAX, under.len ? under.data : "",
		      under.len > CONTEXT_MAX ? 0 : CONTEXT_MAX, after.len ? after.data : "",
		      under.len > CONTEXT_MAX || after.len > CONTEXT_MAX ? "..." : "");
	bo_buf_printf(diag->out, "      | %*s^", (int)(before.len - cut) + (cut ? 3 : 0), "");
	for (size_t i = 1; i < under.len && i < CONTEXT_MAX; i++)
		bo_buf_add(diag->out, "~", 1);
	bo_buf_add(diag->out, "\n", 1);
	bo_buf_done(&before);
	bo_buf_done(&under);
	bo_buf_done(&after);
}

static void add_header(struct bo_conf_diag *diag, struct bo_conf_span span, const char *text)
{
	bo_buf_printable(diag->out, diag->source->path, strlen(diag->source->path));
	bo_buf_printf(diag->out, ":%zu:%zu: error: ", span.line + 1, span.column + 1);
	bo_buf_printable(diag->out, text, strlen(text));
	bo_buf_add(diag->out, "\n", 1);
}

bool bo_conf_saturated(const struct bo_conf_diag *diag)
{
	return diag->errors > BO_CONF_ERRORS_MAX;
}

void bo_conf_error(struct bo_conf_diag *diag, struct bo_conf_span span, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	if (bo_conf_saturated(diag))
		return;
	if (++diag->errors > BO_CONF_ERRORS_MAX) {
		bo_buf_printable(diag->out, diag->source->path, strlen(diag->source->path));
		bo_buf_printf(diag->out, ": error: more than %d mistakes; the rest is not shown\n",
			      BO_CONF_ERRORS_MAX);
		return;
	}
	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	assert(len >= 0);
	add_header(diag, span, text);
	add_excerpt(diag, span);
	free(text);
}

/* Reader errors carry no mark, only a byte offset. */
static void reader_error(struct bo_conf_diag *diag, const yaml_parser_t *parser)
{
	struct bo_conf_span span = bo_conf_span_of_offset(diag->source, parser->problem_offset);

	if (parser->problem_value < 0)
		bo_conf_error(diag, span, "%s", parser->problem);
	else
		bo_conf_error(diag, span, "%s (0x%02x)", parser->problem,
			      (unsigned)parser->problem_value);
}

/* Points at the tab in a line's indentation, of which libyaml says confusing things. */
static bool tab_error(struct bo_conf_diag *diag, size_t number)
{
	struct line line = find_line(diag->source, number);
	const char *p = line.start;
	struct bo_conf_span span = {.line = number};

	while (p < line.end && *p == ' ')
		p++;
	if (p == line.end || *p != '\t')
		return false;
	span.column = (size_t)(p - line.start);
	span.end_column = span.column + 1;
	bo_conf_error(diag, span, "a tab in the indentation; YAML wants spaces");
	return true;
}

void bo_conf_parser_error(struct bo_conf_diag *diag, const yaml_parser_t *parser)
{
	yaml_mark_t mark = parser->problem_mark;
	struct bo_conf_span span = bo_conf_span_of_marks(mark, mark);
	const char *problem = parser->problem ? parser->problem : "out of memory";

	if (parser->error == YAML_READER_ERROR)
		reader_error(diag, parser);
	else if (tab_error(diag, mark.line))
		return;
	else if (parser->context && parser->context_mark.line != mark.line)
		bo_conf_error(diag, span, "%s %s (begun on line %zu)", problem, parser->context,
			      parser->context_mark.line + 1);
	else if (parser->context)
		bo_conf_error(diag, span, "%s %s", problem, parser->context);
	else
		bo_conf_error(diag, span, "%s", problem);
}
