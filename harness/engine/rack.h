#ifndef BO_HARNESS_ENGINE_RACK_H
#define BO_HARNESS_ENGINE_RACK_H

#include "drivers/api/driver.h"
#include "harness/engine/programs.h"

/*
 * A rack file lists benches: for each the target class that is wired to it, who must answer the
 * probe, and a driver with its settings for each role. A choice's tag is the struct bo_driver. What
 * is listed under `programs` may be started, and nothing else of the user's own.
 */
struct bo_rack_bench {
	const char *name;
	const char *target; /* name of a target class */
	struct {
		const char *uid; /* upper-case hex; NULL: not checked */
	} identity;
	bool production; /* locked, as it leaves the factory: the probe only tries the lock */
	/* bit per enum bo_witness: which of the witnesses this bench relies on; 0: all it has but
	 * the weak one */
	unsigned off_proof;
	/* struct bo_conf_named_choice, in the order of switching off; the first is `main` where
	 * there are several */
	struct bo_conf_list power;
	struct bo_conf_list consoles;  /* likewise in any order; the one that is used is `main` */
	struct bo_conf_choice probe;   /* no option: no probe */
	struct bo_conf_choice reset;   /* likewise */
	struct bo_conf_choice network; /* likewise */
	struct bo_conf_list inputs;    /* struct bo_conf_named_choice */
	const struct bo_conf_list *programs; /* the rack's */
};

struct bo_rack {
	int64_t brownout;
	struct bo_conf_list programs; /* struct bo_granted_program */
	struct bo_conf_list benches;  /* struct bo_rack_bench */
	struct bo_conf_list waves;    /* struct bo_rack_wave */
};

struct bo_protocol;

/* What this executable can do: NULL-terminated, alphabetical (harness/cmd/registry.c). */
struct bo_registry {
	const struct bo_driver *const *drivers;
	const struct bo_protocol *const *protocols;
};

/* What its table is with these drivers, for bo_conf_reference() and bo_conf_json_schema(). */
void bo_rack_conf_args(const struct bo_registry *registry, struct bo_conf_args *ret);

/* All mistakes at once into `report`; nothing is opened. */
int bo_rack_read(const char *path, const struct bo_registry *registry, struct bo_conf **ret_conf,
		 struct bo_rack **ret, struct bo_buf *report);

/* `name` NULL: the only bench. NULL with a message in `err` when there is no such or no only one.
 */
const struct bo_rack_bench *bo_rack_bench(const struct bo_rack *rack, const char *name,
					  struct bo_err *err);

#define BO_INPUTS_MAX 8

/* The part that plays a role: the only one, or the one named `main`. NULL when absent, and for
 * inputs, none of which is the one. */
const struct bo_conf_choice *bo_rack_part(const struct bo_rack_bench *bench, enum bo_role role);
/* NULL: the bench has no such input. */
const struct bo_conf_choice *bo_rack_input(const struct bo_rack_bench *bench, const char *name);
/* The name of a bench's console, for people; "main" when it has none. */
const char *bo_rack_console_name(const struct bo_rack_bench *bench);

static inline const struct bo_driver *bo_rack_driver(const struct bo_conf_choice *choice)
{
	return choice ? choice->option->tag : NULL;
}

#endif
