#ifndef BO_HARNESS_CMD_CACHE_H
#define BO_HARNESS_CMD_CACHE_H

#include "harness/cmd/cmd.h"
#include "harness/engine/plan_file.h"

/*
 * Trials on the virtual clock that were carried out before need not be again: the same id, files
 * and program give the same journal, to the byte. A folder keeps them, DIR/KEY/ with all that the
 * trial left; KEY is a SHA-256 over the id and everything that its journal depends on: the program
 * that has the virtual board, rack file, bench, scenario and target class to the byte, and images.
 *
 * That is checked each time: of the trials that are found, one in a hundred, and one at least, is
 * carried out all the same and compared. A difference is a fault of brownout's own (exit 4), or
 * something it depends on that is not in the key, as a library. Only trials that were judged are
 * kept. A trial that came from the cache has the file `cached` in its folder, and the line `cached`
 * in the run's journal.
 */
struct cmd_cache_scenario {
	char *path;
	char variant[BO_VARIANT_MAX];
	char hash[65];
};

struct cmd_cache {
	const char *dir; /* NULL: none */
	const struct cmd_bench *bench;
	char common[65]; /* hash of what all trials depend on */
	struct cmd_cache_scenario *scenario;
	size_t scenarios;
	unsigned char *state; /* of each trial of the plan, once it was looked for */
	size_t seen;
	uint64_t draws;
	size_t taken, checked, differing;
};

/* 0, or an exit code with the message printed. `dir` NULL: there is none. */
int cmd_cache_open(struct cmd_cache *cache, const char *dir, const struct cmd_bench *bench);
void cmd_cache_close(struct cmd_cache *cache);

/* Looks for the trials that the plan has got since; those to be carried out again are drawn. */
void cmd_cache_look(struct cmd_cache *cache, const struct bo_plan *plan);
/* It is its turn: true when its folder holds what the cache had. */
bool cmd_cache_answers(struct cmd_cache *cache, const struct bo_plan *plan, size_t index);
/* It was carried out: kept, or compared. */
void cmd_cache_take(struct cmd_cache *cache, const struct bo_plan *plan, size_t index);

/* Whether a trial came from a cache. */
bool cmd_cache_is_source(const struct bo_plan *plan, size_t index);
/* A line for people; nothing without a cache. */
void cmd_cache_show(const struct cmd_cache *cache);

#endif
