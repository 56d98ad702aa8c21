#include "drivers/net/link_wire.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int) * BO_LINK_FDS_MAX)];
};

int bo_link_send(int sock, const void *message, size_t len, const int *fds, size_t fd_count)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = len};
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};
	ssize_t sent;

	assert(fd_count <= BO_LINK_FDS_MAX);
	if (fd_count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * fd_count);
	}
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return sent == (ssize_t)len ? 0 : -EPROTO;
}

/* What came along, whether it was wanted or not: the kernel has made descriptors of ours of it. */
static size_t take_fds(struct msghdr *msg, int fds[BO_LINK_FDS_MAX])
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);

	for (size_t i = 0; i < BO_LINK_FDS_MAX; i++)
		fds[i] = -1;
	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return 0;
	size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);

	memcpy(fds, CMSG_DATA(head), count * sizeof(int));
	return count;
}

int bo_link_receive(int sock, void *message, size_t len, int fds[BO_LINK_FDS_MAX],
		    size_t *ret_fd_count)
{
	struct iovec part = {.iov_base = message, .iov_len = len};
	union control control;
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	uint32_t mark;
	ssize_t got;

	do
		got = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	*ret_fd_count = take_fds(&msg, fds);
	memcpy(&mark, message, sizeof(mark));
	if (got == (ssize_t)len && !(msg.msg_flags & MSG_TRUNC) && mark == BO_LINK_MARK)
		return 0;
	for (size_t i = 0; i < *ret_fd_count; i++)
		close(fds[i]);
	*ret_fd_count = 0;
	return got == 0 ? -EPIPE : -EPROTO;
}
