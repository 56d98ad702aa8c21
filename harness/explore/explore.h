#ifndef BO_HARNESS_EXPLORE_EXPLORE_H
#define BO_HARNESS_EXPLORE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"
#include "harness/explore/machine.h"

/*
 * Every power cut, any number of them: decides for a machine that boots from its memory what
 * happens under every schedule of power cuts, including cuts during the recovery from cuts.
 *
 * METHOD. A boot is a function of memory: which operations it carries out on it, in which order,
 * and how it ends. A cut at one of these operations, whole or torn, leaves another memory, from
 * which the next boot starts. So all schedules form a graph whose nodes are memories; it is finite,
 * and far too large. Nearly all nodes are alike, though: a boot that resumes an interrupted copy
 * erases the page before it looks at it, and does not care how far the copy had come. Hence:
 *
 *   1. A *class* is one memory, its representative, that has been booted once without a cut; known
 *      are its operations, its outcome and R0, the bytes it depended on.
 *   2. Every cut state of a class (each operation, each tear, before the first and after the last,
 *      and the end of the boot) is compared with the classes known so far. It is merged into the
 *      first one from which it differs only outside of R, at first R0; when there is none it is
 *      booted and becomes a class.
 *   3. Equal on R0 means an equal boot. It does not mean that a cut within this boot leads to an
 *      equal next boot: a page that the boot erases late is not read by it, but by the boot after a
 *      cut before that erase. So R is the least fixpoint R* of
 *          R*(c) = R0(c) + sum over cuts j of c of R*(class of the state at j) - K(j),
 *      where K(j) are the pages whose erase was complete before j.
 *   4. Every merge is examined again with R*. One that differs within R* was wrong: its state goes
 *      back to 2. That may change the graph and with it R*, so 3 and 4 repeat until no merge is
 *      wrong. R only ever grows, so this ends.
 *
 * WHY IT IS SOUND AT EXIT. Let s differ from representative c only outside R*(c). R0(c) is within
 * R*(c), so s boots as c does: same operations, same outcome. After the same cut both memories
 * differ only where they did before, less what was erased: outside R*(c) - that is, by 3, outside
 * R* of the class of c's cut state, from whose representative c's cut state differs outside R* as
 * well. So the next boots are equal again, and so on: s and c behave alike under every schedule.
 * The graph of classes therefore tells what every schedule does, of any length.
 *
 * CONDITIONS, which the machine must keep and which the result is worth nothing without:
 *   - A boot depends on nothing but memory. RAM, peripherals and reset cause are the same at each
 *     power-on, or are an environment (machine.h), which stands in memory. Time and randomness are
 *     functions of what the boot has read, or a boot that looks at them is an error of the machine.
 *   - Everything that influences operations or outcome is in the read set: data, instructions, what
 *     DMA and checking units fetch, and what whoever decides the outcome looks at.
 *   - Whoever drives the target through the boot, a host that uploads, say, goes by what the
 *     target says in this very boot, and remembers nothing of earlier ones.
 *   - Programming counts as reading; nothing but a completed erase kills a byte.
 *   - Where cuts are possible depends on the operations, not on whether bits would move.
 * The explorer checks what it can: that the operations explain the memory after each boot, and,
 * with `verify_ppm`, that merged states boot as their class says, over several cuts.
 *
 * WHAT "EXHAUSTIVE" CLAIMS. With result closed: for the given starting memories, every schedule of
 * power cuts at the places and with the tears configured, of any length, leads to boots that the
 * graph contains, and all of them keep the promise. WHAT IT DOES NOT: tears and environments that
 * were not configured, a boot without a cut that finds any but the first environment, cells that
 * read differently from time to time, cells of finished operations that decay or that an operation
 * elsewhere disturbs, words that fail to be read, a supply that sags without a reset, another
 * chip's geometry or timing, other starting memories, other outcomes than those the machine can
 * tell apart. It is evidence about these very bytes of firmware on a model of the chip.
 *
 * BOUNDED at depth d claims the same of all schedules of at most d cuts, and nothing of longer
 * ones; findings are what they are at any depth.
 *
 * Cut states are never stored: a class keeps its operations, and its cut states are made again by
 * carrying them out one by one. Everything is deterministic. Breadth first: counter-examples have
 * the fewest cuts possible, then the fewest boots, then the earliest operation, clean before torn.
 */
struct bo_explore;

/* What one more boot's outcome means. */
enum bo_promise {
	BO_PROMISE_BROKEN,  /* a finding wherever it comes */
	BO_PROMISE_PASSING, /* allowed on the way: boots that follow without a cut must reach better
			     */
	BO_PROMISE_GOOD,
};

struct bo_explore_stats {
	uint32_t classes;    /* each of them booted once */
	uint32_t walked;     /* those all of whose cut states have been placed */
	uint32_t depth;	     /* cuts to the class under examination */
	uint64_t boots;	     /* run in all, those that verified included */
	uint64_t cut_points; /* operations of the starting memories' boots, and one more each */
	uint64_t cut_states; /* placed: each cut point of each class, each tear */
	uint64_t pairs;	     /* schedules of two cuts from the starting memories */
	uint64_t splits;     /* merges found wrong */
	uint32_t rounds;     /* of the fixpoint */
	uint32_t read_max;   /* bytes of the largest R0 */
	uint32_t needed_max; /* bytes of the largest R* */
	uint64_t verified;   /* merged states booted for real */
	uint64_t bytes;	     /* memory held */
};

struct bo_explore_config {
	struct bo_machine machine;
	/* Starting memories, `machine.size` bytes each; copied. */
	const uint8_t *const *starts;
	size_t start_count;
	unsigned tears; /* 1u << enum bo_tear; CLEAN is always on */
	/* What a boot after a cut may find; a boot that was not cut is followed by the first one,
	 * and so are the starting memories. NULL: all find what stands in the starting memory.
	 * Copied. */
	const struct bo_env *envs;
	uint32_t env_count;
	enum bo_promise promise[BO_OUTCOMES];
	uint32_t converge_boots; /* a good outcome comes within this many boots without a cut */
	uint32_t depth_max;	 /* cuts; 0: any number */
	uint64_t boots_max;	 /* 0: no limit */
	bool first_finding;	 /* one is enough: stop there */
	uint32_t verify_ppm;	 /* share of merged states that are booted for real */
	uint64_t seed;		 /* chooses those */
	/* Called after each boot; false ends the exploration as if by budget. May be NULL. */
	bool (*progress)(void *ctx, const struct bo_explore_stats *stats);
	void *ctx;
	bool test_read_once; /* for tests: merge by R0 alone, which is wrong */
};

enum bo_explore_result {
	BO_EXPLORE_CLOSED,  /* all schedules */
	BO_EXPLORE_BOUNDED, /* those of at most bo_explore_bound() cuts */
	BO_EXPLORE_STOPPED, /* by budget or progress(): whole up to bo_explore_bound() cuts */
};

/* NULL when out of memory. */
struct bo_explore *bo_explore_new(const struct bo_explore_config *config);
void bo_explore_free(struct bo_explore *explore);

/*
 * Runs to the end; once. Returns enum bo_explore_result, or -errno: what the machine said, or
 * -EPROTO when the machine breaks a condition (its operations do not explain its memory, a merged
 * state boots otherwise): then nothing may be concluded.
 */
int bo_explore_run(struct bo_explore *explore, struct bo_err *err);

void bo_explore_stats(const struct bo_explore *explore, struct bo_explore_stats *ret);
/* The number of cuts up to which every schedule is decided; UINT32_MAX when closed. */
uint32_t bo_explore_bound(const struct bo_explore *explore);

/* ---- what it found ---- */

enum bo_finding_kind {
	BO_FINDING_BROKEN, /* an outcome that must not be */
	BO_FINDING_STUCK,  /* no good outcome within the promised number of boots */
};

struct bo_finding {
	enum bo_finding_kind kind;
	uint32_t outcome; /* of the boot that the schedule leads to */
	uint32_t state;	  /* the class in which that boot is */
	uint32_t cuts, boots;
};

/* In order of cuts, boots, and discovery; one a class. */
size_t bo_explore_findings(const struct bo_explore *explore, const struct bo_finding **ret);

/* How a boot ended before the next one. */
struct bo_step {
	bool cut; /* else it came to its outcome */
	struct bo_cut at;
};

/* A shortest schedule to the class: *ret_start is the starting memory; the steps, at most `max`,
 * are followed by the boot in question. Returns how many there are. */
size_t bo_explore_schedule(const struct bo_explore *explore, uint32_t state, size_t *ret_start,
			   struct bo_step *steps, size_t max);

/* ---- the graph, for those who check or draw it ---- */

#define BO_NO_STATE UINT32_MAX

/* The class of a starting memory. */
uint32_t bo_explore_start(const struct bo_explore *explore, size_t start);
/* The class that a boot in this class leads to; BO_NO_STATE beyond the bound or without such a cut.
 */
uint32_t bo_explore_after(const struct bo_explore *explore, uint32_t state,
			  const struct bo_step *step);
/* Cuts of one kind at operations `first` and up lead to class `target`, as far as the next run. */
struct bo_explore_run {
	uint32_t first, target;
};

/* All cuts of the kind (`op` does not count) in boots of this class, in order of operations; where
 * the tear does not fit the operation, the run goes on. Returns how many runs there are. */
size_t bo_explore_runs(const struct bo_explore *explore, uint32_t state, const struct bo_cut *kind,
		       const struct bo_explore_run **ret);
/* The last operation at which cuts have been placed; one more than the boot has when all are. */
uint32_t bo_explore_placed(const struct bo_explore *explore, uint32_t state);
/* The boot's operation, from 1. */
struct bo_write bo_explore_op(const struct bo_explore *explore, uint32_t state, uint32_t op);
/* Cuts on a shortest way to the class; UINT32_MAX: nothing leads there any more. */
uint32_t bo_explore_cuts(const struct bo_explore *explore, uint32_t state);
uint32_t bo_explore_outcome(const struct bo_explore *explore, uint32_t state);
/* Operations of the boot. */
uint32_t bo_explore_ops(const struct bo_explore *explore, uint32_t state);
/* The representative, into `machine.size` bytes. */
void bo_explore_memory(const struct bo_explore *explore, uint32_t state, uint8_t *ret);

#endif
