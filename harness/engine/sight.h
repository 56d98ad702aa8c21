#ifndef BO_HARNESS_ENGINE_SIGHT_H
#define BO_HARNESS_ENGINE_SIGHT_H

#include "harness/engine/rack.h"
#include "harness/model/scenario.h"
#include "harness/model/target.h"

/*
 * Who could see it: which witness each fault, each fault point and each promise needs, and whether
 * a bench with its target class has that witness. One table, used by `plan`, `run` and `rack show`,
 * and for the ladder in scenarios/README.md.
 *
 * What needs a witness that the bench lacks could only end inconclusive, and is refused before it
 * costs anything. Where a witness is there and may still see nothing (a console that is away for a
 * while), only the trial can tell.
 */

/* Complains of what a scenario asks that nobody could judge here: -EINVAL, a line each, with the
 * promise or fault, the witness, and what to do about it. */
int bo_sight_check(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const struct bo_scenario *scenario, struct bo_buf *report);

/* All that a scenario asks, with its witnesses: comment lines ("# ..."). */
void bo_sight_list(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const struct bo_scenario *scenario, struct bo_buf *out);

/* Which promises a bench can judge and which not, and for want of what: two kinds of lines, each
 * begun with `indent`. `target` NULL: one that tells everything. */
void bo_sight_show(const struct bo_rack_bench *bench, const struct bo_target *target,
		   const char *indent, struct bo_buf *out);

/* From a board that only answers to one that is wired completely: what can be promised on each
 * rung, as a table in Markdown. */
void bo_sight_ladder(struct bo_buf *out);

#endif
