#include "harness/base/prng.h"

#include <assert.h>

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014, fig. 17;
 * the finaliser's constants are Stafford's variant 13. */
#define GOLDEN_GAMMA 0x9E3779B97F4A7C15u

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

void bo_prng_init(struct bo_prng *prng, uint64_t seed)
{
	*prng = (struct bo_prng){.seed = seed, .state = seed};
}

/* FNV-1a over the name's bytes, started from the parent's seed: draws never enter into it. */
void bo_prng_split(const struct bo_prng *parent, const char *name, struct bo_prng *ret)
{
	uint64_t hash = 0xCBF29CE484222325u ^ mix(parent->seed + GOLDEN_GAMMA);

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001B3u;
	bo_prng_init(ret, mix(hash));
}

uint64_t bo_prng_next(struct bo_prng *prng)
{
	prng->state += GOLDEN_GAMMA;
	return mix(prng->state);
}

uint64_t bo_prng_below(struct bo_prng *prng, uint64_t bound)
{
	assert(bound > 0);
	/* Values below 2^64 mod bound would make the small residues likelier. */
	uint64_t unfair = (0 - bound) % bound;
	uint64_t value;

	do
		value = bo_prng_next(prng);
	while (value < unfair);
	return value % bound;
}
