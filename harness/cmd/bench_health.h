#ifndef BO_HARNESS_CMD_BENCH_HEALTH_H
#define BO_HARNESS_CMD_BENCH_HEALTH_H

#include "harness/cmd/cmd.h"
#include "harness/engine/health.h"
#include "harness/engine/plan_file.h"

/* The benches' records (harness/engine/health.h) as runs and people use them. Benches on the
 * virtual clock have none, and are always healthy. What changes is said on stderr; a record that
 * cannot be written is said, and the run goes on. */

/* A worker ended a trial, or died of it. The bench's health from then on. */
enum bo_health cmd_health_note_trial(const char *rack, const struct bo_rack_bench *bench,
				     const struct bo_plan *plan, size_t index);
enum bo_health cmd_health_note_death(const char *rack, const struct bo_rack_bench *bench,
				     const char *why);

/* Before a run: BO_EXIT_NO_VERDICT with a message when one of its benches is quarantined, unless
 * the user knows. */
int cmd_health_refuse(const struct cmd_bench *chosen);
/* For --any: whether the bench may be given; if not, that is said. */
bool cmd_health_gives(const char *rack, const struct bo_rack_bench *bench);
/* One line below a bench, where there is something to say; `indent` blanks in front. */
void cmd_health_show(const char *rack, const struct bo_rack_bench *bench);

/* The worst jitter of these benches (health.h), rounded up to 1, 2 or 5 times a power of ten so
 * that ids stay readable; 0 when none is known. */
int64_t cmd_health_jitter_ns(const struct cmd_bench *chosen);

#endif
