#include "harness/engine/pulse.h"

#include "harness/engine/trial_state.h"

void pulse_begin(struct bo_trial *trial)
{
	trial->pulse = (struct bo_pulse){.offered_at = BO_NEVER};
}

static void end_gap(struct bo_pulse *pulse, bo_ns now)
{
	bo_ns gap = now - pulse->last;

	if (gap > pulse->gap)
		pulse->gap = gap;
	if (!pulse->blind && gap > pulse->heard_gap)
		pulse->heard_gap = gap;
	pulse->blind = false;
}

static void beat(struct bo_trial *trial)
{
	struct bo_pulse *pulse = &trial->pulse;
	bo_ns now = bo_loop_now(trial->loop);

	if (pulse->closed)
		return;
	if (pulse->beats++ > 0)
		end_gap(pulse, now);
	pulse->last = now;
}

void pulse_heartbeat(struct bo_trial *trial)
{
	beat(trial);
}

void pulse_sign(struct bo_trial *trial)
{
	if (trial->pulse.closed)
		return;
	trial->pulse.over_at = bo_loop_now(trial->loop);
	if (!trial->scenario->promises.heartbeat)
		beat(trial);
}

void pulse_blind(struct bo_trial *trial)
{
	trial->pulse.blind = trial->pulse.was_blind = true;
}

void pulse_offer(struct bo_trial *trial)
{
	if (trial->pulse.offered_at == BO_NEVER && !trial->pulse.closed)
		trial->pulse.offered_at = bo_loop_now(trial->loop);
}

/* Who has just answered needs no more to; who should speak by himself, or is not there, does. */
void pulse_close(struct bo_trial *trial)
{
	struct bo_pulse *pulse = &trial->pulse;
	bo_ns now = bo_loop_now(trial->loop);
	bool ready = trial->seen.ready;

	if (pulse->closed)
		return;
	pulse->closed = true;
	pulse->over = ready;
	if (!ready)
		pulse->over_at = now;
	if (pulse->beats > 0 && (!ready || trial->scenario->promises.heartbeat))
		end_gap(pulse, now);
	if (trial->scenario->promises.unavailable > 0 || trial->scenario->promises.window > 0)
		trial_note(trial, "pulse", "s:i, s:I, s:I, s:b", "beats", (int)pulse->beats, "gap",
			   (json_int_t)pulse->gap, "heard", (json_int_t)pulse->heard_gap, "blind",
			   pulse->was_blind);
}
