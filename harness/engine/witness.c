#include "harness/model/witness.h"

#include <errno.h>

#include "harness/engine/trial_state.h"

/*
 * The proof that power was really off. A cut is believed when at least one of the witnesses that
 * the bench relies on says yes, and none says no. Others can only say no: a target that goes on
 * talking although its rail must have drained, or runs on afterwards without a boot; and an adapter
 * that reads back another level (the drivers see to that). Only the first boot after the cut speaks
 * for it.
 */
#define WEAK (1u << BO_WITNESS_UNSCHEDULED_BOOT)

bool witness_is_relied_on(const struct bo_trial *trial, enum bo_witness witness)
{
	unsigned named = trial->bench->conf->off_proof;

	return ((named ? named : ~WEAK) >> witness) & 1u;
}

static void testify(struct bo_trial *trial, struct bo_cut *cut, const char *name, bool says_off)
{
	if (says_off)
		cut->witnessed = true;
	else if (!cut->denied_by)
		cut->denied_by = name;
	trial_note(trial, "proof", "s:s, s:b", "witness", name, "says", says_off);
}

static int ask_rail(struct bo_trial *trial, struct bo_cut *cut, struct bo_err *err)
{
	bool live;
	int rc = bo_power_sense(trial->bench->power, &live, err);

	if (rc == -EOPNOTSUPP)
		return 0;
	if (rc < 0)
		return bo_err_wrap(err, "sense input");
	testify(trial, cut, bo_witness_names[BO_WITNESS_SENSE], !live);
	return 0;
}

int witness_power_off(struct bo_trial *trial, struct bo_cut *cut, struct bo_err *err)
{
	return witness_is_relied_on(trial, BO_WITNESS_SENSE) ? ask_rail(trial, cut, err) : 0;
}

void witness_hear_bytes(struct bo_trial *trial, bo_ns at)
{
	struct bo_cut *cut = &trial->cut;

	if (!cut->fault || cut->talked || at <= cut->at + trial->bench->outputs.drain_ns)
		return;
	cut->talked = true;
	testify(trial, cut, "the target talked while power was off", false);
}

/* RAM may outlive a real power-off, and nobody promised anything else unless the bench's owner did:
 * by itself it can say yes only. */
static bool may_deny(const struct bo_trial *trial, enum bo_witness witness)
{
	return witness != BO_WITNESS_RAM_CANARY || trial->bench->conf->off_proof;
}

bool witness_is_power_on(const struct bo_trial *trial, const char *cause)
{
	return cause && bo_conf_list_has(&trial->target->power_causes, cause);
}

static void hear_value(struct bo_trial *trial, enum bo_witness witness,
		       const struct bo_conf_list *proof, const char *value)
{
	if (!witness_is_relied_on(trial, witness) || !value || proof->count == 0)
		return;
	bool says_off = bo_conf_list_has(proof, value);

	if (says_off || may_deny(trial, witness))
		testify(trial, &trial->unproven, bo_witness_names[witness], says_off);
}

/* A reset that was asked for is no loss of power. Whoever calls it one would call anything one. */
static void check_honesty(struct bo_trial *trial, const char *cause)
{
	if (trial->cut.fault || trial->broken.code ||
	    !witness_is_relied_on(trial, BO_WITNESS_RESET_CAUSE) ||
	    !witness_is_power_on(trial, cause))
		return;
	bo_err_set(&trial->broken, -EIO,
		   "the target calls a reset that it was asked for a power-on (%.40s): its reset "
		   "cause is no witness",
		   cause);
}

void witness_hear_boot(struct bo_trial *trial, const char *cause, const char *ram, bool ordered)
{
	if (!trial->unproven.fault) {
		if (ordered)
			check_honesty(trial, cause);
		return;
	}
	/* Perhaps the first boot after the cut, perhaps not: then only a yes counts. */
	if (trial->unheard && !(cause && bo_conf_list_has(&trial->target->power_causes, cause))) {
		witness_miss_boot(trial);
		return;
	}
	hear_value(trial, BO_WITNESS_RESET_CAUSE, &trial->target->power_causes, cause);
	hear_value(trial, BO_WITNESS_RAM_CANARY, &trial->target->ram_lost, ram);
	if (witness_is_relied_on(trial, BO_WITNESS_UNSCHEDULED_BOOT) &&
	    !trial->unproven.boot_was_due)
		testify(trial, &trial->unproven, bo_witness_names[BO_WITNESS_UNSCHEDULED_BOOT],
			true);
	witness_close(trial);
}

/* Boots announce themselves, on the same line, before applications do. */
void witness_hear_ready(struct bo_trial *trial)
{
	if (!trial->unproven.fault || !trial->target->console.boot)
		return;
	testify(trial, &trial->unproven, "the target went on without a boot", false);
	witness_close(trial);
}

void witness_miss_boot(struct bo_trial *trial)
{
	const struct bo_cut *cut = &trial->unproven;

	if (cut->fault && !cut->witnessed && !cut->denied_by && !trial->proof_gap)
		trial->proof_gap = "the console was away during the first boot after it";
	witness_close(trial);
}

void witness_close(struct bo_trial *trial)
{
	if (!trial->unproven.fault)
		return;
	if (trial->unproven.witnessed && !trial->unproven.denied_by)
		trial->proven++;
	else if (!trial->proof_gap)
		trial->proof_gap = trial->unproven.denied_by ? trial->unproven.denied_by
							     : "nobody saw power go away";
	trial->unproven = (struct bo_cut){0};
}
