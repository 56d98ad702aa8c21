#ifndef BO_HARNESS_ENGINE_NET_ACT_H
#define BO_HARNESS_ENGINE_NET_ACT_H

#include "drivers/api/net.h"
#include "harness/base/loop.h"
#include "harness/model/schedule.h"

/* A fault that acts on the network link. */
struct bo_net_strike {
	const struct bo_fault *fault;
	bo_ns due;
	bool asked; /* the driver was told, and has not said that it is so */
	bool known; /* it is so, since `began` */
	bo_ns began;
};

/* The link of a trial that impairs it. */
struct bo_net_link {
	bool takes_part, healed;
	bool in_flight; /* a change was asked for, and is not confirmed */
	bo_ns asked_at;
	bo_ns latest_down, latest_up; /* how late a packet may be, of all that was asked for */
	struct bo_netem down, up;     /* in force */
	struct bo_netem down_asked, up_asked;
	struct bo_net_strike strike[BO_FAULTS_MAX];
	size_t strikes;
	struct bo_timer timer; /* until one begins or ends by the clock */
};

#endif
