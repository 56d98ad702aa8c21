#ifndef BO_DRIVERS_SERVE_SERVER_H
#define BO_DRIVERS_SERVE_SERVER_H

#include <openssl/ssl.h>

#include "drivers/serve/reply.h"
#include "harness/base/loop.h"

/*
 * The update server: HTTP/1.1 (RFC 9112), one request a connection, over TCP or TLS, on a port of
 * 127.0.0.1. What it was asked and what it did about that goes out as JSON lines, in order:
 *
 *   {"event":"request","nth":1,"method":"GET","target":"/fw.bin","range":"bytes=4096-","status":206}
 *   {"event":"body","nth":1,"offset":8192}       when the byte before `offset` was handed to TCP
 *   {"event":"end","nth":1,"offset":8192,"how":"close"}
 *
 * `how` is whole, close, reset, tls-cut, restart, or gone (the client left, or said nothing for a
 * minute).
 */
struct bo_server;

struct bo_server_args {
	const struct bo_offer *offer;		  /* borrowed */
	SSL_CTX *tls;				  /* borrowed; NULL: plain TCP */
	uint16_t port;				  /* 0: one that is free */
	uint64_t body_every;			  /* bytes between two `body` events; 0: none */
	void (*say)(void *ctx, const char *line); /* a JSON line with its newline */
	void *ctx;
};

int bo_server_open(const struct bo_server_args *args, struct bo_loop *loop, struct bo_server **ret,
		   struct bo_err *err);
uint16_t bo_server_port(const struct bo_server *server);
void bo_server_close(struct bo_server *server);

#endif
