#ifndef BO_HARNESS_CMD_FETCH_H
#define BO_HARNESS_CMD_FETCH_H

#include <jansson.h>

#include "harness/base/err.h"
#include "harness/base/loop.h"

/* One HTTP transfer, carried out by the helper brownout-fetch. */

struct cmd_fetch {
	const char *url;
	/* NULL: not asked for */
	const char *range, *if_range, *token, *ca, *cert, *out;
	int64_t timeout_s;
};

/* What the helper printed, to be released; -errno when there is nothing (it is missing, died, or
 * said what is no answer). That the transfer failed is an answer. */
int cmd_fetch(const struct cmd_fetch *fetch, struct bo_loop *loop, json_t **ret,
	      struct bo_err *err);

#endif
