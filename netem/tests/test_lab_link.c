#include "harness/tests/cli.h"
#include "netem/tests/kill_rig.h"

/* What an interface has beside its packets' fate: an MTU, counters, an owner without privileges. */
TestSuite(lab_link, .timeout = 600);

static void expect_cli(const char *args, int code, const char *out, const char *err)
{
	struct cli cli = brownout("%s", args);

	cr_expect_eq(cli.code, code, "%s: %d", args, cli.code);
	cr_expect_str_eq(cli.out.data, out, "%s", args);
	cr_expect_str_eq(cli.err.data, err, "%s", args);
	cli_done(&cli);
}

/* ---- MTU ---- */

Test(lab_link, the_mtu_changes_and_is_healed)
{
	struct bo_buf before = {0};
	struct service service;
	uint8_t packet[1000] = {0};
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	take_picture(&before);
	expect_cli("net set va --mtu 576", 0, "va: MTU 576 bytes\n", "");
	expect_cli("net show va", 0, "va: MTU 576 bytes, 1500 as it was found\n", "");
	int discover = IP_PMTUDISC_DO;

	cr_assert_eq(
		setsockopt(service.here, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof(discover)),
		0);
	cr_expect(send(service.here, packet, sizeof(packet), 0) < 0 && errno == EMSGSIZE);
	cr_expect_eq(send(service.here, packet, 500, 0), 500);
	expect_cli("net set va --mtu 900", 0, "va: MTU 900 bytes\n", "");
	expect_cli("net show va", 0, "va: MTU 900 bytes, 1500 as it was found\n", "");
	expect_cli("net clear va", 0, "va: healed\n", "");
	expect_as_found(&before);
	cr_expect_eq(send(service.here, packet, sizeof(packet), 0), (ssize_t)sizeof(packet));
	bo_buf_done(&before);
}

Test(lab_link, an_mtu_and_a_loss_are_healed_together)
{
	struct bo_buf before = {0};
	struct bo_netem_link *link;
	struct bo_netem_view view;
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	link = open_link(NULL);
	cr_assert_eq(bo_netem_set_mtu(link, 1000, NULL), 0);
	apply(link, &(struct bo_netem){.loss_ppm = PERCENT}, NULL);
	cr_assert_eq(bo_netem_look_at(link, &view, NULL), 0);
	cr_expect(view.mtu_bytes == 1000 && view.mtu_found_bytes == 1500 && view.down.set);
	cr_assert_eq(bo_netem_set_mtu(link, 0, NULL), 0);
	cr_assert_eq(bo_netem_look_at(link, &view, NULL), 0);
	cr_expect(view.mtu_bytes == 1500 && view.mtu_found_bytes == 0 && view.down.set);
	cr_assert_eq(bo_netem_set_mtu(link, 1000, NULL), 0);
	close_link(link);
	expect_as_found(&before);
	bo_buf_done(&before);
}

Test(lab_link, an_mtu_that_would_cost_an_address_is_refused)
{
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	say(NULL, "echo 0 >/proc/sys/net/ipv6/conf/va/disable_ipv6; "
		  "ip addr add 2001:db8::1/64 dev va nodad");
	take_picture(&before);
	expect_cli("net set va --mtu 1000 --for 10s", 2, "",
		   "brownout: va: an MTU of 1000 bytes ends IPv6, which needs 1280, and takes the "
		   "interface's IPv6 addresses away for good; remove them first, or say 1280 or "
		   "more\n");
	expect_as_found(&before);
	expect_cli("net set va --mtu 1280 --for 10ms", 0, "va: MTU 1280 bytes\n", "");
	expect_as_found(&before);
	say(NULL, "ip addr show dev va | grep -q 2001:db8::1");
	bo_buf_done(&before);
}

/* ---- counters ---- */

Test(lab_link, copies_are_counted_where_the_redirection_counts_what_came)
{
	enum { N = 2000 };
	const struct bo_netem netem = {.loss_ppm = 10 * PERCENT, .duplicate_ppm = 20 * PERCENT};
	struct bo_netem_flow flow;
	struct bo_netem_link *link;
	struct service service;
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	cr_assert_eq(bo_netem_flow_parse(VETH_TARGET ":5001/udp", &flow, NULL), 0);
	for (int one_peer = 0; one_peer < 2; one_peer++) {
		struct bo_netem_counters from, to;
		struct bo_netem_period up, down;
		struct bo_netem_view view;

		link = open_link(one_peer ? &flow : NULL);
		apply(link, &netem, &netem);
		cr_assert_eq(bo_netem_look_at(link, &view, NULL), 0);
		from = bo_netem_counters_of(&view.up);
		struct measured got = measure(service.target, service.here, N);

		(void)measure(service.here, service.target, 10);
		cr_assert_eq(bo_netem_look_at(link, &view, NULL), 0);
		to = bo_netem_counters_of(&view.up);
		bo_netem_period(&netem, &from, &to, &up);
		cr_expect_eq(view.one_peer, one_peer);
		cr_expect_eq(up.seen, N, "%llu", (unsigned long long)up.seen);
		/* of what was sent, copied and dropped, the rest arrived */
		cr_expect_eq(up.seen + up.duplicated - up.dropped,
			     (uint64_t)(N - got.lost + got.again),
			     "%llu copies, %llu dropped, %d lost, %d again",
			     (unsigned long long)up.duplicated, (unsigned long long)up.dropped,
			     got.lost, got.again);
		cr_expect(up.duplicated > N / 10 && up.dropped > N / 20);
		/* nobody counts what leaves before it is copied */
		from = (struct bo_netem_counters){.offered = BO_NETEM_UNKNOWN};
		to = bo_netem_counters_of(&view.down);
		bo_netem_period(&netem, &from, &to, &down);
		cr_expect_eq(down.duplicated, BO_NETEM_UNKNOWN);
		close_link(link);
	}
}

Test(lab_link, the_command_says_what_it_measured)
{
	struct cli cli;
	struct veth veth;

	veth_open(&veth);
	cli = brownout("net set va --loss 5%% --direction down --for 10ms");
	cr_expect_eq(cli.code, 0);
	cr_expect_str_eq(cli.out.data, "va down: loss 5 %\n"
				       "va down: loss asked 5.00 %, measured: not known\n");
	cli_done(&cli);
}

/* ---- a blackhole ---- */

/* How many of those packets arrive; each is 500 bytes, and 42 of headers. */
static int arrive(int from, int to, int count)
{
	uint8_t packet[500] = {0};
	struct pollfd readable = {.fd = to, .events = POLLIN};
	int arrived = 0;

	for (int i = 0; i < count; i++) {
		(void)send(from, packet, sizeof(packet), 0);
		while (poll(&readable, 1, 0) == 1)
			arrived += recv(to, packet, sizeof(packet), MSG_DONTWAIT) > 0;
	}
	while (poll(&readable, 1, 300) == 1)
		arrived += recv(to, packet, sizeof(packet), MSG_DONTWAIT) > 0;
	return arrived;
}

Test(lab_link, after_so_many_bytes_nothing_passes)
{
	const struct bo_netem delay = {.delay_ns = BO_MS};
	struct bo_netem_flow flow;
	struct bo_buf before = {0};
	struct bo_netem_link *link;
	struct service service;
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	take_picture(&before);
	cr_assert_eq(bo_netem_flow_parse(VETH_TARGET ":5001/udp", &flow, NULL), 0);
	for (int one_peer = 0; one_peer < 2; one_peer++) {
		link = open_link(one_peer ? &flow : NULL);
		cr_expect_eq(bo_netem_blackhole(link, 20000, 0, NULL), -EINVAL, "no setting");
		apply(link, &delay, &delay);
		cr_assert_eq(bo_netem_blackhole(link, 20000, 10000, NULL), 0);
		cr_expect_eq(arrive(service.here, service.target, 100), 20000 / 542);
		/* what comes in has lost its Ethernet header when the filter sees it, and has it
		 * again on the way out */
		cr_expect_eq(arrive(service.target, service.here, 100), 10000 / 542);
		cr_expect_eq(arrive(service.here, service.target, 10), 0);
		/* another setting does not fill the hole; a new one, or none, does */
		apply(link, &(struct bo_netem){0}, &delay);
		cr_expect_eq(arrive(service.here, service.target, 10), 0);
		cr_assert_eq(bo_netem_blackhole(link, 5420, 0, NULL), 0);
		cr_expect_eq(arrive(service.here, service.target, 20), 10);
		cr_expect_eq(arrive(service.target, service.here, 20), 20);
		cr_assert_eq(bo_netem_blackhole(link, 0, -1, NULL), 0);
		cr_expect_eq(arrive(service.here, service.target, 20), 20);
		close_link(link);
		expect_as_found(&before);
	}
	expect_cli("net set va --blackhole-after 1KiB --direction down --for 10ms", 0,
		   "va down: nothing\nva: nothing after 1024 bytes\n", "");
	expect_as_found(&before);
	bo_buf_done(&before);
}

/* ---- without privileges ---- */

Test(lab_link, nobody_in_a_namespace_of_their_own_sets_shows_and_clears)
{
	char program[PATH_MAX], folder[] = "/tmp/nobody.XXXXXX";
	struct bo_buf said = {0};

	cli_program(program);
	cr_assert_not_null(mkdtemp(folder));
	/* where everybody may read it */
	say(NULL, "chmod 755 %s && install -m 755 %s %s/", folder, program, folder);
	say(&said,
	    "cd %s && setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urn sh -ec '"
	    "ip link add va type veth peer name vb; ip link set va up; ip link set vb up; "
	    "./brownout net set va --loss 5%% --mtu 1400; ./brownout net show va | cut -d, -f1; "
	    "./brownout net clear va; ./brownout net show va; ip -o link show va | grep -o "
	    "mtu.1500; "
	    "./brownout net set va --delay 5ms --direction up --for 10ms | head -n 1'",
	    folder);
	cr_expect_str_eq(said.data, "va down: loss 5 %\nva up: loss 5 %\nva: MTU 1400 bytes\n"
				    "va down: loss 5 %\nva up: loss 5 %\n"
				    "va: MTU 1400 bytes\nva: healed\nva: not impaired\nmtu 1500\n"
				    "va up: delay 5 ms\n");
	bo_buf_done(&said);
}
