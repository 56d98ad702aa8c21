#ifndef BO_DRIVERS_PULL_PULL_STATUS_H
#define BO_DRIVERS_PULL_PULL_STATUS_H

#include "drivers/api/update.h"
#include "harness/base/str.h"

/*
 * What a device says about a job, as JSON on its status topic:
 *
 *   {"job":"ID","status":"accepted|progress|resumed|succeeded|failed|rejected|state",
 *    "bytes":N,"passed":N,"why":"text",
 *    "slots":[{"slot":0,"version":"..","hash":"HEX","active":true,"confirmed":true,
 *              "pending":false,"permanent":false}]}
 *
 * job and status are required. `bytes` is what it has of the file; `passed` what it has given on of
 * it, where it is a gateway to the part that is updated. Members that are not listed are ignored,
 * so that devices may say more; one that is listed has its type.
 */
#define PULL_STATUS_MAX 4096 /* bytes of one message */
#define PULL_ID_MAX	64

enum pull_said {
	PULL_ACCEPTED,
	PULL_PROGRESS,
	PULL_RESUMED,
	PULL_SUCCEEDED,
	PULL_FAILED,
	PULL_REJECTED,
	PULL_STATE,
	PULL_SAID_COUNT
};

struct pull_status {
	char job[PULL_ID_MAX + 1]; /* printable */
	enum pull_said said;
	uint64_t bytes, passed;
	char why[80]; /* printable */
	struct bo_update_slot slot[2];
};

/* The bytes are a stranger's. -EPROTO with what is wrong. */
int pull_status_parse(const void *data, size_t len, struct pull_status *ret, struct bo_err *err);

/* "slot 0 version=2.0.0 hash=.. active", as drivers/exec/exec_said.h has it, appended. */
void pull_status_slot(int number, const struct bo_update_slot *slot, struct bo_buf *out);

const char *pull_said_name(enum pull_said said);

#endif
