#ifndef BO_HARNESS_ENGINE_PLAN_SEAL_H
#define BO_HARNESS_ENGINE_PLAN_SEAL_H

#include <jansson.h>

#include "harness/engine/plan_file.h"

/*
 * Two hashes, SHA-256 in hexadecimal digits, tie a plan together.
 *
 * `whole` names the plan that a shard is a part of: a hash over the ids of all its trials in their
 * order, those of the other shards too. Shards that were made of one plan have it in common; on
 * hardware two censuses seldom count alike, and what was made of them is two plans.
 *
 * The seal is over everything else in the file: what a worker carries out is what was written.
 */

/* Another trial of the whole plan. */
void bo_plan_chain(struct bo_plan *plan, const char *id);

void bo_plan_seal(json_t *root);
/* -EINVAL: the file is not as it was written. */
int bo_plan_check_seal(const json_t *root, const char *path, struct bo_err *err);

#endif
