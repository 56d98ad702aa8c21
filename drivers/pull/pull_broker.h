#ifndef BO_DRIVERS_PULL_PULL_BROKER_H
#define BO_DRIVERS_PULL_PULL_BROKER_H

#include <mosquitto.h>

#include "harness/base/loop.h"
#include "harness/base/proc.h"
#include "harness/base/str.h"

/*
 * An MQTT broker (mosquitto) of this process's own, on a port of 127.0.0.1 and with nothing that
 * outlasts it, and a client of it. The broker may be dropped in the middle of a job and comes back
 * on the same port; what the client was told to send meanwhile is sent then.
 */
struct pull_broker {
	struct bo_loop *loop;
	const char *folder; /* for its configuration; borrowed */
	uint16_t port;
	struct bo_proc proc;
	struct mosquitto *client;
	bool subscribed;
	struct bo_watch watch, end;
	struct bo_timer beat;  /* the client's housekeeping, or its next attempt to connect */
	struct bo_timer again; /* when a dropped broker comes back */
	char topic[96];	       /* that the client listens to */
	struct bo_err broken;  /* why it ended, where nobody dropped it */
	/* What came on the topic; the bytes are a stranger's. */
	void (*hear)(void *ctx, const void *data, size_t len);
	/* It was away, and has forgotten who listens and what was to be delivered. */
	void (*back)(void *ctx);
	void (*fail)(void *ctx);
	void *ctx;
};

/* A port of 127.0.0.1 that was free a moment ago: neither mosquitto nor a server that is to come
 * later can be handed a socket. */
uint16_t pull_free_port(void);

/* `port` 0: one that is free. Returns when the broker takes connections. -ENOENT: it is not
 * installed. The rest of *broker is zero but for hear, back, fail, ctx and topic. */
int pull_broker_open(struct pull_broker *broker, struct bo_loop *loop, const char *folder,
		     uint16_t port, struct bo_err *err);

/* At least once (QoS 1), also when the broker is away just now. */
void pull_broker_publish(struct pull_broker *broker, const char *topic, const char *text,
			 bool retained);

/* Ends it without a word; it is back after `away`. */
void pull_broker_drop(struct pull_broker *broker, bo_ns away);

void pull_broker_close(struct pull_broker *broker);

#endif
