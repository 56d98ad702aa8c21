#ifndef BO_REPORTS_SVG_H
#define BO_REPORTS_SVG_H

#include "harness/base/str.h"

/* The few shapes that our pictures are made of. Lengths are pixels. Text of any origin is escaped.
 */

void bo_svg_begin(struct bo_buf *out, int width, int height);
void bo_svg_end(struct bo_buf *out);
void bo_svg_rect(struct bo_buf *out, int x, int y, int width, int height, const char *colour);

enum bo_svg_anchor { BO_SVG_START, BO_SVG_MIDDLE, BO_SVG_END };

/* At (x, y) stands the text's baseline. `size` is the font's. */
void bo_svg_text(struct bo_buf *out, int x, int y, int size, enum bo_svg_anchor anchor,
		 const char *text);
void bo_svg_line(struct bo_buf *out, int x1, int y1, int x2, int y2, const char *colour);
/* A bent line; from below to above itself to the right of both. */
void bo_svg_bow(struct bo_buf *out, int x1, int y1, int x2, int y2, int width, const char *colour);

/* Of an outcome's name; grey for others. */
const char *bo_svg_outcome_colour(const char *outcome);

#endif
