#ifndef BO_DRIVERS_NET_LINK_WIRE_H
#define BO_DRIVERS_NET_LINK_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "drivers/api/net.h"

/*
 * What a bench's worker and its brownout-link say to each other: fixed messages, one a packet of a
 * socket pair (SOCK_SEQPACKET), between two programs of one build on one host. A message of another
 * size or with another mark is refused: the programs are not of the same build then.
 *
 * brownout-link speaks first, once (hello): its place stands, with the connected UDP socket and,
 * for a TUN interface, that interface's descriptor; or why it does not. From then on it answers.
 *
 * The kernel's SLIP alone: the worker sends the tty's descriptor before that (a request of verb
 * BO_LINK_TTY, which has no answer of its own).
 */
#define BO_LINK_PROGRAM "brownout-link"
#define BO_LINK_MARK	UINT32_C(0x424c0001)
#define BO_LINK_FDS_MAX 2

enum bo_link_verb {
	BO_LINK_TTY = 1, /* here is the tty */
	BO_LINK_IMPAIR,	 /* both ways are impaired like that */
};

struct bo_link_request {
	uint32_t mark;
	uint32_t verb;
	struct bo_netem down, up;
};

struct bo_link_answer {
	uint32_t mark;
	uint32_t datagram_max; /* hello: bytes of payload in one packet */
	/* hello: why the link cannot be impaired, code 0 when it can. impair: why it is not. */
	struct bo_err netem;
	struct bo_err err;	   /* hello: why there is no link at all */
	struct bo_net_period over; /* impair: what the setting before it did */
};

/* -EPIPE when the other end is gone. Descriptors stay the caller's. */
int bo_link_send(int sock, const void *message, size_t len, const int *fds, size_t fd_count);

/*
 * Receives one message of `len` bytes and up to BO_LINK_FDS_MAX descriptors (close-on-exec, the
 * caller's), as many as *ret_fd_count says; others in `fds` are -1. -EAGAIN: nothing is there;
 * -EPIPE: the other end is gone; -EPROTO: a message that is none.
 */
int bo_link_receive(int sock, void *message, size_t len, int fds[BO_LINK_FDS_MAX],
		    size_t *ret_fd_count);

#endif
