#ifndef BO_NETEM_TESTS_VETH_RIG_H
#define BO_NETEM_TESTS_VETH_RIG_H

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/clock.h"
#include "netem/link.h"
#include "netem/offload.h"

/*
 * Two network namespaces of the test's own and a pair of interfaces between them: "va", 192.0.2.1,
 * which is impaired, in the one that the test stays in; "vb", 192.0.2.2, in the target's. Sockets
 * stay in the namespace they were opened in, so that one process plays both ends.
 */
#define VETH_HERE	"192.0.2.1"
#define VETH_TARGET	"192.0.2.2"
#define VETH_HERE_MAC	"02:00:00:00:00:01"
#define VETH_TARGET_MAC "02:00:00:00:00:02"

struct veth {
	int here, target; /* the namespaces */
};

/* Output of a command, whose failure fails the test. */
static inline void say(struct bo_buf *ret, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline void say(struct bo_buf *ret, const char *fmt, ...)
{
	char command[512], line[1024];
	va_list args;
	FILE *out;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	out = popen(command, "re");
	cr_assert_not_null(out, "%s", command);
	while (fgets(line, sizeof(line), out))
		if (ret)
			bo_buf_printf(ret, "%s", line);
	cr_assert_eq(pclose(out), 0, "%s", command);
}

static inline int own_namespace(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET), 0, "%s", strerror(errno));
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	return fd;
}

/* Neighbours for ever and no IPv6: only a test's own packets pass, and none waits for an address.
 */
static inline void veth_configure(const char *device, const char *own, const char *peer,
				  const char *peer_mac)
{
	say(NULL,
	    "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up && "
	    "ip addr add %s/24 dev %s && ip link set %s up && "
	    "ip neigh replace %s lladdr %s dev %s nud permanent",
	    own, device, device, peer, peer_mac, device);
}

static inline void veth_open(struct veth *veth)
{
	veth->target = own_namespace();
	veth->here = own_namespace();
	say(NULL,
	    "ip link add va address " VETH_HERE_MAC
	    " type veth peer name vb address " VETH_TARGET_MAC
	    " && ip link set vb netns /proc/%d/fd/%d",
	    getpid(), veth->target);
	veth_configure("va", VETH_HERE, VETH_TARGET, VETH_TARGET_MAC);
	cr_assert_eq(setns(veth->target, CLONE_NEWNET), 0);
	veth_configure("vb", VETH_TARGET, VETH_HERE, VETH_HERE_MAC);
	cr_assert_eq(setns(veth->here, CLONE_NEWNET), 0);
}

/* A UDP socket in that namespace, bound to the port and connected to the other end's. */
static inline int veth_socket(const struct veth *veth, int namespace, uint16_t port, uint16_t to)
{
	bool at_target = namespace == veth->target;
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(to)};
	int size = 8 << 20, fd;

	inet_pton(AF_INET, at_target ? VETH_TARGET : VETH_HERE, &own.sin_addr);
	inet_pton(AF_INET, at_target ? VETH_HERE : VETH_TARGET, &peer.sin_addr);
	cr_assert_eq(setns(namespace, CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(setns(veth->here, CLONE_NEWNET), 0);
	cr_assert_geq(fd, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	cr_assert_eq(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0, "%s", strerror(errno));
	cr_assert_eq(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), 0);
	return fd;
}

/* What came of packets that were numbered when they were sent. */
struct measured {
	int sent, lost, again;
};

#define PACKETS_MAX 20000

static inline void drain(int fd, uint8_t *seen, int wait_ms, struct measured *measured)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	uint32_t number;

	while (poll(&readable, 1, wait_ms) == 1) {
		if (recv(fd, &number, sizeof(number), MSG_DONTWAIT) != sizeof(number))
			continue;
		cr_assert_lt(number, (uint32_t)measured->sent);
		if (seen[number]++)
			measured->again++;
	}
}

/* Until nothing more has come for half a second of the machine's time. */
static inline struct measured measure(int from, int to, int count)
{
	static uint8_t seen[PACKETS_MAX];
	struct measured measured = {0};

	cr_assert_leq(count, PACKETS_MAX);
	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < (uint32_t)count; i++) {
		measured.sent++;
		/* what netem drops at the sender is told to UDP as a full queue */
		cr_assert(send(from, &i, sizeof(i), 0) == sizeof(i) || errno == ENOBUFS, "%s",
			  strerror(errno));
		drain(to, seen, 0, &measured);
	}
	drain(to, seen, 500, &measured);
	for (int i = 0; i < count; i++)
		measured.lost += seen[i] == 0;
	return measured;
}

/* One packet of a service on `port` that the target offers, and its way back. */
struct service {
	int here, target;
};

static inline struct service veth_service(const struct veth *veth, uint16_t port)
{
	uint16_t client = (uint16_t)(port + 10000);

	return (struct service){veth_socket(veth, veth->here, client, port),
				veth_socket(veth, veth->target, port, client)};
}

/*
 * Whether `count` of n trials fits a share, by the interval that holds 99.99 % of all outcomes
 * (3.89 deviations, and one for its edges): |count - n p|^2 <= 3.89^2 n p (1 - p) x inflation.
 */
static inline void expect_share(const char *what, int count, int n, int64_t ppm, double inflation)
{
	double share = (double)ppm / 1e6, mean = n * share;
	double off = count > mean ? count - mean : mean - count;
	double variance = n * share * (1 - share) * inflation;

	off = off > 1 ? off - 1 : 0;
	printf("  %s: asked %.3f %%, measured %.3f %% (%d of %d)\n", what, share * 100,
	       100.0 * count / n, count, n);
	cr_expect_leq(off * off, 3.89 * 3.89 * variance, "%s: %d of %d, not %.1f", what, count, n,
		      mean);
}

/* ---- links ---- */

static inline struct bo_netem_link *open_link(const struct bo_netem_flow *flow)
{
	struct bo_netem_link *link = NULL;
	struct bo_err err = {0};

	cr_assert_eq(bo_netem_open("va", flow, 0, &link, &err), 0, "%s", err.text);
	return link;
}

static inline void apply(struct bo_netem_link *link, const struct bo_netem *down,
			 const struct bo_netem *up)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_netem_apply(link, down, up, &err), 0, "%s", err.text);
}

static inline void close_link(struct bo_netem_link *link)
{
	struct bo_err err = {0};

	cr_assert_eq(bo_netem_close(link, &err), 0, "%s", err.text);
}

/* Everything about the namespace that we could have changed; addresses of links are the same. */
static inline void take_picture(struct bo_buf *ret)
{
	unsigned mask = 0;

	say(ret, "tc qdisc show; tc filter show dev va; tc filter show dev va ingress; ip -o link");
	cr_assert_eq(netem_offload_get("va", &mask, NULL), 0);
	bo_buf_printf(ret, "offloads %u\n", mask);
}

static inline void expect_as_found(const struct bo_buf *before)
{
	struct bo_buf after = {0};

	take_picture(&after);
	cr_expect_str_eq(after.data, before->data);
	bo_buf_done(&after);
}

#endif
