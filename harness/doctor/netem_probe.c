#include "harness/doctor/netem_probe.h"

#include <errno.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPBACK  1 /* the index of "lo" in a new network namespace */
#define KIND_CAP  16
#define NO_ANSWER EIO

/* RTM_NEWQDISC as in rtnetlink(7): header, TCA_KIND, TCA_OPTIONS. */
struct request {
	struct nlmsghdr head;
	struct tcmsg tc;
	struct rtattr kind_attr;
	char kind[KIND_CAP];
	struct rtattr options_attr;
	struct tc_netem_qopt options;
};

static int ask(int fd, const char *kind)
{
	struct request request = {
		.head = {.nlmsg_len = sizeof(request),
			 .nlmsg_type = RTM_NEWQDISC,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
		.tc = {.tcm_family = AF_UNSPEC, .tcm_ifindex = LOOPBACK, .tcm_parent = TC_H_ROOT},
		.kind_attr = {.rta_len = RTA_LENGTH(KIND_CAP), .rta_type = TCA_KIND},
		.options_attr = {.rta_len = RTA_LENGTH(sizeof(request.options)),
				 .rta_type = TCA_OPTIONS},
		.options = {.limit = 1000},
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[1024];
	} answer;

	strncpy(request.kind, kind, KIND_CAP - 1);
	if (send(fd, &request, sizeof(request), 0) < 0)
		return errno;
	/* the kernel has answered when send() returns */
	ssize_t len = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);

	if (len < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)) ||
	    answer.head.nlmsg_type != NLMSG_ERROR)
		return NO_ANSWER;
	return -answer.error.error;
}

/* In the child: errno is its exit status. */
static int probe_apart(const char *kind)
{
	/* root needs no user namespace, and may have none where they are switched off */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 && unshare(CLONE_NEWNET) < 0)
		return EPERM;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	return fd < 0 ? errno : ask(fd, kind);
}

int bo_netem_probe(const char *kind)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(probe_apart(kind));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -NO_ANSWER;
}
