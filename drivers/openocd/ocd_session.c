#include "drivers/openocd/ocd_session.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nothing OpenOCD answers to us is longer than a few hundred bytes. */
#define ANSWER_MAX (64u * 1024)
#define LOG_MAX	   (32u * 1024)
#define END_GRACE  (1 * BO_S) /* for a child that said goodbye or closed its output */

/* From this very moment: the loop's time may be old when the caller had other things to do. */
static bo_ns after(const struct bo_ocd *ocd, bo_ns timeout)
{
	return bo_clock_stamp(ocd->loop->clock) + timeout;
}

static void message_line(struct bo_ocd *ocd)
{
	/* OpenOCD also logs each answer; that is no message. */
	if (ocd->line_len > 0 &&
	    strncmp(ocd->line, BO_OCD_REPLY_PREFIX, strlen(BO_OCD_REPLY_PREFIX)) != 0)
		memcpy(ocd->last, ocd->line, sizeof(ocd->last));
	ocd->line_len = 0;
	ocd->line[0] = '\0';
}

static void take_messages(struct bo_ocd *ocd, const char *data, size_t len)
{
	/* The file is for people; a full disk shows where it matters, in the journal. */
	ssize_t ignored = write(ocd->log_fd, data, len);

	(void)ignored;
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			message_line(ocd);
		} else if (ocd->line_len + 1 < sizeof(ocd->line)) {
			ocd->line[ocd->line_len++] = data[i] ? data[i] : '?';
			ocd->line[ocd->line_len] = '\0';
		}
		if (ocd->log.len < LOG_MAX)
			bo_buf_add(&ocd->log, data[i] ? &data[i] : "?", 1);
	}
}

/* Reads what is there. False when the other end is closed. */
static bool drain(int fd, struct bo_ocd *ocd, void (*take)(struct bo_ocd *, const char *, size_t))
{
	char data[4096];

	for (;;) {
		ssize_t len = read(fd, data, sizeof(data));

		if (len > 0)
			take(ocd, data, (size_t)len);
		else if (len == 0 || (errno != EAGAIN && errno != EINTR))
			return false;
		else if (errno == EAGAIN)
			return true;
	}
}

static void take_answer(struct bo_ocd *ocd, const char *data, size_t len)
{
	if (ocd->answer.len < ANSWER_MAX)
		bo_buf_add(&ocd->answer, data, len);
}

static void messages_ready(struct bo_watch *watch, short revents)
{
	struct bo_ocd *ocd = (struct bo_ocd *)((char *)watch - offsetof(struct bo_ocd, messages));

	(void)revents;
	if (!drain(watch->fd, ocd, take_messages))
		bo_loop_unwatch(ocd->loop, watch);
}

static void answers_ready(struct bo_watch *watch, short revents)
{
	struct bo_ocd *ocd = (struct bo_ocd *)((char *)watch - offsetof(struct bo_ocd, answers));

	(void)revents;
	if (!drain(watch->fd, ocd, take_answer)) {
		ocd->ended = true;
		bo_loop_unwatch(ocd->loop, watch);
	}
}

void bo_ocd_init(struct bo_ocd *ocd, struct bo_loop *loop)
{
	*ocd = (struct bo_ocd){.loop = loop, .proc = BO_PROC_NONE, .log_fd = -1};
}

int bo_ocd_start(struct bo_ocd *ocd, const char *program, const char *log_path, struct bo_err *err)
{
	/* `noinit`: the configuration is given as commands, each with an answer of its own. */
	const char *const argv[] = {
		program, "-c", "gdb_port disabled; telnet_port disabled; tcl_port pipe; noinit",
		NULL};
	struct bo_proc_args args = {
		.argv = argv, .pipe_in = true, .pipe_out = true, .pipe_err = true};

	assert(!bo_ocd_running(ocd));
	int log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (log_fd < 0)
		return bo_err_set(err, -errno, "%s: %s", log_path, strerror(errno));
	int rc = bo_proc_spawn(&args, &ocd->proc, err);

	if (rc < 0) {
		close(log_fd);
		/* Not to be mistaken for a file that the user named: the rig lacks something. */
		return rc == -ENOENT ? bo_err_set(err, -ENODEV,
						  "openocd: %s: install it (Debian: apt install "
						  "openocd) or set `program`",
						  bo_err_text(err))
				     : rc;
	}
	ocd->log_fd = log_fd;
	ocd->ended = false;
	ocd->answer.len = 0;
	ocd->line_len = 0;
	ocd->last[0] = '\0';
	ocd->answers =
		(struct bo_watch){.fd = ocd->proc.out, .events = POLLIN, .ready = answers_ready};
	ocd->messages =
		(struct bo_watch){.fd = ocd->proc.err, .events = POLLIN, .ready = messages_ready};
	bo_loop_watch(ocd->loop, &ocd->answers);
	bo_loop_watch(ocd->loop, &ocd->messages);
	return 0;
}

/* Ends the child and keeps its last words. */
static void finish(struct bo_ocd *ocd)
{
	if (ocd->messages.added)
		drain(ocd->proc.err, ocd, take_messages);
	message_line(ocd);
	bo_loop_unwatch(ocd->loop, &ocd->answers);
	bo_loop_unwatch(ocd->loop, &ocd->messages);
	bo_proc_kill(&ocd->proc);
	if (ocd->log_fd >= 0)
		close(ocd->log_fd);
	ocd->log_fd = -1;
}

/* The last thing it said, ready to be appended to a message. */
static const char *last_words(const struct bo_ocd *ocd, char *out, size_t cap)
{
	char line[BO_OCD_LINE_MAX];

	out[0] = '\0';
	if (ocd->last[0])
		snprintf(out, cap, "; its last message: %s",
			 bo_str_escape(line, sizeof(line), ocd->last, strlen(ocd->last)));
	return out;
}

static bool is_answered(void *ctx)
{
	const struct bo_ocd *ocd = ctx;

	return ocd->ended ||
	       (ocd->answer.len && memchr(ocd->answer.data, BO_OCD_END, ocd->answer.len));
}

#define COMMAND_SHOWN_MAX 100
#define WORDS_MAX	  (BO_OCD_LINE_MAX + 32)

static int gone(struct bo_ocd *ocd, const char *command, struct bo_err *err)
{
	char how[64], words[WORDS_MAX];
	int status;

	if (bo_proc_wait(&ocd->proc, ocd->loop, after(ocd, END_GRACE), &status) == 0)
		bo_proc_status_text(status, how, sizeof(how));
	else
		bo_str_copy(how, sizeof(how), "closed its output and ran on");
	finish(ocd);
	return bo_err_set(err, -EPIPE, "openocd ended (%s) when asked to \"%s\"%s", how, command,
			  last_words(ocd, words, sizeof(words)));
}

static int no_answer(struct bo_ocd *ocd, int rc, bo_ns timeout, const char *command,
		     struct bo_err *err)
{
	char words[WORDS_MAX];

	finish(ocd);
	if (rc != -ETIMEDOUT)
		return bo_err_set(err, rc, "openocd: interrupted in \"%s\"", command);
	return bo_err_set(err, rc, "openocd: no answer to \"%s\" within %lld ms, killed%s", command,
			  (long long)(timeout / BO_MS), last_words(ocd, words, sizeof(words)));
}

static int no_sense(struct bo_ocd *ocd, const char *command, struct bo_err *err)
{
	char answer[80];

	bo_str_escape(answer, sizeof(answer), ocd->answer.data, ocd->answer.len);
	finish(ocd);
	return bo_err_set(err, -EPROTO, "openocd: not an answer to \"%s\": %s", command, answer);
}

/* The command was answered, with a failure. */
static int refused(struct bo_ocd *ocd, const struct bo_ocd_reply *reply, const char *command,
		   struct bo_err *err)
{
	char cause[BO_OCD_LINE_MAX];
	const char *line, *advice;
	size_t len;
	int code = bo_ocd_explain(ocd->log.data, &line, &len, &advice);

	if (len == 0 && reply->len > 0) {
		line = reply->text;
		len = reply->len;
	}
	bo_str_escape(cause, sizeof(cause), line, len);
	if (len == 0)
		snprintf(cause, sizeof(cause), "no reason given (code %lld)",
			 (long long)reply->code);
	if (advice)
		return bo_err_set(err, code, "openocd: %s (%s)", advice, cause);
	return bo_err_set(err, code, "openocd: \"%s\" failed: %s", command, cause);
}

static void send_request(struct bo_ocd *ocd, const char *command)
{
	bo_buf_reset(&ocd->request);
	bo_ocd_request(&ocd->request, ++ocd->seq, command);
	dprintf(ocd->log_fd, "> %s\n", command);
	/* Far smaller than a pipe holds, and the pipe is empty between requests. */
	if (write(ocd->proc.in, ocd->request.data, ocd->request.len) != (ssize_t)ocd->request.len)
		ocd->ended = true;
}

static int exchange(struct bo_ocd *ocd, bo_ns timeout, const char *command,
		    struct bo_ocd_reply *ret, struct bo_err *err)
{
	char shown[COMMAND_SHOWN_MAX];
	struct bo_ocd_reply reply;

	bo_str_escape(shown, sizeof(shown), command, strlen(command));
	if (ocd->answer.len > 0)
		return no_sense(ocd, shown, err); /* it spoke unasked */
	send_request(ocd, command);
	int rc = bo_loop_until(ocd->loop, is_answered, ocd, after(ocd, timeout));

	if (rc < 0)
		return no_answer(ocd, rc, timeout, shown, err);
	const char *end =
		ocd->answer.len ? memchr(ocd->answer.data, BO_OCD_END, ocd->answer.len) : NULL;

	if (!end)
		return gone(ocd, shown, err);
	size_t len = (size_t)(end - ocd->answer.data);

	if (len + 1 != ocd->answer.len ||
	    bo_ocd_reply_parse(ocd->answer.data, len, ocd->seq, &reply) < 0)
		return no_sense(ocd, shown, err);
	if (ocd->messages.added)
		messages_ready(&ocd->messages, POLLIN); /* logged before it answered */
	if (reply.code != 0)
		return refused(ocd, &reply, shown, err);
	if (ret)
		*ret = reply;
	return 0;
}

int bo_ocd_call(struct bo_ocd *ocd, bo_ns timeout, struct bo_ocd_reply *ret, struct bo_err *err,
		const char *fmt, ...)
{
	char command[2048];
	va_list args;

	assert(bo_ocd_running(ocd));
	va_start(args, fmt);
	int len = vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(command))
		return bo_err_set(err, -ENAMETOOLONG, "openocd: a command of %d bytes", len);
	bo_buf_reset(&ocd->log);
	bo_buf_add(&ocd->log, NULL, 0);
	int rc = exchange(ocd, timeout, command, ret, err);

	/* What was answered stays readable; only its length says that it has been taken. */
	ocd->answer.len = 0;
	return rc;
}

bool bo_ocd_logged(const struct bo_ocd *ocd, const char *text)
{
	return ocd->log.data && strstr(ocd->log.data, text);
}

void bo_ocd_stop(struct bo_ocd *ocd)
{
	int status;

	/* `shutdown` answers with an error code although it does what it is asked. */
	if (bo_ocd_running(ocd) && !ocd->ended)
		bo_ocd_call(ocd, END_GRACE, NULL, NULL, "shutdown");
	if (bo_ocd_running(ocd))
		bo_proc_wait(&ocd->proc, ocd->loop, after(ocd, END_GRACE), &status);
	finish(ocd);
}

void bo_ocd_done(struct bo_ocd *ocd)
{
	bo_ocd_stop(ocd);
	bo_buf_done(&ocd->request);
	bo_buf_done(&ocd->answer);
	bo_buf_done(&ocd->log);
}
