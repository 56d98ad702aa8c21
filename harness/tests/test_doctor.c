#include <sched.h>
#include <sys/wait.h>

#include "harness/doctor/netem_probe.h"
#include "harness/tests/doctor_rig.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct host_rig rig;

static void make(void)
{
	rig_make(&rig);
}

static void done(void)
{
	rig_done(&rig);
}

TestSuite(doctor, .init = make, .fini = done);

Test(doctor, a_host_with_nothing_wrong_is_told_so)
{
	static const char *const findings[] = {
		"ok    openocd ", "ok    helpers ", "ok    groups ",   "ok    udev ",
		"ok    latency ", "ok    suspend ", "ok    grabbers ", "ok    netem ",
		"ok    disk ",	  "ok    clock ",
	};

	cr_expect_eq(rig_look(&rig), BO_DOCTOR_OK, "%s", rig.out.data);
	for (size_t i = 0; i < COUNT(findings); i++)
		cr_expect(rig_says(&rig, findings[i], ""), "%s in\n%s", findings[i], rig.out.data);
	cr_expect_null(strstr(rig.out.data, "to do"));
}

Test(doctor, a_missing_or_old_or_dumb_openocd_is_bad)
{
	expect_finding(&rig, "ok    openocd ", "bin/openocd is OpenOCD 0.12");
	rig_program(&rig, "bin/openocd", OPENOCD_SAYS("1.0.1+dev"));
	expect_finding(&rig, "ok    openocd ", "is OpenOCD 1.0");
	rig_program(&rig, "bin/openocd", OPENOCD_SAYS("0.11.0"));
	expect_finding(&rig, "bad   openocd ", "is OpenOCD 0.11, older than 0.12");
	cr_expect_eq(rig.level, BO_DOCTOR_BAD);
	rig_program(&rig, "bin/openocd", "#!/bin/sh\nprintf '\\033[2Jmoo' >&2\n");
	expect_finding(&rig, "bad   openocd ", "does not say which OpenOCD it is");
	rig_program(&rig, "bin/openocd", "#!/nowhere\n");
	expect_finding(&rig, "bad   openocd ", "bin/openocd --version: ");
	rig_take_away(&rig, "bin/openocd");
	expect_finding(&rig, "bad   openocd ", "no openocd in PATH");
	rig.host.path = "";
	expect_finding(&rig, "bad   openocd ", "no openocd in PATH");
}

Test(doctor, an_openocd_that_says_a_lot_or_ends_at_once_is_survived)
{
	rig_program(&rig, "bin/openocd",
		    "#!/bin/sh\nhead -c 300000 /dev/zero >&2; echo 'Open On-Chip Debugger 0.12'\n");
	expect_finding(&rig, "bad   openocd ", "does not say");
	rig_program(&rig, "bin/openocd", "#!/bin/sh\nkill -9 $$\n");
	expect_finding(&rig, "bad   openocd ", "does not say");
}

Test(doctor, an_openocd_that_hangs_is_not_waited_for)
{
	rig.host.patience_ns = 20 * BO_MS;
	rig_program(&rig, "bin/openocd", "#!/bin/sh\nexec sleep 600\n");
	expect_finding(&rig, "bad   openocd ", "openocd --version: no answer within 20 ms");
}

Test(doctor, a_missing_helper_is_bad_where_runs_need_it)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
		{"brownout-image", "warn  helpers "},
		{"brownout-sim", "bad   helpers "},
		{"brownout-switch", "bad   helpers "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char in_bin[64], in_libexec[64], text[64];

		snprintf(in_bin, sizeof(in_bin), "bin/%s", cases[i].name);
		snprintf(in_libexec, sizeof(in_libexec), "libexec/%s", cases[i].name);
		snprintf(text, sizeof(text), "no %s (", cases[i].name);
		rig_take_away(&rig, in_bin);
		expect_finding(&rig, cases[i].line, text);
		rig_program(&rig, in_libexec, "");
		expect_finding(&rig, "ok    helpers ", in_libexec);
		rig_mode(&rig, in_libexec, 0644);
		expect_finding(&rig, cases[i].line, text);
		rig_mode(&rig, in_libexec, 0755);
	}
	cr_expect_eq(rig_look(&rig), BO_DOCTOR_OK);
}

Test(doctor, helpers_are_looked_for_where_they_would_be_run_from)
{
	char dir[128];

	snprintf(dir, sizeof(dir), "%s/mine", rig.dir.path);
	rig.host.helper_dir = dir;
	expect_finding(&rig, "ok    helpers ", "bin/brownout-sim");
	rig_program(&rig, "mine/brownout-sim", "");
	expect_finding(&rig, "ok    helpers ", "mine/brownout-sim");
	rig_take_away(&rig, "mine/brownout-sim");
	rig_take_away(&rig, "bin/brownout-sim");
	expect_finding(&rig, "bad   helpers ", "/mine, ");
}

Test(doctor, who_is_in_no_group_is_told_how_to_join)
{
	expect_finding(&rig, "ok    groups ", "in the group dialout (serial ports)");
	expect_finding(&rig, "ok    groups ", "in the group plugdev");
	/* listed, but this login is older */
	rig.groups[0] = 7;
	expect_finding(&rig, "warn  groups ", "added to the group dialout (serial ports) after");
	expect_finding(&rig, "ok    groups ", "in the group plugdev");
	scratch_write(&rig.dir, "etc/group", "dialout:x:20:joann,annie\nplugdev:x:46:ann\n");
	expect_finding(&rig, "warn  groups ", "sudo usermod -aG dialout ann");
	scratch_write(&rig.dir, "etc/group", "plugdev:x:46:ann\ndialout\n");
	expect_finding(&rig, "warn  groups ", "not in the group dialout");
	rig_take_away(&rig, "etc/group");
	expect_finding(&rig, "warn  groups ", "not in the group plugdev");
	rig.host.user = "";
	expect_finding(&rig, "warn  groups ", "usermod -aG plugdev USER");
	rig.host.uid = 0;
	expect_finding(&rig, "ok    groups ", "root may open every device");
}

Test(doctor, a_seat_stands_in_for_a_group)
{
	rig.host.group_count = 0;
	rig.host.user = "eve";
	expect_finding(&rig, "warn  groups ", "not in the group dialout");
	scratch_write(&rig.dir, "run/systemd/sessions/2",
		      "UID=1000\nUSER=eve\nACTIVE=1\nSEAT=seat0\n");
	expect_finding(&rig, "ok    groups ", "at this host's seat");
	scratch_write(&rig.dir, "run/systemd/sessions/2", "UID=1000\nACTIVE=0\nSEAT=seat0\n");
	expect_finding(&rig, "warn  groups ", "not in the group dialout");
	scratch_write(&rig.dir, "run/systemd/sessions/2", "UID=1001\nACTIVE=1\nSEAT=seat0\n");
	expect_finding(&rig, "warn  groups ", "not in the group dialout");
	scratch_write(&rig.dir, "run/systemd/sessions/2", "UID=1000\nACTIVE=1\nSEAT=\n");
	expect_finding(&rig, "warn  groups ", "not in the group dialout");
}

#define OTHER_RULES "lib/udev/rules.d/60-openocd.rules"

Test(doctor, each_kind_of_adapter_needs_a_rule)
{
	static const struct {
		const char *rule, *what;
	} kinds[] = {
		{"ATTRS{idVendor}==\"0403\", ATTRS{idProduct}==\"6011\", MODE=\"660\"\n",
		 "FTDI adapters"},
		{"ATTRS{idVendor}==\"0483\", \\\n  ATTRS{idProduct}==\"374b\", GROUP=\"plugdev\"\n",
		 "ST-Link probes"},
		{"ATTRS{product}==\"*CMSIS-DAP*\", TAG+=\"uaccess\"\n", "CMSIS-DAP probes"},
	};

	rig_take_away(&rig, BO_DOCTOR_RULES + 1);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct bo_buf text = {0};

		expect_finding(&rig, "warn  udev ", kinds[i].what);
		cr_expect(rig_says(&rig, "warn  udev ", "brownout doctor --udev"));
		bo_buf_printf(&text, "# %s", kinds[i].rule);
		scratch_write(&rig.dir, OTHER_RULES, i == 1 ? "# none\n" : text.data);
		expect_finding(&rig, "warn  udev ", kinds[i].what);
		scratch_write(&rig.dir, OTHER_RULES, kinds[i].rule);
		expect_finding(&rig, "ok    udev ", kinds[i].what);
		/* a file of that name in /etc takes its place */
		scratch_write(&rig.dir, "etc/udev/rules.d/60-openocd.rules", "\n");
		expect_finding(&rig, "warn  udev ", kinds[i].what);
		rig_take_away(&rig, "etc/udev/rules.d/60-openocd.rules");
		rig_take_away(&rig, OTHER_RULES);
		bo_buf_done(&text);
	}
	rig_rules(&rig);
	(void)rig_look(&rig);
	cr_expect(!rig_says(&rig, "warn  udev ", ""), "%s", rig.out.data);
}

Test(doctor, a_program_that_opens_new_ports_is_named)
{
	rig_take_away(&rig, BO_DOCTOR_RULES + 1);
	expect_finding(&rig, "ok    grabbers ", "no ModemManager");
	scratch_write(&rig.dir, "usr/sbin/ModemManager", "");
	expect_finding(&rig, "warn  grabbers ", "ModemManager is installed");
	scratch_write(&rig.dir, "proc/311/comm", "ModemManager\n");
	expect_finding(&rig, "warn  grabbers ", "ModemManager runs");
	rig_rules(&rig);
	expect_finding(&rig, "ok    grabbers ", "told to leave FTDI adapters alone");

	expect_finding(&rig, "ok    grabbers ", "no brltty");
	scratch_write(&rig.dir, "proc/12/comm", "brltty\n");
	expect_finding(&rig, "warn  grabbers ", "brltty runs");
	rig_take_away(&rig, "proc/12/comm");
	scratch_write(&rig.dir, "bin/brltty", "");
	expect_finding(&rig, "warn  grabbers ", "brltty is installed");
}

static int netem_lacks(void)
{
	return -ENOENT;
}

static int netem_forbidden(void)
{
	return -EPERM;
}

static int netem_breaks(void)
{
	return -ENOBUFS;
}

Test(doctor, a_kernel_without_netem_is_told_from_one_that_forbids_to_look)
{
	expect_finding(&rig, "ok    netem ", "sch_netem");
	rig.host.netem = netem_lacks;
	expect_finding(&rig, "warn  netem ", "the kernel has no sch_netem");
	rig.host.netem = netem_forbidden;
	expect_finding(&rig, "warn  netem ", "whether the kernel has sch_netem is not known");
	rig.host.netem = netem_breaks;
	expect_finding(&rig, "warn  netem ", strerror(ENOBUFS));
}

Test(doctor, a_full_or_closed_disk_makes_runs_impossible)
{
	char place[128];

	snprintf(place, sizeof(place), "left in %s/home, where", rig.dir.path);
	expect_finding(&rig, "ok    disk ", place);
	rig.host.disk_wanted = UINT64_MAX;
	expect_finding(&rig, "warn  disk ", place);
	cr_expect_eq(rig.level, BO_DOCTOR_WARN);
	rig.host.disk_least = UINT64_MAX;
	expect_finding(&rig, "bad   disk ", place);
	cr_expect_eq(rig.level, BO_DOCTOR_BAD);
	rig.host.disk_least = 0;
	rig_mode(&rig, "home", 0555);
	expect_finding(&rig, "bad   disk ", "may not write to");
	rig_mode(&rig, "home", 0755);
}

Test(doctor, run_directories_below_the_current_folder_are_understood)
{
	rig.host.run_dir = "no-such-folder/deeper";
	expect_finding(&rig, "ok    disk ", "left in .");
	rig.host.run_dir = "/no-such-folder";
	expect_finding(&rig, "ok    disk ", "left in /,");
}

Test(doctor, a_clock_that_is_wrong_or_left_alone_is_noted)
{
	expect_finding(&rig, "ok    clock ", "it is 2026-11-22T12:00:00Z, kept right");
	rig.host.synced = -1;
	expect_finding(&rig, "ok    clock ", "it is 2026-11-22T12:00:00Z");
	cr_expect_null(strstr(rig.out.data, "kept right"));
	rig.host.synced = 0;
	expect_finding(&rig, "warn  clock ", "nothing keeps the clock right");
	rig.host.now = "1970-01-01T00:00:09Z";
	expect_finding(&rig, "warn  clock ",
		       "before this program was built (2026-11-01T12:00:00Z)");
}

Test(doctor, what_files_and_names_hold_reaches_the_terminal_escaped)
{
	rig_take_away(&rig, BO_DOCTOR_RULES + 1);
	scratch_write(&rig.dir, "etc/udev/rules.d/\x1b[2J.rules",
		      "\"0403\" \"0483\" \"37\" CMSIS-DAP uaccess\n");
	rig.host.user = "\x9b"
			"2J";
	rig.host.group_count = 0;
	expect_finding(&rig, "ok    udev ", "\\x1b[2J.rules");
	for (size_t i = 0; i < rig.out.len; i++)
		cr_assert(rig.out.data[i] == '\n' ||
				  (rig.out.data[i] >= 0x20 && rig.out.data[i] < 0x7f),
			  "byte %zu of %s", i, rig.out.data);
}

/* ---- the probe itself ---- */

Test(netem_probe, tells_what_the_kernel_has_from_what_it_lacks)
{
	int any = bo_netem_probe("pfifo"); /* part of every kernel */

	if (any == -EPERM)
		cr_skip("no network namespace may be made here");
	cr_expect_eq(any, 0, "%d", any);
	cr_expect_eq(bo_netem_probe("nosuchqdisc"), -ENOENT);
	int netem = bo_netem_probe("netem");

	cr_expect(netem == 0 || netem == -ENOENT, "%d", netem);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(77);
	close(fd);
}

/* Where user and network namespaces are switched off: the limits hold in a namespace of our own. */
static int probe_without_namespaces(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER) < 0)
		_exit(77);
	write_text("/proc/self/uid_map", map);
	write_text("/proc/sys/user/max_user_namespaces", "0");
	write_text("/proc/sys/user/max_net_namespaces", "0");
	return -bo_netem_probe("pfifo");
}

Test(netem_probe, namespaces_that_are_switched_off_are_no_lack_of_the_kernel)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(probe_without_namespaces());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		cr_skip("no user namespace may be made here");
	cr_expect_eq(WEXITSTATUS(status), EPERM);
}
