#ifndef BO_DRIVERS_PULL_PULL_FILE_H
#define BO_DRIVERS_PULL_PULL_FILE_H

#include "drivers/pull/pull_jobs.h"

/* What a job says of the file that is to be fetched: fills file, size, sha256 and version; the
 * version is "" where the file does not begin like an MCUboot image. */
int pull_file_read(const char *path, struct pull_upload *ret, struct bo_err *err);

#endif
