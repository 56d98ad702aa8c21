#include "harness/model/witness.h"

#include <stddef.h>

const char *const bo_witness_names[BO_WITNESS_COUNT + 1] = {
	[BO_WITNESS_SENSE] = "sense",
	[BO_WITNESS_RESET_CAUSE] = "reset-cause",
	[BO_WITNESS_RAM_CANARY] = "ram-canary",
	[BO_WITNESS_UNSCHEDULED_BOOT] = "unscheduled-boot",
	[BO_WITNESS_COUNT] = NULL,
};
