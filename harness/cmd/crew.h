#ifndef BO_HARNESS_CMD_CREW_H
#define BO_HARNESS_CMD_CREW_H

#include "harness/base/loop.h"
#include "harness/base/proc.h"
#include "harness/cmd/budget.h"
#include "harness/cmd/cache.h"
#include "harness/cmd/stopping.h"
#include "harness/cmd/waves.h"
#include "harness/engine/plan_file.h"

/*
 * The workers of a run: one process a bench (on the virtual clock up to `jobs` of them), each given
 * one trial after the other, in the plan's order, as it becomes free. Which of them does what
 * changes nothing in a trial's journal; who did what stands in RUNDIR/ledger.jsonl.
 *
 * A worker that dies, or is silent for too long, is its own bench's misfortune: its trial is
 * inconclusive, and it gets one successor; the others go on.
 */
#define CMD_CREW_MAX 24

struct cmd_crew;

struct cmd_crew_member {
	struct cmd_crew *crew;
	const struct bo_rack_bench *bench;
	struct bo_proc worker;
	struct bo_watch watch;
	struct bo_timer patience;
	char line[256];
	size_t line_len;
	size_t trial; /* what it does; SIZE_MAX: nothing */
	bo_ns trial_began;
	unsigned falls; /* deaths since it last finished a trial */
	bool ended;	/* its output did */
	bool stalled;	/* it was silent for too long */
	bool yields;	/* its bench was handed over, and will come back */
	bool out;	/* it will not be started again */
};

struct cmd_crew {
	const struct cmd_bench *chosen;
	struct bo_plan *plan;
	struct cmd_stopping stopping;
	struct cmd_budgets budgets;
	struct cmd_cache *cache;
	struct cmd_waves waves;
	bool more_wanted; /* another wave has begun: workers are to be started */
	struct bo_loop *loop;
	/* The cache had this trial. */
	void (*answered)(void *ctx, size_t index);
	/* A line of a worker: "done", or what its trial does now. */
	void (*said)(void *ctx, const struct cmd_crew_member *member, const char *what);
	void *ctx;
	bo_ns patience; /* how long a worker may be silent */
	struct cmd_crew_member member[CMD_CREW_MAX];
	size_t count;
	size_t next; /* trials before it have been dealt out */
	size_t given_back[CMD_CREW_MAX];
	size_t given_back_count;
	int code;	  /* the worst a worker that went out ended with */
	bo_ns called_off; /* when a signal ended the work; 0: none did */
	bool crashed;	  /* one died by a fault of our own */
};

/* For the benches that were chosen; nothing is started. 0, or an exit code with the message
 * printed. */
int cmd_crew_open(struct cmd_crew *crew, const struct cmd_bench *chosen, struct bo_plan *plan,
		  struct bo_loop *loop);

/*
 * Has everything in the plan carried out that has no verdict yet. When it returns, no worker runs.
 * BO_EXIT_OK: each trial was given to a worker that ended it or died of it; another exit code:
 * trials are left, or a worker died by a fault of brownout's own. Below 0: -errno.
 */
int cmd_crew_work(struct cmd_crew *crew, struct bo_err *err);

#endif
