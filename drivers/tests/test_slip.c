#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>

#include "drivers/tests/net_rig.h"

static struct net_rig rig;

static void set_up(void)
{
	net_rig_init(&rig);
}

static void tear_down(void)
{
	net_rig_done(&rig);
}

TestSuite(slip, .init = set_up, .fini = tear_down, .timeout = 120);

Test(slip, datagrams_go_to_the_target_and_come_back)
{
	uint8_t data[548];

	net_rig_slip(&rig, "");
	cr_assert_eq(rig.net->datagram_max, 548);
	net_rig_echo(&rig, "x", 1);
	cr_assert_eq(rig.heard_port, 1337);
	/* Every byte, END and ESC among them, as long as a packet may be. */
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	net_rig_echo(&rig, data, sizeof(data));
	for (int i = 0; i < 100; i++)
		net_rig_echo(&rig, &i, sizeof(i));
	cr_assert_eq(rig.heard, 102, "nothing but what was sent");
}

Test(slip, settings_reach_the_link)
{
	uint8_t data[100] = {0};
	struct bo_err err = {0};

	net_rig_slip(&rig, "mtu: 127\naddress: 192.0.2.9\nhost: 192.0.2.8\nport: 99\n");
	cr_assert_eq(rig.net->datagram_max, 99);
	net_rig_echo(&rig, data, 99);
	cr_assert_eq(rig.heard_port, 99);
	cr_assert_eq(bo_net_send(rig.net, data, 100, &err), -EMSGSIZE);
	cr_assert_not_null(strstr(err.text, "99 bytes in one datagram, not 100"), "%s", err.text);
	net_rig_echo(&rig, data, 99);
}

Test(slip, noise_on_the_line_is_no_datagram)
{
	uint8_t noise[4096];

	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * 167 + (i >> 8));
	cr_assert_eq(write(rig.far, noise, sizeof(noise)), sizeof(noise));
	cr_assert_eq(write(rig.far, "\xc0", 1), 1);
	net_rig_echo(&rig, "b", 1);
	cr_assert_eq(rig.got, 2);
	cr_assert_eq(rig.lost, 0);
}

Test(slip, while_break_is_held_nothing_passes)
{
	static const uint8_t end = 0xc0;
	struct bo_err err = {0};

	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
	cr_assert_eq(bo_net_hold_break(rig.net, true, &err), 0, "%s", err.text);
	cr_assert_eq(bo_net_send(rig.net, "b", 1, &err), -ENOBUFS);
	/* Half a packet, as of a target that died. */
	cr_assert_eq(write(rig.far, "\xc0\x45\x00", 3), 3);
	net_rig_turn(&rig, 20 * BO_MS);
	cr_assert_eq(bo_net_hold_break(rig.net, false, &err), 0);
	cr_assert_eq(write(rig.far, &end, 1), 1);
	net_rig_echo(&rig, "c", 1);
	cr_assert_eq(rig.heard, 2);
	cr_assert_eq(rig.got, 2);
}

Test(slip, a_line_may_stay_idle_instead)
{
	net_rig_slip(&rig, "while-off: idle\n");
	cr_assert_null(rig.net->ops->hold_break);
	net_rig_echo(&rig, "a", 1);
}

Test(slip, an_unplugged_tty_is_told_once)
{
	struct bo_err err = {0};

	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
	close(rig.near);
	net_rig_hang_up(&rig);
	net_rig_until(&rig, net_rig_is_lost);
	cr_assert_not_null(strstr(rig.why.text, "is gone"), "%s", rig.why.text);
	cr_assert_eq(bo_net_send(rig.net, "b", 1, &err), -ENODEV, "%s", err.text);
	cr_assert_eq(bo_net_hold_break(rig.net, true, &err), -ENODEV);
	cr_assert_eq(bo_net_impair(rig.net, &(struct bo_netem){0}, &(struct bo_netem){0}, &err),
		     -ENODEV);
	net_rig_turn(&rig, 20 * BO_MS);
	cr_assert_eq(rig.lost, 1);
	rig.near = -1;
}

Test(slip, a_killed_helper_is_told_and_leaves_a_line_that_can_be_opened_again)
{
	struct bo_err err = {0};
	pid_t helper;

	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
	helper = net_rig_helper(getpid());
	cr_assert_gt(helper, 0);
	cr_assert_eq(kill(helper, SIGKILL), 0);
	net_rig_until(&rig, net_rig_is_lost);
	cr_assert_not_null(strstr(rig.why.text, "brownout-link has ended"), "%s", rig.why.text);
	cr_assert_eq(bo_net_send(rig.net, "b", 1, &err), -ENODEV);
	bo_net_close(rig.net);
	rig.net = NULL;
	rig.lost = 0;
	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "c", 1);
}

Test(slip, a_killed_worker_leaves_no_process)
{
	char byte;
	int ready[2], status;

	cr_assert_eq(pipe(ready), 0);
	cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t worker = fork();

	if (worker == 0) {
		net_rig_slip(&rig, "");
		(void)!write(ready[1], "r", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	pid_t helper = net_rig_helper(worker);

	cr_assert_gt(helper, 0);
	kill(worker, SIGKILL);
	cr_assert_eq(waitpid(worker, &status, 0), worker);
	cr_assert_eq(waitpid(helper, &status, 0), helper);
	/* The line is free again. */
	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
}

enum { NOBODY = 65534, CANNOT_LOOK = 77 };

static bool become_nobody(void)
{
	char program[PATH_MAX];

	if (geteuid() == 0 && (setgid(NOBODY) < 0 || setuid(NOBODY) < 0))
		_exit(3);
	snprintf(program, sizeof(program), "%.4000s/brownout-link", getenv("BROWNOUT_LIBEXEC"));
	return access(program, X_OK) == 0;
}

Test(slip, no_privilege_is_needed)
{
	int status;

	if (geteuid() == 0)
		cr_assert_eq(chown(rig.path, NOBODY, (gid_t)-1), 0);
	pid_t child = fork();

	if (child == 0) {
		if (!become_nobody())
			_exit(CANNOT_LOOK);
		net_rig_slip(&rig, "");
		net_rig_echo(&rig, "a", 1);
		bo_net_close(rig.net);
		_exit(0);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_LOOK)
		cr_skip_test("the build lies where only its owner can look");
	cr_assert_eq(status, 0, "%x", status);
}

Test(slip, two_benches_may_use_the_same_addresses)
{
	struct net_rig other;

	net_rig_init(&other);
	net_rig_slip(&rig, "");
	net_rig_slip(&other, "");
	net_rig_echo(&rig, "a", 1);
	net_rig_echo(&other, "b", 1);
	cr_assert_eq(rig.heard, 1);
	cr_assert_eq(other.heard, 1);
	net_rig_done(&other);
}

/* Either the kernel impairs it and says so, or what is missing has a name. */
Test(slip, what_the_kernel_can_is_what_the_driver_says)
{
	const struct bo_netem all = {.loss_ppm = 1000000}, none = {0};
	struct bo_err err = {0};
	char text[256];

	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
	snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\n", rig.path);
	unsigned caps = bo_driver_slip.able(net_rig_config(&rig, &bo_driver_slip, text));
	int rc = bo_net_impair(rig.net, &all, &none, &err);

	if (!(caps & BO_CAP_NETEM)) {
		cr_assert_eq(rc, -EOPNOTSUPP);
		cr_assert_not_null(strstr(err.text, "modprobe"), "%s", err.text);
		return;
	}
	cr_assert_eq(rc, 0, "%s", err.text);
	net_rig_until(&rig, net_rig_has_changed);
	cr_assert_eq(rig.change_err.code, 0, "%s", rig.change_err.text);
	cr_assert_eq(rig.over.down.packets, 1);
	cr_assert_eq(rig.over.up.packets, 1);
	cr_assert_eq(rig.over.up.dropped, 0);
}

Test(slip, netem_asked_for_where_there_is_none_names_the_module)
{
	char text[256];
	struct bo_err err = {0};

	snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\nnetem: yes\n", rig.path);
	const void *config = net_rig_config(&rig, &bo_driver_slip, text);

	cr_assert(bo_driver_slip.able(config) & BO_CAP_NETEM, "it was asked for");
	int rc = net_rig_try(&rig, &bo_driver_slip, text, &err);

	if (rc == 0) /* a kernel that has it */
		return;
	cr_assert_eq(rc, -ENOSYS);
	cr_assert_not_null(strstr(err.text, "modprobe sch_netem"), "%s", err.text);
	snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\nnetem: no\n", rig.path);
	config = net_rig_config(&rig, &bo_driver_slip, text);
	cr_assert_eq(bo_driver_slip.able(config), 0);
	net_rig_slip(&rig, "netem: no\n");
	cr_assert_eq(bo_net_impair(rig.net, &(struct bo_netem){0}, &(struct bo_netem){0}, &err),
		     -EOPNOTSUPP);
	cr_assert_not_null(strstr(err.text, "netem: no"), "%s", err.text);
}

Test(slip, what_cannot_work_is_told_before_anything_is_opened)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
		{"address: 10.78.0\n", "10.78.0"},
		{"host: there\n", "there"},
		{"address: 10.0.0.1\nhost: 10.0.0.1\n", "both are 10.0.0.1"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_err err = {0};
		char text[256];

		snprintf(text, sizeof(text), "path: /x\nbaud: 9600 baud\n%s", cases[i].yaml);
		const void *config = net_rig_config(&rig, &bo_driver_slip, text);

		cr_assert_not_null(config, "%s", rig.report.data);
		cr_assert_eq(bo_driver_slip.check(config, NULL, &err), -EINVAL);
		cr_assert_not_null(strstr(err.text, cases[i].message), "%s", err.text);
	}
	cr_assert_null(
		net_rig_config(&rig, &bo_driver_slip, "path: /x\nbaud: 9600 baud\nmtu: 67\n"));
	cr_assert_null(
		net_rig_config(&rig, &bo_driver_slip, "path: /x\nbaud: 9600 baud\nby: hand\n"));
	cr_assert_null(
		net_rig_config(&rig, &bo_driver_slip, "path: /x\nbaud: 9600 baud\nport: 0\n"));
}

Test(slip, the_kernels_own_needs_what_this_host_may_lack_and_says_what)
{
	struct bo_err err = {0};
	char text[256];

	snprintf(text, sizeof(text), "path: %s\nbaud: 500000 baud\nby: kernel\n", rig.path);
	int rc = net_rig_try(&rig, &bo_driver_slip, text, &err);

	if (rc == 0) { /* a host that has the module, and lets us */
		net_rig_echo(&rig, "a", 1);
		return;
	}
	cr_assert(rc == -ENOSYS || rc == -EPERM, "%d %s", rc, err.text);
	cr_assert_not_null(strstr(err.text, "modprobe slip"), "%s", err.text);
	/* The line is as it was. */
	net_rig_slip(&rig, "");
	net_rig_echo(&rig, "a", 1);
}
