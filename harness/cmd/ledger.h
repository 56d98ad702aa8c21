#ifndef BO_HARNESS_CMD_LEDGER_H
#define BO_HARNESS_CMD_LEDGER_H

#include "harness/engine/plan_file.h"

/*
 * RUNDIR/ledger.jsonl: which bench carried out which trial, and when. The journal says what
 * happened and must not depend on it. One JSON object a line: id, repeat, bench, when. A line that
 * cannot be written is reported, and the run goes on.
 */
void cmd_ledger_note(const struct bo_plan *plan, size_t index, const char *bench);

/*
 * A signal ended the run: how long after it a bench was in its safe state and its trial's journal
 * closed, which is when its worker has ended; and, `bench` NULL, when the run's journal was.
 * Members: signal, bench, after_ns.
 */
void cmd_ledger_note_end(const struct bo_plan *plan, const char *bench, int signal, bo_ns after_ns);

#endif
