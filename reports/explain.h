#ifndef BO_REPORTS_EXPLAIN_H
#define BO_REPORTS_EXPLAIN_H

#include "reports/reading.h"

/*
 * One trial in ten lines: what was tried and promised, what was seen and by which witnesses, why
 * that is the device's doing and not the rig's (or why nobody can tell), and what to do next. Text
 * = render(the trial's journal), with everything a target said escaped.
 */
struct bo_explain;

struct bo_explain *bo_explain_new(void);
void bo_explain_free(struct bo_explain *explain);
/* For bo_read_journal(); of several trials the last one counts. */
struct bo_reader bo_explain_reader(struct bo_explain *explain);

/* `program` is what is typed in front of a command, "brownout". */
void bo_explain_render(const struct bo_explain *explain, const char *program, struct bo_buf *out);

#endif
