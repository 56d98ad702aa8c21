#ifndef BO_REPORTS_EXPLORATION_H
#define BO_REPORTS_EXPLORATION_H

#include <jansson.h>

#include "harness/base/str.h"

/*
 * Pictures of an exploration: SVG = render(explore.json). Pure: the same record gives the same
 * bytes. Of the record they use, beside the scalars at its top:
 *
 *   first_boot  {operations, outcome,
 *                writes: {RANGE: [[FIRST, LAST], ...]},       operations that work on the range
 *                cuts: {TEAR: [[FIRST, OUTCOME], ...]}}       from FIRST on the next boot ends so;
 *                                                             null: nobody has tried. The next
 *                                                             boot finds what power-on leaves
 *   graph       {nodes: [{cuts, where, outcome, classes}], edges: [[FROM, TO, WAYS], ...]}
 *   findings    [{outcome, stuck, cuts, id, schedule: [BOOT, ...]}]
 *   BOOT        {operations, outcome} or {operations, cut_at, leaves, where, then_ram, then_cause}
 *
 * A record that lacks them, or has nonsense there, gives a picture that shows less.
 */

/* What a cut at each operation of the first boot leads to, below what that boot writes. */
void bo_exploration_outcomes(const json_t *record, struct bo_buf *out);
/* The classes, gathered by how many cuts lead to them, where the last one struck, and how the boot
 * ends; and which lead to which. */
void bo_exploration_classes(const json_t *record, struct bo_buf *out);
/* Finding `index`, boot by boot. */
void bo_exploration_finding(const json_t *record, size_t index, struct bo_buf *out);

#endif
