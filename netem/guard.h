#ifndef BO_NETEM_GUARD_H
#define BO_NETEM_GUARD_H

#include <sys/types.h>

#include "harness/base/err.h"

/*
 * A process that outlives this one for as long as it takes to heal the interface. It waits for the
 * other end of a socket to close, which the kernel does for a process that was killed, too; it is
 * in a session of its own and deaf to what a terminal or a supervisor sends.
 */
struct netem_guard {
	pid_t pid; /* 0: none */
	int fd;
};

/* Returns when it stands ready. `claim` is a descriptor that it keeps open until it has healed. */
int netem_guard_start(struct netem_guard *guard, int ifindex, int claim, struct bo_err *err);

/* Has it heal, and waits. 0, or what went wrong; -ECHILD when it died before: the caller heals. */
int netem_guard_end(struct netem_guard *guard, struct bo_err *err);

#endif
