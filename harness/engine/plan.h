#ifndef BO_HARNESS_ENGINE_PLAN_H
#define BO_HARNESS_ENGINE_PLAN_H

#include "harness/engine/images.h"
#include "harness/engine/rack.h"

/*
 * A job: a scenario resolved for one target class, ready to be tried: files parsed, images loaded,
 * hash computed. Everything a trial needs except the bench.
 */
struct bo_job {
	struct bo_conf *scenario_conf, *target_conf;
	struct bo_scenario *scenario;
	struct bo_target *target;
	struct bo_images images;
	char hash8[9]; /* over resolved scenario, target class, images, seed, fault model */
};

/* Version of what faults and points mean; part of every hash8, so that an id never silently comes
 * to mean something else. */
#define BO_FAULT_MODEL 1

/* Where files are looked for: `dirs` is NULL-terminated; "targets/NAME.yaml" and "NAME.yaml" are
 * sought below each. */
struct bo_library {
	const char *const *dirs;
};

/* Reads scenario and target class and loads the images; -EINVAL with everything in `report`.
 * `variant` as in an id: a target class, and the cell of a scenario with parameters (else its
 * first). */
int bo_job_load(struct bo_job *job, const char *scenario_path, const char *variant,
		const struct bo_library *library, struct bo_buf *report);
void bo_job_free(struct bo_job *job);

/* Whether the rack grants every program that scenario and target class ask for, and has the wiring
 * that the class's protocol needs; -EINVAL with everything in `report`. */
int bo_job_granted(const struct bo_job *job, const struct bo_rack_bench *bench,
		   struct bo_buf *report);

/* Finds FOLDER/SUB/NAME.yaml in the library; -ENOENT lists where it looked. */
int bo_library_find(const struct bo_library *library, const char *sub, const char *name, char *out,
		    size_t cap, struct bo_err *err);

/* The id of a schedule tried under this job. */
bool bo_job_id(const struct bo_job *job, const struct bo_schedule *schedule, char *out, size_t cap);
/* The same, by the update protocol although the scenario says `stage: probe`. */
bool bo_job_id_by_protocol(const struct bo_job *job, const struct bo_schedule *schedule, char *out,
			   size_t cap);
/* Whether its trials find the update staged. */
bool bo_job_is_staged(const struct bo_job *job);

/*
 * Whether this bench can try the schedule; if not, the trial is not applicable, and *ret_lacks
 * names the capability.
 */
bool bo_job_applies(const struct bo_rack_bench *bench, const struct bo_schedule *schedule,
		    const char **ret_lacks);

/* The same for a trial of this job, which may need more than its faults do. */
bool bo_job_can_try(const struct bo_job *job, const struct bo_rack_bench *bench,
		    const struct bo_schedule *schedule, const char **ret_lacks);

/* Whether a fault waits for a point that only some benches can see. */
bool bo_schedule_needs_special_points(const struct bo_schedule *schedule);

#endif
