#ifndef BO_HARNESS_CMD_SERVER_CHECKS_H
#define BO_HARNESS_CMD_SERVER_CHECKS_H

#include "harness/base/str.h"
#include "harness/cmd/fetch.h"

/* What an update server must do for devices that lose power and network in the middle. */

struct cmd_server {
	struct cmd_fetch fetch; /* url, and how we prove who we are */
	const char *sha256;	/* hex, of what it should serve; NULL: not said */
	int64_t days;		/* its certificate must last so long */
	struct bo_loop *loop;
	json_t *whole; /* the first transfer, of the whole file */
};

enum cmd_checked { CMD_HOLDS, CMD_FAILS, CMD_NOT_ASKED, CMD_UNKNOWN };

/* "holds", "fails", "not asked", "unknown" */
extern const char *const cmd_checked_names[];

struct cmd_server_check {
	const char *name;
	const char *asks; /* what is asked of the server, as a sentence */
	/* What came instead, or in proof, goes to `seen`. CMD_UNKNOWN: nobody could tell. */
	enum cmd_checked (*run)(struct cmd_server *server, struct bo_buf *seen);
};

extern const struct cmd_server_check cmd_server_checks[];
extern const size_t cmd_server_check_count;

#endif
