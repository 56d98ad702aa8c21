#include "drivers/tests/net_rig.h"

#include "netem/link.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static struct net_rig rig;
static int server = -1;
static uint16_t port;

/* The target: a socket on this host. */
static void set_up_server(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(at);

	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(server, (struct sockaddr *)&at, size), 0);
	cr_assert_eq(getsockname(server, (struct sockaddr *)&at, &size), 0);
	port = ntohs(at.sin_port);
}

static void set_up(void)
{
	net_rig_init(&rig);
	set_up_server();
}

static void tear_down_server(void)
{
	close(server);
}

static void tear_down(void)
{
	net_rig_done(&rig);
	tear_down_server();
}

TestSuite(udp, .init = set_up, .fini = tear_down, .timeout = 120);

static int try_udp(const char *address, const char *more, struct bo_err *err)
{
	char text[256];

	snprintf(text, sizeof(text), "address: %s\nport: %u\n%s", address, port, more);
	return net_rig_try(&rig, &bo_driver_udp, text, err);
}

static void open_udp(const char *more)
{
	struct bo_err err = {0};

	cr_assert_eq(try_udp("127.0.0.1", more, &err), 0, "%s", err.text);
}

static void exchange(const char *text)
{
	char in[64] = "";
	struct sockaddr_in from;
	socklen_t size = sizeof(from);

	cr_assert_eq(bo_net_send(rig.net, text, strlen(text), NULL), 0);
	cr_assert_eq(recvfrom(server, in, sizeof(in), 0, (struct sockaddr *)&from, &size),
		     (ssize_t)strlen(text));
	cr_assert_str_eq(in, text);
	cr_assert_eq(sendto(server, "back", 4, 0, (struct sockaddr *)&from, size), 4);
	rig.want = rig.got + 1;
	net_rig_until(&rig, net_rig_has);
	cr_assert_eq(rig.got_len, 4);
}

Test(udp, datagrams_go_to_the_target_and_come_back)
{
	open_udp("");
	cr_assert_eq(rig.net->datagram_max, 65507);
	cr_assert_null(rig.net->ops->hold_break);
	exchange("one");
	exchange("two");
}

Test(udp, a_target_that_does_not_listen_yet_is_no_lost_network)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr = {htonl(INADDR_LOOPBACK)},
				 .sin_port = htons(port)};

	open_udp("");
	close(server);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(bo_net_send(rig.net, "x", 1, NULL), 0);
		net_rig_turn(&rig, 5 * BO_MS);
	}
	cr_assert_eq(rig.lost, 0, "%s", rig.why.text);
	server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(server, (struct sockaddr *)&at, sizeof(at)), 0);
	exchange("here again");
}

Test(udp, without_an_interface_nothing_is_impaired_and_that_is_said)
{
	struct bo_err err = {0};
	const void *config = net_rig_config(&rig, &bo_driver_udp, "address: 127.0.0.1\n");

	cr_assert_eq(bo_driver_udp.able(config), 0);
	cr_assert_eq(bo_driver_udp.check(config, NULL, &err), 0);
	open_udp("");
	cr_assert_eq(bo_net_impair(rig.net, &(struct bo_netem){0}, &(struct bo_netem){0}, &err),
		     -EOPNOTSUPP);
	cr_assert_not_null(strstr(err.text, "say `interface`"), "%s", err.text);
	config = net_rig_config(&rig, &bo_driver_udp, "address: 127.0.0.1\nnetem: yes\n");
	cr_assert_eq(bo_driver_udp.check(config, NULL, &err), -EINVAL);
}

Test(udp, a_way_that_is_none_is_refused)
{
	static const struct {
		const char *address, *more;
		int code;
		const char *message;
	} cases[] = {
		{"127.0.0.1", "interface: bo-none\n", -ENODEV, "bo-none"},
		{"127.0.0.1", "interface: a-name-that-is-too-long\n", -ENODEV, "too-long"},
		{"target.example", "", -EINVAL, "'target.example' is no IP address"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_err err = {0};

		cr_expect_eq(try_udp(cases[i].address, cases[i].more, &err), cases[i].code, "%s",
			     err.text);
		cr_expect_not_null(strstr(err.text, cases[i].message), "%s", err.text);
	}
}

/* Whether anything of ours is on the loopback. */
static bool is_touched(void)
{
	struct bo_netem_view view;

	cr_assert_eq(bo_netem_look("lo", &view, NULL), 0);
	return view.down.set || view.up.set || view.one_peer;
}

/* Others may be at the loopback, too: in a network of the test's own nobody is. */
Test(udp, an_interface_is_left_as_it_was)
{
	struct ifreq up = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	struct bo_err err = {0};

	tear_down_server();
	cr_assert(unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	set_up_server();
	cr_assert_eq(ioctl(server, SIOCSIFFLAGS, &up), 0);
	open_udp("interface: lo\n");
	exchange("one");
	pid_t helper = net_rig_helper(getpid());

	cr_assert_gt(helper, 0);
	kill(helper, SIGKILL);
	net_rig_until(&rig, net_rig_is_lost);
	cr_assert_eq(bo_net_send(rig.net, "x", 1, &err), -ENODEV);
	bo_net_close(rig.net);
	rig.net = NULL;
	rig.lost = 0;
	open_udp("interface: lo\n");
	exchange("two");
	bo_net_close(rig.net);
	rig.net = NULL;
	cr_assert_not(is_touched());
}
