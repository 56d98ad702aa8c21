#include "drivers/openocd/ocd_reply.h"

#include <errno.h>
#include <string.h>

void bo_ocd_request(struct bo_buf *out, uint32_t seq, const char *command)
{
	char end = BO_OCD_END;

	bo_buf_printf(out, "format {" BO_OCD_REPLY_PREFIX "%u %%d %%s} [catch {%s} bo_r] $bo_r",
		      (unsigned)seq, command);
	bo_buf_add(out, &end, 1);
}

/* A cursor over bytes that need not be terminated. */
struct cursor {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->end && is_blank(*c->at))
		c->at++;
}

static bool take_text(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* The value of a digit in any base up to 16; 16 for what is none. */
static unsigned digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static bool take_number(struct cursor *c, uint64_t max, uint64_t *ret)
{
	unsigned base = take_text(c, "0x") ? 16 : 10;
	const char *begin = c->at;
	uint64_t value = 0;

	for (; c->at < c->end && digit(*c->at) < base; c->at++) {
		unsigned d = digit(*c->at);

		if (value > (max - d) / base)
			return false;
		value = value * base + d;
	}
	if (c->at == begin)
		return false;
	*ret = value;
	return true;
}

int bo_ocd_reply_parse(const char *data, size_t len, uint32_t seq, struct bo_ocd_reply *ret)
{
	struct cursor c = {data, data + len};
	uint64_t answered, code;

	if (!take_text(&c, BO_OCD_REPLY_PREFIX) || !take_number(&c, UINT32_MAX, &answered) ||
	    answered != seq || !take_text(&c, " "))
		return -EPROTO;
	bool negative = take_text(&c, "-");

	if (!take_number(&c, INT32_MAX, &code) || !take_text(&c, " "))
		return -EPROTO;
	*ret = (struct bo_ocd_reply){.code = negative ? -(int64_t)code : (int64_t)code,
				     .text = c.at,
				     .len = (size_t)(c.end - c.at)};
	return 0;
}

int bo_ocd_reply_count(const struct bo_ocd_reply *reply, const char *verb, uint64_t *ret)
{
	struct cursor c = {reply->text, reply->text + reply->len};

	for (; c.at < c.end; c.at++) {
		struct cursor here = c;
		uint64_t count;

		if (take_text(&here, verb) && take_text(&here, " ") &&
		    take_number(&here, UINT32_MAX, &count) && take_text(&here, " bytes")) {
			*ret = count;
			return 0;
		}
	}
	return -EPROTO;
}

int bo_ocd_reply_words(const struct bo_ocd_reply *reply, uint32_t *ret, size_t count)
{
	struct cursor c = {reply->text, reply->text + reply->len};
	struct cursor check = c;
	uint64_t value;

	/* Twice, so that a list that turns out wrong has not been written. */
	for (size_t i = 0; i < count; i++) {
		skip_blanks(&check);
		if (!take_number(&check, UINT32_MAX, &value) ||
		    (check.at < check.end && !is_blank(*check.at)))
			return -EPROTO;
	}
	skip_blanks(&check);
	if (check.at != check.end)
		return -EPROTO;
	for (size_t i = 0; i < count; i++) {
		skip_blanks(&c);
		take_number(&c, UINT32_MAX, &value);
		ret[i] = (uint32_t)value;
	}
	return 0;
}

bool bo_ocd_reply_is(const struct bo_ocd_reply *reply, const char *text)
{
	struct cursor c = {reply->text, reply->text + reply->len};

	skip_blanks(&c);
	if (!take_text(&c, text))
		return false;
	skip_blanks(&c);
	return c.at == c.end;
}

static bool is_plain(unsigned char c)
{
	return digit((char)c) < 10 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c >= 0x80 || (c && strchr("_-./:=+,@%", c));
}

int bo_ocd_quote(struct bo_buf *out, const char *word)
{
	for (const char *at = word; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7F)
			return -EINVAL;
	if (!*word)
		bo_buf_add(out, "{}", 2);
	for (; *word; word++) {
		if (!is_plain((unsigned char)*word))
			bo_buf_add(out, "\\", 1);
		bo_buf_add(out, word, 1);
	}
	return 0;
}
