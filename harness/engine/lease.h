#ifndef BO_HARNESS_ENGINE_LEASE_H
#define BO_HARNESS_ENGINE_LEASE_H

#include "harness/engine/bench.h"

/*
 * Who has a bench. The drivers arbitrate its wires, so that two rack files that describe the same
 * ones collide; the lease stands above them, for people: it says who holds a bench, since when and
 * for which run. It is a lock that the kernel releases when its holder dies, however it dies, on a
 * file in the folder of harness/base/runtime_dir.h, with a record of the holder in it.
 *
 * Benches on the virtual clock are nobody's: each opening makes a new one.
 */
struct bo_lease {
	int fd; /* -1: none */
	char path[4096];
};

#define BO_LEASE_NONE ((struct bo_lease){.fd = -1})

struct bo_lease_holder {
	bool held;
	/* Without `held`, a pid says who died and did not give it back. What the record says is
	 * its writer's word: escape it. */
	int64_t pid; /* 0: nobody */
	char user[64], run[512], since[64];
};

struct bo_lease_args {
	const char *rack;    /* absolute path of the rack file */
	const char *run_dir; /* NULL: by hand */
	bo_ns wait;	     /* how long to wait for a bench that is busy */
	unsigned priority;   /* of the wish for it meanwhile: wish.h */
	/* Once, before waiting: who has it. Optional. */
	void (*waiting)(void *ctx, const char *why);
	void *ctx;
};

/*
 * Takes the lease unless it is ours already, and opens the bench (bench.h). -EBUSY, when the wait
 * is over, with who has it. The lease stays when opening fails otherwise. `scratch` takes the
 * drivers' logs.
 */
int bo_lease_open(struct bo_lease *lease, const struct bo_lease_args *args, struct bo_bench *bench,
		  const struct bo_rack_bench *conf, struct bo_loop *loop, const char *scratch,
		  uint64_t seed, struct bo_err *err);
void bo_lease_drop(struct bo_lease *lease);

/* The lock alone, at once or not at all. */
int bo_lease_take(struct bo_lease *lease, const struct bo_lease_args *args, const char *bench,
		  struct bo_err *err);
int bo_lease_look(const char *rack, const char *bench, struct bo_lease_holder *ret,
		  struct bo_err *err);
/* Whether any bench of this host is held, by whomever. */
bool bo_lease_any_held(void);
/* "pid 12 (kim) since 2026-11-22T12:03:01Z, run /...", escaped. */
void bo_lease_describe(const struct bo_lease_holder *holder, struct bo_buf *out);

#endif
