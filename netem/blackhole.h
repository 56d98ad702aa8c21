#ifndef BO_NETEM_BLACKHOLE_H
#define BO_NETEM_BLACKHOLE_H

#include "netem/state.h"

#define NETEM_BLACKHOLE_TAG 0x7d00u /* major of the "tbf" behind a netem of ours */

/* See bo_netem_blackhole(). -EINVAL when there is no netem of ours on that side. */
int netem_blackhole_set(struct netem_rtnl *rtnl, const struct netem_side *side, uint32_t bytes,
			struct bo_err *err);

#endif
