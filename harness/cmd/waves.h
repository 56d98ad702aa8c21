#ifndef BO_HARNESS_CMD_WAVES_H
#define BO_HARNESS_CMD_WAVES_H

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"
#include "harness/engine/rack_wave.h"
#include "harness/model/stop_rule.h"

/*
 * The waves of a campaign (rack_wave.h) at work. Where it stands follows from the plan and its
 * trials' journals alone, so that one that was killed goes on in its wave, and one that was halted
 * stays so.
 */
#define CMD_WAVES_MAX 16

enum cmd_wave_end { CMD_WAVE_OPEN, CMD_WAVE_ADVANCED, CMD_WAVE_HALTED };

struct cmd_wave {
	const struct bo_rack_wave *wave;
	struct bo_stop_counts counts;
	enum cmd_wave_end end;
	char why[160]; /* it was halted */
};

struct cmd_waves {
	struct cmd_wave item[CMD_WAVES_MAX];
	size_t count; /* 0: there are none */
	size_t now;
	size_t next; /* the trials before it have been counted */
	bool halted;
};

/* The benches of the rack's waves, divided by commas. 0, or an exit code with the message printed.
 */
int cmd_waves_names(struct cmd_bench *chosen, struct bo_buf *names);
/* If there are to be any: says what each must show, and puts that into the plan, or compares it
 * with what is there. Likewise. */
int cmd_waves_open(struct cmd_waves *waves, const struct cmd_bench *chosen, struct bo_plan *plan);

bool cmd_waves_has(const struct cmd_waves *waves, const char *bench);
/* Counts what has a verdict. True: another wave has begun. */
bool cmd_waves_look(struct cmd_waves *waves, const struct bo_plan *plan);
/* A trial has ended: whether it is one that halts. */
void cmd_waves_see(struct cmd_waves *waves, const struct bo_plan *plan, size_t index);
/* Whether the trial may be dealt out, with so many uniformly drawn ones under way. */
bool cmd_waves_admit(const struct cmd_waves *waves, const struct bo_plan *plan, size_t index,
		     size_t under_way);
/* A line for people for each of them; nothing without waves. */
void cmd_waves_show(const struct cmd_waves *waves);
/* A line of the run's journal for each wave that has begun. */
void cmd_waves_note(const struct cmd_waves *waves, struct bo_buf *out);

#endif
