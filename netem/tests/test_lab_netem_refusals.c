#include <sys/utsname.h>

#include "netem/tests/veth_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a kernel, or brownout on one, refuses; and that nothing has changed then. */
TestSuite(lab_netem_refusals, .timeout = 300);

/* Opens (and applies, when that goes well) and expects to be refused with that text. */
static void expect_refusal(int code, const char *why)
{
	struct bo_netem_link *link = NULL;
	struct bo_err err = {0};
	int rc = bo_netem_open("va", NULL, 0, &link, &err);

	if (rc == 0)
		rc = bo_netem_apply(link, &(struct bo_netem){.loss_ppm = 1}, NULL, &err);
	cr_expect_eq(rc, code, "%d: %s", rc, err.text);
	cr_expect_not_null(strstr(err.text, why), "'%s' in '%s'", why, err.text);
	(void)bo_netem_close(link, NULL);
}

Test(lab_netem_refusals, what_is_somebody_elses_is_refused_and_left_alone)
{
	static const struct {
		const char *command, *undo, *why;
	} cases[] = {
		{"tc qdisc add dev va root tbf rate 1mbit burst 64kb latency 50ms",
		 "tc qdisc del dev va root", "va already has a tbf that is not ours (handle 8"},
		{"tc qdisc add dev va root netem loss 1%", "tc qdisc del dev va root",
		 "va already has a netem that is not ours"},
		{"tc qdisc add dev va ingress", "tc qdisc del dev va ingress",
		 "va already has an ingress hook that is not ours"},
	};
	struct veth veth;

	veth_open(&veth);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf before = {0};

		say(NULL, "%s", cases[i].command);
		take_picture(&before);
		expect_refusal(-EEXIST, cases[i].why);
		expect_as_found(&before);
		say(NULL, "%s", cases[i].undo);
		bo_buf_done(&before);
	}
	say(NULL, "ip route add default via " VETH_TARGET);
	expect_refusal(-EINVAL, "va carries a default route");
}

Test(lab_netem_refusals, two_at_once_are_refused)
{
	struct bo_netem_link *link, *second = NULL;
	struct bo_err err = {0};
	struct veth veth;

	veth_open(&veth);
	link = open_link(NULL);
	cr_expect_eq(bo_netem_open("va", NULL, BO_NETEM_STAY, &second, &err), -EBUSY);
	cr_expect_str_eq(err.text, "another brownout impairs va now, or is just healing it");
	close_link(link);
	close_link(open_link(NULL));
}

Test(lab_netem_refusals, a_seed_that_the_kernel_ignores_is_an_error)
{
	struct bo_netem_link *link;
	struct bo_buf before = {0};
	struct bo_err err = {0};
	struct utsname host;
	struct veth veth;
	int major = 0, minor = 0;

	cr_assert_eq(uname(&host), 0);
	cr_assert_eq(sscanf(host.release, "%d.%d", &major, &minor), 2);
	bool has_seed = major > 6 || (major == 6 && minor >= 6);

	veth_open(&veth);
	take_picture(&before);
	link = open_link(NULL);
	int rc = bo_netem_apply(link, &(struct bo_netem){.loss_ppm = 1, .seed = 5}, NULL, &err);

	cr_expect_eq(rc, has_seed ? 0 : -EPROTO, "%s", err.text);
	if (!has_seed) {
		cr_expect_str_eq(err.text, "va: down: this kernel ignores the seed; Linux 6.6 and "
					   "later have it");
		expect_as_found(&before);
	}
	close_link(link);
	bo_buf_done(&before);
}

Test(lab_netem_refusals, without_the_privilege_it_says_how_to_get_it)
{
	struct veth veth;
	int status;
	pid_t pid;

	veth_open(&veth);
	pid = fork();
	if (pid == 0) {
		cr_assert_eq(setuid(65534), 0);
		expect_refusal(-EPERM, "not allowed to change interfaces: run as root, give");
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0, "%s", path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* The machine is thrown away: its kernel may lose a module. */
Test(lab_netem_refusals, a_kernel_without_netem_is_told_apart)
{
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	take_picture(&before);
	write_text("/proc/sys/kernel/modprobe", "/bin/false\n");
	say(NULL, "if grep -q ^sch_netem /proc/modules; then rmmod sch_netem; fi");
	expect_refusal(-ENOSYS, "va: this kernel has no sch_netem: load it (modprobe sch_netem)");
	write_text("/proc/sys/kernel/modprobe", "/sbin/modprobe\n");
	expect_as_found(&before);
	bo_buf_done(&before);
}
