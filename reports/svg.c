#include "reports/svg.h"

#include <string.h>

#include "harness/model/verdict.h"
#include "reports/xml.h"

#define FONT "DejaVu Sans, Verdana, sans-serif"
#define INK  "#222222"

void bo_svg_begin(struct bo_buf *out, int width, int height)
{
	bo_buf_printf(out,
		      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		      "viewBox=\"0 0 %d %d\" font-family=\"" FONT "\">\n",
		      width, height, width, height);
	bo_svg_rect(out, 0, 0, width, height, "#ffffff");
}

void bo_svg_end(struct bo_buf *out)
{
	bo_buf_printf(out, "</svg>\n");
}

void bo_svg_rect(struct bo_buf *out, int x, int y, int width, int height, const char *colour)
{
	bo_buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n", x,
		      y, width, height, colour);
}

void bo_svg_text(struct bo_buf *out, int x, int y, int size, enum bo_svg_anchor anchor,
		 const char *text)
{
	static const char *const anchors[] = {"start", "middle", "end"};

	bo_buf_printf(out,
		      "<text x=\"%d\" y=\"%d\" font-size=\"%d\" text-anchor=\"%s\" fill=\"" INK
		      "\">",
		      x, y, size, anchors[anchor]);
	bo_xml_text(out, text, strlen(text));
	bo_buf_printf(out, "</text>\n");
}

void bo_svg_line(struct bo_buf *out, int x1, int y1, int x2, int y2, const char *colour)
{
	bo_buf_printf(out,
		      "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\" "
		      "stroke-width=\"1\"/>\n",
		      x1, y1, x2, y2, colour);
}

void bo_svg_bow(struct bo_buf *out, int x1, int y1, int x2, int y2, int width, const char *colour)
{
	int half = (x2 - x1) / 2;
	int out_of = x1 == x2 ? x1 + 60 : x1 + half, into = x1 == x2 ? x2 + 60 : x2 - half;

	bo_buf_printf(out,
		      "<path d=\"M %d %d C %d %d %d %d %d %d\" fill=\"none\" stroke=\"%s\" "
		      "stroke-width=\"%d\"/>\n",
		      x1, y1, out_of, y1, into, y2, x2, y2, colour, width);
}

/* Told apart by people who do not tell red from green: bad ones are dark. */
const char *bo_svg_outcome_colour(const char *outcome)
{
	static const char *const colours[BO_OUTCOME_COUNT] = {
		[BO_OUTCOME_WRONG_IMAGE] = "#4a0d0d",	[BO_OUTCOME_BRICKED] = "#b3202a",
		[BO_OUTCOME_UNRESOLVED] = "#6b6b6b",	[BO_OUTCOME_BOOT_LOOP] = "#7b3294",
		[BO_OUTCOME_RECOVERY_MODE] = "#d07a1f", [BO_OUTCOME_DEGRADED] = "#c9a227",
		[BO_OUTCOME_REFUSED] = "#e8cf7a",	[BO_OUTCOME_ROLLED_BACK] = "#5b8db8",
		[BO_OUTCOME_KEPT_OLD] = "#a6cbe3",	[BO_OUTCOME_UPDATED] = "#5aae83",
	};
	int index = bo_outcome_parse(outcome);

	return index > 0 && colours[index] ? colours[index] : "#bbbbbb";
}
