#ifndef BO_HARNESS_ENGINE_ACTS_H
#define BO_HARNESS_ENGINE_ACTS_H

#include "harness/engine/trial_state.h"

/*
 * What faults do. An action is a row that names its actor's function; an actor is a row of what it
 * needs at the turns of a trial. The trial itself knows of no action: whoever adds one (of the
 * network, of a server) adds an enum bo_action with its row in model/action.c, and rows here.
 *
 * Its function is called by the injector at the very moment, from the loop, and must not wait:
 * it calls trial_fault_done() when the act was done (later, if it takes time), and
 * trial_fault_proven() once something shows that it did what it was meant to do; what is wrong with
 * the rig goes into trial->broken.
 */

/* Before the schedule is armed. `census`: there are no faults, and points are counted. */
int acts_open(struct bo_trial *trial, bool census, struct bo_err *err);
/* The injector's act. */
void acts_strike(void *ctx, const struct bo_fault *fault, bo_ns due);
/* Whether the way to the target may be disturbed now, so that silence says nothing about it. */
bool acts_disturb(const struct bo_trial *trial);
/* The update procedure is over: all ways are whole again, and known to be, and no fault of theirs
 * fires any more. May turn the loop; what goes wrong is in trial->broken. */
void acts_heal(struct bo_trial *trial);
/* Power goes: what waited for an answer of the target has had its time. */
void acts_power_off(struct bo_trial *trial);
/* However the trial ended: everything is let go. */
void acts_close(struct bo_trial *trial);

#endif
