#ifndef BO_HARNESS_MODEL_SCHEDULE_H
#define BO_HARNESS_MODEL_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"
#include "harness/base/str.h"

/*
 * Faults, schedules and trial ids.
 *
 *   id       = scenario "@" hash8 "/" variant "/" ( "none" | fault *( "," fault ) )
 *   variant  = target-class *( "," parameter "=" value )
 *   fault    = [ after ":" ] moment [ "+" time ] "=" action *( ":" arg )
 *   moment   = [ "b" N "." ] point [ "." n ]
 *   after    = moment [ ":within-" time ]: the fault's own moment counts from there (without a "b"
 *              N), and only that long: phase.second:smp.byte.8192, swap.1:within-2s:boot.1
 *   "b" N    = in the N-th boot of the trial: b2.swap.1 is the first "swap" since that boot began
 *   point    = a built-in one or one that the scenario names
 *   action   = "cut", with the argument off-TIME: how long power stays away; at flash.op also what
 *              it leaves of the operation, as in cut:off-1s:low (bo_fault_tears), and what the
 *              next boot finds, cut:off-1s:low:ram-zero:cause-pin (bo_ram_names, bo_found_names)
 *            | "dip", with how short it stays away, and for a train of dips how many there are and
 *              from the beginning of one to that of the next: dip:350us, dip:350us:x3:every-2ms
 *            | what is done to a frame of the update's link, at smp.frame.N or smp.reply.N:
 *              "drop" | "duplicate" | "delay" ":" TIME | "corrupt" | "reorder", each followed by
 *              which frames: this one; "x" N: so many from this one on; P "ppm": that share of all
 *              from this one on, drawn by seed; both: that share of so many
 *            | "break" ":" TIME | "garbage" ":" N "B" | "silence" ":" TIME, on the console
 *            | "reset:probe", by the debug probe | "reset:pin:" TIME, by the reset pin, held so
 *              long
 *            | "net:" and what becomes of the target's network link, both ways: "down:" TIME, an
 *              outage; "flap:" TIME ":every-" TIME ":x" N, several of them; "blackhole", one that
 *              nobody ends; "loss-" P "ppm", "delay-" TIME, "rate-" RATE, "profile-" NAME
 *              (harness/model/netem.h), each for good or followed by ":for-" TIME
 *
 *   serial-swap@3f9a11c2/f103-swap/smp.byte.16384+250ms=cut:off-1s,b2.swap.1+3ms=cut:off-1s
 *   payloads@0c41d7aa/f103-swap,payload=crash/swap.1+3ms=cut:off-1s
 *
 * Only [A-Za-z0-9._+=:,@-] and "/" occur, so an id can be pasted into a shell unquoted. Text made
 * by bo_fault_format() parses back to an equal fault; there is one text per fault. Parsing takes
 * two other spellings of it as well: a time in another unit, and the ordinal of the first power-on
 * ("power-on.1") or phase.
 */
#define BO_FAULTS_MAX	  16
#define BO_POINT_NAME_MAX 48
#define BO_NAME_MAX	  64
#define BO_ID_MAX	  512 /* with the terminator */
#define BO_VARIANT_MAX	  200 /* likewise; it names a folder */

enum bo_action {
	BO_ACTION_CUT,
	BO_ACTION_DIP,
	BO_ACTION_DROP,
	BO_ACTION_DUPLICATE,
	BO_ACTION_DELAY,
	BO_ACTION_CORRUPT,
	BO_ACTION_REORDER,
	BO_ACTION_BREAK,
	BO_ACTION_GARBAGE,
	BO_ACTION_SILENCE,
	BO_ACTION_RESET,
	BO_ACTION_NET,
	BO_ACTION_COUNT
};

/* What becomes of the network link. */
enum bo_net_act {
	BO_NET_ACT_DOWN,
	BO_NET_ACT_FLAP,
	BO_NET_ACT_BLACKHOLE,
	BO_NET_ACT_LOSS,
	BO_NET_ACT_DELAY,
	BO_NET_ACT_RATE,
	BO_NET_ACT_PROFILE,
	BO_NET_ACTS
};

/* Who resets the target. */
enum bo_reset { BO_RESET_PROBE, BO_RESET_PIN, BO_RESET_COUNT };
extern const char *const bo_reset_names[BO_RESET_COUNT + 1];

/* What the boot after a cut finds, where that is chosen: what is in RAM, and why it was reset. The
 * first of each is what a loss of power leaves. */
enum bo_ram { BO_RAM_GARBAGE, BO_RAM_ZERO, BO_RAM_ONES, BO_RAM_KEPT, BO_RAM_COUNT };
enum bo_found {
	BO_FOUND_POWER,
	BO_FOUND_PIN,
	BO_FOUND_SOFT,
	BO_FOUND_WATCHDOG,
	BO_FOUND_WINDOW_WATCHDOG,
	BO_FOUND_LOW_POWER,
	BO_FOUND_COUNT
};
extern const char *const bo_ram_names[BO_RAM_COUNT + 1];
extern const char *const bo_found_names[BO_FOUND_COUNT + 1];

/* The two ways of the update's link. */
enum bo_way { BO_WAY_NONE = -1, BO_WAY_TO_TARGET, BO_WAY_FROM_TARGET, BO_WAY_COUNT };

#define BO_DIPS_MAX    16
#define BO_FLAPS_MAX   10000
#define BO_FRAMES_MAX  1000000
#define BO_GARBAGE_MAX 4096

/* What a cut leaves of the flash operation in which it strikes, NULL-terminated. The first, "any",
 * is as chance has it, and is left out where it is written; "clean" means that the operation has
 * not begun. What the others mean, and which operations they fit, is harness/explore's. */
extern const char *const bo_fault_tears[];

/* A point that must have been passed first; n 0: none. */
struct bo_after {
	unsigned boot;
	char point[BO_POINT_NAME_MAX];
	uint64_t n;
	bo_ns within_ns; /* the fault's own point must follow in this time; 0: whenever */
};

struct bo_fault {
	struct bo_after after; /* occurrences count from there (those of `smp` as ever) */
	unsigned boot; /* 1..64: only in this boot of the trial, where occurrences count from one
			  (those of `smp` count bytes of the transfer as ever); 0: in any */
	char point[BO_POINT_NAME_MAX]; /* "smp.byte", "smp.at", "boot", "power-on", "flash.op",
					  "pin.NAME", "phase.NAME", or a name of the scenario's
					  `points` */
	uint64_t n;	/* the n-th occurrence, from 1; for smp.byte the bytes acknowledged; for
			   smp.at per cent of the image */
	bo_ns delay_ns; /* from the point to the act */
	enum bo_action action;
	bo_ns off_ns;	     /* cut, dip: from power off to power on; 0: a cut until the bench's
				supply has drained */
	int tear;	     /* cut: index into bo_fault_tears */
	enum bo_ram ram;     /* cut with a tear */
	enum bo_found cause; /* the same */
	unsigned times; /* dip, flap: how many there are; frames: how many are looked at, 0: all */
	bo_ns every_ns; /* dip, flap, of several: from off to off */
	bo_ns for_ns;	/* delay, break, silence, reset by pin, net: how long; 0: net, for good */
	unsigned share_ppm;  /* frames: how many of those looked at are struck; 0: each */
	unsigned bytes;	     /* garbage */
	enum bo_reset reset; /* reset */
	enum bo_net_act net; /* net */
	int64_t net_value; /* loss: ppm; delay: ns; rate: bits per second; profile: its index among
			      bo_netem_profiles */
};

struct bo_schedule {
	struct bo_fault fault[BO_FAULTS_MAX];
	size_t count;
};

struct bo_trial_id {
	char scenario[BO_NAME_MAX + 1];
	char hash8[9];
	char variant[BO_VARIANT_MAX];
	struct bo_schedule schedule;
};

/* A point with its ordinal, "smp.byte.16384" or "power-on". -EINVAL names what is wrong. */
int bo_point_parse(const char *text, struct bo_fault *ret, struct bo_err *err);
void bo_point_format(const struct bo_fault *fault, struct bo_buf *out);
void bo_after_format(const struct bo_after *after, struct bo_buf *out);

int bo_fault_parse(const char *text, struct bo_fault *ret, struct bo_err *err);
void bo_fault_format(const struct bo_fault *fault, struct bo_buf *out);
/* Whether the action's arguments fit each other: -EINVAL says why not. */
int bo_fault_check(const struct bo_fault *fault, struct bo_err *err);

/* An action with its arguments, "cut:off-1s"; sets only these. */
int bo_action_parse(const char *text, struct bo_fault *ret, struct bo_err *err);
void bo_action_format(const struct bo_fault *fault, struct bo_buf *out);
/* Whether it is done to frames of the link, at points where one passes. */
bool bo_action_is_of_frames(enum bo_action action);
/* Whose ordinals count frames, and which way these go; BO_WAY_NONE: another point. */
enum bo_way bo_point_way(const char *point);

/* The input that a point "pin.NAME" counts the edges of; NULL: another point. */
const char *bo_point_input(const char *point);

/* "none" is the empty schedule. */
int bo_schedule_parse(const char *text, struct bo_schedule *ret, struct bo_err *err);
void bo_schedule_format(const struct bo_schedule *schedule, struct bo_buf *out);

/*
 * A variant is a target class, and of a scenario with parameters the cell of their matrix:
 * "f103-swap,payload=crash,off=10ms". The names are in the scenario's order, each once.
 */
bool bo_variant_is_of(const char *variant, const char *target_class);
/* "payload=crash,off=10ms"; "" when there are no parameters. */
const char *bo_variant_cell(const char *variant);
/* The same cell of another class; `cell` "": none. False when it is too long for an id. */
bool bo_variant_format(char out[BO_VARIANT_MAX], const char *target_class, const char *cell);
/* Takes the next "name=value" off a cell: 1, or 0 at its end; -EINVAL: it is none. */
int bo_cell_next(const char **cell, char name[BO_NAME_MAX + 1], char value[BO_NAME_MAX + 1]);

/* Stands behind a cell in the ids of those trials of a scenario with `stage: probe` that go by the
 * update protocol nevertheless. */
#define BO_CELL_BY_PROTOCOL "stage=protocol"
/* Length of an id's beginning that says what is tried, however the update gets there: all in front
 * of the faults, but for that. 0: it is no id. */
size_t bo_id_subject_len(const char *id);

int bo_trial_id_parse(const char *text, struct bo_trial_id *ret, struct bo_err *err);
/* False when the id is longer than `cap`. */
bool bo_trial_id_format(const struct bo_trial_id *id, char *out, size_t cap);

#endif
