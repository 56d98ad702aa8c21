#ifndef BO_NETEM_RTNL_H
#define BO_NETEM_RTNL_H

#include <netlink/socket.h>

#include "netem/message.h"

/* A conversation with the kernel. It answers while it is being asked: nothing here waits. */
struct netem_rtnl {
	struct nl_sock *sock;
	int error;	/* -errno of the answer at hand */
	char said[128]; /* and what the kernel said about it (NLMSGERR_ATTR_MSG), "" when nothing */
	void (*each)(const struct nlmsghdr *head, void *ctx);
	void *ctx;
};

int netem_rtnl_open(struct netem_rtnl *rtnl, struct bo_err *err);
void netem_rtnl_close(struct netem_rtnl *rtnl);

/*
 * Sends and frees `msg` and waits for the verdict. 0, or the kernel's -errno with a text that says
 * what to do: -EPERM without CAP_NET_ADMIN, -ENOSYS when `module` is what the kernel lacks.
 */
int netem_rtnl_tell(struct netem_rtnl *rtnl, struct nl_msg *msg, const char *module,
		    struct bo_err *err);

/* Sends and frees a dump request; `each` sees every message of the answer. */
int netem_rtnl_dump(struct netem_rtnl *rtnl, struct nl_msg *msg,
		    void (*each)(const struct nlmsghdr *head, void *ctx), void *ctx,
		    struct bo_err *err);

/*
 * The index of the interface of that name, 0 when there is none. if_nametoindex(3) would have the
 * kernel look for a module of that name each time there is none, which takes a process or two.
 */
int netem_rtnl_index(struct netem_rtnl *rtnl, const char *name, struct bo_err *err);

#endif
