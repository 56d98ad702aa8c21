#ifndef BO_DRIVERS_API_PROGRAM_H
#define BO_DRIVERS_API_PROGRAM_H

#include <stdbool.h>

#include "harness/base/err.h"
#include "harness/base/proc.h"

/*
 * Programs of the user's own. The rack file grants them, by path and hash under `programs:`;
 * drivers, protocols and oracles only ask for one by its name there. There is no other way to start
 * one, and no shell on this way.
 */
struct bo_programs;

struct bo_program_call {
	const char *name;	 /* as in the rack file */
	const char *const *args; /* NULL-terminated, without argv[0] */
	bool pipe_in;		 /* else its standard input is empty */
	int line;		 /* becomes its descriptor BO_PROC_LINE; 0: none */
};

struct bo_programs_ops {
	/* NULL, or why it is not granted: one line with the names there are, static. */
	const char *(*refusal)(const struct bo_programs *programs, const char *name);
	/*
	 * Starts it, in its own process group, with pipes at standard output and error. The file is
	 * hashed anew, and what was hashed is what runs. -EACCES: it is not what was granted any
	 * more, or was never.
	 */
	int (*start)(const struct bo_programs *programs, const struct bo_program_call *call,
		     struct bo_proc *ret, struct bo_err *err);
};

struct bo_programs {
	const struct bo_programs_ops *ops;
};

static inline const char *bo_programs_refusal(const struct bo_programs *programs, const char *name)
{
	return programs->ops->refusal(programs, name);
}

static inline int bo_programs_start(const struct bo_programs *programs,
				    const struct bo_program_call *call, struct bo_proc *ret,
				    struct bo_err *err)
{
	return programs->ops->start(programs, call, ret, err);
}

#endif
