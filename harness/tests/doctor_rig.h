#ifndef BO_HARNESS_TESTS_DOCTOR_RIG_H
#define BO_HARNESS_TESTS_DOCTOR_RIG_H

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "drivers/ftdi/ftdi.h"
#include "drivers/openocd/openocd.h"
#include "drivers/serial/serial.h"
#include "harness/doctor/doctor.h"
#include "harness/tests/scratch_dir.h"

/* A host made of files, with nothing wrong: each test takes something away. */
struct host_rig {
	struct scratch dir;
	char bin[96], missing[96], runs[96];
	gid_t groups[2];
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_doctor_host host;
	struct bo_conf *conf;
	struct bo_rack *rack; /* NULL until rig_rack() */
	struct bo_buf out;
	enum bo_doctor_level level;
};

/* By the owner's mode bits: root, who runs tests too, would be allowed everything. */
static inline bool rig_may(const char *path, int mode)
{
	struct stat info;

	return stat(path, &info) == 0 && ((info.st_mode >> 6) & (mode_t)mode) == (mode_t)mode;
}

static inline int rig_netem_works(void)
{
	return 0;
}

/* An executable file. */
static inline void rig_program(struct host_rig *rig, const char *name, const char *script)
{
	char path[256];

	scratch_write(&rig->dir, name, script);
	snprintf(path, sizeof(path), "%s/%s", rig->dir.path, name);
	cr_assert_eq(chmod(path, 0755), 0);
}

static inline void rig_take_away(struct host_rig *rig, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig->dir.path, name);
	cr_assert_eq(remove(path), 0, "%s", path);
}

static inline void rig_mode(struct host_rig *rig, const char *name, mode_t mode)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig->dir.path, name);
	cr_assert_eq(chmod(path, mode), 0, "%s", path);
}

static inline void rig_link(struct host_rig *rig, const char *name, const char *target)
{
	char path[256];

	/* for the folders above it */
	scratch_write(&rig->dir, name, "");
	rig_take_away(rig, name);
	snprintf(path, sizeof(path), "%s/%s", rig->dir.path, name);
	cr_assert_eq(symlink(target, path), 0, "%s", path);
}

static inline void rig_rules(struct host_rig *rig)
{
	struct bo_buf rules = {0};

	bo_doctor_udev(NULL, &rules);
	scratch_write(&rig->dir, BO_DOCTOR_RULES + 1, rules.data);
	bo_buf_done(&rules);
}

#define OPENOCD_SAYS(version) \
	"#!/bin/sh\n[ \"$1\" = --version ] && echo 'Open On-Chip Debugger " version "' >&2\n"

static inline void rig_make(struct host_rig *rig)
{
	*rig = (struct host_rig){.dir = scratch_make(), .groups = {20, 46}};
	snprintf(rig->bin, sizeof(rig->bin), "%s/bin", rig->dir.path);
	snprintf(rig->missing, sizeof(rig->missing), "%s/libexec", rig->dir.path);
	snprintf(rig->runs, sizeof(rig->runs), "%s/home/runs/tonight", rig->dir.path);
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
	rig_program(rig, "bin/openocd", OPENOCD_SAYS("0.12.0"));
	rig_program(rig, "bin/brownout-image", "");
	rig_program(rig, "bin/brownout-sim", "");
	rig_program(rig, "bin/brownout-switch", "");
	scratch_write(&rig->dir, "etc/group",
		      "root:x:0:\ndialout:x:20:ann\nplugdev:x:46:bob,ann\n");
	scratch_write(&rig->dir, "home/notes", "");
	rig_rules(rig);
	rig->host = (struct bo_doctor_host){
		.root = rig->dir.path,
		.path = rig->bin,
		.self_dir = rig->bin,
		.libexec_dir = rig->missing,
		.run_dir = rig->runs,
		.user = "ann",
		.uid = 1000,
		.groups = rig->groups,
		.group_count = 2,
		.now = "2026-11-22T12:00:00Z",
		.built = "2026-11-01T12:00:00Z",
		.synced = 1,
		.disk_least = 0,
		.disk_wanted = 0,
		.may = rig_may,
		.netem = rig_netem_works,
		.patience_ns = 20 * BO_S,
		.loop = &rig->loop,
	};
}

static inline void rig_done(struct host_rig *rig)
{
	bo_conf_free(rig->conf);
	bo_buf_done(&rig->out);
	scratch_done(&rig->dir);
}

static inline void rig_rack(struct host_rig *rig, const char *yaml)
{
	static const struct bo_driver *const drivers[] = {&bo_driver_ftdi, &bo_driver_openocd,
							  &bo_driver_serial, NULL};
	static const struct bo_protocol *const none[] = {NULL};
	static const struct bo_registry registry = {drivers, none};
	struct bo_buf report = {0};
	char path[96];

	scratch_write(&rig->dir, "rack.yaml", yaml);
	snprintf(path, sizeof(path), "%s/rack.yaml", rig->dir.path);
	cr_assert_eq(bo_rack_read(path, &registry, &rig->conf, &rig->rack, &report), 0, "%s",
		     report.data);
}

/* The doctor's verdict, which replaces the last one. */
static inline enum bo_doctor_level rig_look(struct host_rig *rig)
{
	bo_buf_reset(&rig->out);
	rig->level = bo_doctor_run(&rig->host, rig->rack, &rig->out);
	return rig->level;
}

/* Whether a line of the report begins with `begin` and holds `text`. */
static inline bool rig_says(const struct host_rig *rig, const char *begin, const char *text)
{
	const char *line = rig->out.data;

	while (line && *line) {
		const char *end = strchr(line, '\n');
		const char *at = strstr(line, text);

		cr_assert_not_null(end);
		if (strncmp(line, begin, strlen(begin)) == 0 && at && at < end)
			return true;
		line = end + 1;
	}
	return false;
}

/* Looks, and expects such a line; a finding that is not "ok" must say what to do. */
#define expect_finding(rig, begin, text)                                                           \
	do {                                                                                       \
		(void)rig_look(rig);                                                               \
		cr_expect(rig_says(rig, begin, text), "no line \"%s ... %s\" in\n%s", begin, text, \
			  (rig)->out.data);                                                        \
		cr_expect(strncmp(begin, "ok", 2) == 0 || rig_says(rig, begin, "; to do: "),       \
			  "nothing to do in\n%s", (rig)->out.data);                                \
	} while (0)

#endif
