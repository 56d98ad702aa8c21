#ifndef BO_NETEM_LOOK_H
#define BO_NETEM_LOOK_H

#include "netem/link.h"
#include "netem/rtnl.h"

/* bo_netem_look() on a conversation that is open. */
int netem_look(struct netem_rtnl *rtnl, int ifindex, struct bo_netem_view *ret, struct bo_err *err);

#endif
