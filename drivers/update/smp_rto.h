#ifndef BO_DRIVERS_UPDATE_SMP_RTO_H
#define BO_DRIVERS_UPDATE_SMP_RTO_H

#include <stdbool.h>

#include "harness/base/clock.h"

/*
 * When to ask again on a network that may have lost the request or its answer (RFC 6298): after a
 * little longer than answers have taken lately, and twice as long each time nobody answered. An
 * answer to what was sent more than once does not tell which of them it answers, and is not timed
 * (Karn's algorithm). A wait that was doubled stays so until a request was answered at once; or
 * until an answer came just as long after the last repeat as answers take: then something was lost,
 * and the way is no slower than it was. Without this a way that loses a fifth would be waited for
 * most of the time. Private to the folder.
 */
struct bo_smp_rto {
	bool known;	       /* an answer was timed */
	bo_ns mean, deviation; /* smoothed, of how long answers take */
	unsigned doubled;      /* times */
};

/* A request was answered, so long after it was sent, the last time if it was `repeated`. */
void bo_smp_rto_answered(struct bo_smp_rto *rto, bo_ns took, bool repeated);
/* Nobody answered in time. */
void bo_smp_rto_double(struct bo_smp_rto *rto);
/* How long to wait now; never longer than `most`. */
bo_ns bo_smp_rto_wait(const struct bo_smp_rto *rto, bo_ns most);

#endif
