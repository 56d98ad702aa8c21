#ifndef BO_DRIVERS_FTDI_CLIENT_H
#define BO_DRIVERS_FTDI_CLIENT_H

#include "drivers/ftdi/switch_place.h"
#include "drivers/ftdi/switch_wire.h"
#include "harness/base/err.h"
#include "harness/base/loop.h"

/* The switch server, found beside this executable or among the installed helpers. */
#define BO_SWITCH_PROGRAM "brownout-switch"

/*
 * A connection to a switch server. Calls block until the answer is there, a USB round trip, and at
 * most until their deadline: they are acts, and whoever acts wants to know when it was done.
 */
struct bo_switch_client {
	int fd; /* -1: none */
	uint32_t seq;
	/* Its own: waiting for an answer must not move the loop's idea of now. */
	struct bo_clock clock;
};

/*
 * Connects to the server of `address`, starting one if there is none, and leases: `lease` is a
 * request with verb BO_SWITCH_LEASE. The loop turns while the server starts. Errors: -ENOENT when
 * the server's program is not installed, the server's (switch_wire.h), -ETIMEDOUT.
 */
int bo_switch_client_open(struct bo_switch_client *client, const struct bo_switch_address *address,
			  const struct bo_switch_request *lease, struct bo_loop *loop,
			  struct bo_err *err);

/*
 * One request and its answer; `seq` is filled in. Errors are the server's, -ECONNRESET when the
 * server is gone, -ETIMEDOUT when it does not answer.
 */
int bo_switch_client_call(struct bo_switch_client *client, struct bo_switch_request request,
			  struct bo_switch_answer *ret, struct bo_err *err);

/*
 * The same in two halves, for whoever has something else to do meanwhile: what is asked is answered
 * on `fd`, and then taken. One request at a time. -EAGAIN: no answer yet.
 */
int bo_switch_client_ask(struct bo_switch_client *client, struct bo_switch_request request,
			 struct bo_err *err);
int bo_switch_client_take(struct bo_switch_client *client, struct bo_switch_answer *ret,
			  struct bo_err *err);

/* Ends the connection; without a release before, the server counts it as a crash. */
void bo_switch_client_close(struct bo_switch_client *client);

#endif
