#ifndef BO_DRIVERS_PULL_PULL_SERVER_H
#define BO_DRIVERS_PULL_PULL_SERVER_H

#include "harness/base/loop.h"
#include "harness/base/proc.h"
#include "harness/base/str.h"

/* A `brownout-serve` of this process's own, and what it says. */

#define PULL_REQUESTS_KEPT 16

/* How it is started; everything is borrowed. */
struct pull_serving {
	const char *file;
	const char *ca, *client; /* where its certificates go; NULL: none */
	const char *token;	 /* that it asks for; NULL: none */
	const char *const *mischief;
	size_t mischiefs;
};

struct pull_heard {
	enum { PULL_REQUEST, PULL_BODY_END } kind;
	uint64_t nth;
	int status;	   /* of a request */
	bool part;	   /* a request that is answered with a part of the file */
	bool file;	   /* it was for the file */
	uint64_t from, to; /* of a body: what was handed over */
	char target[80];   /* printable */
	char how[16];	   /* of a body's end */
};

struct pull_server {
	struct bo_loop *loop;
	struct bo_proc proc;
	struct bo_watch out, end;
	struct bo_buf text;
	unsigned open; /* requests that have not ended */
	uint16_t port; /* the same one after each start */
	struct {
		uint64_t from;	       /* where its body began */
		bool file;	       /* it was one of the file */
	} request[PULL_REQUESTS_KEPT]; /* the last ones: request[nth % PULL_REQUESTS_KEPT] */
	char url[160];
	struct bo_err broken;
	void (*hear)(void *ctx, const struct pull_heard *heard);
	void (*fail)(void *ctx);
	void *ctx;
};

/* Ends the one that runs and starts one with these; returns when it listens, which is when
 * server->url is known. */
int pull_server_start(struct pull_server *server, const struct pull_serving *serving,
		      struct bo_err *err);
/* Hears what it has said already. */
void pull_server_drain(struct pull_server *server);
/* The same, and waits for the end of what is under way, PULL_SETTLE_MS at most: a device may be
 * quicker than the words about its last byte. */
#define PULL_SETTLE_MS 1000
void pull_server_settle(struct pull_server *server);
void pull_server_close(struct pull_server *server);

#endif
