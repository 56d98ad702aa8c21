#ifndef BO_HARNESS_MODEL_TARGET_H
#define BO_HARNESS_MODEL_TARGET_H

#include "harness/model/conf.h"

/*
 * A target class: everything about a kind of device that the engine must know, as data
 * (scenarios/targets/NAME.yaml). Nothing about one chip, two slots or one protocol is wired into
 * the engine.
 */
enum bo_range_use { BO_RANGE_OTHER, BO_RANGE_RUNNING, BO_RANGE_STAGED, BO_RANGE_USE_COUNT };

struct bo_range {
	const char *name;
	int64_t at;   /* address */
	int64_t size; /* bytes */
	bool reset;   /* brought to a known state before each trial; else never written */
	int use;      /* enum bo_range_use: where the running and the uploaded image live */
};

struct bo_target {
	int64_t brownout;
	const char *name;
	const char *title;
	struct {
		int64_t page; /* bytes */
		int64_t unit; /* bytes programmed at once */
	} flash;
	struct bo_conf_list layout; /* struct bo_range */
	struct {
		const char *boot;	  /* pattern: a boot began; {cause}, {boots}, {ram} */
		const char *start;	  /* pattern: the boot loader starts an image; {version} */
		const char *ready;	  /* pattern: an application runs; {version}, {slot} */
		const char *recovery;	  /* pattern: the boot loader waits for an image */
		struct bo_conf_list dead; /* patterns after which nothing more will come */
		struct bo_conf_list refused; /* patterns: an update is not installed; {reason} */
	} console;
	struct bo_conf_list power_causes; /* values of {cause} that prove that power was off */
	struct bo_conf_list ram_lost;	  /* values of {ram} that prove it */
	struct {
		struct bo_conf_list pin, probe, watchdog; /* values of {cause} that tell them */
	} reset_causes;
	struct {
		int kind; /* enum bo_protocol_kind */
		int64_t line_max;
		bo_ns first_timeout, timeout;
		int64_t retries;
		const char *program; /* of kind exec: its name in the rack file */
		struct bo_conf_list args;
		const char *device; /* of kind pull: its name in topics */
		int64_t port;	    /* likewise: of the broker; 0: one that is free */
	} protocol;
	struct {
		bo_ns boot;	/* power on to ready, when nothing is to be repaired */
		bo_ns update;	/* the whole session */
		bo_ns recovery; /* power on after a fault to ready, repairs included */
	} deadline;
	struct {
		int64_t erases;	   /* of the page that a trial wears most; 0: not stated */
		int64_t endurance; /* erases a page survives, by its data sheet */
	} wear;
	int64_t power_cycles; /* tried before a target counts as not coming back */
};

enum bo_protocol_kind {
	BO_PROTOCOL_SMP,
	BO_PROTOCOL_EXEC,
	BO_PROTOCOL_SMP_UDP,
	BO_PROTOCOL_PULL,
	BO_PROTOCOL_COUNT
};

extern const struct bo_conf_field bo_target_fields[];

/* As bo_conf_read(), then the checks across keys (ranges overlap, no running range, ...). */
int bo_target_read(const char *path, struct bo_conf **ret_conf, struct bo_target **ret,
		   struct bo_buf *report);

/* NULL when there is none. */
const struct bo_range *bo_target_range(const struct bo_target *target, const char *name);
const struct bo_range *bo_target_range_used_for(const struct bo_target *target,
						enum bo_range_use use);

#endif
