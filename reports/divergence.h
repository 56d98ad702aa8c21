#ifndef BO_REPORTS_DIVERGENCE_H
#define BO_REPORTS_DIVERGENCE_H

#include "harness/base/str.h"

/*
 * Two runs side by side: trials are paired by id, and in each pair the first line that differs is
 * shown. Times are no difference, for no real bench repeats them; they are counted apart.
 */

/* The number of trials that differ or stand in one run only. -EBADMSG: *reterr_which (0, 1) is no
 * journal. */
int bo_divergence_render(const struct bo_buf journals[2], struct bo_buf *out, int *reterr_which);

#endif
