#ifndef BO_HARNESS_MODEL_SUITE_H
#define BO_HARNESS_MODEL_SUITE_H

#include "harness/model/conf.h"

/*
 * A suite: scenarios that one run tries one after the other, "brownout run nightly". It says how
 * much of each is tried, never what: ids are those of the scenarios, in a suite or alone.
 */
struct bo_suite_entry {
	const char *name; /* a scenario's, as on the command line */
	int64_t trials;	  /* of its strategy at most so many, the census not counted; 0: all */
	int64_t reduced;  /* likewise in a reduced run; 0: it has no part in one */
	struct bo_conf_list tags; /* const char * */
};

struct bo_suite {
	int64_t brownout;
	const char *name;
	const char *title;
	struct bo_conf_list scenarios; /* struct bo_suite_entry */
};

extern const struct bo_conf_field bo_suite_fields[];

/* Whether the file says `suite:` where a scenario says `scenario:`. False also when it cannot be
 * read: whoever reads it next says so. */
bool bo_suite_is(const char *path);
/* As bo_conf_read(). */
int bo_suite_read(const char *path, struct bo_conf **ret_conf, struct bo_suite **ret,
		  struct bo_buf *report);
/* Whether `pattern` (of a shell) fits the entry's name or one of its tags. NULL fits all. */
bool bo_suite_entry_fits(const struct bo_suite_entry *entry, const char *pattern);

#endif
