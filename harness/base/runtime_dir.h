#ifndef BO_HARNESS_BASE_RUNTIME_DIR_H
#define BO_HARNESS_BASE_RUNTIME_DIR_H

#include <stddef.h>

#include "harness/base/err.h"

/*
 * Where processes of one host meet (sockets, locks): the first of $XDG_RUNTIME_DIR/brownout if that
 * folder is ours, /run/lock/brownout where an administrator has made it and we may write to it, and
 * brownout-UID in $TMPDIR or /tmp. The folder is made when missing, with mode 0700; one that
 * belongs to someone else is refused, unless it is the administrator's.
 */
int bo_runtime_dir(char *out, size_t cap, struct bo_err *err);

#endif
