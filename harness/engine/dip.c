#include <assert.h>

#include "harness/engine/trial_state.h"

/*
 * Dips of the schedule. A dip is a waveform of the adapter's, so its edges are as exact as that
 * one's clock, and proven where they were read back at its output. Whether the target noticed is
 * not a matter of proof: riding through a dip is what a good supply is for. What it made of it is
 * journalled as it says so: by a boot that nothing else explains, or not at all.
 */

static void make_wave(const struct bo_fault *fault, struct bo_wave *ret)
{
	*ret = (struct bo_wave){.count = 2 * (size_t)fault->times - 1};
	_Static_assert(2 * BO_DIPS_MAX - 1 <= BO_WAVE_STEPS_MAX, "a train fits a waveform");
	for (size_t i = 0; i < ret->count; i++)
		ret->step_ns[i] = i % 2 == 0 ? fault->off_ns : fault->every_ns - fault->off_ns;
}

int dip_prepare(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_schedule *schedule = &trial->args->schedule;
	struct bo_wave wave;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < schedule->count; i++) {
		if (schedule->fault[i].action != BO_ACTION_DIP)
			continue;
		make_wave(&schedule->fault[i], &wave);
		rc = bo_power_play(trial->bench->power, &wave, NULL, err);
	}
	return rc < 0 ? bo_err_wrap(err, "dip") : 0;
}

static json_t *edges_of(const struct bo_wave *wave, const struct bo_wave_played *played)
{
	json_t *edges = json_array();
	bo_ns at = 0;

	for (size_t i = 0; i <= wave->count; i++) {
		int rc = json_array_append_new(edges, json_integer(at));

		assert(rc == 0);
		at += i < wave->count ? played->step_ns[i] : 0;
	}
	return edges;
}

static void note(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due,
		 const struct bo_wave *wave, const struct bo_wave_played *played)
{
	struct bo_buf text = {0};

	bo_fault_format(fault, &text);
	trial_note(trial, "fault", "s:s, s:I, s:I, s:I, s:o, s:i", "fault", text.data, "due",
		   trial_time(trial, due), "done", trial_time(trial, played->at), "lag",
		   played->at - due, "edges", edges_of(wave, played), "seen", (int)played->seen);
	bo_buf_done(&text);
	trial_note(trial, "proof", "s:s, s:b", "witness", "edges", "says",
		   played->seen == fault->times);
}

void dip_play(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	struct bo_wave_played played;
	struct bo_err err = {0};
	struct bo_wave wave;

	dip_close(trial);
	make_wave(fault, &wave);
	if (bo_power_play(trial->bench->power, &wave, &played, &err) < 0) {
		(void)bo_err_wrap(&err, "dip");
		trial->broken = err;
		return;
	}
	trial->fired++;
	if (played.at - due > trial->worst_lag)
		trial->worst_lag = played.at - due;
	if (played.seen == fault->times)
		trial->proven++;
	else if (!trial->proof_gap)
		trial->proof_gap = "the switch's own output did not follow the dip";
	trial->dip.open = true;
	trial->dip.felt = false;
	note(trial, fault, due, &wave, &played);
}

bool dip_hear_boot(struct bo_trial *trial, const char *cause)
{
	if (!trial->dip.open)
		return false;
	/* one that was asked for, unless the target says that it was none */
	if (trial->reset_asked && !witness_is_power_on(trial, cause)) {
		dip_close(trial);
		return false;
	}
	trial->dip.open = false;
	trial->dip.felt = true;
	trial->seen.ready = false;
	trial->came_back = "after the dip";
	trial_note(trial, "dip", "s:s, s:s", "target", "reset", "cause", cause ? cause : "");
	return true;
}

void dip_close(struct bo_trial *trial)
{
	if (trial->dip.open)
		trial_note(trial, "dip", "s:s", "target", "no reset seen");
	trial->dip.open = false;
}
