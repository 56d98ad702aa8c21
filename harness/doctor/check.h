#ifndef BO_HARNESS_DOCTOR_CHECK_H
#define BO_HARNESS_DOCTOR_CHECK_H

#include "drivers/api/device.h"
#include "harness/doctor/doctor.h"

/* Between doctor.c and its checks. */
#define BO_DOCTOR_PATH_MAX 4096

struct bo_doctor {
	const struct bo_doctor_host *host;
	const struct bo_rack *rack; /* may be NULL */
	struct bo_buf *out;
	const char *check; /* the name of the one that runs */
	enum bo_doctor_level worst;
};

/* One finding; `remedy` is what to do, NULL for BO_DOCTOR_OK. */
void bo_doctor_say(struct bo_doctor *doctor, enum bo_doctor_level level, const char *remedy,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The checks, by what they look at. */
void bo_check_groups(struct bo_doctor *doctor);
void bo_check_udev(struct bo_doctor *doctor);
void bo_check_grabbers(struct bo_doctor *doctor); /* ModemManager, brltty */
void bo_check_netem(struct bo_doctor *doctor);
void bo_check_openocd(struct bo_doctor *doctor);
void bo_check_helpers(struct bo_doctor *doctor);
void bo_check_latency(struct bo_doctor *doctor);
void bo_check_suspend(struct bo_doctor *doctor);
void bo_check_disk(struct bo_doctor *doctor);
void bo_check_clock(struct bo_doctor *doctor);
void bo_check_rack(struct bo_doctor *doctor);

/* ---- the rack ---- */

/* Calls for each device that the rack's benches mean. */
void bo_doctor_devices(const struct bo_rack *rack,
		       void (*visit)(void *ctx, const struct bo_rack_bench *bench,
				     const struct bo_device *device),
		       void *ctx);

/* Virtual devices say so in their serial number, and are in no /sys. */
bool bo_doctor_stand_in(const struct bo_device *device);

/* ---- looking at the host ---- */

/* ROOT followed by the formatted path. Returns out. */
const char *bo_look_path(const struct bo_doctor *doctor, char out[BO_DOCTOR_PATH_MAX],
			 const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The first line of ROOT/path, cut to fit; false when there is none. */
bool bo_look_line(const struct bo_doctor *doctor, const char *path, char *out, size_t cap);

/* Calls for each entry of ROOT/dir in a fixed order, until visit() returns false. */
void bo_look_dir(const struct bo_doctor *doctor, const char *dir,
		 bool (*visit)(void *ctx, const char *dir, const char *name), void *ctx);

/* Whether a process of this name runs (/proc/PID/comm). */
bool bo_look_running(const struct bo_doctor *doctor, const char *name);

/* Calls for each logical line (comments left out, continued lines joined) of the udev rules that
 * apply: of files of equal name the first folder's counts (udev(7)). */
void bo_look_rules(const struct bo_doctor *doctor,
		   void (*visit)(void *ctx, const char *file, const char *line), void *ctx);

#endif
