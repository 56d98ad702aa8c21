#ifndef BO_DRIVERS_NET_LINK_OFFERED_H
#define BO_DRIVERS_NET_LINK_OFFERED_H

#include <stdint.h>

/*
 * How many packets this process's network namespace has sent, and the interface has brought in:
 * what netem was offered, where the interface is the only one. Netem itself counts what left it,
 * duplicates and all. proc(5), /proc/net/snmp (RFC 4293, ipSystemStatsOutRequests) and dev.
 */
struct offered {
	uint64_t down, up;
};

/* 0, or -ENOENT where the kernel does not say. */
int offered_read(const char *device, struct offered *ret);

#endif
