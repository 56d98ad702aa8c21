#ifndef BO_HARNESS_MODEL_NETEM_DIST_H
#define BO_HARNESS_MODEL_NETEM_DIST_H

#include <stdint.h>

#include "harness/model/netem.h"

/*
 * The table from which the kernel draws a packet's delay: entry i is where the distribution of mean
 * 0 and deviation 1 reaches (i + 1/2) / BO_NETEM_DIST_POINTS, in units of 1/8192
 * (NETEM_DIST_SCALE). The kernel picks an entry at random, multiplies it by the jitter and adds the
 * delay, and so does whoever impairs packets in its place. A uniform jitter has a table too:
 * without one the kernel would keep that of the setting before.
 */
#define BO_NETEM_DIST_POINTS 4096
#define BO_NETEM_DIST_UNIT   8192

void bo_netem_dist_fill(enum bo_netem_dist dist, int16_t table[BO_NETEM_DIST_POINTS]);

#endif
