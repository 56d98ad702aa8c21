#ifndef BO_DRIVERS_NET_LINK_NET_H
#define BO_DRIVERS_NET_LINK_NET_H

#include <stdbool.h>

#include "drivers/api/net.h"
#include "drivers/net/link_wire.h"
#include "harness/base/loop.h"
#include "harness/base/proc.h"

/*
 * A target on a network by means of brownout-link: the part that drivers share. The helper makes
 * the place and impairs the link; the datagrams go through the socket it hands over.
 */
struct link_net {
	struct bo_net net;
	struct bo_loop *loop;
	const char *name; /* for messages */
	struct bo_proc helper;
	int sock; /* to the helper */
	int udp;
	int tun; /* -1: none; the driver's to read and write, closed here */
	/* Nothing passes either way, as while the line holds break: what comes is thrown away. */
	bool muted;

	/* The rest is its own. */
	struct bo_watch from_helper, from_udp;
	struct bo_timer report;
	struct bo_err why;   /* code 0 while the way is there */
	struct bo_err netem; /* why the link cannot be impaired */
	bool told, changing;
};

enum link_netem { LINK_NETEM_AUTO, LINK_NETEM_YES, LINK_NETEM_NO };
extern const char *const link_netem_names[]; /* for a BO_CONF_ENUM */

/* Options of brownout-link: "--NAME", or "--NAME" and a value. */
#define LINK_ARGS_MAX 20
struct link_args {
	const char *argv[LINK_ARGS_MAX + 2];
	size_t count;
};
void link_args_add(struct link_args *args, const char *option, const char *value);

/*
 * Starts the helper and waits, seconds at most, until the place stands. `tty` is handed to it where
 * it is not -1. link->net.ops is the driver's to set. -ENOENT: no such program; else what the
 * helper says.
 */
int link_net_open(struct link_net *link, struct bo_loop *loop, const char *name,
		  struct link_args *args, int tty, struct bo_err *err);

/* Waits until the helper has healed what it impaired, then ends it if it has not ended. */
void link_net_close(struct link_net *link);

/* The way is gone, says the driver: told from the loop, once. */
void link_net_lose(struct link_net *link, const struct bo_err *why);

/* Operations of struct bo_net_ops. */
int link_net_send(struct bo_net *net, const void *data, size_t len, struct bo_err *err);
int link_net_impair(struct bo_net *net, const struct bo_netem *down, const struct bo_netem *up,
		    struct bo_err *err);

/* Whether this host could impair such a link ("--tun", "--slip", "--interface"), in the helper's
 * own words: asked once in the life of the process. */
bool link_net_probe(const char *kind);

#endif
