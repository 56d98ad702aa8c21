#ifndef BO_NETEM_FLOW_H
#define BO_NETEM_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * Whose packets are impaired: those to and from one peer, which may be narrowed to a protocol and
 * the peer's port. Everything else on the interface passes untouched.
 */
struct bo_netem_flow {
	int family;	  /* AF_INET or AF_INET6; 0: every packet of the interface */
	uint8_t peer[16]; /* network order; 4 bytes for AF_INET */
	uint8_t protocol; /* IPPROTO_UDP, IPPROTO_TCP; 0: any */
	uint16_t port;	  /* the peer's, host order; 0: any; needs a protocol */
};

/* "192.0.2.7", "192.0.2.7:1337/udp", "[2001:db8::7]:80/tcp". -EINVAL says what is wrong. */
int bo_netem_flow_parse(const char *text, struct bo_netem_flow *ret, struct bo_err *err);

#endif
