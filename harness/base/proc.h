#ifndef BO_HARNESS_BASE_PROC_H
#define BO_HARNESS_BASE_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "harness/base/err.h"
#include "harness/base/loop.h"

/*
 * Child processes: argv only, never a shell. A child leads its own process group, inherits no
 * descriptor but its standard three, and dies with the process that started it (PR_SET_PDEATHSIG),
 * unless `outlives` is set. The calling thread must be the main thread.
 */
struct bo_proc_args {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	bool pipe_in;		 /* ret->in writes to the child's standard input, else /dev/null */
	bool pipe_out;		 /* ret->out reads its standard output, else it is inherited */
	bool pipe_err;		 /* ret->err reads its standard error, else it is inherited */
	bool outlives;		 /* no PR_SET_PDEATHSIG */
	/* Instead of looking for argv[0]: a descriptor of the file, which is run as it is, wherever
	 * its name may lead by now; a script reads itself from it. 0: none. Borrowed, as `line`. */
	int program;
	int line; /* becomes the child's descriptor BO_PROC_LINE; 0: none */
};

#define BO_PROC_LINE 3

struct bo_proc {
	pid_t pid;	  /* 0 when none */
	int in, out, err; /* -1 when not piped; non-blocking, close-on-exec */
};

/* For a bo_proc that bo_proc_kill() may meet before anything was spawned. */
#define BO_PROC_NONE ((struct bo_proc){.in = -1, .out = -1, .err = -1})

/*
 * Returns when the child runs the program. -ENOENT when the program does not exist (told apart from
 * every other failure). With pipe_in this process ignores SIGPIPE from then on: writing to a dead
 * child is -EPIPE. SIGPIPE and the signal mask are at their defaults in the child.
 */
int bo_proc_spawn(const struct bo_proc_args *args, struct bo_proc *ret, struct bo_err *err);

/*
 * Reaps without waiting: true when it has ended, with wait status in *ret_status; proc->pid is 0
 * then. What is left of its group is killed. The pipes stay open: its last words can be read.
 */
bool bo_proc_ended(struct bo_proc *proc, int *ret_status);

/* The same, waiting for its end through the loop; -ETIMEDOUT when it runs on, -EINTR as in
 * bo_loop_until(). */
int bo_proc_wait(struct bo_proc *proc, struct bo_loop *loop, bo_ns deadline, int *ret_status);

/* SIGKILL to the whole group, reaps, closes the pipes. Safe on BO_PROC_NONE and on one that has
 * ended. */
void bo_proc_kill(struct bo_proc *proc);

/* "exit 3", "killed by signal 9 (KILL)". Returns out. */
const char *bo_proc_status_text(int status, char *out, size_t cap);

/*
 * From now on this process gets only the time that nobody else wants (SCHED_IDLE, sched(7)). For
 * good: without a privilege there is no way back.
 */
void bo_proc_step_aside(void);

/* The folder of the running executable, without the trailing slash. */
int bo_proc_self_dir(char *out, size_t cap);

/*
 * Path of a helper program: in $BROWNOUT_LIBEXEC, beside the running executable (a build tree), or
 * where it was installed; the first that has it wins. -ENOENT when none has.
 */
int bo_proc_helper(const char *program, char *out, size_t cap, struct bo_err *err);

#endif
