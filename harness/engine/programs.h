#ifndef BO_HARNESS_ENGINE_PROGRAMS_H
#define BO_HARNESS_ENGINE_PROGRAMS_H

#include "drivers/api/program.h"
#include "harness/model/conf.h"

/*
 * `programs:` of a rack file: which programs of the user's own may run. A path alone would grant
 * whatever somebody puts there; the hash says which bytes. Against who may write into the file
 * itself, in the moment between its hash and its start, only its permissions help.
 */
struct bo_granted_program {
	const char *name;
	const char *path;
	const char *sha256; /* 64 hexadecimal digits; NULL: not said */
};

extern const struct bo_conf_field bo_granted_program_fields[];

/* What a bench is granted; `list` (of struct bo_granted_program) is borrowed. */
struct bo_granted {
	struct bo_programs programs;
	const struct bo_conf_list *list;
};

void bo_granted_init(struct bo_granted *granted, const struct bo_conf_list *list);

/* What can be said of the entries without looking at the files. */
void bo_programs_check(const struct bo_conf *conf, const struct bo_conf_list *list,
		       struct bo_buf *report);

/* Looks at the files: each must be what was granted. -EINVAL: `report` says of each that is not,
 * with the line to paste if it is the one that was meant. */
int bo_programs_verify(const struct bo_conf *conf, const struct bo_conf_list *list,
		       struct bo_buf *report);

/* The hash that is granted, for records; "" when the name is not. */
const char *bo_granted_hash(const struct bo_granted *granted, const char *name);

#endif
