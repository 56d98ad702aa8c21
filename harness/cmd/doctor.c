#include "harness/doctor/doctor.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/cmd/cmd.h"
#include "harness/doctor/netem_probe.h"

/* A night's run with its console bytes takes some tens of MiB. */
#define DISK_LEAST	 (UINT64_C(16) << 20)
#define DISK_WANTED	 (UINT64_C(1) << 30)
#define OPENOCD_PATIENCE (5 * BO_S)
#define GROUPS_MAX	 256
#define PATH_CAP	 4096

static bool may(const char *path, int mode)
{
	return access(path, mode) == 0;
}

static int netem(void)
{
	return bo_netem_probe("netem");
}

/* This executable's age: an installed one is never younger than its build. */
static void built_text(char out[BO_WALL_TEXT_MAX])
{
	struct stat info;
	struct tm utc;

	out[0] = '\0';
	if (stat("/proc/self/exe", &info) == 0 && gmtime_r(&info.st_mtime, &utc))
		(void)strftime(out, BO_WALL_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static enum bo_doctor_level look(const struct bo_rack *rack, struct bo_buf *out)
{
	char now[BO_WALL_TEXT_MAX], built[BO_WALL_TEXT_MAX], self[PATH_CAP] = ".";
	gid_t groups[GROUPS_MAX];
	int group_count = getgroups(GROUPS_MAX, groups);
	const struct passwd *user = getpwuid(geteuid());
	const char *path = getenv("PATH");
	struct bo_clock clock;
	struct bo_loop loop;

	bo_clock_real_init(&clock);
	bo_loop_init(&loop, &clock);
	bo_clock_wall_text(now);
	built_text(built);
	(void)bo_proc_self_dir(self, sizeof(self));
	return bo_doctor_run(
		&(struct bo_doctor_host){
			.root = "",
			.path = path ? path : "",
			.helper_dir = getenv("BROWNOUT_LIBEXEC"),
			.self_dir = self,
			.libexec_dir = BO_LIBEXECDIR,
			.run_dir = "runs",
			.user = user ? user->pw_name : "",
			.uid = geteuid(),
			.groups = groups,
			.group_count = group_count < 0 ? 0 : (size_t)group_count,
			.now = now,
			.built = built,
			.synced = bo_clock_wall_synced(),
			.disk_least = DISK_LEAST,
			.disk_wanted = DISK_WANTED,
			.may = may,
			.netem = netem,
			.patience_ns = OPENOCD_PATIENCE,
			.loop = &loop,
		},
		rack, out);
}

int cmd_doctor(int argc, char **argv)
{
	const char *path = getenv("BROWNOUT_RACK");
	bool udev = false;
	const struct cmd_option table[] = {
		{"rack", CMD_TEXT, &path, "FILE",
		 "look for this rack's devices too [$BROWNOUT_RACK]"},
		{"udev", CMD_FLAG, &udev, NULL, "print udev rules instead, for " BO_DOCTOR_RULES},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "doctor [--rack FILE] [--udev]", table);
	struct cmd_bench bench = {0};
	struct bo_buf out = {0};
	enum bo_doctor_level level = BO_DOCTOR_OK;

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count > 0)
		return cmd_fail(BO_EXIT_USAGE, "doctor: takes no argument '%s'", argv[0]);
	int rc = path ? cmd_rack_read(&bench, path) : 0;

	if (rc != 0)
		return rc;
	if (udev)
		bo_doctor_udev(bench.rack, &out);
	else
		level = look(bench.rack, &out);
	(void)fputs(out.data, stdout);
	bo_buf_done(&out);
	cmd_bench_done(&bench);
	return level == BO_DOCTOR_BAD ? BO_EXIT_NO_VERDICT : BO_EXIT_OK;
}
