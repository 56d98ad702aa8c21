#ifndef BO_HARNESS_ENGINE_STEPS_H
#define BO_HARNESS_ENGINE_STEPS_H

#include "harness/engine/trial_state.h"

/*
 * What a trial does with its target, step by step. A kind of step is a row of model/step.c (its
 * name and keys) and one of the table in steps.c: a function that does it.
 *
 * It returns enum bo_step, or -errno when the rig failed. Whatever else but BO_STEP_OK it returns,
 * steps_blame() says what was expected and what came: a finding, unless a fault of the schedule
 * struck meanwhile. An update needs no blame: it is judged by what it led to. A step that ends with
 * a target that is about to boot is waited for.
 */

/*
 * Does them in order. A fault that interrupts a step ends it, and when the target is back the next
 * one begins; but from a `boot` that did not happen nothing goes on, and neither does it from a
 * step that failed. Returns how the last one ended, or -errno.
 */
int steps_drive(struct bo_trial *trial, const struct bo_conf_list *steps, struct bo_err *err);

/* The probe has done what the steps do up to the installation (`stage: probe`): the first boot is
 * that one. */
bool steps_are_staged(const struct bo_trial *trial);

/* Why the step that runs fails; only the first such reason of a trial is kept. */
void steps_blame(struct bo_trial *trial, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds the patterns that steps wait for; false when there are too many. */
bool steps_listen(struct bo_trial *trial);

/* ---- step_update.c ---- */
int step_update(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);
/* What an update procedure does once the target is back: confirm the new image, or, when it is not
 * to be confirmed, give the target the boot at which it rolls back. */
int update_settle(struct bo_trial *trial, struct bo_err *err);

/* ---- step_power.c: steps that make the target boot ---- */
int step_power(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);
int step_reset(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);
int step_flash(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);

/* ---- step_talk.c: steps that ask the target ---- */
int step_send(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);
int step_expect(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);
int step_query(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);

/* ---- step_exec.c: a program of the user's own ---- */
int step_exec(struct bo_trial *trial, const struct bo_scenario_step *keys, struct bo_err *err);

#endif
