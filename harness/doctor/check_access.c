/* Who may open the adapters, and who else would like to: groups, udev rules, ModemManager, brltty.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/doctor/check.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- groups and seat ---- */

static bool is_member(const struct bo_doctor_host *host, gid_t gid)
{
	for (size_t i = 0; i < host->group_count; i++)
		if (host->groups[i] == gid)
			return true;
	return false;
}

static bool lists(const char *members, const char *user)
{
	size_t len = strlen(user);

	for (const char *at = members; len > 0 && (at = strstr(at, user)); at += len)
		if ((at == members || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

enum standing { NO_GROUP, OUTSIDE, LATER, MEMBER };

/* What group(5) says of the user and the group, and what this process has of it. */
static enum standing standing_of(const struct bo_doctor *doctor, const char *group)
{
	char path[BO_DOCTOR_PATH_MAX], line[4096];
	FILE *file = fopen(bo_look_path(doctor, path, "/etc/group"), "re");
	enum standing standing = NO_GROUP;
	size_t len = strlen(group);

	while (file && standing == NO_GROUP && fgets(line, sizeof(line), file)) {
		char *rest = line, *gid;

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, group, len) != 0 || line[len] != ':')
			continue;
		(void)strsep(&rest, ":");
		(void)strsep(&rest, ":");
		gid = strsep(&rest, ":");
		if (!gid || !rest)
			continue;
		if (is_member(doctor->host, (gid_t)strtoul(gid, NULL, 10)))
			standing = MEMBER;
		else
			standing = lists(rest, doctor->host->user) ? LATER : OUTSIDE;
	}
	if (file)
		(void)fclose(file);
	return standing;
}

struct seat {
	const struct bo_doctor *doctor;
	bool found;
};

/* A session file of logind (KEY=VALUE lines) that is ours, active and at a seat. */
static bool is_our_seat(void *ctx, const char *dir, const char *name)
{
	struct seat *seat = ctx;
	char path[BO_DOCTOR_PATH_MAX], line[256], uid[32];
	FILE *file = fopen(bo_look_path(seat->doctor, path, "%s/%s", dir, name), "re");
	unsigned found = 0;

	(void)snprintf(uid, sizeof(uid), "UID=%lu\n", (unsigned long)seat->doctor->host->uid);
	while (file && fgets(line, sizeof(line), file)) {
		found |= strcmp(line, uid) == 0 ? 1u : 0u;
		found |= strcmp(line, "ACTIVE=1\n") == 0 ? 2u : 0u;
		found |= strncmp(line, "SEAT=", 5) == 0 && line[5] != '\n' ? 4u : 0u;
	}
	if (file)
		(void)fclose(file);
	seat->found = found == 7;
	return !seat->found;
}

static bool has_seat(const struct bo_doctor *doctor)
{
	struct seat seat = {doctor, false};

	bo_look_dir(doctor, "/run/systemd/sessions", is_our_seat, &seat);
	return seat.found;
}

static void judge_group(struct bo_doctor *doctor, const char *group, const char *opens, bool seat)
{
	char remedy[160];

	switch (standing_of(doctor, group)) {
	case MEMBER:
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "in the group %s (%s)", group, opens);
		return;
	case LATER:
		bo_doctor_say(doctor, BO_DOCTOR_WARN, "log out and in again",
			      "added to the group %s (%s) after this login", group, opens);
		return;
	case OUTSIDE:
	case NO_GROUP:
		break;
	}
	(void)snprintf(remedy, sizeof(remedy), "sudo usermod -aG %s %.80s, then log in again",
		       group, doctor->host->user[0] ? doctor->host->user : "USER");
	if (seat)
		bo_doctor_say(
			doctor, BO_DOCTOR_OK, NULL,
			"not in the group %s (%s), but at this host's seat: what a rule marks "
			"uaccess opens while you are logged in",
			group, opens);
	else
		bo_doctor_say(doctor, BO_DOCTOR_WARN, remedy, "not in the group %s (%s)", group,
			      opens);
}

void bo_check_groups(struct bo_doctor *doctor)
{
	bool seat = has_seat(doctor);

	if (doctor->host->uid == 0) {
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "root may open every device");
		return;
	}
	judge_group(doctor, "dialout", "serial ports", seat);
	judge_group(doctor, "plugdev", "USB adapters and probes", seat);
}

/* ---- udev rules ---- */

#define INSTALL_RULES                                        \
	"brownout doctor --udev | sudo tee " BO_DOCTOR_RULES \
	" && sudo udevadm control --reload && sudo udevadm trigger"

/* What a rule for such devices contains: each of the needles. */
static const struct {
	const char *what;
	const char *needles[2];
} device_kinds[] = {
	{"FTDI adapters", {"\"0403\"", ""}},
	{"ST-Link probes", {"\"0483\"", "\"37"}},
	{"CMSIS-DAP probes", {"CMSIS-DAP", ""}},
};

static void note_rule(void *ctx, const char *file, const char *line)
{
	static const char *const grants[] = {"uaccess", "MODE=", "GROUP="};
	const char **by = ctx; /* per kind: NULL or a file that grants it, to be freed */
	bool any = false;

	for (size_t i = 0; i < COUNT(grants); i++)
		any = any || strstr(line, grants[i]);
	for (size_t i = 0; any && i < COUNT(device_kinds); i++)
		if (!by[i] && strstr(line, device_kinds[i].needles[0]) &&
		    strstr(line, device_kinds[i].needles[1]))
			by[i] = strdup(file);
}

void bo_check_udev(struct bo_doctor *doctor)
{
	const char *by[COUNT(device_kinds)] = {0};

	bo_look_rules(doctor, note_rule, by);
	for (size_t i = 0; i < COUNT(device_kinds); i++) {
		if (by[i])
			bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "%s: %s", device_kinds[i].what,
				      by[i]);
		else
			bo_doctor_say(doctor, BO_DOCTOR_WARN, INSTALL_RULES,
				      "no rule lets users open %s", device_kinds[i].what);
		free((char *)by[i]);
	}
}

/* ---- programs that open whatever is plugged in ---- */

static void note_ignored(void *ctx, const char *file, const char *line)
{
	bool *ignored = ctx;

	(void)file;
	*ignored = *ignored || (strstr(line, "ID_MM_DEVICE_IGNORE") && strstr(line, "\"0403\""));
}

static bool is_installed(const struct bo_doctor *doctor, const char *const *places)
{
	char path[BO_DOCTOR_PATH_MAX];

	for (; *places; places++)
		if (access(bo_look_path(doctor, path, "%s", *places), F_OK) == 0)
			return true;
	return false;
}

static void judge_grabber(struct bo_doctor *doctor, const char *name, bool installed,
			  const char *does, const char *remedy)
{
	bool running = bo_look_running(doctor, name);

	if (running || installed)
		bo_doctor_say(doctor, BO_DOCTOR_WARN, remedy, "%s %s and %s", name,
			      running ? "runs" : "is installed", does);
	else
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL, "no %s", name);
}

void bo_check_grabbers(struct bo_doctor *doctor)
{
	static const char *const modem_manager[] = {"/usr/sbin/ModemManager", NULL};
	static const char *const brltty[] = {"/usr/bin/brltty", "/sbin/brltty", "/bin/brltty",
					     NULL};
	bool ignored = false;

	bo_look_rules(doctor, note_ignored, &ignored);
	if (ignored)
		bo_doctor_say(doctor, BO_DOCTOR_OK, NULL,
			      "ModemManager is told to leave FTDI adapters alone");
	else
		judge_grabber(doctor, "ModemManager", is_installed(doctor, modem_manager),
			      "talks to new serial ports", INSTALL_RULES);
	judge_grabber(doctor, "brltty", is_installed(doctor, brltty),
		      "takes FTDI adapters for Braille displays", "sudo apt-get remove brltty");
}
