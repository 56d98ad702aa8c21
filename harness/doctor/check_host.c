/* What runs need of the host: programs, netem, disk, clock. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/doctor/check.h"
#include "harness/doctor/netem_probe.h"

#define OPENOCD "openocd"
#define MIB	(UINT64_C(1) << 20)

/* The oldest OpenOCD that the driver's dialogue was made for. */
enum { OPENOCD_MAJOR = 0, OPENOCD_MINOR = 12 };

/* ---- OpenOCD ---- */

static bool find_program(const struct bo_doctor *doctor, const char *name,
			 char out[BO_DOCTOR_PATH_MAX])
{
	char *dirs = strdup(doctor->host->path), *rest = dirs;
	bool found = false;

	if (strchr(name, '/')) {
		found = access(name, X_OK) == 0 && bo_str_copy(out, BO_DOCTOR_PATH_MAX, name);
		rest = NULL;
	}
	for (char *dir; !found && rest && (dir = strsep(&rest, ":"));) {
		(void)snprintf(out, BO_DOCTOR_PATH_MAX, "%.2000s/%.255s", dir[0] ? dir : ".", name);
		found = access(out, X_OK) == 0;
	}
	free(dirs);
	return found;
}

struct listener {
	struct bo_watch watch;
	struct bo_loop *loop;
	char text[512];
	size_t len;
	bool ended;
};

static void hear(struct bo_watch *watch, short revents)
{
	struct listener *listener = (struct listener *)watch; /* its first member */
	char chunk[512];
	ssize_t n = read(watch->fd, chunk, sizeof(chunk));

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		bo_loop_unwatch(listener->loop, watch);
		listener->ended = true;
		return;
	}
	size_t room = sizeof(listener->text) - 1 - listener->len;
	size_t kept = (size_t)n < room ? (size_t)n : room;

	memcpy(listener->text + listener->len, chunk, kept);
	listener->len += kept;
}

static bool has_ended(void *ctx)
{
	return ((struct listener *)ctx)->ended;
}

/* What `PROGRAM --version` says on standard error. 0, or why not. */
static int ask_version(const struct bo_doctor *doctor, const char *program,
		       struct listener *listener, struct bo_err *err)
{
	const char *const argv[] = {program, "--version", NULL};
	struct bo_loop *loop = doctor->host->loop;
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_proc_args args = {.argv = argv, .pipe_out = true, .pipe_err = true};
	int rc = bo_proc_spawn(&args, &proc, err);

	if (rc < 0)
		return rc;
	*listener = (struct listener){
		.watch = {.fd = proc.err, .events = POLLIN, .ready = hear},
		.loop = loop,
	};
	bo_loop_watch(loop, &listener->watch);
	rc = bo_loop_until(loop, has_ended, listener,
			   bo_clock_stamp(loop->clock) + doctor->host->patience_ns);
	bo_loop_unwatch(loop, &listener->watch);
	bo_proc_kill(&proc);
	return rc < 0 ? bo_err_set(err, rc, "no answer within %lld ms",
				   (long long)(doctor->host->patience_ns / BO_MS))
		      : 0;
}

static void judge_version(struct bo_doctor *doctor, enum bo_doctor_level level, const char *program)
{
	static const char *const remedy = "install OpenOCD 0.12 or newer (Debian 12 has it)";
	struct listener listener;
	struct bo_err err = {0};
	int major, minor;

	if (ask_version(doctor, program, &listener, &err) < 0)
		bo_doctor_say(doctor, level, remedy, "%s --version: %s", program,
			      bo_err_text(&err));
	else if (sscanf(listener.text, "Open On-Chip Debugger %d.%d", &major, &minor) != 2)
		bo_doctor_say(doctor, level, remedy, "%s does not say which OpenOCD it is",
			      program);
	else if (major < OPENOCD_MAJOR || (major == OPENOCD_MAJOR && minor < OPENOCD_MINOR))
		bo_doctor_say(doctor, level, remedy, "%s is OpenOCD %d.%d, older than %d.%d",
			      program, major, minor, OPENOCD_MAJOR, OPENOCD_MINOR);
	else
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "%s is OpenOCD %d.%d", program, major,
			      minor);
}

static void judge_program(struct bo_doctor *doctor, enum bo_doctor_level level, const char *name)
{
	char path[BO_DOCTOR_PATH_MAX];

	if (find_program(doctor, name, path))
		judge_version(doctor, level, path);
	else
		bo_doctor_say(doctor, level, "sudo apt-get install openocd", "no %s in PATH", name);
}

/* Each program once, however many benches name it. */
#define PROGRAMS_MAX 8

struct programs {
	const char *name[PROGRAMS_MAX];
	size_t count;
};

static void note_name(struct programs *programs, const char *name)
{
	for (size_t i = 0; i < programs->count; i++)
		if (strcmp(programs->name[i], name) == 0)
			return;
	if (programs->count < PROGRAMS_MAX)
		programs->name[programs->count++] = name;
}

static void note_program(void *ctx, const struct bo_rack_bench *bench,
			 const struct bo_device *device)
{
	(void)bench;
	if (device->program)
		note_name(ctx, device->program);
}

void bo_check_openocd(struct bo_doctor *doctor)
{
	struct programs programs = {0};

	bo_doctor_devices(doctor->rack, note_program, &programs);
	for (size_t i = 0; i < programs.count; i++)
		judge_program(doctor, BO_DOCTOR_BAD, programs.name[i]);
	if (programs.count == 0)
		judge_program(doctor, doctor->rack ? BO_DOCTOR_WARN : BO_DOCTOR_BAD, OPENOCD);
}

/* ---- our own helpers ---- */

static const struct {
	const char *name;
	const char *serves;
	bool for_runs;
} helpers[] = {
	{"brownout-image", "brownout image", false},
	{"brownout-sim", "the virtual board", true},
	{"brownout-switch", "power on FTDI pins", true},
};

static void note_helper(void *ctx, const struct bo_rack_bench *bench,
			const struct bo_device *device)
{
	(void)bench;
	if (device->helper)
		note_name(ctx, device->helper);
}

static void note_helpers(const struct bo_rack *rack, struct programs *needed)
{
	const struct bo_rack_bench *benches = rack->benches.items;

	bo_doctor_devices(rack, note_helper, needed);
	for (size_t i = 0; i < rack->benches.count; i++)
		for (int role = 0; role < BO_ROLE_COUNT; role++) {
			const struct bo_driver *driver =
				bo_rack_driver(bo_rack_part(&benches[i], (enum bo_role)role));

			if (driver && driver->program)
				note_name(needed, driver->program);
		}
}

static enum bo_doctor_level helper_level(const struct bo_doctor *doctor, const char *name)
{
	struct programs needed = {0};

	if (!doctor->rack)
		return BO_DOCTOR_BAD;
	note_helpers(doctor->rack, &needed);
	for (size_t i = 0; i < needed.count; i++)
		if (strcmp(needed.name[i], name) == 0)
			return BO_DOCTOR_BAD;
	return BO_DOCTOR_WARN;
}

static void judge_helper(struct bo_doctor *doctor, const char *name, const char *serves,
			 bool for_runs)
{
	const struct bo_doctor_host *host = doctor->host;
	const char *const dirs[] = {host->helper_dir, host->self_dir, host->libexec_dir};
	char path[BO_DOCTOR_PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (!dirs[i])
			continue;
		(void)snprintf(path, sizeof(path), "%.3000s/%s", dirs[i], name);
		if (access(path, X_OK) == 0) {
			bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "%s", path);
			return;
		}
	}
	bo_doctor_say(doctor, for_runs ? helper_level(doctor, name) : BO_DOCTOR_WARN,
		      "run make, or make install, again", "no %s (%s) in %s%s%s or %s", name,
		      serves, dirs[0] ? dirs[0] : "", dirs[0] ? ", " : "", dirs[1], dirs[2]);
}

void bo_check_helpers(struct bo_doctor *doctor)
{
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		judge_helper(doctor, helpers[i].name, helpers[i].serves, helpers[i].for_runs);
}

/* ---- netem ---- */

static const struct {
	int result;
	enum bo_doctor_level level;
	const char *text, *remedy;
} netem_findings[] = {
	{0, BO_DOCTOR_OK, "the kernel can impair links (sch_netem), in a namespace of one's own",
	 NULL},
	{-ENOENT, BO_DOCTOR_WARN,
	 "the kernel has no sch_netem: links cannot be impaired on this host",
	 "sudo modprobe sch_netem, or use a kernel that has it, such as Debian's"},
	{-EPERM, BO_DOCTOR_WARN,
	 "no network namespace may be made here: whether the kernel has sch_netem is not known",
	 "allow user namespaces (sysctl user.max_user_namespaces, user.max_net_namespaces; in a "
	 "container its seccomp profile)"},
};

void bo_check_netem(struct bo_doctor *doctor)
{
	int result = doctor->host->netem();

	for (size_t i = 0; i < sizeof(netem_findings) / sizeof(netem_findings[0]); i++)
		if (result == netem_findings[i].result) {
			bo_doctor_say(doctor, netem_findings[i].level, netem_findings[i].remedy,
				      "%s", netem_findings[i].text);
			return;
		}
	bo_doctor_say(doctor, BO_DOCTOR_WARN, "see dmesg", "trying sch_netem failed: %s",
		      strerror(-result));
}

/* ---- disk ---- */

/* The folder itself or the nearest above it that exists. */
static void existing_part(char *path)
{
	while (access(path, F_OK) < 0) {
		char *slash = strrchr(path, '/');

		if (!slash) {
			(void)strcpy(path, ".");
			return;
		}
		slash[slash == path ? 1 : 0] = '\0';
	}
}

void bo_check_disk(struct bo_doctor *doctor)
{
	const struct bo_doctor_host *host = doctor->host;
	char dir[BO_DOCTOR_PATH_MAX];
	struct statvfs disk;

	(void)bo_str_copy(dir, sizeof(dir), host->run_dir);
	existing_part(dir);
	if (!host->may(dir, W_OK | X_OK) || statvfs(dir, &disk) < 0) {
		bo_doctor_say(doctor, BO_DOCTOR_BAD, "name another folder with --out",
			      "this user may not write to %s, where run directories go", dir);
		return;
	}
	uint64_t left = (uint64_t)disk.f_bavail * disk.f_frsize;
	enum bo_doctor_level level = left < host->disk_least	? BO_DOCTOR_BAD
				     : left < host->disk_wanted ? BO_DOCTOR_WARN
								: BO_DOCTOR_OK;

	bo_doctor_say(doctor, level,
		      level == BO_DOCTOR_OK ? NULL : "make room, or name another folder with --out",
		      "%llu MiB left in %s, where run directories go",
		      (unsigned long long)(left / MIB), dir);
}

/* ---- clock ---- */

void bo_check_clock(struct bo_doctor *doctor)
{
	static const char *const remedy = "sudo timedatectl set-ntp true";
	const struct bo_doctor_host *host = doctor->host;

	/* both are written so that text order is time order */
	if (strcmp(host->now, host->built) < 0)
		bo_doctor_say(doctor, BO_DOCTOR_WARN, remedy,
			      "it is %s here, before this program was built (%s): runs will carry "
			      "wrong dates",
			      host->now, host->built);
	else if (host->synced == 0)
		bo_doctor_say(doctor, BO_DOCTOR_WARN, remedy,
			      "it is %s here, and nothing keeps the clock right: runs of several "
			      "hosts will not line up",
			      host->now);
	else
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "it is %s%s", host->now,
			      host->synced > 0 ? ", kept right by NTP or PTP" : "");
}
