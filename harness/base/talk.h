#ifndef BO_HARNESS_BASE_TALK_H
#define BO_HARNESS_BASE_TALK_H

#include "harness/base/proc.h"
#include "harness/base/str.h"

/*
 * A child that is given something, says something and ends, within bounds: of time, and of what is
 * kept of its words. All of it is done on the real clock, whatever clock its caller lives on.
 */
struct bo_talk_args {
	const void *input; /* for its standard input, where that is a pipe; then end of file */
	size_t input_len;
	size_t out_max; /* a longer standard output is an error */
	size_t err_max; /* the rest of standard error is dropped */
	bo_ns within;	/* then SIGTERM, and BO_TALK_GRACE later SIGKILL, to its whole group */
	/* Served meanwhile; must be on the real clock. NULL: nothing else is served. */
	struct bo_loop *loop;
	/* Optional: asked after each turn; true ends the child. */
	bool (*stop)(void *ctx);
	void *ctx;
};

#define BO_TALK_GRACE BO_S

struct bo_talk {
	struct bo_buf out, err; /* as far as they came, whatever is returned */
	int status;		/* wait status; valid where 0 is returned */
};

/*
 * Until the child has ended. In any case nothing is left of its group, and *proc is BO_PROC_NONE.
 * -ETIMEDOUT, -EMSGSIZE (it said more than out_max), -ECANCELED (stopped), -EINTR as in
 * bo_loop_until(). Zero-initialise
 * *ret; bo_talk_done() in any case.
 */
int bo_talk(struct bo_proc *proc, const struct bo_talk_args *args, struct bo_talk *ret);
void bo_talk_done(struct bo_talk *talk);

/* Ends a child that need not end by itself: SIGTERM, and where that does not suffice within
 * BO_TALK_GRACE, SIGKILL; closes the pipes. Waits even for one that ignores the first. */
void bo_talk_dismiss(struct bo_proc *proc);

#endif
