#include "harness/model/verdict.h"
#include "harness/tests/cli.h"
#include "netem/offload.h"
#include "netem/tests/kill_rig.h"
#include "netem/tests/veth_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What only a kernel shows: Debian's, in the lab. Each test has network namespaces of its own. */
TestSuite(lab_netem, .timeout = 300);

/* ---- set, read back, clear ---- */

Test(lab_netem, what_is_set_is_what_tc_reads_and_clearing_leaves_the_interface_as_it_was)
{
	static const struct {
		struct bo_netem netem;
		const char *tc; /* the end of tc's line, its words */
	} cases[] = {
		{{.limit_packets = 50}, " limit 50"},
		{{.delay_ns = 100 * BO_MS, .limit_packets = 50}, " limit 50 delay 100ms"},
		{{.delay_ns = 20 * BO_MS,
		  .jitter_ns = 5 * BO_MS,
		  .dist = BO_NETEM_NORMAL,
		  .limit_packets = 50},
		 " limit 50 delay 20ms  5ms"},
		{{.loss_ppm = 5 * PERCENT, .duplicate_ppm = 10 * PERCENT, .limit_packets = 50},
		 " limit 50 loss 5% duplicate 10%"},
		{{.chain = {1 * PERCENT, 10 * PERCENT, 70 * PERCENT, PERCENT / 10},
		  .limit_packets = 50},
		 " limit 50 loss gemodel p 1% r 10% 1-h 70% 1-k 0.1%"},
		{{.delay_ns = 5 * BO_S,
		  .reorder_ppm = 25 * PERCENT,
		  .gap_packets = 5,
		  .corrupt_ppm = 2 * PERCENT,
		  .limit_packets = 50},
		 " limit 50 delay 5s reorder 25% corrupt 2% gap 5"},
		{{.rate_Bps = 8000, .overhead_bytes = -4, .limit_packets = 50},
		 " limit 50 rate 64Kbit packetoverhead -4"},
		{{.rate_Bps = INT64_C(5000000000), .limit_packets = 50}, " limit 50 rate 40Gbit"},
		{{.limit_packets = 50}, " limit 50"}, /* nothing of all that has stayed */
	};
	struct bo_buf before = {0};
	struct bo_netem_link *link;
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	link = open_link(NULL);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf line = {0};

		apply(link, &cases[i].netem, NULL);
		say(&line, "tc qdisc show dev va | tr -s ' ' | sed 's/ *$//'");
		size_t len = strlen(line.data) - 1, end = strlen(cases[i].tc);
		char squeezed[256] = "";

		for (const char *p = cases[i].tc; *p; p++)
			if (*p != ' ' || p[1] != ' ')
				strncat(squeezed, p, 1);
		end = strlen(squeezed);
		cr_expect(len > end && strncmp(line.data + len - end, squeezed, end) == 0,
			  "'%s' ends '%s'", line.data, squeezed);
		bo_buf_done(&line);
	}
	close_link(link);
	expect_as_found(&before);
	bo_buf_done(&before);
}

Test(lab_netem, offloads_are_off_while_a_setting_stands)
{
	struct bo_netem_link *link;
	struct veth veth;
	unsigned before = 0, during = 99, after = 0;

	veth_open(&veth);
	cr_assert_eq(netem_offload_get("va", &before, NULL), 0);
	cr_assert_neq(before, 0, "a veth has some");
	link = open_link(NULL);
	apply(link, &(struct bo_netem){.loss_ppm = 1}, &(struct bo_netem){.loss_ppm = 1});
	cr_assert_eq(netem_offload_get("va", &during, NULL), 0);
	cr_expect_eq(during, 0, "%u", during);
	close_link(link);
	cr_assert_eq(netem_offload_get("va", &after, NULL), 0);
	cr_expect_eq(after, before);
}

/* ---- what happens to packets ---- */

Test(lab_netem, the_loss_measured_is_the_loss_asked_for_in_each_direction)
{
	enum { N = 4000 };
	struct bo_netem_link *link;
	struct service service;
	struct bo_netem_view view;
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	struct measured plain = measure(service.here, service.target, 1000);

	cr_expect_eq(plain.lost + plain.again, 0);
	link = open_link(NULL);
	apply(link, &(struct bo_netem){.loss_ppm = 5 * PERCENT},
	      &(struct bo_netem){.loss_ppm = 20 * PERCENT});
	struct measured down = measure(service.here, service.target, N);
	struct measured up = measure(service.target, service.here, N);

	expect_share("loss down", down.lost, N, 5 * PERCENT, 1);
	expect_share("loss up", up.lost, N, 20 * PERCENT, 1);
	/* the qdisc's counter is a second witness; others than ours may pass, few */
	cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
	cr_expect(view.down.dropped >= (uint64_t)down.lost &&
			  view.down.dropped < (uint64_t)down.lost + 10,
		  "%llu", (unsigned long long)view.down.dropped);
	close_link(link);
	plain = measure(service.target, service.here, 1000);
	cr_expect_eq(plain.lost + plain.again, 0);
}

Test(lab_netem, chains_and_duplicates_and_outages_are_what_was_asked_for)
{
	enum { N = 6000 };
	const struct bo_netem chain = {
		.chain = {2 * PERCENT, 20 * PERCENT, 70 * PERCENT, PERCENT / 10}};
	struct bo_netem_link *link;
	struct service service;
	struct measured got;
	struct veth veth;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	link = open_link(NULL);
	apply(link, &chain, NULL);
	got = measure(service.here, service.target, N);
	/*
	 * Losses of a chain cluster. With b and g the losses of the states, B and G their shares
	 * and l = 1 - p - r, the variance of the sum is n (L (1 - L) + 2 (b - g)^2 B G l / (1 -
	 * l)): L = 6.455 %, B = 1/11, l = 0.78 give 5.73 times that of independent losses.
	 */
	expect_share("chain", got.lost, N, bo_netem_mean_loss_ppm(&chain), 5.73);
	apply(link, &(struct bo_netem){.duplicate_ppm = 10 * PERCENT}, NULL);
	got = measure(service.here, service.target, N);
	cr_expect_eq(got.lost, 0);
	expect_share("duplicates", got.again, N, 10 * PERCENT, 1);
	apply(link, &(struct bo_netem){.loss_ppm = 1000000}, NULL);
	got = measure(service.here, service.target, 500);
	cr_expect_eq(got.lost, 500);
	close_link(link);
}

/* Receives until nothing has come for half a second. */
static int count_packets(int fd)
{
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	uint32_t number;
	int count = 0;

	while (poll(&readable, 1, 500) == 1)
		count += recv(fd, &number, sizeof(number), MSG_DONTWAIT) == sizeof(number);
	return count;
}

Test(lab_netem, packets_pass_while_one_setting_is_replaced_by_another)
{
	enum { ROUNDS = 30, BURST = 10 };
	struct bo_netem_link *link;
	struct service service;
	struct bo_clock clock;
	struct veth veth;
	bo_ns took = 0;

	veth_open(&veth);
	bo_clock_real_init(&clock);
	service = veth_service(&veth, 5001);
	link = open_link(NULL);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct bo_netem netem = {.delay_ns = (i % 3) * 20 * BO_MS};
		bo_ns begin = bo_clock_stamp(&clock);

		/* what was sent before is still delayed when the next round replaces that */
		apply(link, &netem, NULL);
		took += bo_clock_stamp(&clock) - begin;
		for (int j = 0; j < BURST; j++)
			cr_expect_eq(send(service.here, &i, sizeof(i), 0), sizeof(i));
	}
	printf("  a change took %lld us, reading back included\n",
	       (long long)(took / ROUNDS / BO_US));
	cr_expect_eq(count_packets(service.target), ROUNDS * BURST);
	close_link(link);
}

Test(lab_netem, one_peers_packets_are_impaired_and_nobody_elses)
{
	enum { N = 2000 };
	struct bo_netem_flow flow;
	struct bo_buf before = {0};
	struct bo_netem_link *link;
	struct service impaired, other;
	struct measured got;
	struct veth veth;

	veth_open(&veth);
	impaired = veth_service(&veth, 5001);
	other = veth_service(&veth, 5002);
	take_picture(&before);
	cr_assert_eq(bo_netem_flow_parse(VETH_TARGET ":5001/udp", &flow, NULL), 0);
	link = open_link(&flow);
	for (int round = 0; round < 2; round++) {
		const struct bo_netem netem = {.loss_ppm = (30 + round) * PERCENT};

		apply(link, &netem, &netem);
		got = measure(impaired.here, impaired.target, N);
		expect_share("its loss down", got.lost, N, netem.loss_ppm, 1);
		got = measure(impaired.target, impaired.here, N);
		expect_share("its loss up", got.lost, N, netem.loss_ppm, 1);
		got = measure(other.here, other.target, N);
		cr_expect_eq(got.lost + got.again, 0, "%d others lost down", got.lost);
		got = measure(other.target, other.here, N);
		cr_expect_eq(got.lost + got.again, 0, "%d others lost up", got.lost);
	}
	close_link(link);
	expect_as_found(&before);
	bo_buf_done(&before);
}

/* ---- every way out ---- */

Test(lab_netem, a_killed_process_leaves_the_interface_as_it_was_found)
{
	struct bo_netem_flow flow;
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	cr_assert_eq(bo_netem_flow_parse(VETH_TARGET, &flow, NULL), 0);
	for (int i = 0; i < 2; i++) {
		be_killed(0, i ? &flow : NULL);
		/* with STAY this looks and touches nothing: the guard alone has healed */
		close_link(open_patiently(BO_NETEM_STAY));
		expect_as_found(&before);
	}
	bo_buf_done(&before);
}

Test(lab_netem, what_a_run_left_behind_is_removed_at_the_start_of_the_next)
{
	struct bo_buf before = {0};
	struct bo_netem_view view;
	struct bo_netem_link *link;
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	be_killed(BO_NETEM_STAY, NULL); /* as if the guard had been killed with it */
	cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
	cr_expect(view.down.ours && view.up.ours);
	link = open_link(NULL);
	expect_as_found(&before);
	close_link(link);
	bo_buf_done(&before);
}

Test(lab_netem, a_setting_that_stays_is_changed_and_cleared_by_others)
{
	struct bo_buf before = {0};
	struct bo_netem_view view;
	struct bo_netem_link *link;
	struct bo_err err = {0};
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	be_killed(BO_NETEM_STAY, NULL);
	link = open_patiently(BO_NETEM_STAY);
	apply(link, &(struct bo_netem){.loss_ppm = 7}, &(struct bo_netem){.loss_ppm = 8});
	close_link(link);
	cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
	cr_expect_eq(view.down.netem.loss_ppm, 7);
	cr_expect_eq(view.down.netem.delay_ns, 0);
	cr_expect_eq(view.up.netem.loss_ppm, 8);
	cr_expect_eq(bo_netem_clear_device("va", &err), 1, "%s", err.text);
	cr_expect_eq(bo_netem_clear_device("va", &err), 0, "%s", err.text);
	expect_as_found(&before);
	bo_buf_done(&before);
}

/* ---- the command ---- */

static void expect_cli(const char *args, int code, const char *out)
{
	struct cli cli = brownout("%s", args);

	cr_expect_eq(cli.code, code, "%s: %d %s", args, cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, out), "'%s' of %s", cli.out.data, args);
	cli_done(&cli);
}

Test(lab_netem, the_command_sets_shows_and_clears)
{
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	expect_cli("net set va --profile wifi-lossy", 0, "va up: delay 20 ms, Gilbert-Elliott");
	expect_cli("net show", 0, "va down: delay 20 ms, Gilbert-Elliott");
	expect_cli("net set va --loss 5% --direction down", 0, "va down: loss 5 %\n");
	expect_cli("net show va", 0, "va down: loss 5 %, limit 1000; ");
	expect_cli("net clear va", 0, "va: healed\n");
	expect_cli("net clear va", 0, "va: nothing of brownout's to heal\n");
	expect_cli("net show va", 0, "va: not impaired\n");
	expect_cli("net set va --loss 5% --for 10ms", 0, "va down: loss 5 %\n");
	expect_as_found(&before);
	say(NULL, "ip route add default via " VETH_TARGET);
	expect_cli("net set va --loss 5%", 2, "");
	expect_cli("net set va --loss 5% --i-know --for 10ms", 0, "va down: loss 5 %\n");
	bo_buf_done(&before);
}

static void await_loss(int64_t loss_ppm)
{
	struct bo_netem_view view;

	for (int i = 0; i < PATIENCE; i++) {
		cr_assert_eq(bo_netem_look("va", &view, NULL), 0);
		if (view.down.set && view.down.netem.loss_ppm == loss_ppm)
			return;
		usleep(20000);
	}
	cr_assert_fail("the loss never became %lld ppm", (long long)loss_ppm);
}

Test(lab_netem, outages_come_and_go_until_the_command_is_ended)
{
	struct bo_buf before = {0};
	char program[PATH_MAX];
	struct veth veth;
	int status;
	pid_t pid;

	veth_open(&veth);
	take_picture(&before);
	cli_program(program);
	pid = fork();
	if (pid == 0) {
		execl(program, program, "net", "set", "va", "--loss", "1%", "--outage", "500ms",
		      "--every", "1s", "--for", "10min", NULL);
		_exit(127);
	}
	for (int i = 0; i < 2; i++) {
		await_loss(1000000);
		await_loss(1 * PERCENT);
	}
	cr_assert_eq(kill(pid, SIGTERM), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM, "%x", status);
	expect_as_found(&before);
	bo_buf_done(&before);
}

Test(lab_netem, a_queue_that_was_too_short_is_no_verdict)
{
	struct service service;
	struct veth veth;
	char program[PATH_MAX];
	uint32_t number = 0;
	int status;
	pid_t pid;

	veth_open(&veth);
	service = veth_service(&veth, 5001);
	cli_program(program);
	pid = fork();
	if (pid == 0) {
		execl(program, program, "net", "set", "va", "--delay", "2s", "--limit", "10",
		      "--direction", "down", "--for", "5s", NULL);
		_exit(127);
	}
	await_loss(0);
	for (int i = 0; i < 100; i++)
		cr_expect(send(service.here, &number, sizeof(number), 0) > 0 || errno == ENOBUFS);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == BO_EXIT_NO_VERDICT, "%x", status);
}
