#include "reports/xml.h"

#include <string.h>

static const struct {
	char plain;
	const char *xml;
} entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

/* Code points that are shown by number: Unicode 15, general categories Cc and Cf, line and
 * paragraph separator, surrogates, non-characters of the basic plane. Those of the other planes
 * follow a rule, see is_hidden(). */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{0x00, 0x1F},	  {0x7F, 0x9F},	    {0xAD, 0xAD},	{0x600, 0x605},	  {0x61C, 0x61C},
	{0x6DD, 0x6DD},	  {0x70F, 0x70F},   {0x890, 0x891},	{0x8E2, 0x8E2},	  {0x180E, 0x180E},
	{0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},	{0xD800, 0xDFFF}, {0xFDD0, 0xFDEF},
	{0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE0FFF},
};

static bool is_hidden(uint32_t code)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return true;
	return (code & 0xFFFE) == 0xFFFE;
}

/* UTF-8 by its length (RFC 3629, section 3): lead byte under `mask`, the code's lowest value. */
static const struct {
	unsigned char mask, lead;
	uint32_t least;
} forms[] = {{0x80, 0x00, 0}, {0xE0, 0xC0, 0x80}, {0xF0, 0xE0, 0x800}, {0xF8, 0xF0, 0x10000}};

/* Length of the character at `byte`; 0 when it is ill-formed. */
static size_t decode(const unsigned char *byte, size_t len, uint32_t *ret_code)
{
	for (size_t n = 0; n < sizeof(forms) / sizeof(forms[0]) && n < len; n++) {
		if ((byte[0] & forms[n].mask) != forms[n].lead)
			continue;
		uint32_t code = byte[0] & (unsigned char)~forms[n].mask;

		for (size_t i = 1; i <= n; i++) {
			if ((byte[i] & 0xC0) != 0x80)
				return 0;
			code = code << 6 | (byte[i] & 0x3F);
		}
		*ret_code = code;
		return code < forms[n].least || code > 0x10FFFF ? 0 : n + 1;
	}
	return 0;
}

static const char *entity(uint32_t code)
{
	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (code == (unsigned char)entities[i].plain)
			return entities[i].xml;
	return NULL;
}

/* One character, or one byte of what is none; returns how many bytes it took. */
static size_t put(struct bo_buf *out, const unsigned char *byte, size_t len)
{
	uint32_t code = 0;
	size_t n = decode(byte, len, &code);
	const char *xml = n > 0 ? entity(code) : NULL;

	if (n == 0 || (code < 0x100 && is_hidden(code))) {
		bo_buf_printf(out, "\\x%02x", n == 0 ? byte[0] : code);
		return n == 0 ? 1 : n;
	}
	if (is_hidden(code))
		bo_buf_printf(out, "\\u{%04X}", code);
	else if (xml)
		bo_buf_add(out, xml, strlen(xml));
	else
		bo_buf_add(out, byte, n);
	return n;
}

void bo_xml_text(struct bo_buf *out, const void *data, size_t len)
{
	static const char cut[] = " [cut]";
	const unsigned char *byte = data;
	size_t began = out->len;

	bo_buf_add(out, NULL, 0);
	for (size_t at = 0; at < len;) {
		/* the longest form of one character has 10 bytes: \u{10FFFF} */
		if (out->len - began > BO_XML_TEXT_MAX - 10 - sizeof(cut)) {
			bo_buf_add(out, cut, sizeof(cut) - 1);
			return;
		}
		at += put(out, byte + at, len - at);
	}
}
