#ifndef BO_HARNESS_CMD_LEDGER_H
#define BO_HARNESS_CMD_LEDGER_H

#include "harness/engine/plan_file.h"

/*
 * RUNDIR/ledger.jsonl: which bench carried out which trial, and when. The journal says what
 * happened and must not depend on it. One JSON object a line: id, repeat, bench, when. A line that
 * cannot be written is reported, and the run goes on.
 */
void cmd_ledger_note(const struct bo_plan *plan, size_t index, const char *bench);

#endif
