#include <errno.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/*
 * A console that dies with the target is deaf from the cut until it was found again, and whatever
 * booted meanwhile has spoken to nobody. The window is measured and journalled; an application that
 * was not heard is asked by the update protocol who it is. What only a listener could have known,
 * nobody knows: see bo_observed.unheard and witness_miss_boot().
 */
static bo_ns later(bo_ns a, bo_ns b)
{
	return a > b ? a : b;
}

static void go_blind(struct bo_trial *trial, bo_ns at)
{
	if (trial->blind.now)
		return;
	trial->blind.now = true;
	pulse_blind(trial);
	trial->blind.since = at;
	trial->blind.live_since = trial->powered ? at : BO_NEVER;
}

void blind_open(struct bo_trial *trial)
{
	if (trial->bench->console->vanishes && trial->bench->console->away.code)
		go_blind(trial, bo_loop_now(trial->loop));
}

void blind_power(struct bo_trial *trial, bool on, bo_ns at)
{
	trial->powered = on;
	if (!trial->bench->console || !trial->bench->console->vanishes)
		return;
	if (!on)
		go_blind(trial, at);
	else if (trial->blind.now && trial->blind.live_since == BO_NEVER)
		trial->blind.live_since = at;
	trial->unheard = trial->unheard || (on && trial->blind.now);
}

/* What runs after this may be another boot: with USB of its own a target drops it when it resets.
 */
void blind_lost(struct bo_trial *trial, bo_ns at, const struct bo_err *why)
{
	trial_note(trial, "console", "s:s, s:s, s:b", "state", "lost", "why", bo_err_text(why),
		   "powered", trial->powered);
	bo_listener_break_line(&trial->listener);
	go_blind(trial, at);
	if (!trial->powered)
		return;
	trial->seen.ready = false;
	trial->unheard = true;
}

void blind_back(struct bo_trial *trial, bo_ns at, const char *port)
{
	struct bo_blind *blind = &trial->blind;
	bo_ns unheard = blind->live_since == BO_NEVER ? 0 : later(at - blind->live_since, 0);

	trial_note(trial, "console", "s:s, s:s, s:I, s:I", "state", "back", "port", port, "blind",
		   (json_int_t)(blind->now ? later(at - blind->since, 0) : 0), "unheard",
		   (json_int_t)unheard);
	if (blind->now && trial->update_ordered && blind->live_since != BO_NEVER)
		trial->seen.unheard = true;
	*blind = (struct bo_blind){.asking = blind->asking};
}

/* ---- who is there? ---- */

static bool is_ready_or_can_be_asked(struct bo_trial *trial)
{
	return trial->seen.ready || (trial->unheard && !trial->bench->console->away.code);
}

void blind_answered(struct bo_trial *trial)
{
	if (trial->blind.asking)
		session_drop(trial);
}

static const struct bo_update_slot *active_slot(const struct bo_trial *trial)
{
	const struct bo_update_slot *slot = trial->update->state.slot;

	for (int i = 0; i < 2; i++)
		if (slot[i].present && slot[i].active)
			return &slot[i];
	return NULL;
}

/* A boot loader may answer as well: it has nothing active. */
static int ask(struct bo_trial *trial, bo_ns deadline, struct bo_err *err)
{
	trial->blind.asking = true;
	int step = session_job(trial, BO_JOB_QUERY, deadline, err);

	trial->blind.asking = false;
	if (step != BO_STEP_OK || trial->seen.ready)
		return step;
	const struct bo_update_slot *slot = active_slot(trial);

	if (!slot) {
		trial->seen.waits_for_image = trial->dead = true;
		trial_note(trial, "recovery", "s:s", "text", "asked: no image is active");
		return BO_STEP_DEAD;
	}
	witness_miss_boot(trial);
	hearing_know_ready(trial, slot->version, true);
	return BO_STEP_OK;
}

/* What did not come back although it has power is said once: it is the target's silence. */
static void note_absence(struct bo_trial *trial)
{
	const struct bo_console *console = trial->bench->console;

	if (console->away.code)
		trial_note(trial, "console", "s:s, s:s, s:I", "state", "away", "why",
			   bo_err_text(&console->away), "blind",
			   (json_int_t)(bo_loop_now(trial->loop) - trial->blind.since));
}

int blind_wait_ready(struct bo_trial *trial, bo_ns patience, struct bo_err *err)
{
	bo_ns deadline = bo_loop_now(trial->loop) + patience + trial->bench->console->returns_ns;
	int step;

	do {
		step = trial_wait(trial, is_ready_or_can_be_asked, deadline, err);
		if (step == BO_STEP_OK && !trial->seen.ready)
			step = ask(trial, deadline, err);
	} while ((step == BO_STEP_SILENT || step == BO_STEP_REFUSED) && !trial->seen.ready &&
		 bo_loop_now(trial->loop) < deadline);
	if (trial->seen.ready && step >= 0 && step != BO_STEP_FAULT)
		step = BO_STEP_OK;
	if (step == BO_STEP_SILENT || step == BO_STEP_REFUSED)
		step = BO_STEP_TIMEOUT;
	if (step == BO_STEP_TIMEOUT)
		note_absence(trial);
	return step;
}
