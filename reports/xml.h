#ifndef BO_REPORTS_XML_H
#define BO_REPORTS_XML_H

#include "harness/base/str.h"

/*
 * Bytes as XML text or attribute value, whatever they are. What XML 1.0 does not allow even as a
 * character reference (section 2.2), and what could make a reader see something else than what
 * stands there, becomes visible: an ill-formed UTF-8 byte or a control character \xNN, a bidi
 * control, an invisible or a non-character \u{NNNN}. Tab and newline count as controls, so that a
 * text cannot forge a line. A backslash stays as it is: the text may hold escaped parts already.
 *
 * Beyond BO_XML_TEXT_MAX bytes of output the text is cut, between characters, with a mark.
 */
#define BO_XML_TEXT_MAX 65536

void bo_xml_text(struct bo_buf *out, const void *data, size_t len);

#endif
