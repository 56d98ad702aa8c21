#ifndef BO_HARNESS_ENGINE_HEALTH_H
#define BO_HARNESS_ENGINE_HEALTH_H

#include "harness/base/err.h"
#include "harness/base/str.h"

/*
 * What a host remembers of a bench from trial to trial, in its state folder (state_dir.h), one JSON
 * file a bench and rack file: whether it can be relied on, and what was last seen of its board.
 *
 * BO_SUSPECT_AFTER rig faults in a row make a bench suspect (so does a worker that dies on it),
 * BO_QUARANTINED_AFTER put it into quarantine. A trial that is judged clears a suspicion; only a
 * passed self-test ends a quarantine. Benches on the virtual clock have no record: each trial has a
 * new one. Only who holds the bench writes its record.
 */
#define BO_SUSPECT_AFTER     3
#define BO_QUARANTINED_AFTER 6

enum bo_health { BO_HEALTHY, BO_SUSPECT, BO_QUARANTINED };

extern const char *const bo_health_names[];

struct bo_bench_record {
	enum bo_health health;
	int64_t faults;			  /* rig faults in a row */
	char why[256];			  /* the last of them */
	char since[32];			  /* when it became what it is */
	bool seen;			  /* the rest: a board has been seen */
	char uid[40];			  /* "": no probe asked it */
	char application[64], slots[128]; /* versions; "": not observed */
	char when[32], run[512];
	int64_t jitter_ns;	 /* by how much its cuts came late, of late; 0: not known */
	int64_t trials, written; /* with this board: trials, and bytes of flash rewritten */
};

/*
 * The jitter is the worst lateness of a fault that a judged trial saw, requested to achieved, and a
 * sixteenth of it is forgotten with each later trial that had one.
 */

/* One that does not exist, or cannot be read, is that of a healthy bench. Text in it is as it was
 * observed: escape it. */
void bo_health_read(const char *rack, const char *bench, struct bo_bench_record *ret);

/* A trial has ended; its journal says how. *ret is the record as it is then. */
int bo_health_trial(const char *rack, const char *bench, const char *run,
		    const struct bo_buf *journal, struct bo_bench_record *ret, struct bo_err *err);
/* Something of the bench failed so badly that it is suspect at once. */
int bo_health_fault(const char *rack, const char *bench, const char *why,
		    struct bo_bench_record *ret, struct bo_err *err);
/* It has passed its self-test. */
int bo_health_clear(const char *rack, const char *bench, struct bo_err *err);

#endif
