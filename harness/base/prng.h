#ifndef BO_HARNESS_BASE_PRNG_H
#define BO_HARNESS_BASE_PRNG_H

#include <stdint.h>

/*
 * Seeded pseudo-random integers; the same on every host. Reproducibility matters more than quality
 * here. Child streams are split off by name and depend on the parent's seed alone, so that a new
 * draw in one place shifts no other.
 */
struct bo_prng {
	uint64_t seed;
	uint64_t state;
};

void bo_prng_init(struct bo_prng *prng, uint64_t seed);
void bo_prng_split(const struct bo_prng *parent, const char *name, struct bo_prng *ret);
uint64_t bo_prng_next(struct bo_prng *prng);
/* Uniform in [0, bound); bound > 0. */
uint64_t bo_prng_below(struct bo_prng *prng, uint64_t bound);

#endif
