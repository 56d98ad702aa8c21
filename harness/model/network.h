#ifndef BO_HARNESS_MODEL_NETWORK_H
#define BO_HARNESS_MODEL_NETWORK_H

#include "harness/model/conf.h"
#include "harness/model/netem.h"
#include "harness/model/schedule.h"

/* What a scenario says about the target's network link, and what faults make of it. */

/* One way, as the keys give it. */
struct bo_network_way {
	struct bo_netem netem; /* but for the rate, which people count in bits */
	int64_t rate_bit;
	const char *correlation; /* refused, with the reason */
};

struct bo_scenario_network {
	const char *profile;
	struct bo_network_way both, down, up;
};

extern const struct bo_conf_field bo_network_fields[];

/*
 * Checks what stands under the key `network` and says what the link is like: nothing is done to it
 * where nothing is said. Complains of contradictions at their place; *ret_* are set all the same.
 */
void bo_network_read(const struct bo_conf *conf, const struct bo_scenario_network *asked,
		     struct bo_netem *ret_down, struct bo_netem *ret_up, struct bo_buf *report);

/* Both ways for hashing: what a profile stands for may change, and then trials are others. */
void bo_network_canonical(const struct bo_netem *down, const struct bo_netem *up,
			  struct bo_buf *out);

/* Both ways, as a fault of BO_ACTION_NET leaves them while it acts: from what they were. */
void bo_network_strike(const struct bo_fault *fault, struct bo_netem *down, struct bo_netem *up);

#endif
