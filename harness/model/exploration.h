#ifndef BO_HARNESS_MODEL_EXPLORATION_H
#define BO_HARNESS_MODEL_EXPLORATION_H

#include "harness/model/conf.h"

/* What a boot may look at although no state has it. */
enum bo_taken { BO_TAKEN_TIME, BO_TAKEN_PINS, BO_TAKEN_REGISTERS };

/* What goes on while power fails. */
enum bo_during { BO_DURING_BOOT, BO_DURING_UPLOAD, BO_DURING_CONFIRM };

/*
 * What a scenario says about its exploration (`brownout explore`): its baseline is what power finds
 * in flash, with the update already in place and asked for, unless a host is to bring it.
 */
struct bo_exploration {
	bo_ns boot_time;      /* how long a boot may take until the console tells its outcome */
	bo_ns settle;	      /* how long power stays on after that */
	int64_t converge;     /* a promised outcome comes within this many boots without a cut */
	int64_t depth;	      /* cuts; 0: any number */
	unsigned tears;	      /* bit per name of bo_fault_tears, from its third */
	unsigned ram;	      /* bit per name of bo_ram_names, from its second */
	unsigned cause;	      /* bit per name of bo_found_names, from its second */
	unsigned as_modelled; /* bit per enum bo_taken */
	int during;	      /* enum bo_during */
	bool ask; /* the outcome is told by the update protocol; always so with a host */
};

extern const struct bo_conf_field bo_exploration_fields[];

#endif
