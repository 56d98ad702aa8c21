#ifndef BO_HARNESS_ENGINE_TRIAL_STATE_H
#define BO_HARNESS_ENGINE_TRIAL_STATE_H

#include "drivers/api/update.h"
#include "harness/engine/ear.h"
#include "harness/engine/evidence.h"
#include "harness/engine/facts.h"
#include "harness/engine/injector.h"
#include "harness/engine/link.h"
#include "harness/engine/listener.h"
#include "harness/engine/net_act.h"
#include "harness/engine/pins.h"
#include "harness/engine/pulse.h"
#include "harness/engine/trial.h"
#include "harness/engine/user_oracle.h"
#include "harness/model/journal.h"
#include "harness/model/witness.h"

/*
 * What the parts of a running trial share: supply, session, preparation, observation. Private to
 * the engine.
 */

/* Why a wait or a step ended. Errors (-errno) are the rig's; these are not errors. */
enum bo_step {
	BO_STEP_OK = 0,
	BO_STEP_FAULT,	 /* a fault of the schedule was carried out: power is off */
	BO_STEP_TIMEOUT, /* the target did not do it in time */
	BO_STEP_DEAD,	 /* the target said that nothing more will come */
	BO_STEP_REFUSED, /* the update protocol was told no */
	BO_STEP_SILENT,	 /* the update protocol was not answered */
	BO_STEP_COUNT
};

extern const char *const trial_step_names[BO_STEP_COUNT];

/* A step of the scenario that runs (steps.h). */
struct bo_step_run {
	size_t index; /* of the scenario's steps */
	const char *name;
	const struct bo_scenario_step *keys;
	unsigned fired;	   /* faults, when it began */
	uint64_t heard;	   /* bit per pattern of the listener: since the last step that acted */
	char failure[280]; /* of the first step that failed: which, what was expected, what came */
};

/* How often a phase has begun. */
struct bo_phase {
	const char *name;
	unsigned begun;
};

/* A cut of the schedule, from the act to its proof. */
struct bo_cut {
	const struct bo_fault *fault; /* NULL: none is open */
	bo_ns at;
	bool boot_was_due;     /* a reset had been asked for: a boot proves nothing */
	bool talked;	       /* bytes came although the rail must have drained */
	bool witnessed;	       /* one said yes */
	const char *denied_by; /* who said no, the first one */
};

/* The latest dip of the schedule. */
struct bo_dip {
	bool open; /* nobody has said what the target made of it */
	bool felt; /* the target booted because of it, and is not ready yet */
};

/* The latest reset of the schedule. */
struct bo_reset_act {
	struct bo_timer timer; /* until it is carried out, and until the pin is let go */
	const struct bo_fault *fault;
	bo_ns due;
	bool held;	   /* the pin is */
	bool open;	   /* its boot was not heard yet */
	bool boot_was_due; /* another reset had been asked for */
	bool felt;	   /* the target booted because of it, and is not ready yet */
};

/* While a console that vanishes is away, or the target is off and it will be: nobody hears. */
struct bo_blind {
	bool now;
	bo_ns since;
	bo_ns live_since; /* when in it the target had power again; BO_NEVER: it never had */
	bool asking;	  /* for who is there */
};

/* What passed between the trial and the bench's network. */
struct bo_datagrams {
	uint64_t sent, sent_bytes, received, received_bytes;
	uint64_t no_room; /* of what was sent: dropped, the way was full */
	uint64_t unasked; /* of what was received: no job ran */
};

/* The upload that runs, or ran last: what a link made of it. */
struct bo_upload {
	bo_ns began;
	uint64_t from, to; /* acknowledged when it began, as far as was told, and in the end */
};

/* What is known of a negative's way into the target. */
struct bo_staging {
	bool refused_in_upload;
	uint64_t acknowledged, len; /* bytes, by the update protocol */
	bool read_back, agrees;	    /* by the probe, after the outcome stood */
};

struct bo_trial {
	const struct bo_trial_args *args;
	struct bo_bench *bench;
	struct bo_loop *loop;
	const struct bo_scenario *scenario;
	const struct bo_target *target;
	const struct bo_images *images;
	const struct bo_update_file *offer;  /* what is judged: the last update, or its control */
	const struct bo_update_file *base;   /* of updates that name no image of their own */
	const struct bo_identity *old_image; /* what ran when the last update began */
	struct bo_record *record;
	bo_ns began;

	struct bo_listener listener;
	struct bo_injector injector;
	struct bo_census census; /* of a trial without faults */

	/* what the rig did wrong inside a callback, where nobody could return it */
	struct bo_err broken;

	struct bo_step_run step;
	struct bo_phase phase[BO_STEP_PHASES_MAX];
	unsigned updates;  /* that steps began */
	bool settled;	   /* the last one: nothing happened since it was confirmed or taken back */
	bool deliver_only; /* what runs already is not installed again */

	struct bo_update *update;
	struct bo_timer update_timer;
	bool job_runs;
	struct bo_update_event job_end;
	bool resumed;
	uint64_t acknowledged; /* bytes of the last upload */
	struct bo_upload upload;
	struct bo_staging staging;

	struct bo_cut cut;	/* carried out, power is off: nobody has dealt with it yet */
	struct bo_cut unproven; /* power is back; the next boot's reset cause is a witness */
	struct bo_dip dip;
	struct bo_reset_act reset;
	struct bo_link link;
	struct bo_datagrams datagrams;
	struct bo_net_link net;
	struct bo_pins pins;
	struct bo_pulse pulse;
	struct bo_lock lock;
	struct bo_timer break_timer; /* while a break of the schedule runs */
	unsigned fired, proven;
	const char *proof_gap; /* why the first cut that is not proven is not */
	const char *fault_gap; /* likewise of a fault that is none */
	bo_ns worst_lag;

	struct bo_blind blind;
	bool powered;
	bool unheard; /* the last boot, or part of it, was in a blind window: who is there is asked
		       */

	bool power_edge;  /* the next banner is the evidence of our own power-on */
	bool reset_asked; /* a boot is expected because we asked for it */
	unsigned boots, power_ons;
	bool update_ordered; /* from now on a ready line with the new version counts */
	bool dead;	     /* a death pattern since the last boot */
	bool again;	     /* the second update: what does not boot now is no bad start */
	bool uploaded;	     /* the target was given the whole update, since it was last offered */
	bool deaf; /* the probe touched the target: what it says is no behaviour of its own */

	struct bo_observed seen;
	struct bo_facts facts;
	struct bo_evidence evidence;
	struct bo_oracles oracles;
	const char *
		came_back; /* how, for people: "first boot", "power cycle 1"; NULL: it never left */
};

bo_ns trial_time(const struct bo_trial *trial, bo_ns at);
void trial_phase(struct bo_trial *trial, const char *name);
/* The fault point phase.NAME: one begins. enum bo_step or -errno: a fault may strike at once. */
int trial_pass_phase(struct bo_trial *trial, const char *name, struct bo_err *err);

/* A fault was carried out: counts it and writes it down. */
void trial_fault_done(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due, bo_ns done);
/* It did what it was meant to do; `by` saw it. */
void trial_fault_proven(struct bo_trial *trial, const char *by);

#define trial_note(trial, ...)                                                                    \
	bo_journal_line(&(trial)->record->journal, trial_time(trial, bo_loop_now((trial)->loop)), \
			__VA_ARGS__)

/*
 * Turns the loop until done(trial) holds, a fault was carried out, the target was declared dead or
 * the rig broke. enum bo_step or -errno.
 */
int trial_wait(struct bo_trial *trial, bool (*done)(struct bo_trial *trial), bo_ns deadline,
	       struct bo_err *err);

/* ---- supply.c: power, and the proof of cuts ---- */
int supply_set(struct bo_trial *trial, bool on, struct bo_err *err);
/* The same, and waits until the rail has settled or has certainly drained. */
int supply_up(struct bo_trial *trial, struct bo_err *err);
int supply_down(struct bo_trial *trial, struct bo_err *err);
/* Down, then on: the next ready line belongs to a new boot. */
int supply_cycle(struct bo_trial *trial, struct bo_err *err);
/* An act of the injector: straight to the switch. */
void supply_cut(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* After a cut: asks the witness on the rail, waits for the end of the off time, power on. */
int supply_end_cut(struct bo_trial *trial, struct bo_err *err);

/* ---- datagrams.c: the target's place on the network ---- */
/* From now on what comes from there is heard. -EOPNOTSUPP: the protocol needs one, and the bench
 * has none. */
int datagrams_open(struct bo_trial *trial, struct bo_err *err);
void datagrams_close(struct bo_trial *trial);
/* One. What the network has no room for is lost, as on any network. */
int datagrams_send(struct bo_trial *trial, const void *data, size_t len, struct bo_err *err);
/* A line of the journal. */
void datagrams_sum_up(struct bo_trial *trial);

/* ---- line_acts.c: what the harness itself does to the console ---- */
/* Bytes for it. */
int line_send(struct bo_trial *trial, const void *data, size_t len, struct bo_err *err);
/* Acts of the injector: the line is held at break level for a while; bytes that mean nothing. */
void line_break(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
void line_garbage(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* Whether one runs: what is sent meanwhile is lost. */
bool line_breaks(const struct bo_trial *trial);
/* The line is held or released for another reason: a break that runs does not end it. */
void line_forget_break(struct bo_trial *trial);

/* ---- reset_act.c: resets that are no cuts ---- */
/* The injector's act. */
void reset_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* A boot announced itself that no power-on of ours explains; true: the reset does. */
bool reset_hear_boot(struct bo_trial *trial, const char *cause);
/* An application announced itself: if a boot because of the reset is still due, none will come. */
void reset_hear_ready(struct bo_trial *trial);
/* The pin is let go, and no boot any more speaks for the last reset. */
void reset_close(struct bo_trial *trial);

/* ---- pins.c: input pins ---- */
/* Watches those that matter to this trial. */
int pins_open(struct bo_trial *trial, struct bo_err *err);
void pins_close(struct bo_trial *trial);
/* A line of the journal for each that was watched. */
void pins_sum_up(struct bo_trial *trial);
/* NULL: the bench has none of this name. */
const struct bo_pin *pins_find(const struct bo_trial *trial, const char *name);

/* ---- pulse.c: signs of life ---- */
void pulse_begin(struct bo_trial *trial);
/* A line that the scenario calls the heartbeat; a ready line or an answer. */
void pulse_heartbeat(struct bo_trial *trial);
void pulse_sign(struct bo_trial *trial);
/* The console is away. */
void pulse_blind(struct bo_trial *trial);
/* The update is offered, for the first time or again. */
void pulse_offer(struct bo_trial *trial);
/* The outcome stands, or the probe takes hold of the target. */
void pulse_close(struct bo_trial *trial);

/* ---- lock_try.c: whether a production board lets a probe in ---- */
/* The outcome stands: tries. */
void lock_try(struct bo_trial *trial);
/* The probe of a bench for development got in. */
void lock_is_open(struct bo_trial *trial);

/* ---- dip.c: power that is away too shortly for a trial to stop ---- */
/* Has the adapter ready for every dip of the schedule. */
int dip_prepare(struct bo_trial *trial, struct bo_err *err);
/* The injector's act: plays the waveform and goes on. */
void dip_play(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* A boot announced itself that no power-on of ours explains; true: the dip does. */
bool dip_hear_boot(struct bo_trial *trial, const char *cause);
/* The target will not say any more what it made of a dip. */
void dip_close(struct bo_trial *trial);

/* ---- witness.c: the proof of a cut ---- */
/* Whether the bench relies on it: all but the weak one, unless `off-proof` names others. */
bool witness_is_relied_on(const struct bo_trial *trial, enum bo_witness witness);
/* The rail must have drained: asks the sense input. */
int witness_power_off(struct bo_trial *trial, struct bo_cut *cut, struct bo_err *err);
/* The console said something. */
void witness_hear_bytes(struct bo_trial *trial, bo_ns at);
/* A boot announced itself, with what it said of reset cause and RAM (NULL: nothing). `ordered`: it
 * was a reset that had been asked for. */
void witness_hear_boot(struct bo_trial *trial, const char *cause, const char *ram, bool ordered);
/* Whether the reset cause that a boot announced is one of a power-on. */
bool witness_is_power_on(const struct bo_trial *trial, const char *cause);
/* An application announced itself. */
void witness_hear_ready(struct bo_trial *trial);
/* No further witness will speak about the last cut. */
void witness_close(struct bo_trial *trial);

/* The console was away when the first boot after the cut may have spoken. */
void witness_miss_boot(struct bo_trial *trial);

/* ---- blind.c: consoles that vanish with the target ---- */
/* Where it is before the trial's first power-on. */
void blind_open(struct bo_trial *trial);
void blind_power(struct bo_trial *trial, bool on, bo_ns at);
void blind_lost(struct bo_trial *trial, bo_ns at, const struct bo_err *why);
void blind_back(struct bo_trial *trial, bo_ns at, const char *port);
/* An application has announced itself: nobody needs to be asked any more. */
void blind_answered(struct bo_trial *trial);
/* As hearing_wait_ready(), where a ready line may be missed: then the target is asked. */
int blind_wait_ready(struct bo_trial *trial, bo_ns patience, struct bo_err *err);

/* ---- hearing.c: what the console says ---- */
int hearing_open(struct bo_trial *trial, struct bo_err *err);
void hearing_close(struct bo_trial *trial);
/* Forgets the last ready line: the next one belongs to a new boot, and to the target itself. */
void hearing_expect_boot(struct bo_trial *trial);
int hearing_wait_ready(struct bo_trial *trial, bo_ns patience, struct bo_err *err);
/* An application is known to run. */
void hearing_know_ready(struct bo_trial *trial, const char *version, bool asked);

/* ---- session.c: jobs of the update protocol; enum bo_step or -errno ---- */
int session_open(struct bo_trial *trial, struct bo_err *err);
void session_close(struct bo_trial *trial);
/* This is uploaded from now on. */
void session_offer(struct bo_trial *trial, const struct bo_update_file *file);
/* Goes by the hash that the target itself lists for what was staged: a negative may have none. */
int session_name_staged(struct bo_trial *trial, bo_ns deadline, struct bo_err *err);
int session_job(struct bo_trial *trial, enum bo_update_job job, bo_ns deadline, struct bo_err *err);
/* Bytes from the line, or a datagram, for the link to pass on; and what it passed on, to the
 * protocol. */
void session_feed(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len);
void session_hear(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len);
/* The protocol's bytes for the line, or a datagram, as the link lets them pass. */
int session_transmit(struct bo_trial *trial, const void *data, size_t len);
/* The line went dead: nothing is sent any more until the next job. */
void session_drop(struct bo_trial *trial);
/* Asks for a boot, and settles what is expected before it asks: the answer and the new boot's first
 * words may arrive together. */
int session_reset(struct bo_trial *trial, bo_ns deadline, struct bo_err *err);
/* Sends a job's request and expects nothing. */
int session_call(struct bo_trial *trial, enum bo_update_job job, struct bo_err *err);

/* ---- link.c: what happens to frames between the update protocol and the target ---- */
/* Looks at the schedule; `census`: frames are counted. -EOPNOTSUPP: nobody can tell this
 * protocol's frames apart. */
int link_open(struct bo_trial *trial, bool census, struct bo_err *err);
void link_close(struct bo_trial *trial);
/* Whether frames matter to this trial; else bytes go past the link. */
bool link_takes_part(const struct bo_trial *trial);
/* Bytes that are about to be sent; with link_send() they are a frame. One datagram is one. */
void link_gather(struct bo_trial *trial, const uint8_t *data, size_t len);
void link_send(struct bo_trial *trial);
void link_receive(struct bo_trial *trial, bo_ns at, const uint8_t *data, size_t len);
/* The injector's act: from the frame on that is passing. */
void link_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* The same for silence: nothing passes, either way. */
void link_hush(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
/* What is on its way is lost with the line. */
void link_lose(struct bo_trial *trial);
/* From now on everything passes, and no fault of the link fires. */
void link_heal(struct bo_trial *trial);

/* ---- net_act.c: what becomes of the network link ---- */
/* Has it as the scenario says, and proven, where the trial impairs it at all. */
int net_open(struct bo_trial *trial, bool census, struct bo_err *err);
/* The injector's act: carried out once the driver says that it is in force. */
void net_strike(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due);
bool net_disturbs(const struct bo_trial *trial);
/* The link is well, and known to be: turns the loop. */
void net_heal(struct bo_trial *trial);
void net_close(struct bo_trial *trial);

/* ---- challenge.c: does the console belong to the board that the probe holds? ---- */
/* -EXDEV: somebody else's answered. `ear` was opened when the probe took hold. */
int challenge(struct bo_trial *trial, struct bo_ear *ear, struct bo_err *err);

/* ---- refusal.c: what makes a refusal count ---- */
/* A negative is on its way, not its control. */
bool refusal_is_sought(const struct bo_trial *trial);
/* The target said no: in "upload", "test" (asked to try it), "reset" or "boot". */
void refusal_note(struct bo_trial *trial, const char *stage, const char *text);
/* The probe is attached: does the slot hold what was sent? */
int refusal_read_back(struct bo_trial *trial, struct bo_err *err);
/* The negative's way is over. */
void refusal_close(struct bo_trial *trial);
/* Whether the old image ran for another reason than that the target refuses this image; says it. */
bool refusal_is_doubtful(const struct bo_trial *trial, const struct bo_judgement *control,
			 char *why, size_t cap);

/* ---- prepare.c: flash as the scenario's baseline says; power is off afterwards ---- */
int prepare_start_state(struct bo_trial *trial, struct bo_err *err);
/* One range, by the probe that is attached: only what differs is written. */
int prepare_range(struct bo_trial *trial, const struct bo_range_content *content,
		  struct bo_err *err);

/* ---- recover.c: from a fault, or silence, to an application that runs; enum bo_step, -errno ----
 */
int bring_back(struct bo_trial *trial, int step, struct bo_err *err);
/* The same, then speaks to it, again if it boots meanwhile; OK when it was spoken to and still
 * runs. */
int bring_to_rest(struct bo_trial *trial, int step,
		  int (*speak)(struct bo_trial *trial, struct bo_err *err), struct bo_err *err);

/* ---- observe.c: what the oracle may know ---- */
/* Of a target that is ready. It may stop being so, and is left alone then. */
int observe(struct bo_trial *trial, struct bo_err *err);
/* Flash, by the probe, which resets the target: nothing it says afterwards counts. */
int observe_flash(struct bo_trial *trial, struct bo_err *err);

/* ---- revive.c: what can be done for a target without an application ---- */
/* It waits for an image, or is it the bench? Finds out, by golden image: over the update protocol
 * when the boot loader asks for one, else (or if it takes none) with the probe. */
int revive(struct bo_trial *trial, struct bo_err *err);

#endif
