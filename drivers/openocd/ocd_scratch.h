#ifndef BO_DRIVERS_OPENOCD_OCD_SCRATCH_H
#define BO_DRIVERS_OPENOCD_OCD_SCRATCH_H

#include <stddef.h>

#include "harness/base/err.h"
#include "harness/base/str.h"

/* A file in the run directory in which OpenOCD and this process hand data to each other. */
struct bo_ocd_scratch {
	char path[4096];
	struct bo_buf quoted; /* the path as a word of a command */
};

/* Creates it with `data` as content. *ret need not be initialised; on success it is the caller's to
 * finish with bo_ocd_scratch_done(). */
int bo_ocd_scratch_make(const char *dir, const void *data, size_t len, struct bo_ocd_scratch *ret,
			struct bo_err *err);

/* What OpenOCD wrote into it; -EIO unless that is exactly `len` bytes. */
int bo_ocd_scratch_read(const struct bo_ocd_scratch *scratch, void *data, size_t len,
			struct bo_err *err);

/* Removes it. */
void bo_ocd_scratch_done(struct bo_ocd_scratch *scratch);

#endif
