#include "harness/base/prng.h"

#include <criterion/criterion.h>
#include <signal.h>

Test(prng, the_stream_is_the_published_one)
{
	/* First outputs of SplitMix64 for seed 1234567, as listed by Rosetta Code. */
	static const uint64_t expected[] = {6457827717110365317u, 3203168211198807973u,
					    9817491932198370423u, 4593380528125082431u,
					    16408922859458223821u};
	struct bo_prng prng;

	bo_prng_init(&prng, 1234567);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_assert_eq(bo_prng_next(&prng), expected[i], "draw %zu", i);
}

Test(prng, draws_from_the_parent_do_not_shift_a_child)
{
	struct bo_prng parent, early, late, other;

	bo_prng_init(&parent, 7);
	bo_prng_split(&parent, "cells", &early);
	bo_prng_next(&parent);
	bo_prng_split(&parent, "cells", &late);
	bo_prng_split(&parent, "cellt", &other);
	uint64_t first = bo_prng_next(&early);

	cr_assert_eq(first, bo_prng_next(&late));
	cr_assert_neq(first, bo_prng_next(&other));
}

Test(prng, below_reaches_every_value_and_none_beyond)
{
	struct bo_prng prng;
	unsigned seen[7] = {0};

	bo_prng_init(&prng, 1);
	for (int i = 0; i < 7000; i++) {
		uint64_t value = bo_prng_below(&prng, 7);

		cr_assert_lt(value, 7u);
		seen[value]++;
	}
	for (int i = 0; i < 7; i++)
		cr_assert(seen[i] > 850 && seen[i] < 1150, "%d came %u times", i, seen[i]);
	cr_assert_eq(bo_prng_below(&prng, 1), 0u);
	cr_assert_lt(bo_prng_below(&prng, UINT64_MAX), UINT64_MAX);
}

Test(prng, an_empty_range_is_a_bug, .signal = SIGABRT)
{
	struct bo_prng prng;

	bo_prng_init(&prng, 1);
	bo_prng_below(&prng, 0);
}
