#ifndef BO_HARNESS_ENGINE_PLAN_FILE_H
#define BO_HARNESS_ENGINE_PLAN_FILE_H

#include "harness/engine/plan.h"

/*
 * A plan as a file: what a parent hands to its workers (or a cluster engine to its nodes). Lives as
 * plan.json in the run directory.
 */
struct bo_planned {
	char *scenario; /* path of the scenario file */
	char id[BO_ID_MAX];
	const char *lacks; /* the capability this bench has not; NULL: it can be tried */
};

struct bo_plan {
	char *rack;  /* path */
	char *bench; /* name */
	char *out;   /* run directory */
	bool anyway; /* carry out trials whose hash no longer agrees, and mark them */
	struct bo_planned *trials;
	size_t count;
};

/* Copies what it is given. */
void bo_plan_add(struct bo_plan *plan, const char *scenario, const char *id, const char *lacks);
void bo_plan_free(struct bo_plan *plan);

int bo_plan_write(const struct bo_plan *plan, const char *path, struct bo_err *err);
int bo_plan_read(const char *path, struct bo_plan *ret, struct bo_err *err);

/*
 * RUNDIR/trials/ID: a trial's folder. Faults too long for a folder's name (255 bytes) end in '~',
 * which no id contains, and 16 digits of the id's SHA-256.
 */
void bo_plan_trial_dir(const struct bo_plan *plan, const struct bo_planned *trial,
		       struct bo_buf *out);

#endif
