#ifndef BO_HARNESS_EXPLORE_POOL_H
#define BO_HARNESS_EXPLORE_POOL_H

#include "harness/explore/machine.h"

/*
 * A machine that is several of the same kind, a process each: it boots what the explorer expects to
 * ask for while the explorer waits for what it asked. As equal memories boot equally, all answers
 * are those of a single machine, whatever the number.
 */
struct bo_pool;

struct bo_pool_config {
	/* Called in each child, which then never returns to the caller: makes its machine. -errno
	 * ends the child. */
	int (*open)(void *ctx, struct bo_machine *ret);
	void *ctx;
	unsigned jobs;		  /* 1 to 64 children */
	uint32_t size, page, env; /* of the machine's memory */
};

/* NULL when out of memory or processes. Nothing of the calling process may be under way that a
 * fork() would double: call it early. */
struct bo_pool *bo_pool_new(const struct bo_pool_config *config);
/* Ends the children. */
void bo_pool_free(struct bo_pool *pool);
struct bo_machine bo_pool_machine(struct bo_pool *pool);

#endif
