#ifndef BO_HARNESS_ENGINE_WIRING_H
#define BO_HARNESS_ENGINE_WIRING_H

#include "harness/engine/bench.h"

/*
 * Whether power, probe and console of a bench lead to the same board: what the switch takes power
 * from must fall silent for the others. The probe reaches its target with power on, and nobody
 * without; the console says nothing while the probe holds the target and while power is off.
 *
 * Nothing is written. Where an isolator parts the probe from an unpowered board, that the probe
 * reaches nobody then proves less, and is no mistake. Leaves power off.
 *
 * -EXDEV: somebody else answers, with a message that says which cable to look at; or what a driver
 * said. What may only be slow is looked at again, with power off for longer, before it is told.
 */
int bo_wiring_check(struct bo_bench *bench, struct bo_err *err);

#endif
