#ifndef BO_HARNESS_DOCTOR_DOCTOR_H
#define BO_HARNESS_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "harness/base/loop.h"
#include "harness/base/str.h"
#include "harness/engine/rack.h"

/*
 * What on this host would spoil a run, and what to do about it. Looks only: nothing is opened that
 * a bench uses, nothing is changed.
 */

/* The host that is looked at; a test lays out one of its own. */
struct bo_doctor_host {
	const char *root; /* in front of /dev, /etc, /lib, /proc, /run, /sys, /usr; "" */
	const char *path; /* PATH */
	/* where helpers are looked for, in this order: $BROWNOUT_LIBEXEC or NULL, beside this
	 * program, where it was installed */
	const char *helper_dir, *self_dir, *libexec_dir;
	const char *run_dir; /* where run directories go; need not exist */
	const char *user;    /* "" when unknown */
	uid_t uid;
	const gid_t *groups; /* the effective ones */
	size_t group_count;
	const char *now, *built;		 /* "2026-11-22T12:03:01Z" */
	int synced;				 /* as bo_clock_wall_synced() */
	uint64_t disk_least, disk_wanted;	 /* bytes: below them a run is impossible, unwise */
	bool (*may)(const char *path, int mode); /* as access(2) */
	int (*netem)(void);			 /* bo_netem_probe() of "netem" */
	bo_ns patience_ns;			 /* with a program that is asked for its version */
	struct bo_loop *loop;
};

enum bo_doctor_level { BO_DOCTOR_OK, BO_DOCTOR_WARN, BO_DOCTOR_BAD };

/*
 * One line a finding into `out`, printable: level, check, what was found, and what to do about it.
 * With `rack` (or NULL) the devices of its benches are looked for too, and what they do not use is
 * not missed. Returns the worst level: BO_DOCTOR_BAD makes runs impossible.
 */
enum bo_doctor_level bo_doctor_run(const struct bo_doctor_host *host, const struct bo_rack *rack,
				   struct bo_buf *out);

/* The udev rules that a rack's host should have; with `rack` (or NULL) those for its power channels
 * as well. */
void bo_doctor_udev(const struct bo_rack *rack, struct bo_buf *out);
#define BO_DOCTOR_RULES "/etc/udev/rules.d/60-brownout.rules"

#endif
