#include "drivers/net/link/place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/tty.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/base/str.h"
#include "netem/rtnl.h"

#define TUN_NODE "/dev/net/tun"
#define TUN_NAME "bo-tun"

/* IP and UDP headers: RFC 791 without options, RFC 8200. */
enum { HEAD_IPV4 = 28, HEAD_IPV6 = 48, SLIP_PLAIN = 0 };

/* ---- a network of our own ---- */

int place_own_network(struct bo_err *err)
{
	if (unshare(CLONE_NEWNET) == 0)
		return 0;
	if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		return 0;
	return bo_err_set(err, -errno,
			  "no network namespace of its own: %s; allow user namespaces (sysctl "
			  "user.max_user_namespaces, kernel.unprivileged_userns_clone) or run as "
			  "root",
			  strerror(errno));
}

/* Router solicitations and the like would be counted among the target's packets. A kernel without
 * IPv6 has none of them, nor the file. */
static void no_ipv6(void)
{
	static const char *const files[] = {"/proc/sys/net/ipv6/conf/all/disable_ipv6",
					    "/proc/sys/net/ipv6/conf/default/disable_ipv6"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int fd = open(files[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		(void)!write(fd, "1", 1);
		close(fd);
	}
}

/* ---- an interface of our own ---- */

static int set_address(struct ifreq *request, const char *text, struct bo_err *err)
{
	struct sockaddr_in at = {.sin_family = AF_INET};

	if (inet_pton(AF_INET, text, &at.sin_addr) != 1)
		return bo_err_set(err, -EINVAL, "'%s' is no IPv4 address", text);
	memcpy(&request->ifr_addr, &at, sizeof(at));
	return 0;
}

/* Two ends and nobody else: netdevice(7). */
static int configure(const char *device, const struct place_args *args, struct bo_err *err)
{
	const struct {
		unsigned long request;
		const char *address, *what;
	} steps[] = {
		{SIOCSIFMTU, NULL, "its MTU"},
		{SIOCSIFADDR, args->host, "its address"},
		{SIOCSIFDSTADDR, args->address, "its peer's address"},
		{SIOCSIFNETMASK, "255.255.255.255", "its netmask"},
		{SIOCSIFFLAGS, NULL, "up"},
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct ifreq request = {0};

		(void)bo_str_copy(request.ifr_name, sizeof(request.ifr_name), device);
		if (steps[i].request == SIOCSIFMTU)
			request.ifr_mtu = args->mtu;
		else if (steps[i].request == SIOCSIFFLAGS)
			request.ifr_flags = IFF_UP | IFF_POINTOPOINT | IFF_NOARP;
		else
			rc = set_address(&request, steps[i].address, err);
		if (rc == 0 && ioctl(fd, steps[i].request, &request) < 0)
			rc = bo_err_set(err, -errno, "%s: setting %s: %s", device, steps[i].what,
					strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int open_tun(struct place *place, struct bo_err *err)
{
	struct ifreq request = {.ifr_name = TUN_NAME, .ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open(TUN_NODE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return bo_err_set(err, errno == ENOENT || errno == ENODEV ? -ENOSYS : -errno,
				  TUN_NODE ": %s%s", strerror(errno),
				  errno == ENOENT || errno == ENODEV
					  ? "; load the module (modprobe tun)"
					  : "");
	if (ioctl(fd, TUNSETIFF, &request) < 0) {
		int rc = bo_err_set(err, -errno, "making a TUN interface: %s", strerror(errno));

		close(fd);
		return rc;
	}
	(void)bo_str_copy(place->device, sizeof(place->device), request.ifr_name);
	place->tun = fd;
	return 0;
}

static int explain_slip(struct bo_err *err)
{
	if (errno == EINVAL || errno == ENOENT)
		return bo_err_set(err, -ENOSYS,
				  "this kernel has no SLIP line discipline: load it (modprobe "
				  "slip), or say `by: tun`");
	if (errno == EPERM)
		return bo_err_set(err, -EPERM,
				  "the kernel's SLIP needs CAP_NET_ADMIN (and its module, modprobe "
				  "slip): run as root, or say `by: tun`");
	return bo_err_set(err, -errno, "SLIP on the line: %s", strerror(errno));
}

/* The kernel makes the interface in its first namespace, wherever we are. */
static int open_slip(struct place *place, int tty, struct bo_err *err)
{
	char name[IF_NAMESIZE] = "";
	int discipline = N_SLIP, mode = SLIP_PLAIN;

	if (ioctl(tty, TIOCSETD, &discipline) < 0)
		return explain_slip(err);
	if (ioctl(tty, SIOCGIFNAME, name) < 0 || ioctl(tty, SIOCSIFENCAP, &mode) < 0)
		return bo_err_set(err, -errno, "SLIP on the line: %s", strerror(errno));
	name[sizeof(name) - 1] = '\0';
	(void)bo_str_copy(place->device, sizeof(place->device), name);
	return 0;
}

/* Both need to be in the old namespace first: the socket, to speak to it, and we, to leave it. */
static int move_slip(const char *device, struct bo_err *err)
{
	struct netem_rtnl rtnl;
	int rc = netem_rtnl_open(&rtnl, err), index = 0;

	if (rc < 0)
		return rc;
	rc = index = netem_rtnl_index(&rtnl, device, err);
	if (rc >= 0)
		rc = place_own_network(err);
	if (rc == 0)
		rc = netem_rtnl_tell(&rtnl, netem_msg_link_move(index, getpid()), NULL, err);
	netem_rtnl_close(&rtnl);
	return rc;
}

/* ---- a socket to the target ---- */

static int connect_to(int fd, const struct place_args *args, const struct addrinfo *to,
		      struct place *place, struct bo_err *err)
{
	bool ipv4 = to->ai_family == AF_INET;
	int level = ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
	int never = ipv4 ? IP_PMTUDISC_DO : IPV6_PMTUDISC_DO, mtu = 0;
	socklen_t size = sizeof(mtu);

	if (args->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, args->interface,
					  (socklen_t)strlen(args->interface)) < 0)
		return bo_err_set(err, -errno, "no interface '%s': %s", args->interface,
				  strerror(errno));
	(void)setsockopt(fd, level, ipv4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, &never,
			 sizeof(never));
	if (connect(fd, to->ai_addr, to->ai_addrlen) < 0 ||
	    getsockopt(fd, level, ipv4 ? IP_MTU : IPV6_MTU, &mtu, &size) < 0)
		return bo_err_set(err, -errno, "no way to %s: %s", args->address, strerror(errno));
	place->datagram_max = (uint32_t)(mtu - (ipv4 ? HEAD_IPV4 : HEAD_IPV6));
	return 0;
}

static int open_socket(const struct place_args *args, struct place *place, struct bo_err *err)
{
	const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				       .ai_socktype = SOCK_DGRAM};
	struct addrinfo *to = NULL;
	char port[8];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", args->port);
	if (getaddrinfo(args->address, port, &hints, &to) != 0)
		return bo_err_set(err, -EINVAL, "'%s' is no IP address", args->address);
	place->udp = socket(to->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	rc = place->udp < 0 ? bo_err_set(err, -errno, "socket: %s", strerror(errno))
			    : connect_to(place->udp, args, to, place, err);
	freeaddrinfo(to);
	return rc;
}

/* ---- altogether ---- */

static int make_interface(const struct place_args *args, struct place *place, struct bo_err *err)
{
	int rc = 0;

	if (args->kind == PLACE_TUN)
		rc = place_own_network(err);
	else
		rc = open_slip(place, args->tty, err);
	if (rc == 0 && args->kind == PLACE_SLIP)
		rc = move_slip(place->device, err);
	if (rc < 0)
		return rc;
	no_ipv6();
	if (args->kind == PLACE_TUN)
		rc = open_tun(place, err);
	return rc < 0 ? rc : configure(place->device, args, err);
}

int place_open(const struct place_args *args, struct place *ret, struct bo_err *err)
{
	struct place place = {.udp = -1, .tun = -1};
	int rc = 0;

	if (args->kind != PLACE_INTERFACE)
		rc = make_interface(args, &place, err);
	else if (args->interface &&
		 !bo_str_copy(place.device, sizeof(place.device), args->interface))
		rc = bo_err_set(err, -ENODEV, "no interface '%s'", args->interface);
	if (rc == 0)
		rc = open_socket(args, &place, err);
	if (rc == 0)
		*ret = place;
	return rc;
}
