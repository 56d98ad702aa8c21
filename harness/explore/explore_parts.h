#ifndef BO_HARNESS_EXPLORE_PARTS_H
#define BO_HARNESS_EXPLORE_PARTS_H

#include <string.h>

#include "harness/base/prng.h"
#include "harness/explore/explore.h"

/* The inside of the explorer, private to harness/explore. */

/* A kind of cut: what it leaves of an operation, and what the next boot finds. All kinds of the
 * first environment come first. */
#define KINDS (BO_TEARS * BO_ENVS_MAX)

static inline unsigned kind_of(const struct bo_cut *cut)
{
	return cut->env * BO_TEARS + cut->tear;
}

static inline struct bo_cut cut_of(uint32_t op, unsigned kind)
{
	return (struct bo_cut){op, kind % BO_TEARS, kind / BO_TEARS};
}

/* ---- pages.c: each content of a page is stored once ---- */

struct pages {
	uint32_t size;
	uint32_t used, room; /* entries; room is a power of two */
	uint8_t **at;
	uint64_t bytes;
};

/* The stored copy; NULL when out of memory. It stays where it is. */
const uint8_t *pages_keep(struct pages *pages, const uint8_t *content);
void pages_done(struct pages *pages);

/* ---- classes ---- */

struct runs {
	struct bo_explore_run *run;
	uint32_t count, room;
};

struct cls {
	const uint8_t **page;	     /* the representative */
	struct bo_write *own;	     /* its first operations, `owned` of them */
	const struct bo_write *rest; /* the others, in the `own` of another class */
	uint32_t owned, ops;
	uint32_t outcome;
	uint64_t *read;	  /* R0 */
	uint64_t *needed; /* what merging respects: R0, then R*; only grows */
	uint64_t *star;	  /* R* of the present graph */
	uint32_t hint;	  /* a byte that told another memory apart, often the next as well */

	struct runs cuts[KINDS];
	uint32_t placed; /* the cut states of operations up to this one are in `cuts` */
	uint32_t end;	 /* class after a boot without a cut; BO_NO_STATE: not known yet */
	bool grown;	 /* `needed` has grown in this round */

	/* a shortest way here */
	uint32_t depth, boots, from;
	struct bo_step by;
};

struct bo_explore {
	struct bo_explore_config config;
	struct bo_explore_stats stats;
	struct bo_env envs[BO_ENVS_MAX];
	unsigned kinds; /* of cuts that there are */
	struct pages pages;
	uint32_t page_count, words;
	uint8_t *starts; /* copies */
	uint32_t *start_state;
	struct cls **cls;
	uint32_t count, room;
	uint8_t *memory;	/* of the walk */
	uint8_t *aside;		/* a torn range before it was torn */
	uint8_t *ahead, *guess; /* of a prediction */
	bool stop;
	bool closed;
	uint32_t level; /* cuts to the classes under examination; nothing is open below */
	struct bo_prng prng;
	struct bo_finding *finding;
	size_t findings;
};

/* The next boot from this memory is in this environment. */
static inline void env_set(const struct bo_explore *x, uint8_t *memory, uint32_t env)
{
	uint32_t at = x->config.machine.env;

	if (x->config.env_count)
		memcpy(memory + at, x->envs[env].byte, BO_ENV_BYTES);
}

static inline bool bit_of(const uint64_t *bits, uint32_t at)
{
	return bits[at / 64] >> at % 64 & 1;
}

/* ---- class.c ---- */

void class_memory(const struct bo_explore *x, const struct cls *cls, uint8_t *ret);
/* In how many needed bytes `content`, as of the range of memory from `at`, differs from the
 * representative. */
uint32_t class_differs(const struct bo_explore *x, const struct cls *cls, uint32_t at, uint32_t len,
		       const uint8_t *content);
/* The first class from which memory differs in no needed byte; BO_NO_STATE: none. */
uint32_t class_find(struct bo_explore *x, const uint8_t *memory);
/* Boots `memory` and makes it a class. `like`: one whose operations may end alike, or NULL. */
int class_boot(struct bo_explore *x, const uint8_t *memory, const struct cls *like, uint32_t *ret,
	       struct bo_err *err);
void class_free(struct cls *cls);
uint32_t runs_find(const struct runs *runs, uint32_t op);

/* ---- log.c: operations, most of them stored once ---- */

/* Keeps a boot's operations. One that resumes what another began ends as that one does, and refers
 * to its end. -ENOMEM. */
int log_keep(struct cls *cls, const struct bo_boot *boot, const struct cls *like);
bool log_same(const struct bo_write *one, const struct bo_write *other);

/* From 1. */
static inline const struct bo_write *log_op(const struct cls *cls, uint32_t op)
{
	return op <= cls->owned ? &cls->own[op - 1] : &cls->rest[op - 1 - cls->owned];
}

/* ---- walk.c ---- */

/* Places every cut state of the class, and leaves those where they are that are placed and right.
 * With `end_only` just the state after its boot. */
int walk_class(struct bo_explore *x, uint32_t state, bool end_only, struct bo_err *err);
bool class_walked(const struct cls *cls);
/* Whether an operation can be cut so; a clean cut is always possible. */
bool kind_possible(const struct bo_explore *x, unsigned kind, const struct bo_write *write);

/* ---- predict.c ---- */

/* The cut state that the walk stands at is about to be booted: tells the machine which ones will
 * probably be next. */
void predict(struct bo_explore *x, const struct cls *cls, const struct bo_cut *cut);

/* ---- fixpoint.c ---- */

/* R* of the present graph; `grown` is set in classes that need more than they did. Returns whether
 * there are any, or -ENOMEM. */
int fixpoint(struct bo_explore *x);

/* ---- graph.c ---- */

/* Shortest ways from the starting memories to all classes. */
int graph_ways(struct bo_explore *x);
/* The findings of the present graph. */
int graph_findings(struct bo_explore *x);
/* What the present graph covers, into the statistics. */
void graph_count(struct bo_explore *x);

/* ---- verify.c ---- */

/* Boots a share of the merged states for real, and some that follow from each. */
int verify_merges(struct bo_explore *x, struct bo_err *err);

#endif
