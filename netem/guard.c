#include "netem/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netem/state.h"

#define FIRST_OWN_FD  3 /* the socket, then the claim */
#define HEAL_LIMIT_S  30
#define PROCESS_TITLE "brownout-netem"

/* ---- in the guard ---- */

static void tell(int fd, const struct bo_err *err)
{
	(void)send(fd, err, sizeof(*err), MSG_NOSIGNAL);
}

/* Nothing of the parent's but two descriptors: no terminal, no pipe that somebody waits on. */
static int detach(int fd, int claim)
{
	static const int deaf[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD + 2);
	int high_claim = fcntl(claim, F_DUPFD_CLOEXEC, FIRST_OWN_FD + 2);

	for (size_t i = 0; i < sizeof(deaf) / sizeof(deaf[0]); i++)
		(void)signal(deaf[i], SIG_IGN);
	if (null < 0 || high < 0 || high_claim < 0 || setsid() < 0 || chdir("/") < 0)
		return -errno;
	for (int i = 0; i < FIRST_OWN_FD; i++)
		if (dup2(null, i) < 0)
			return -errno;
	if (dup2(high, FIRST_OWN_FD) < 0 || dup2(high_claim, FIRST_OWN_FD + 1) < 0 ||
	    close_range(FIRST_OWN_FD + 2, ~0u, 0) < 0)
		return -errno;
	(void)prctl(PR_SET_NAME, PROCESS_TITLE);
	return 0;
}

static void await_end(int fd)
{
	char byte;
	ssize_t n;

	do
		n = recv(fd, &byte, sizeof(byte), 0);
	while (n > 0 || (n < 0 && errno == EINTR));
}

static void __attribute__((noreturn)) guard_main(int fd, int claim, int ifindex)
{
	struct bo_err err = {0};
	struct netem_rtnl rtnl;
	int rc = detach(fd, claim);

	if (rc < 0)
		bo_err_set(&err, rc, "guard: %s", strerror(-rc));
	else
		rc = netem_rtnl_open(&rtnl, &err);
	tell(rc < 0 ? fd : FIRST_OWN_FD, &err);
	if (rc < 0)
		_exit(1);
	await_end(FIRST_OWN_FD);
	rc = netem_state_heal(&rtnl, ifindex, &err);
	tell(FIRST_OWN_FD, &err);
	_exit(rc < 0);
}

/* ---- here ---- */

/* What the guard says; -ECHILD when it is gone. */
static int hear(int fd, struct bo_err *err)
{
	struct bo_err said;
	ssize_t n;

	do
		n = recv(fd, &said, sizeof(said), 0);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(said))
		return bo_err_set(err, n < 0 ? -errno : -ECHILD,
				  "the guard of the interface has gone");
	if (said.code)
		return bo_err_set(err, said.code, "%s", said.text);
	return 0;
}

static void reap(struct netem_guard *guard)
{
	close(guard->fd);
	while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*guard = (struct netem_guard){.fd = -1};
}

int netem_guard_start(struct netem_guard *guard, int ifindex, int claim, struct bo_err *err)
{
	struct timeval limit = {.tv_sec = HEAL_LIMIT_S};
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return bo_err_set(err, -errno, "guard: %s", strerror(errno));
	(void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	pid_t pid = fork();

	if (pid == 0) {
		close(ends[0]);
		guard_main(ends[1], claim, ifindex);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return bo_err_set(err, -errno, "guard: %s", strerror(errno));
	}
	*guard = (struct netem_guard){pid, ends[0]};
	int rc = hear(guard->fd, err);

	if (rc < 0)
		reap(guard);
	return rc;
}

int netem_guard_end(struct netem_guard *guard, struct bo_err *err)
{
	if (!guard->pid)
		return 0;
	(void)shutdown(guard->fd, SHUT_WR);
	int rc = hear(guard->fd, err);

	reap(guard);
	return rc;
}
