#ifndef BO_HARNESS_ENGINE_PLAN_FILE_H
#define BO_HARNESS_ENGINE_PLAN_FILE_H

#include "harness/engine/plan.h"

/*
 * A plan as a file: what a parent hands to its workers (or a cluster engine to its nodes). Lives as
 * plan.json in the run directory.
 */
struct bo_planned {
	char *scenario; /* path of the scenario file */
	char id[BO_ID_MAX];
	char *lacks;	  /* the capability this bench has not; NULL: it can be tried */
	bool census;	  /* the scenario's strategy goes on from this one */
	bool made;	  /* by a strategy, from its census: it would make it again */
	bool uniform;	  /* drawn uniformly from all of the strategy's places */
	bool left_out;	  /* a stop rule had ended before it was its turn */
	bool over_budget; /* likewise its scenario's budget; left_out as well */
	unsigned repeat;  /* this id was tried before in this run, so many times */
	unsigned limit;	  /* of a census: its strategy makes at most so many trials; 0: all */
};

#define BO_PLAN_HASH_MAX 65

struct bo_plan {
	char *rack;    /* path */
	char *bench;   /* name */
	char *out;     /* run directory */
	char *suite;   /* name of what the scenarios come from; NULL: named one by one */
	bool exact;    /* repeats are equal to the byte: a bench on the virtual clock */
	bool complete; /* nothing will be added: its strategies are at their ends */
	bool anyway;   /* carry out trials whose hash no longer agrees, and mark them */
	int64_t min_judged_ppm;
	int64_t jitter_ns; /* how finely its benches can place a fault; 0: exactly */
	int64_t stop_ppb;  /* the stop rule's limit, stop_rule.h; 0: none */
	/* of the trials that strategies make, only these: the K-th of N, and ids that match */
	unsigned shard, shards; /* from 0; shards 0: all */
	char *filter;		/* a shell pattern for the part behind the last "/"; NULL: all */
	char *waves;		/* the rules of its waves, in one line; NULL: none */
	char whole[BO_PLAN_HASH_MAX]; /* the plan that this is, or is a shard of: plan_seal.h */
	struct bo_planned *trials;
	size_t count;
	void *by_id;
};

/* Copies what it is given; the new trial is the last one. */
void bo_plan_add(struct bo_plan *plan, const char *scenario, const char *id, const char *lacks);
/* The last trial once more, as a trial of its own. */
void bo_plan_repeat(struct bo_plan *plan);
/* What strategies made is taken out: they will make it again. */
void bo_plan_unmake(struct bo_plan *plan);
/* The verdicts that an older run left of the trials from `from` on are taken back. */
void bo_plan_forget(const struct bo_plan *plan, size_t from);
/* The trial of this id; plan->count: there is none. */
size_t bo_plan_find(const struct bo_plan *plan, const char *id);
void bo_plan_free(struct bo_plan *plan);

/* Trials that do not apply are written as well: a worker passes them by. */
int bo_plan_write(const struct bo_plan *plan, const char *path, struct bo_err *err);
int bo_plan_read(const char *path, struct bo_plan *ret, struct bo_err *err);

/*
 * RUNDIR/trials/ID: a trial's folder. Faults too long for a folder's name (255 bytes) end in '~',
 * which no id contains, and 16 digits of the id's SHA-256.
 */
void bo_plan_trial_dir(const struct bo_plan *plan, const struct bo_planned *trial,
		       struct bo_buf *out);

#endif
