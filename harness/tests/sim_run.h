#ifndef BO_HARNESS_TESTS_SIM_RUN_H
#define BO_HARNESS_TESTS_SIM_RUN_H

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/journal.h"
#include "harness/tests/cli.h"

/* Whole trials on the sim rack through the command line, and what their journal says. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RACK	"--rack fixtures/racks/sim.yaml "
#define SIM	RACK "--bench sim "
#define COMPACT RACK "--bench compact "

/* What a journal says of its trials, in order. */
struct trial {
	char id[512];
	char outcome[32], then[32], verdict[16], why[320];
	char flash[16]; /* which image it holds, read back at the first outcome */
	int64_t point_at, fault_at, lag;
	int64_t fired, proven, denied;
	int64_t power_ons, boots, written;
	bool resumed;
};

struct trials {
	struct trial trial[16];
	size_t count;
};

static inline void take_outcome(struct trial *trial, const json_t *line)
{
	bool first = trial->outcome[0] == '\0';

	(void)bo_str_copy(first ? trial->outcome : trial->then, sizeof(trial->then),
			  bo_journal_str(line, "outcome", "?"));
	trial->resumed = bo_journal_bool(line, "resumed", false);
}

static inline void take_verdict(struct trial *trial, const json_t *line)
{
	(void)bo_str_copy(trial->verdict, sizeof(trial->verdict),
			  bo_journal_str(line, "verdict", "?"));
	(void)bo_str_copy(trial->why, sizeof(trial->why), bo_journal_str(line, "why", "?"));
	trial->fired = bo_journal_int(line, "fired", -1);
	trial->proven = bo_journal_int(line, "proven", -1);
}

static inline void take(void *ctx, const json_t *line)
{
	struct trials *trials = ctx;

	if (bo_journal_is(line, "trial")) {
		cr_assert_lt(trials->count, COUNT(trials->trial));
		trials->count++;
	}
	cr_assert_gt(trials->count, 0);
	struct trial *trial = &trials->trial[trials->count - 1];
	int64_t at = bo_journal_int(line, "at", 0);

	if (bo_journal_is(line, "trial"))
		(void)bo_str_copy(trial->id, sizeof(trial->id), bo_journal_str(line, "id", "?"));
	else if (bo_journal_is(line, "outcome"))
		take_outcome(trial, line);
	else if (bo_journal_is(line, "verdict"))
		take_verdict(trial, line);
	else if (bo_journal_is(line, "point"))
		trial->point_at = at;
	else if (bo_journal_is(line, "fault"))
		trial->fault_at = bo_journal_int(line, "done", -1),
		trial->lag = bo_journal_int(line, "lag", -1);
	else if (bo_journal_is(line, "proof"))
		trial->denied += !bo_journal_bool(line, "says", false);
	else if (bo_journal_is(line, "power"))
		trial->power_ons += bo_journal_bool(line, "on", false);
	else if (bo_journal_is(line, "read-back") && !trial->flash[0])
		(void)bo_str_copy(trial->flash, sizeof(trial->flash),
				  bo_journal_str(line, "is", "?"));
	else if (bo_journal_is(line, "boot"))
		trial->boots++;
	else if (bo_journal_is(line, "range"))
		trial->written += bo_journal_int(line, "bytes", 0);
}

/* A run in a folder that goes with it. */
struct run {
	struct scratch dir;
	struct cli cli;
	struct bo_buf journal;
	struct trials trials;
};

static inline void read_journal(struct run *run, const char *name)
{
	char path[128];
	size_t bad = 0;

	snprintf(path, sizeof(path), "%s/%s", run->dir.path, name);
	slurp(path, &run->journal);
	cr_assert_eq(bo_journal_walk(run->journal.data, run->journal.len, take, &run->trials, &bad),
		     0, "line %zu is none", bad);
}

static inline struct run run_it(const char *command, const char *args)
{
	struct run run = {.dir = scratch_make()};

	run.cli = brownout("%s --out %s/run %s", command, run.dir.path, args);
	read_journal(&run, "run/journal.jsonl");
	return run;
}

static inline void run_done(struct run *run)
{
	cli_done(&run->cli);
	bo_buf_done(&run->journal);
	scratch_done(&run->dir);
}

/* SCENARIO@hash8/class/ */
static inline void id_prefix(char *out, size_t cap, const char *bench, const char *scenario)
{
	struct cli cli = brownout("plan %s %s", bench, scenario);

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	*(strrchr(cli.out.data, '/') + 1) = '\0';
	cr_assert(bo_str_copy(out, cap, cli.out.data));
	cli_done(&cli);
}

#endif
