#ifndef BO_DRIVERS_API_NET_H
#define BO_DRIVERS_API_NET_H

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/base/clock.h"
#include "harness/base/err.h"
#include "harness/model/netem.h"

/*
 * A target on a network: datagrams to and from one UDP port of it, and the link they take, which
 * can be made worse on purpose. Datagrams come from the loop, with the time they were first seen;
 * any of them may be lost, doubled or overtaken, with or without a fault of ours.
 *
 * down is towards the target, up comes from it.
 */
struct bo_net;

/* What a way did between two settings, by the counters of whoever impairs it. */
struct bo_net_count {
	uint64_t packets; /* that were offered, whatever came of them */
	uint64_t dropped;
	uint64_t duplicated; /* BO_NET_UNKNOWN: nobody counts them */
	uint64_t bytes;	     /* that passed, as the link counts them */
};

#define BO_NET_UNKNOWN UINT64_MAX

struct bo_net_period {
	struct bo_net_count down, up;
};

/*
 * What impair() asked for is in force, and was read back from whoever does it: `at` is when that
 * was known, `over` what the setting before it did. err not NULL: it is not in force, and what is
 * wrong with the rig. Once for each impair().
 */
typedef void bo_net_changed(void *ctx, bo_ns at, const struct bo_net_period *over,
			    const struct bo_err *err);
typedef void bo_net_rx(void *ctx, bo_ns at, const uint8_t *data, size_t len);
/* The way is gone (tty unplugged, interface down, helper dead). Called once; every later call
 * fails with -ENODEV. */
typedef void bo_net_lost(void *ctx, bo_ns at, const struct bo_err *why);

struct bo_net_ops {
	const char *name;
	/* One datagram. -EMSGSIZE: more than the link's MTU carries in one packet; -ENOBUFS: no
	 * room now, and a network would have lost it. Never waits. */
	int (*send)(struct bo_net *net, const void *data, size_t len, struct bo_err *err);
	/* Optional: the wire towards the target carries nothing and feeds nothing (break level on a
	 * serial line), while the target has no power; `false` releases it. What is on its way to
	 * or from the target is dropped. */
	int (*hold_break)(struct bo_net *net, bool on, struct bo_err *err);
	/*
	 * Optional (BO_CAP_NETEM): both ways are impaired like that from now on; all zero is a link
	 * that is well. Both have passed bo_netem_check(). Returns at once; net->changed is called
	 * from the loop when it is so. Not again before that.
	 */
	int (*impair)(struct bo_net *net, const struct bo_netem *down, const struct bo_netem *up,
		      struct bo_err *err);
	/* Called exactly once, iff open succeeded. Whatever was impaired is well again. */
	void (*close)(struct bo_net *net);
};

struct bo_net {
	const struct bo_net_ops *ops;
	/* Set by the engine after open; may change between loop turns. */
	bo_net_rx *rx;
	bo_net_changed *changed;
	bo_net_lost *lost;
	void *ctx;
	size_t datagram_max; /* bytes of payload in one packet of the link; set by the driver */
};

static inline int bo_net_send(struct bo_net *net, const void *data, size_t len, struct bo_err *err)
{
	assert(len > 0);
	int rc = net->ops->send(net, data, len, err);

	assert(rc <= 0);
	return rc;
}

/* A way that cannot hold break is left as it is: 0. */
static inline int bo_net_hold_break(struct bo_net *net, bool on, struct bo_err *err)
{
	if (!net->ops->hold_break)
		return 0;
	int rc = net->ops->hold_break(net, on, err);

	assert(rc <= 0);
	return rc;
}

static inline int bo_net_impair(struct bo_net *net, const struct bo_netem *down,
				const struct bo_netem *up, struct bo_err *err)
{
	if (!net->ops->impair)
		return bo_err_set(err, -EOPNOTSUPP, "network: '%s' cannot impair its link",
				  net->ops->name);
	int rc = net->ops->impair(net, down, up, err);

	assert(rc <= 0);
	return rc;
}

static inline void bo_net_close(struct bo_net *net)
{
	if (net)
		net->ops->close(net);
}

#endif
