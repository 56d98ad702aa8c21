#include <sys/utsname.h>

#include "harness/tests/cli.h"
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

/* ---- the command's words and exit codes ---- */

/* Whoever may not change interfaces; they must be able to read the program. */
static struct cli as_nobody(const char *args)
{
	char program[PATH_MAX], folder[] = "/tmp/nobody.XXXXXX";
	struct bo_buf said = {0};
	struct cli cli = {0};

	cli_program(program);
	cr_assert_not_null(mkdtemp(folder));
	say(&said,
	    "chmod 755 %s && install -m 755 %s %s/ && cd %s && "
	    "{ setpriv --reuid 65534 --regid 65534 --clear-groups ./brownout %s 2>&1 >/dev/null; "
	    "echo $?; }",
	    folder, program, folder, folder, args);
	/* what it said on its error output, and its exit code in the last line */
	char *last = strrchr(said.data, '\n');

	cr_assert(last && last > said.data);
	*last = '\0';
	last = strrchr(said.data, '\n') ? strrchr(said.data, '\n') + 1 : said.data;
	cli.code = atoi(last);
	bo_buf_printf(&cli.out, "%s", "");
	bo_buf_printf(&cli.err, "%.*s", (int)(last - said.data), said.data);
	bo_buf_done(&said);
	return cli;
}

static struct cli as_root(const char *args)
{
	return brownout("%s", args);
}

#define SET "net set va --loss 5%"
#define ALLOW                                                                                     \
	"not allowed to change interfaces: run as root, give this program CAP_NET_ADMIN (setcap " \
	"cap_net_admin+ep), or work in a network namespace of your own (unshare -Urn)\n"

Test(lab_netem_refusals, each_mistake_has_its_words_and_its_exit_code_and_changes_nothing)
{
	static const struct {
		const char *before, *after; /* commands */
		struct cli (*run)(const char *args);
		const char *args;
		int code;
		const char *said;
	} cases[] = {
		{"true", "true", as_root, "net set vx --loss 5%", 3,
		 "no interface 'vx' in this network namespace; 'ip link' lists them\n"},
		{"true", "true", as_nobody, SET, 3, "va: " ALLOW},
		{"true", "true", as_nobody, SET " --for 1s", 3, "va: " ALLOW},
		{"true", "true", as_nobody, "net set va --mtu 1400", 3, "va: " ALLOW},
		{"tc qdisc add dev va root handle 9: netem loss 1%", "tc qdisc del dev va root",
		 as_root, SET, 3,
		 "va already has a netem that is not ours (handle 9:); 'tc qdisc del dev va root' "
		 "removes it\n"},
		{"tc qdisc add dev va root handle 9: prio; "
		 "tc qdisc add dev va parent 9:1 handle a: netem delay 1ms",
		 "tc qdisc del dev va root", as_root, SET, 3,
		 "va already has a prio that is not ours (handle 9:); 'tc qdisc del dev va root' "
		 "removes it\n"},
		{"tc qdisc add dev va root handle 9: netem loss 1%", "tc qdisc del dev va root",
		 as_root, "net clear va", 3,
		 "va has a netem of somebody else's, which stays; 'tc qdisc del dev va root' "
		 "removes it\n"},
		{"tc qdisc add dev va ingress", "tc qdisc del dev va ingress", as_root, SET, 3,
		 "va already has an ingress hook that is not ours; 'tc qdisc del dev va ingress' "
		 "removes it\n"},
		{"ip route add default via " VETH_TARGET, "ip route del default", as_root, SET, 2,
		 "va carries a default route: you may cut yourself off, and everything this host "
		 "talks to is impaired; --i-know does it anyway\n"},
		{"ip route add default via " VETH_TARGET, "ip route del default", as_root,
		 "net set va --mtu 1400", 2,
		 "va carries a default route: you may cut yourself off, and everything this host "
		 "talks to is impaired; --i-know does it anyway\n"},
		{"true", "true", as_root, SET " --profile geo", 2,
		 "net set: --profile and explicit values together: choose one; 'brownout net "
		 "profiles' prints a profile's values\n"},
		{"true", "true", as_root, "net set va --loss 101%", 2,
		 "net set: loss is out of range: a share of the packets is 0 to 100 %\n"},
	};
	struct veth veth;

	veth_open(&veth);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf before = {0};
		char expected[512];

		say(NULL, "%s", cases[i].before);
		take_picture(&before);
		struct cli cli = cases[i].run(cases[i].args);

		(void)snprintf(expected, sizeof(expected), "brownout: %s", cases[i].said);
		cr_expect_eq(cli.code, cases[i].code, "%zu: %s: exit %d", i, cases[i].args,
			     cli.code);
		cr_expect_str_eq(cli.err.data, expected, "%zu: %s: %s", i, cases[i].args,
				 cli.err.data);
		expect_as_found(&before);
		say(NULL, "%s", cases[i].after);
		cli_done(&cli);
		bo_buf_done(&before);
	}
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
	struct cli cli = as_root(SET);

	cr_expect_eq(cli.code, 3, "%d", cli.code);
	cr_expect_str_eq(
		cli.err.data,
		"brownout: va: this kernel has no sch_netem: load it (modprobe sch_netem) or "
		"use a kernel that has it, for instance Debian's in the lab (make lab); the "
		"kernel says: Specified qdisc kind is unknown\n");
	cli_done(&cli);
	write_text("/proc/sys/kernel/modprobe", "/sbin/modprobe\n");
	expect_as_found(&before);
	bo_buf_done(&before);
}

Test(lab_netem_refusals, half_of_what_was_asked_for_does_not_stay)
{
	struct bo_buf before = {0};
	struct veth veth;

	veth_open(&veth);
	/* netem is there from now on, and nothing else comes */
	say(NULL, "modprobe sch_netem && modprobe ifb && modprobe sch_ingress && "
		  "modprobe cls_matchall && modprobe act_mirred");
	take_picture(&before);
	write_text("/proc/sys/kernel/modprobe", "/bin/false\n");
	say(NULL, "if grep -q ^sch_tbf /proc/modules; then rmmod sch_tbf; fi");
	struct cli cli = as_root(SET " --mtu 1400 --blackhole-after 1KiB");

	cr_expect_eq(cli.code, 3, "%d", cli.code);
	cr_expect_eq(strncmp(cli.err.data, "brownout: va: this kernel has no sch_tbf: load it", 49),
		     0, "%s", cli.err.data);
	write_text("/proc/sys/kernel/modprobe", "/sbin/modprobe\n");
	expect_as_found(&before);
	cli_done(&cli);
	bo_buf_done(&before);
}
