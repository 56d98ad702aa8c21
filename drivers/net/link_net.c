#include "drivers/net/link_net.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Modules may have to be loaded, on an emulated machine. */
#define OPEN_NS	 (30 * BO_S)
#define CLOSE_NS (5 * BO_S)

enum {
	DATAGRAM_MAX = 65536,
	DATAGRAMS_PER_TURN = 64 /* then timers and other descriptors have their turn */
};

const char *const link_netem_names[] = {
	[LINK_NETEM_AUTO] = "auto", [LINK_NETEM_YES] = "yes", [LINK_NETEM_NO] = "no", NULL};

static struct link_net *of(struct bo_net *net)
{
	return (struct link_net *)((char *)net - offsetof(struct link_net, net));
}

/* ---- the way is gone ---- */

static void tell(struct bo_timer *timer)
{
	struct link_net *link =
		(struct link_net *)((char *)timer - offsetof(struct link_net, report));

	if (link->told)
		return;
	link->told = true;
	if (link->net.lost)
		link->net.lost(link->net.ctx, bo_clock_stamp(link->loop->clock), &link->why);
}

void link_net_lose(struct link_net *link, const struct bo_err *why)
{
	if (link->why.code)
		return;
	bo_err_set(&link->why, -ENODEV, "%s", bo_err_text(why));
	bo_loop_unwatch(link->loop, &link->from_helper);
	bo_loop_unwatch(link->loop, &link->from_udp);
	bo_loop_arm(link->loop, &link->report, bo_loop_now(link->loop));
}

static int refuse(const struct link_net *link, struct bo_err *err)
{
	return bo_err_set(err, link->why.code, "%s", bo_err_text(&link->why));
}

/* ---- datagrams ---- */

/* What a network does to datagrams, as opposed to being no network any more: whoever waits for an
 * answer will see. ECONNREFUSED: nobody listens there, so somebody is there. */
static bool is_loss(int code)
{
	return code == ECONNREFUSED || code == EHOSTUNREACH || code == EHOSTDOWN || code == EINTR ||
	       code == EPERM || code == EACCES;
}

static void lose_for(struct link_net *link, int code)
{
	struct bo_err why;

	bo_err_set(&why, -ENODEV, "network %s is gone: %s", link->name, strerror(code));
	link_net_lose(link, &why);
}

int link_net_send(struct bo_net *net, const void *data, size_t len, struct bo_err *err)
{
	struct link_net *link = of(net);

	if (link->why.code)
		return refuse(link, err);
	if (link->muted)
		return bo_err_set(err, -ENOBUFS, "network %s: the line holds break", link->name);
	/* The first error is often that of a datagram before (ip(7)): it stands for none of this
	 * one. */
	for (int attempt = 0; attempt < 2; attempt++) {
		if (send(link->udp, data, len, MSG_NOSIGNAL) >= 0)
			return 0;
		if (!is_loss(errno))
			break;
	}
	if (is_loss(errno))
		return 0;
	if (errno == EMSGSIZE)
		return bo_err_set(err, -EMSGSIZE, "network %s: %zu bytes in one datagram, not %zu",
				  link->name, net->datagram_max, len);
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
		return bo_err_set(err, -ENOBUFS, "network %s: no room for a datagram", link->name);
	lose_for(link, errno);
	return refuse(link, err);
}

static void on_udp(struct bo_watch *watch, short revents)
{
	static uint8_t in[DATAGRAM_MAX];
	struct link_net *link =
		(struct link_net *)((char *)watch - offsetof(struct link_net, from_udp));

	(void)revents;
	for (int i = 0; i < DATAGRAMS_PER_TURN && !link->why.code; i++) {
		ssize_t len = recv(link->udp, in, sizeof(in), 0);

		if (len < 0 && errno == EAGAIN)
			return;
		if (len < 0 && !is_loss(errno))
			return lose_for(link, errno);
		if (len > 0 && !link->muted && link->net.rx)
			link->net.rx(link->net.ctx, bo_clock_stamp(link->loop->clock), in,
				     (size_t)len);
	}
}

/* ---- the helper ---- */

static void lose_helper(struct link_net *link)
{
	struct bo_err why;

	bo_err_set(&why, -ENODEV, "network %s is gone: " BO_LINK_PROGRAM " has ended", link->name);
	link_net_lose(link, &why);
}

static void on_helper(struct bo_watch *watch, short revents)
{
	struct link_net *link =
		(struct link_net *)((char *)watch - offsetof(struct link_net, from_helper));
	struct bo_link_answer answer;
	int fds[BO_LINK_FDS_MAX];
	size_t count = 0;
	int rc = bo_link_receive(link->sock, &answer, sizeof(answer), fds, &count);

	(void)revents;
	for (size_t i = 0; rc == 0 && i < count; i++)
		close(fds[i]);
	if (rc == -EAGAIN)
		return;
	if (rc < 0 || !link->changing)
		return lose_helper(link);
	link->changing = false;
	if (link->net.changed)
		link->net.changed(link->net.ctx, bo_clock_stamp(link->loop->clock), &answer.over,
				  answer.netem.code ? &answer.netem : NULL);
}

int link_net_impair(struct bo_net *net, const struct bo_netem *down, const struct bo_netem *up,
		    struct bo_err *err)
{
	struct link_net *link = of(net);
	struct bo_link_request request = {
		.mark = BO_LINK_MARK, .verb = BO_LINK_IMPAIR, .down = *down, .up = *up};

	assert(!link->changing);
	if (link->why.code)
		return refuse(link, err);
	if (link->netem.code)
		return bo_err_set(err, -EOPNOTSUPP, "network %s: %s", link->name,
				  bo_err_text(&link->netem));
	if (bo_link_send(link->sock, &request, sizeof(request), NULL, 0) < 0) {
		lose_helper(link);
		return refuse(link, err);
	}
	link->changing = true;
	return 0;
}

/* ---- life ---- */

void link_args_add(struct link_args *args, const char *option, const char *value)
{
	assert(args->count + 2 <= LINK_ARGS_MAX);
	args->argv[++args->count] = option;
	if (value)
		args->argv[++args->count] = value;
}

/* Until something is to be read, or the other end has gone. */
static int await(int fd, bo_ns patience)
{
	struct bo_clock clock; /* the loop's idea of now stays what it is */
	struct pollfd wanted = {.fd = fd, .events = POLLIN};

	bo_clock_real_init(&clock);
	for (bo_ns deadline = clock.now + patience;;) {
		int rc = clock.ops->wait(&clock, &wanted, 1, deadline);

		if (rc > 0)
			return 0;
		if (rc < 0 && rc != -EINTR)
			return rc;
		if (clock.now >= deadline)
			return -ETIMEDOUT;
	}
}

static int start(struct link_net *link, struct link_args *args, struct bo_err *err)
{
	char program[PATH_MAX];
	int ends[2];
	int rc = bo_proc_helper(BO_LINK_PROGRAM, program, sizeof(program), err);

	if (rc < 0)
		return rc;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return bo_err_set(err, -errno, "socket: %s", strerror(errno));
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK); /* the helper has nothing else to do */
	args->argv[0] = program;
	rc = bo_proc_spawn(&(struct bo_proc_args){.argv = args->argv, .line = ends[1]},
			   &link->helper, err);
	close(ends[1]);
	link->sock = ends[0];
	return rc;
}

static int hear_hello(struct link_net *link, struct bo_err *err)
{
	struct bo_link_answer hello;
	int fds[BO_LINK_FDS_MAX];
	size_t count = 0;
	int rc = await(link->sock, OPEN_NS);

	if (rc == 0)
		rc = bo_link_receive(link->sock, &hello, sizeof(hello), fds, &count);
	if (rc < 0)
		return bo_err_set(err, rc == -EPIPE ? -ECHILD : rc, BO_LINK_PROGRAM ": %s",
				  rc == -EPIPE ? "it ended at once" : strerror(-rc));
	if (count > 0)
		link->udp = fds[0];
	if (count > 1)
		link->tun = fds[1];
	if (hello.err.code)
		return bo_err_set(err, hello.err.code, "%s", bo_err_text(&hello.err));
	if (count == 0)
		return bo_err_set(err, -EPROTO, BO_LINK_PROGRAM ": it brought no socket");
	link->netem = hello.netem;
	link->net.datagram_max = hello.datagram_max;
	return 0;
}

int link_net_open(struct link_net *link, struct bo_loop *loop, const char *name,
		  struct link_args *args, int tty, struct bo_err *err)
{
	const struct bo_link_request here = {.mark = BO_LINK_MARK, .verb = BO_LINK_TTY};

	*link = (struct link_net){.loop = loop,
				  .name = name,
				  .helper = BO_PROC_NONE,
				  .sock = -1,
				  .udp = -1,
				  .tun = -1,
				  .report = {.fire = tell}};
	int rc = start(link, args, err);

	if (rc == 0 && tty >= 0)
		(void)bo_link_send(link->sock, &here, sizeof(here), &tty, 1);
	if (rc == 0)
		rc = hear_hello(link, err);
	if (rc < 0) {
		link_net_close(link);
		return bo_err_wrap(err, "network %s", name);
	}
	link->from_helper =
		(struct bo_watch){.fd = link->sock, .events = POLLIN, .ready = on_helper};
	link->from_udp = (struct bo_watch){.fd = link->udp, .events = POLLIN, .ready = on_udp};
	bo_loop_watch(loop, &link->from_helper);
	bo_loop_watch(loop, &link->from_udp);
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void link_net_close(struct link_net *link)
{
	bo_loop_unwatch(link->loop, &link->from_helper);
	bo_loop_unwatch(link->loop, &link->from_udp);
	bo_loop_disarm(link->loop, &link->report);
	close_one(&link->tun);
	close_one(&link->udp);
	if (link->sock >= 0 && link->helper.pid) {
		struct bo_link_answer late;
		int fds[BO_LINK_FDS_MAX];
		size_t count;

		(void)shutdown(link->sock, SHUT_WR);
		/* An answer may come before its end does. */
		while (await(link->sock, CLOSE_NS) == 0 &&
		       bo_link_receive(link->sock, &late, sizeof(late), fds, &count) == 0)
			;
	}
	close_one(&link->sock);
	bo_proc_kill(&link->helper);
}

/* ---- what this host can do ---- */

static bool ask(const char *kind)
{
	char program[PATH_MAX];
	const char *argv[] = {program, "--probe", kind, NULL, NULL};
	struct bo_proc_args args = {.argv = argv, .pipe_err = true};
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_clock clock;
	struct bo_loop loop;
	int status = -1;

	if (strcmp(kind, "--interface") == 0)
		argv[3] = "lo";
	if (bo_proc_helper(BO_LINK_PROGRAM, program, sizeof(program), NULL) < 0 ||
	    bo_proc_spawn(&args, &proc, NULL) < 0)
		return false;
	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	if (bo_proc_wait(&proc, &loop, clock.now + OPEN_NS, &status) < 0)
		status = -1;
	bo_proc_kill(&proc);
	return status == 0;
}

bool link_net_probe(const char *kind)
{
	static struct {
		const char *kind;
		bool asked, able;
	} known[] = {
		{"--tun", false, false}, {"--slip", false, false}, {"--interface", false, false}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].kind, kind) != 0)
			continue;
		if (!known[i].asked)
			known[i].able = ask(kind);
		known[i].asked = true;
		return known[i].able;
	}
	return false;
}
