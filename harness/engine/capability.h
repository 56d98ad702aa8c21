#ifndef BO_HARNESS_ENGINE_CAPABILITY_H
#define BO_HARNESS_ENGINE_CAPABILITY_H

#include "harness/engine/rack.h"
#include "harness/model/schedule.h"
#include "harness/model/step.h"

/* What benches can do, by name, and what a bench that cannot misses. */
struct bo_capability {
	unsigned bit; /* BO_CAP_* */
	const char *name;
	const char *means;
	const char *without;
};

/* Ended by a NULL name. */
extern const struct bo_capability bo_capabilities[];

/* The capability without which the fault cannot be tried; NULL: any bench will do. */
const struct bo_capability *bo_capability_for(const struct bo_fault *fault);

/* The same for a step of a scenario. */
const struct bo_capability *bo_capability_for_step(const struct bo_conf_choice *step);

/* The names of those in `caps`, each followed by a blank. */
void bo_capability_names(unsigned caps, struct bo_buf *out);

/* The capabilities of several benches side by side, as a table in Markdown. */
void bo_capability_table(const struct bo_rack_bench *const *benches, size_t count,
			 struct bo_buf *out);

#endif
