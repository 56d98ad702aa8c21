#ifndef BO_NETEM_OFFLOAD_H
#define BO_NETEM_OFFLOAD_H

#include <stdbool.h>

#include "harness/base/err.h"

/*
 * Segmentation and receive offloads make one packet of up to 64 KiB out of many: netem would lose,
 * delay and pace those. linux/ethtool.h, ETHTOOL_GTSO and its like.
 */
#define NETEM_OFFLOADS 4

/* A bit for each of tso, gso, gro, lro that is on; 0 for an interface that knows none of them. */
int netem_offload_get(const char *device, unsigned *ret_mask, struct bo_err *err);

/* Switches those of `mask` on or off, and looks whether they did. -EIO names the one that stayed.
 */
int netem_offload_set(const char *device, unsigned mask, bool on, struct bo_err *err);

#endif
