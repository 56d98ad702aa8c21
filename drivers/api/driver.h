#ifndef BO_DRIVERS_API_DRIVER_H
#define BO_DRIVERS_API_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/base/err.h"
#include "harness/base/loop.h"

/*
 * What a driver says about itself. The registry (harness/cmd/registry.c) lists the drivers
 * alphabetically and is the only place that names concrete ones.
 */
struct bo_conf_field; /* harness/model/conf.h */
struct bo_power;
struct bo_console;
struct bo_flash;
struct bo_line;
struct bo_input;
struct bo_net;
struct bo_update;
struct bo_device;
struct bo_programs;

/* A bench's wiring, in roles. Every role but power may be absent. */
enum bo_role {
	BO_ROLE_POWER,
	BO_ROLE_PROBE,
	BO_ROLE_CONSOLE,
	BO_ROLE_RESET,
	BO_ROLE_INPUT,
	BO_ROLE_NETWORK,
	BO_ROLE_COUNT
};

/* What only some benches can do; the engine treats benches alike otherwise. */
enum {
	BO_CAP_FLASH_OPS = 1u << 0, /* fault points inside flash operations */
	/* Lives on the virtual clock, and opening costs nothing: opened afresh for each trial, so
	 * that a trial's journal is that of the trial alone. */
	BO_CAP_VIRTUAL_TIME = 1u << 1,
	BO_CAP_DIPS = 1u << 2,	      /* power: plays waveforms */
	BO_CAP_SENSE = 1u << 3,	      /* power: a witness at the target's rail */
	BO_CAP_QUIET_LINE = 1u << 4,  /* console: feeds nothing into a target that is off */
	BO_CAP_FIRST_WORDS = 1u << 5, /* console: hears a target from its first word on */
	BO_CAP_KERNEL_TTY = 1u << 6, /* console: a USB port, found by what it is, not by its name */
	BO_CAP_START_STATE = 1u << 7, /* probe: sets flash, and reads it back */
	BO_CAP_PROBE_RESET = 1u << 8, /* probe: resets a target that runs */
	BO_CAP_RESET_PIN = 1u << 9,   /* reset: pulls the target's reset pin */
	BO_CAP_TEARS = 1u << 10,      /* power: leaves of a flash operation what a cut says */
	BO_CAP_FINDS = 1u << 30,      /* what the boot after a cut finds is chosen: nobody's */
	BO_CAP_INPUTS = 1u << 11,     /* inputs: watches pins of the target */
	BO_CAP_LOCK = 1u << 12,	      /* probe: tries the lock of a production board */
	BO_CAP_DATAGRAMS = 1u << 13,  /* network: the target has a place on one */
	BO_CAP_NETEM = 1u << 14,      /* network: its link can be impaired */
};

/* Where a driver comes to life; borrowed for its whole life. */
struct bo_driver_env {
	struct bo_loop *loop;
	const char *bench;		    /* the bench's name, for messages */
	const char *run_dir;		    /* a folder for logs and scratch files; exists */
	const struct bo_programs *programs; /* what may be started (drivers/api/program.h) */
	uint64_t seed; /* the trial's, for stand-ins whose randomness must be replayable */
	/* A counted occurrence that only this bench can see ("flash.op", n). Set while a fault of
	 * the schedule waits for such a point, else NULL: stopping at each costs time. */
	void (*point)(void *ctx, const char *name, uint64_t n, bo_ns at);
	void *point_ctx;
};

struct bo_driver {
	const char *name; /* as in the rack file: `driver: serial` */
	const char *help; /* one line */
	enum bo_role role;
	unsigned caps; /* BO_CAP_*, however it is configured */
	/* Optional: what it can do beyond them with this configuration. */
	unsigned (*able)(const void *config);
	/* The executable that has it, found beside this one; NULL: this one, and `open` is set. */
	const char *program;
	const struct bo_conf_field *fields; /* schema of the role's mapping, `driver` left out */
	size_t config_size;		    /* of the struct that `fields` fills */
	/* Opens; *ret is a struct bo_power, bo_console, bo_flash, bo_line, bo_input or bo_net
	 * according to `role`.
	 * `config` outlives the driver. Configuration that cannot work is -EINVAL, a device that is
	 * not there -ENODEV, one in use -EBUSY. */
	int (*open)(struct bo_driver_env *env, const void *config, void **ret, struct bo_err *err);
	/* Optional: what only the driver can tell of settings that cannot work, before anything is
	 * opened. 0, or -EINVAL with one line. */
	int (*check)(const void *config, const struct bo_programs *programs, struct bo_err *err);
	/* Optional: which device of this host `config` means (drivers/api/device.h). */
	void (*device)(const void *config, struct bo_device *ret);
};

#endif
