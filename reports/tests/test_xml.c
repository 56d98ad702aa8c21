#include <criterion/criterion.h>
#include <string.h>

#include "reports/xml.h"

#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))
#define BYTES(string) string, sizeof(string) - 1

Test(xml, bytes_become_inert_text)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *text;
	} cases[] = {
		{BYTES(""), ""},
		{BYTES("version 1.2.3"), "version 1.2.3"},
		{BYTES("a]]>b"), "a]]&gt;b"},
		{BYTES("<script>alert('1')</script>"),
		 "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"},
		{BYTES("\"&amp;\""), "&quot;&amp;amp;&quot;"},
		{BYTES("a\0b"), "a\\x00b"},
		{BYTES("\x1b[2J"), "\\x1b[2J"},
		{BYTES("\t\r\n\x7f"), "\\x09\\x0d\\x0a\\x7f"},
		{BYTES("\\x1b"), "\\x1b"},
		/* UTF-8: what can be seen stays */
		{BYTES("Grö\xc3\x9f"
		       "e \xe2\x82\xac \xf0\x9f\x94\x8c"),
		 "Grö\xc3\x9f"
		 "e \xe2\x82\xac \xf0\x9f\x94\x8c"},
		{BYTES("\xc2\x9b"), "\\x9b"},
		{BYTES("\xc2\xad"), "\\xad"},
		{BYTES("\xe2\x80\xae"), "\\u{202E}"},
		{BYTES("\xe2\x81\xa6"), "\\u{2066}"},
		{BYTES("\xd8\x9c"), "\\u{061C}"},
		{BYTES("\xef\xbb\xbf"), "\\u{FEFF}"},
		{BYTES("\xef\xbf\xbe\xef\xbf\xbf"), "\\u{FFFE}\\u{FFFF}"},
		{BYTES("\xf4\x8f\xbf\xbf"), "\\u{10FFFF}"},
		{BYTES("\xf3\xa0\x81\x81"), "\\u{E0041}"},
		/* ill-formed: each byte for itself */
		{BYTES("\xff\xfe"), "\\xff\\xfe"},
		{BYTES("\x80"), "\\x80"},
		{BYTES("\xc3"), "\\xc3"},
		{BYTES("\xc3("), "\\xc3("},
		{BYTES("\xe2\x82"), "\\xe2\\x82"},
		{BYTES("\xc0\xbc"), "\\xc0\\xbc"},
		{BYTES("\xe0\x80\xbc"), "\\xe0\\x80\\xbc"},
		{BYTES("\xf0\x80\x80\xbc"), "\\xf0\\x80\\x80\\xbc"},
		{BYTES("\xed\xa0\x80"), "\\u{D800}"},
		{BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"},
		{BYTES("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf out = {0};

		bo_xml_text(&out, cases[i].bytes, cases[i].len);
		cr_expect_str_eq(out.data, cases[i].text, "case %zu: %s", i, out.data);
		bo_buf_done(&out);
	}
}

Test(xml, a_long_text_is_cut_between_characters)
{
	static const char *const units[] = {"a", "&", "\xe2\x82\xac", "\xe2\x80\xae", "\x1b"};

	for (size_t i = 0; i < COUNT(units); i++) {
		struct bo_buf in = {0}, once = {0}, out = {0};

		while (in.len < 2 * BO_XML_TEXT_MAX)
			bo_buf_add(&in, units[i], strlen(units[i]));
		bo_xml_text(&once, units[i], strlen(units[i]));
		bo_buf_printf(&out, "before");
		bo_xml_text(&out, in.data, in.len);
		size_t mark = out.len - strlen(" [cut]");

		cr_expect_leq(out.len, strlen("before") + BO_XML_TEXT_MAX);
		cr_expect_geq(out.len, BO_XML_TEXT_MAX - 32);
		cr_expect_str_eq(out.data + mark, " [cut]");
		cr_expect_eq((mark - strlen("before")) % once.len, 0, "unit %zu", i);
		bo_buf_done(&in);
		bo_buf_done(&once);
		bo_buf_done(&out);
	}
}
