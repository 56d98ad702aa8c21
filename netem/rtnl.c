#include "netem/rtnl.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <string.h>

#include "netem/dump.h"

/* The kernel's verdict, with its own words where it has some (NETLINK_EXT_ACK, Linux 4.12). */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *verdict, void *arg)
{
	struct netem_rtnl *rtnl = arg;
	struct nlmsghdr *head = (struct nlmsghdr *)((char *)verdict - NLMSG_HDRLEN);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];

	(void)from;
	rtnl->error = verdict->error;
	/* NETLINK_CAP_ACK is set: the request's payload is not repeated in front of them */
	if ((head->nlmsg_flags & NLM_F_ACK_TLVS) &&
	    nlmsg_parse(head, sizeof(*verdict), attrs, NLMSGERR_ATTR_MAX, NULL) == 0 &&
	    attrs[NLMSGERR_ATTR_MSG])
		(void)nla_strlcpy(rtnl->said, attrs[NLMSGERR_ATTR_MSG], sizeof(rtnl->said));
	return NL_STOP;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct netem_rtnl *rtnl = arg;

	if (rtnl->each)
		rtnl->each(nlmsg_hdr(msg), rtnl->ctx);
	return NL_OK;
}

static void want_words(struct nl_sock *sock)
{
	int on = 1;

	/* a kernel that has neither answers without words */
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

int netem_rtnl_open(struct netem_rtnl *rtnl, struct bo_err *err)
{
	*rtnl = (struct netem_rtnl){.sock = nl_socket_alloc()};
	if (!rtnl->sock)
		return bo_err_set(err, -ENOMEM, "netlink: no memory");
	int rc = nl_connect(rtnl->sock, NETLINK_ROUTE);

	if (rc < 0) {
		netem_rtnl_close(rtnl);
		return bo_err_set(err, -EIO, "netlink: %s", nl_geterror(rc));
	}
	nl_socket_disable_auto_ack(rtnl->sock);
	want_words(rtnl->sock);
	nl_socket_modify_err_cb(rtnl->sock, NL_CB_CUSTOM, on_error, rtnl);
	nl_socket_modify_cb(rtnl->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, rtnl);
	return 0;
}

void netem_rtnl_close(struct netem_rtnl *rtnl)
{
	if (rtnl->sock)
		nl_socket_free(rtnl->sock);
	rtnl->sock = NULL;
}

/* ---- what an errno of the kernel's calls for ---- */

#define ALLOW                                                                                     \
	"not allowed to change interfaces: run as root, give this program CAP_NET_ADMIN (setcap " \
	"cap_net_admin+ep), or work in a network namespace of your own (unshare -Urn)"

static int explain(const struct netem_rtnl *rtnl, const char *module, struct bo_err *err)
{
	char said[sizeof(rtnl->said) * 4 + 8] = "";

	if (rtnl->said[0])
		(void)bo_str_escape(said, sizeof(said), rtnl->said, strlen(rtnl->said));
	switch (rtnl->error) {
	case -EPERM:
		return bo_err_set(err, -EPERM, ALLOW);
	case -ENODEV:
		return bo_err_set(err, -ENODEV, "the interface has gone");
	case -ENOENT:
	case -EOPNOTSUPP:
		if (module)
			return bo_err_set(err, -ENOSYS,
					  "this kernel has no %s: load it (modprobe %s) or use a "
					  "kernel that has it, for instance Debian's in the lab "
					  "(make lab)%s%s",
					  module, module, said[0] ? "; the kernel says: " : "",
					  said);
		break;
	default:
		break;
	}
	return bo_err_set(err, rtnl->error, "the kernel refuses: %s%s%s", strerror(-rtnl->error),
			  said[0] ? ": " : "", said);
}

static int exchange(struct netem_rtnl *rtnl, struct nl_msg *msg, struct bo_err *err)
{
	int rc;

	rtnl->error = 0;
	rtnl->said[0] = '\0';
	rc = nl_send_auto(rtnl->sock, msg);
	nlmsg_free(msg);
	if (rc >= 0)
		rc = nl_recvmsgs_default(rtnl->sock);
	if (rc < 0 && rtnl->error == 0)
		return bo_err_set(err, -EIO, "netlink: %s", nl_geterror(rc));
	return rtnl->error;
}

int netem_rtnl_tell(struct netem_rtnl *rtnl, struct nl_msg *msg, const char *module,
		    struct bo_err *err)
{
	int rc;

	rtnl->each = NULL;
	rc = exchange(rtnl, msg, err);
	return rtnl->error ? explain(rtnl, module, err) : rc;
}

int netem_rtnl_dump(struct netem_rtnl *rtnl, struct nl_msg *msg,
		    void (*each)(const struct nlmsghdr *head, void *ctx), void *ctx,
		    struct bo_err *err)
{
	int rc;

	rtnl->each = each;
	rtnl->ctx = ctx;
	rc = exchange(rtnl, msg, err);
	rtnl->each = NULL;
	return rtnl->error ? explain(rtnl, NULL, err) : rc;
}

static void on_link(const struct nlmsghdr *head, void *ctx)
{
	*(int *)ctx = netem_dump_link(head);
}

int netem_rtnl_index(struct netem_rtnl *rtnl, const char *name, struct bo_err *err)
{
	int index = 0;
	int rc = netem_rtnl_dump(rtnl, netem_msg_link_get(name), on_link, &index, err);

	return rc == 0 ? index : rc == -ENODEV ? 0 : rc;
}
