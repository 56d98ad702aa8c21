#ifndef BO_HARNESS_EXPLORE_POOL_PARTS_H
#define BO_HARNESS_EXPLORE_POOL_PARTS_H

#include "harness/explore/pool.h"

/* Between the pool and its children, which are the same program: host structs. */

struct pool_request {
	bool has_cut;
	struct bo_cut cut; /* then `size` bytes of memory */
};

struct pool_reply {
	int result; /* 0: read set, memory, log and trace follow */
	struct bo_err err;
	uint32_t outcome;
	size_t log_len, trace_len;
};

/* All of it, or -EPIPE. */
int pool_send(int fd, const void *data, size_t len);
int pool_receive(int fd, void *data, size_t len);
/* Never returns. */
void pool_child(const struct bo_pool_config *config, int fd, int parent) __attribute__((noreturn));

#endif
