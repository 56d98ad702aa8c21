#ifndef BO_NETEM_TESTS_KILL_RIG_H
#define BO_NETEM_TESTS_KILL_RIG_H

#include <signal.h>

#include "netem/tests/veth_rig.h"

#define PERCENT	 10000
#define PATIENCE 1000 /* times 20 ms */

/* A process that impairs both directions and is killed; returns when it has. */
static inline void be_killed(unsigned flags, const struct bo_netem_flow *flow)
{
	const struct bo_netem netem = {.delay_ns = 50 * BO_MS, .loss_ppm = 5 * PERCENT};
	int status;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		struct bo_netem_link *link;

		if (bo_netem_open("va", flow, flags, &link, NULL) < 0 ||
		    bo_netem_apply(link, &netem, &netem, NULL) < 0)
			_exit(1);
		kill(getpid(), SIGKILL);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "%x", status);
}

/* The guard holds the claim until it has healed. */
static inline struct bo_netem_link *open_patiently(unsigned flags)
{
	struct bo_netem_link *link = NULL;
	struct bo_err err = {0};

	for (int i = 0; i < PATIENCE; i++) {
		int rc = bo_netem_open("va", NULL, flags, &link, &err);

		if (rc == 0)
			return link;
		cr_assert_eq(rc, -EBUSY, "%s", err.text);
		usleep(20000);
	}
	cr_assert_fail("never free: %s", err.text);
	return NULL;
}

#endif
