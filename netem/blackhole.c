#include "netem/blackhole.h"

#include <errno.h>

#define FIRST_CLASS 1u

/* A netem hands on what it lets through to whatever stands at its only class. */
static struct netem_place behind(const struct netem_qdisc *netem)
{
	return (struct netem_place){netem->place.ifindex,
				    (netem->place.handle & 0xffff0000u) | FIRST_CLASS,
				    NETEM_BLACKHOLE_TAG << 16};
}

int netem_blackhole_set(struct netem_rtnl *rtnl, const struct netem_side *side, uint32_t bytes,
			struct bo_err *err)
{
	struct netem_place place = behind(&side->netem);

	if (!side->netem.kind[0] || !netem_state_tagged(&side->root))
		return bo_err_set(err, -EINVAL,
				  "a blackhole comes after a setting, and there is none");
	if (bytes)
		return netem_rtnl_tell(rtnl, netem_msg_tbf(&place, bytes), "sch_tbf", err);
	if (!side->blackhole)
		return 0;
	return netem_rtnl_tell(rtnl, netem_msg_qdisc_delete(&place), NULL, err);
}
