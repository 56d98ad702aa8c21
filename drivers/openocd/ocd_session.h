#ifndef BO_DRIVERS_OPENOCD_OCD_SESSION_H
#define BO_DRIVERS_OPENOCD_OCD_SESSION_H

#include <stdbool.h>

#include "drivers/openocd/ocd_reply.h"
#include "harness/base/err.h"
#include "harness/base/loop.h"
#include "harness/base/proc.h"
#include "harness/base/str.h"

/*
 * One OpenOCD child: requests go to its standard input, answers come from its standard output
 * (`tcl_port pipe`: no port that other users of the host could reach), its log from standard error
 * into a file. One request at a time.
 *
 * A child that broke the protocol, missed a deadline or was interrupted is killed with its whole
 * process group (OpenOCD can hang in a way that ignores SIGTERM); the next bo_ocd_start() makes a
 * fresh one.
 */
#define BO_OCD_LINE_MAX 200

struct bo_ocd {
	struct bo_loop *loop;
	struct bo_proc proc;
	struct bo_watch answers, messages;
	struct bo_buf request, answer;
	struct bo_buf log; /* what was logged since the request, its beginning */
	int log_fd;
	bool ended; /* standard output reached its end */
	uint32_t seq;
	size_t line_len;
	char line[BO_OCD_LINE_MAX]; /* the log line that is being received */
	char last[BO_OCD_LINE_MAX]; /* the last one that was whole */
};

void bo_ocd_init(struct bo_ocd *ocd, struct bo_loop *loop);

/* Starts `program` (looked up in PATH) without any configuration; its log is appended to
 * `log_path`. -ENODEV when there is no such program. */
int bo_ocd_start(struct bo_ocd *ocd, const char *program, const char *log_path, struct bo_err *err);

static inline bool bo_ocd_running(const struct bo_ocd *ocd)
{
	return ocd->proc.pid > 0;
}

/*
 * Sends one command and waits for its answer. *ret, which may be NULL, points into the session and
 * is valid until the loop turns again.
 *
 * The command failed (the child lives on): -EIO, or what bo_ocd_explain() makes of its log.
 * No answer within `timeout`: -ETIMEDOUT. The child is gone: -EPIPE. Something else than an
 * answer: -EPROTO. A signal: -EINTR. In these four cases the child has been ended.
 */
int bo_ocd_call(struct bo_ocd *ocd, bo_ns timeout, struct bo_ocd_reply *ret, struct bo_err *err,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Whether `text` was logged since the last call began. */
bool bo_ocd_logged(const struct bo_ocd *ocd, const char *text);

/* Ends the child: asked politely if it answers, killed otherwise. Safe at any time. */
void bo_ocd_stop(struct bo_ocd *ocd);

/* bo_ocd_stop(), then frees what bo_ocd_init() began. */
void bo_ocd_done(struct bo_ocd *ocd);

/*
 * What a failed command's log means, in words that name what to do: a code and the line that gave
 * it away, or -EIO and the first error that was logged. *ret_line points into `log`, or is "".
 */
int bo_ocd_explain(const char *log, const char **ret_line, size_t *ret_len,
		   const char **ret_advice);

#endif
