#ifndef BO_NETEM_MTU_H
#define BO_NETEM_MTU_H

#include "netem/dump.h"
#include "netem/rtnl.h"

/*
 * An interface's MTU for a while. What it was stands in an alternative name of the interface,
 * "brownout-mtu-1500-of-3" (3 is its index), which everybody reads and only its owner changes:
 * whoever finds it can put things back. Alternative names: Linux 5.5.
 */
/* -ENODEV when the interface has gone. */
int netem_mtu_read(struct netem_rtnl *rtnl, int ifindex, struct netem_mtu *ret, struct bo_err *err);

/* -EINVAL: outside the range of this interface, or below 1280 bytes with IPv6 addresses on it,
 * which Linux would take away for good (RFC 8200 section 5). */
int netem_mtu_set(struct netem_rtnl *rtnl, int ifindex, uint32_t mtu_bytes, struct bo_err *err);

/* As it was found. 1 when there was something to put back, else 0. */
int netem_mtu_heal(struct netem_rtnl *rtnl, int ifindex, struct bo_err *err);

#endif
