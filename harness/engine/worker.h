#ifndef BO_HARNESS_ENGINE_WORKER_H
#define BO_HARNESS_ENGINE_WORKER_H

#include "harness/engine/plan_file.h"

/*
 * One worker process drives one bench: it carries out its share of a plan, one trial after the
 * other, and leaves a journal for each (plan_file.h says where). A trial whose journal is there, to
 * its verdict, is left as it is: a run that was interrupted is continued by working on its plan
 * again. It prints one line on standard
 * output for each change a watcher may want to show: "INDEX what".
 */
struct bo_worker_args {
	const struct bo_registry *registry;
	const struct bo_library *folders;
	const struct bo_plan *plan;
	const char *bench; /* NULL: the plan's */
	/* trials are named on standard input, one number a line, until its end; such a worker has a
	 * parent, and `shards` says nothing */
	bool dealt;
	bo_ns wait;		/* for a bench that is busy */
	unsigned priority;	/* wish.h */
	unsigned shard, shards; /* trials with index % shards == shard are ours */
};

/*
 * 0: every trial of the share has a verdict line. -EBUSY: the bench belongs to somebody else.
 * -EINTR: a signal; power is in its safe state. Other -errno: the records could not be written, or
 * the plan cannot be carried out; the cause is in `err`.
 */
int bo_worker_run(const struct bo_worker_args *args, struct bo_err *err);

#endif
