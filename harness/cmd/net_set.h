#ifndef BO_HARNESS_CMD_NET_SET_H
#define BO_HARNESS_CMD_NET_SET_H

#include "harness/model/netem.h"
#include "netem/flow.h"

/* What 'brownout net set' was asked for. */
struct cmd_net_wish {
	const char *device;
	struct bo_netem down_netem, up_netem;
	const struct bo_netem *down, *up; /* NULL: left alone */
	struct bo_netem_flow flow;
	const struct bo_netem_flow *peer; /* NULL: everybody */
	int64_t mtu_bytes;		  /* 0: as it is */
	int64_t blackhole_bytes;	  /* 0: none */
	int64_t for_ns;			  /* 0: until somebody clears it */
	int64_t outage_ns, every_ns;	  /* 0: none; outage_ns at the end of each every_ns */
	bool i_know, dry_run, mtu_only;
};

/* Reads and checks the command line; asks no kernel. 0, an exit code with the message printed, or
 * -1 after --help. */
int cmd_net_wish(int argc, char **argv, struct cmd_net_wish *ret);

#endif
