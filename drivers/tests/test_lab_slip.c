#include "drivers/tests/net_rig.h"

#include <sys/prctl.h>

/*
 * SLIP and its link on a kernel that has netem and a line discipline for SLIP (make check-network):
 * by ourselves and by the kernel, on a pty whose other end is a target of the test's. It counts
 * what reaches it, which is the second witness beside the kernel's counters.
 */
static const char *const ways[] = {"by: tun\n", "by: kernel\n"};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static struct net_rig rig;
static const struct bo_netem nothing;

static void change(const struct bo_netem *down, const struct bo_netem *up,
		   struct bo_net_period *ret)
{
	struct bo_err err = {0};

	rig.changed = 0;
	cr_assert_eq(bo_net_impair(rig.net, down, up, &err), 0, "%s", err.text);
	net_rig_until(&rig, net_rig_has_changed);
	cr_assert_eq(rig.change_err.code, 0, "%s", rig.change_err.text);
	if (ret)
		*ret = rig.over;
}

static bool is_still(void *ctx)
{
	static unsigned heard, got;
	bool still = heard == rig.heard && got == rig.got;

	(void)ctx;
	heard = rig.heard;
	got = rig.got;
	return still;
}

/* Until nothing has moved for a while. */
static void settle(void)
{
	do
		net_rig_turn(&rig, 200 * BO_MS);
	while (!is_still(NULL));
}

static void send_many(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		while (bo_net_send(rig.net, &i, sizeof(i), NULL) == -ENOBUFS)
			net_rig_turn(&rig, BO_MS);
		/* The line is slower than we are. */
		net_rig_turn(&rig, i % 8 ? 0 : BO_MS);
	}
	settle();
}

static void with(const char *way, const char *more)
{
	char text[256];

	net_rig_init(&rig);
	snprintf(text, sizeof(text), "%snetem: yes\n%s", way, more);
	net_rig_slip(&rig, text);
	net_rig_echo(&rig, "a", 1);
}

TestSuite(lab_slip, .timeout = 300);

Test(lab_slip, what_is_asked_is_what_the_target_and_the_counters_see)
{
	enum { COUNT = 2000 };
	const struct bo_netem down = {.loss_ppm = 200000}, up = {.loss_ppm = 50000};

	for (int i = 0; i < WAYS; i++) {
		struct bo_net_period before, over;

		with(ways[i], "");
		change(&down, &up, &before);
		cr_expect_eq(before.down.packets, 1, "%s", ways[i]);
		cr_expect_eq(before.up.packets, 1, "%s", ways[i]);
		cr_expect_eq(before.down.duplicated, 0, "%s", ways[i]);
		rig.heard = rig.got = 0;
		send_many(COUNT);
		change(&nothing, &nothing, &over);
		/* Each packet is in exactly one of the two witnesses' columns. */
		cr_expect_eq(over.down.packets, COUNT, "%s%" PRIu64, ways[i], over.down.packets);
		cr_expect_eq(over.down.dropped, COUNT - rig.heard, "%s", ways[i]);
		cr_expect_eq(over.up.packets, rig.heard, "%s", ways[i]);
		cr_expect_eq(over.up.dropped, rig.heard - rig.got, "%s", ways[i]);
		cr_expect_eq(over.down.duplicated, 0, "%s", ways[i]);
		cr_expect_eq(over.up.duplicated, 0, "%s", ways[i]);
		/* 20 % of 2000: six deviations of 17.9 packets; 5 % of 1600: of 8.7 */
		cr_expect(abs((int)over.down.dropped - 400) < 107, "%s%" PRIu64, ways[i],
			  over.down.dropped);
		cr_expect(abs((int)over.up.dropped - 80) < 52, "%s%" PRIu64, ways[i],
			  over.up.dropped);
		rig.heard = rig.got = 0;
		send_many(100);
		cr_expect_eq(rig.got, 100, "%swell again: %u", ways[i], rig.got);
		net_rig_done(&rig);
	}
}

Test(lab_slip, each_impairment_is_the_ones_it_says)
{
	const struct bo_netem twice = {.duplicate_ppm = 1000000}, gone = {.loss_ppm = 1000000},
			      late = {.delay_ns = 150 * BO_MS};

	for (int i = 0; i < WAYS; i++) {
		struct bo_net_period over;

		with(ways[i], "");
		change(&twice, &nothing, NULL);
		rig.heard = rig.got = 0;
		send_many(50);
		cr_expect_eq(rig.heard, 100, "%s%u", ways[i], rig.heard);
		change(&gone, &nothing, &over);
		cr_expect_eq(over.down.packets, 50, "%s%" PRIu64, ways[i], over.down.packets);
		cr_expect_eq(over.down.duplicated, 50, "%s%" PRIu64, ways[i], over.down.duplicated);
		cr_expect_eq(over.up.packets, 100);
		rig.heard = rig.got = 0;
		send_many(50);
		cr_expect_eq(rig.heard, 0, "%san outage", ways[i]);
		change(&late, &late, &over);
		cr_expect_eq(over.down.dropped, 50);
		bo_ns begin = bo_clock_stamp(&rig.clock);

		net_rig_echo(&rig, "b", 1);
		cr_expect_geq(bo_clock_stamp(&rig.clock) - begin, 300 * BO_MS, "%s", ways[i]);
		net_rig_done(&rig);
	}
}

/* What a target that died had said is not heard by the one that lives. */
Test(lab_slip, a_break_clears_the_way)
{
	for (int i = 0; i < WAYS; i++) {
		struct bo_err err = {0};

		with(ways[i], "");
		cr_assert_eq(bo_net_hold_break(rig.net, true, &err), 0, "%s", err.text);
		cr_assert_eq(bo_net_send(rig.net, "b", 1, &err), -ENOBUFS);
		net_rig_turn(&rig, 20 * BO_MS);
		cr_assert_eq(bo_net_hold_break(rig.net, false, &err), 0, "%s", err.text);
		net_rig_echo(&rig, "c", 1);
		cr_expect_eq(rig.heard, 2, "%s", ways[i]);
		net_rig_done(&rig);
	}
}

/* Names of the interfaces there are in this namespace, those that come and go with SLIP. */
static bool has_slip(void)
{
	char line[512];
	bool found = false;
	FILE *f = fopen("/proc/self/net/dev", "re");

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f))
		found |= strncmp(line + strspn(line, " "), "sl", 2) == 0;
	fclose(f);
	return found;
}

Test(lab_slip, whoever_is_killed_leaves_a_line_that_can_be_used_again)
{
	const struct bo_netem gone = {.loss_ppm = 1000000};

	for (int i = 0; i < WAYS; i++) {
		with(ways[i], "");
		change(&gone, &gone, NULL);
		kill(net_rig_helper(getpid()), SIGKILL);
		net_rig_until(&rig, net_rig_is_lost);
		bo_net_close(rig.net);
		rig.net = NULL;
		rig.lost = 0;
		net_rig_slip(&rig, ways[i]);
		net_rig_echo(&rig, "b", 1);
		net_rig_done(&rig);
		cr_expect_not(has_slip(), "%s", ways[i]);
	}
}

Test(lab_slip, a_killed_worker_takes_everything_with_it)
{
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	for (int i = 0; i < WAYS; i++) {
		int ready[2], status;
		char byte;

		net_rig_init(&rig);
		cr_assert_eq(pipe(ready), 0);
		pid_t worker = fork();

		if (worker == 0) {
			net_rig_slip(&rig, ways[i]);
			(void)!write(ready[1], "r", 1);
			for (;;)
				pause();
		}
		close(ready[1]);
		cr_assert_eq(read(ready[0], &byte, 1), 1);
		close(ready[0]);
		pid_t helper = net_rig_helper(worker);

		kill(worker, SIGKILL);
		cr_assert_eq(waitpid(worker, &status, 0), worker);
		cr_assert_eq(waitpid(helper, &status, 0), helper);
		net_rig_slip(&rig, ways[i]);
		net_rig_echo(&rig, "a", 1);
		net_rig_done(&rig);
		cr_expect_not(has_slip(), "%s", ways[i]);
	}
}

Test(lab_slip, an_unplugged_tty_is_told)
{
	for (int i = 0; i < WAYS; i++) {
		with(ways[i], "");
		close(rig.near);
		net_rig_hang_up(&rig);
		net_rig_until(&rig, net_rig_is_lost);
		cr_expect_not_null(strstr(rig.why.text, "is gone"), "%s", rig.why.text);
		rig.near = -1;
		net_rig_done(&rig);
	}
}

Test(lab_slip, the_kernels_own_is_for_those_who_may_and_the_other_for_everybody)
{
	for (int i = 0; i < WAYS; i++) {
		int status;

		net_rig_init(&rig);
		cr_assert_eq(chown(rig.path, 65534, (gid_t)-1), 0);
		pid_t child = fork();

		if (child == 0) {
			struct bo_err err = {0};
			char text[256];

			if (setgid(65534) < 0 || setuid(65534) < 0)
				_exit(3);
			snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\n%s", rig.path,
				 ways[i]);
			int rc = net_rig_try(&rig, &bo_driver_slip, text, &err);

			if (rc < 0)
				_exit(rc == -EPERM && strstr(err.text, "CAP_NET_ADMIN") ? 1 : 4);
			change(&(struct bo_netem){.delay_ns = BO_MS}, &nothing, NULL);
			net_rig_echo(&rig, "a", 1);
			bo_net_close(rig.net);
			_exit(0);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_expect_eq(status, i << 8, "%s%x", ways[i], status);
		net_rig_done(&rig);
	}
}
