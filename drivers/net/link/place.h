#ifndef BO_DRIVERS_NET_LINK_PLACE_H
#define BO_DRIVERS_NET_LINK_PLACE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * This process's place on a network with the target. A TUN interface and one of the kernel's SLIP
 * are made in a network namespace of the process's own: nothing else of this host's is in it, two
 * benches may use the same addresses, and it goes with its last user.
 */
enum place_kind {
	PLACE_TUN,	 /* whoever holds ret->tun is the other end */
	PLACE_SLIP,	 /* the kernel's line discipline on a tty (Linux' slip.ko) */
	PLACE_INTERFACE, /* an interface that is there, or whichever leads there */
};

struct place_args {
	enum place_kind kind;
	const char *interface; /* PLACE_INTERFACE: NULL: by the routes there are */
	int tty;	       /* PLACE_SLIP */
	const char *address;   /* the target's, numeric; IPv4 but for PLACE_INTERFACE */
	const char *host;      /* ours, IPv4; not for PLACE_INTERFACE */
	uint16_t port;	       /* the target's */
	int mtu;	       /* not for PLACE_INTERFACE */
};

struct place {
	char device[IF_NAMESIZE]; /* "" when not known */
	int udp;		  /* connected; a datagram that does not fit is -EMSGSIZE */
	int tun;		  /* -1: none */
	uint32_t datagram_max;
};

/*
 * What it makes ends with the process. -ENOSYS: the kernel lacks a module, which is named; -EPERM
 * says which right is missing; -ENODEV: no such interface.
 */
int place_open(const struct place_args *args, struct place *ret, struct bo_err *err);

/* A network namespace of this process's own from now on, in a user namespace of its own where that
 * is the only way. */
int place_own_network(struct bo_err *err);

#endif
