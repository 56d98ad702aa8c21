#include "drivers/update/smp_rto.h"

/* RFC 6298 2.1 and 2.4, but for the second of the latter: no target is that busy, and Linux waits
 * 200 ms as well. */
#define FIRST_NS BO_S
#define LEAST_NS (200 * BO_MS)

enum { DOUBLED_MAX = 16 };

/* RFC 6298 2.2 and 2.3: alpha is 1/8, beta 1/4. */
static void sample(struct bo_smp_rto *rto, bo_ns took)
{
	bo_ns off = took > rto->mean ? took - rto->mean : rto->mean - took;

	rto->deviation = rto->known ? rto->deviation + (off - rto->deviation) / 4 : took / 2;
	rto->mean = rto->known ? rto->mean + (took - rto->mean) / 8 : took;
	rto->known = true;
	rto->doubled = 0;
}

void bo_smp_rto_answered(struct bo_smp_rto *rto, bo_ns took, bool repeated)
{
	bool usual =
		took >= rto->mean / 4 && took <= rto->mean + rto->mean / 2 + 4 * rto->deviation;

	/* the first one of all is timed if it came soon: a wait of FIRST_NS was for nothing */
	if (!repeated || (!rto->known && took < FIRST_NS / 4))
		sample(rto, took);
	else if (rto->known && usual)
		rto->doubled = 0;
}

void bo_smp_rto_double(struct bo_smp_rto *rto)
{
	rto->doubled += rto->doubled < DOUBLED_MAX;
}

bo_ns bo_smp_rto_wait(const struct bo_smp_rto *rto, bo_ns most)
{
	bo_ns wait = rto->known ? rto->mean + 4 * rto->deviation : FIRST_NS;

	wait = wait < LEAST_NS ? LEAST_NS : wait;
	for (unsigned i = 0; i < rto->doubled && wait < most; i++)
		wait *= 2;
	return wait < most ? wait : most;
}
