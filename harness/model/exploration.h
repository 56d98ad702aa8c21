#ifndef BO_HARNESS_MODEL_EXPLORATION_H
#define BO_HARNESS_MODEL_EXPLORATION_H

#include "harness/model/conf.h"

/*
 * What a scenario says about its exploration (`brownout explore`): its baseline is what power finds
 * in flash, with the update already in place and asked for, and the device is then left alone.
 */
struct bo_exploration {
	bo_ns boot_time;  /* how long a boot may take until the console tells its outcome */
	bo_ns settle;	  /* how long power stays on after that */
	int64_t converge; /* a promised outcome comes within this many boots without a cut */
	int64_t depth;	  /* cuts; 0: any number */
	unsigned tears;	  /* bit per name of bo_fault_tears, from its third */
};

extern const struct bo_conf_field bo_exploration_fields[];

#endif
