#include "harness/cmd/fetch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/base/proc.h"
#include "harness/base/str.h"

#define PATH_CAP 4096
#define ARGV_MAX 24
/* The helper ends its transfer by itself; this is for one that hangs. */
#define GRACE (5 * BO_S)

struct reader {
	struct bo_watch watch;
	struct bo_loop *loop;
	struct bo_buf text;
	bool ended;
};

static void hear(struct bo_watch *watch, short revents)
{
	struct reader *reader = (struct reader *)((char *)watch - offsetof(struct reader, watch));
	char chunk[1024];
	ssize_t n = read(watch->fd, chunk, sizeof(chunk));

	(void)revents;
	if (n > 0) {
		bo_buf_add(&reader->text, chunk, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	reader->ended = true;
	bo_loop_unwatch(reader->loop, watch);
}

static bool has_ended(void *ctx)
{
	return ((struct reader *)ctx)->ended;
}

static int read_all(struct bo_proc *proc, struct bo_loop *loop, bo_ns timeout,
		    struct bo_buf *ret_text, struct bo_err *err)
{
	struct reader reader = {.watch = {.fd = proc->out, .events = POLLIN, .ready = hear},
				.loop = loop};
	bo_ns deadline = bo_clock_stamp(loop->clock) + timeout + GRACE;
	int status = 0;

	bo_loop_watch(loop, &reader.watch);
	int rc = bo_loop_until(loop, has_ended, &reader, deadline);

	if (rc == 0)
		rc = bo_proc_wait(proc, loop, deadline, &status);
	bo_loop_unwatch(loop, &reader.watch);
	*ret_text = reader.text;
	if (rc < 0)
		return bo_err_set(err, rc, "brownout-fetch: %s",
				  rc == -EINTR ? "interrupted" : "it does not end");
	return status == 0 ? 0 : bo_err_set(err, -EIO, "brownout-fetch failed");
}

int cmd_fetch(const struct cmd_fetch *fetch, struct bo_loop *loop, json_t **ret, struct bo_err *err)
{
	char program[PATH_CAP], timeout[24];
	const struct {
		const char *option, *value;
	} given[] = {{"--timeout", timeout},
		     {"--range", fetch->range},
		     {"--if-range", fetch->if_range},
		     {"--token", fetch->token},
		     {"--ca", fetch->ca},
		     {"--cert", fetch->cert},
		     {"--out", fetch->out}};
	const char *argv[ARGV_MAX] = {program};
	size_t argc = 1;
	struct bo_proc proc = BO_PROC_NONE;
	struct bo_proc_args args = {.argv = argv, .pipe_out = true};
	struct bo_buf text = {0};
	int rc = bo_proc_helper("brownout-fetch", program, sizeof(program), err);

	(void)snprintf(timeout, sizeof(timeout), "%lld", (long long)fetch->timeout_s);
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		if (given[i].value) {
			argv[argc++] = given[i].option;
			argv[argc++] = given[i].value;
		}
	argv[argc++] = "--";
	argv[argc] = fetch->url;
	if (rc == 0)
		rc = bo_proc_spawn(&args, &proc, err);
	if (rc == 0)
		rc = read_all(&proc, loop, fetch->timeout_s * BO_S, &text, err);
	bo_proc_kill(&proc);
	json_t *answer = rc == 0 ? json_loadb(text.data ? text.data : "", text.len, 0, NULL) : NULL;

	bo_buf_done(&text);
	if (rc < 0)
		return rc;
	if (!answer)
		return bo_err_set(err, -EBADMSG, "brownout-fetch: its answer is no JSON");
	*ret = answer;
	return 0;
}
