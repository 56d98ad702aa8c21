#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/exec/exec.h"
#include "drivers/exec/exec_call.h"
#include "drivers/exec/exec_events.h"
#include "drivers/exec/exec_hear.h"
#include "harness/base/str.h"

struct exec_update {
	struct bo_update update;
	const struct bo_driver_env *env;
	struct exec_call call;
	char file[EXEC_PATH_MAX];
	enum bo_update_job job;
	struct bo_proc proc;
	int line; /* our end of the program's; -1: none */
	struct bo_watch out, err, near, end;
	struct bo_timer kill; /* of one that was told to end */
	struct exec_events events;
	struct exec_hear hear;
};

static const char *const job_names[] = {
	[BO_JOB_QUERY] = "query",     [BO_JOB_UPLOAD] = "upload", [BO_JOB_TEST] = "test",
	[BO_JOB_CONFIRM] = "confirm", [BO_JOB_RESET] = "reset",
};

static struct exec_update *of(struct bo_update *update)
{
	return (struct exec_update *)((char *)update - offsetof(struct exec_update, update));
}

#define OF(part, member) \
	((struct exec_update *)((char *)(part)-offsetof(struct exec_update, member)))

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* ---- events ---- */

static void exec_event(struct bo_update *update, struct bo_update_event *ret)
{
	exec_events_fetch(&of(update)->events, ret);
}

static void wake(struct exec_update *self)
{
	if (self->update.wake)
		self->update.wake(self->update.ctx);
}

/* ---- the process ---- */

static void unwatch(struct exec_update *self)
{
	bo_loop_unwatch(self->env->loop, &self->out);
	bo_loop_unwatch(self->env->loop, &self->err);
	bo_loop_unwatch(self->env->loop, &self->near);
	bo_loop_unwatch(self->env->loop, &self->end);
	close_fd(&self->end.fd);
	close_fd(&self->line);
}

static void kill_now(struct bo_timer *timer)
{
	bo_proc_kill(&OF(timer, kill)->proc);
}

/* Nothing of it may go on, and nobody has the time to wait for it: power may be about to go. */
static void exec_drop(struct bo_update *update)
{
	struct exec_update *self = of(update);

	unwatch(self);
	self->events.count = 0;
	if (self->proc.pid <= 0 || self->kill.armed)
		return;
	(void)kill(-self->proc.pid, SIGTERM);
	bo_loop_arm(self->env->loop, &self->kill,
		    bo_clock_stamp(self->env->loop->clock) + BO_TALK_GRACE);
}

static void finish(struct exec_update *self)
{
	unwatch(self);
	bo_loop_disarm(self->env->loop, &self->kill);
	bo_talk_dismiss(&self->proc);
}

static void break_off(struct exec_update *self, const struct bo_err *why)
{
	self->update.broken = *why;
	(void)bo_err_wrap(&self->update.broken, "program '%s' (%s)", self->call.program,
			  job_names[self->job]);
	exec_drop(&self->update);
	exec_events_fail(&self->events);
}

/* ---- what it says ---- */

static int take_line(void *ctx, const char *line, size_t len, struct bo_err *err)
{
	struct exec_update *self = ctx;
	struct exec_said said;
	int rc = exec_said_parse(line, len, &said, err);

	return rc == 0 ? exec_events_act(&self->events, &said, err) : rc;
}

static int hear_lines(struct exec_update *self, struct bo_err *err)
{
	return exec_hear_lines(&self->hear, take_line, self, err);
}

/* Reads once; false when there is nothing more for now, or for ever. */
static bool read_out(struct exec_update *self)
{
	int n = exec_hear_out(&self->hear, self->proc.out);

	if (n == 0)
		bo_loop_unwatch(self->env->loop, &self->out);
	return n > 0;
}

static void hear_words(struct exec_update *self)
{
	if (exec_hear_words(&self->hear, self->proc.err))
		bo_loop_unwatch(self->env->loop, &self->err);
}

static void out_ready(struct bo_watch *watch, short revents)
{
	struct exec_update *self = OF(watch, out);
	struct bo_err err = {0};

	(void)revents;
	(void)read_out(self);
	if (hear_lines(self, &err) < 0)
		break_off(self, &err);
	wake(self);
}

static void err_ready(struct bo_watch *watch, short revents)
{
	(void)revents;
	hear_words(OF(watch, err));
}

static void near_ready(struct bo_watch *watch, short revents)
{
	struct exec_update *self = OF(watch, near);
	char byte;

	(void)revents;
	if (recv(watch->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		bo_loop_unwatch(self->env->loop, watch); /* it closed its end */
	else
		wake(self);
}

static void judge_status(struct exec_update *self, int status)
{
	struct bo_err err = {0};
	char text[48], words[320];

	if (self->events.end == EXEC_SAID_NOTE && status != 0) {
		bo_err_set(&err, -EIO, "%s%s", bo_proc_status_text(status, text, sizeof(text)),
			   exec_last_words(&self->hear.words, words, sizeof(words)));
		break_off(self, &err);
		return;
	}
	unwatch(self);
	exec_events_end(&self->events);
}

/* All that it said comes before its end, a read in each turn. */
static void end_ready(struct bo_watch *watch, short revents)
{
	struct exec_update *self = OF(watch, end);
	struct bo_err err = {0};
	int status;

	(void)revents;
	bool more = read_out(self);
	int rc = hear_lines(self, &err);

	if (rc == 0 && !more && self->hear.text.len > 0)
		rc = bo_err_set(&err, -EPROTO, "ended in the middle of a line");
	if (rc < 0) {
		break_off(self, &err);
	} else if (!more && bo_proc_ended(&self->proc, &status)) {
		hear_words(self);
		judge_status(self, status);
	}
	wake(self);
}

/* ---- jobs ---- */

static void watch_one(struct exec_update *self, struct bo_watch *watch, int fd,
		      void (*ready)(struct bo_watch *watch, short revents))
{
	*watch = (struct bo_watch){.fd = fd, .events = POLLIN, .ready = ready};
	bo_loop_watch(self->env->loop, watch);
}

static int spawn(struct exec_update *self, int far, struct bo_err *err)
{
	char hash[65];
	const struct exec_word words[] = {{"action", job_names[self->job]},
					  {"image", self->file},
					  {"hash", hash},
					  {NULL, NULL}};

	exec_image_hash(&self->update.image, hash);
	char **args = exec_args_new(&self->call, words);
	const struct bo_program_call call = {
		.name = self->call.program, .args = (const char *const *)args, .line = far};
	int rc = bo_programs_start(self->env->programs, &call, &self->proc, err);

	exec_args_free(args);
	return rc;
}

static int launch(struct exec_update *self, struct bo_err *err)
{
	int pair[2];
	int rc = exec_image_write(&self->update.image, self->file, err);

	if (rc == 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		rc = bo_err_set(err, -errno, "no socket: %s", strerror(errno));
	if (rc < 0)
		return rc;
	rc = spawn(self, pair[1], err);
	(void)close(pair[1]);
	int end = rc == 0 ? pidfd_open(self->proc.pid, 0) : -1;

	if (rc == 0 && end < 0)
		rc = bo_err_set(err, -errno, "pidfd: %s", strerror(errno));
	if (rc < 0) {
		(void)close(pair[0]);
		return rc;
	}
	self->line = pair[0];
	watch_one(self, &self->out, self->proc.out, out_ready);
	watch_one(self, &self->err, self->proc.err, err_ready);
	watch_one(self, &self->near, self->line, near_ready);
	watch_one(self, &self->end, end, end_ready);
	return 0;
}

static int exec_start(struct bo_update *update, enum bo_update_job job, bo_ns now)
{
	struct exec_update *self = of(update);
	struct bo_err err = {0};

	(void)now;
	finish(self);
	self->job = job;
	exec_events_begin(&self->events, update, job == BO_JOB_UPLOAD);
	exec_hear_reset(&self->hear);
	if (job == BO_JOB_QUERY)
		update->state = (struct bo_update_state){0};
	if (launch(self, &err) < 0)
		break_off(self, &err);
	return 0;
}

/* A program that does not listen to the line loses what is said on it, as on any line. */
static void exec_feed(struct bo_update *update, bo_ns now, const uint8_t *data, size_t len)
{
	struct exec_update *self = of(update);

	(void)now;
	if (self->line >= 0)
		(void)!send(self->line, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static size_t exec_take(struct bo_update *update, uint8_t *data, size_t cap)
{
	struct exec_update *self = of(update);
	ssize_t n = self->line >= 0 ? recv(self->line, data, cap, MSG_DONTWAIT) : 0;

	return n > 0 ? (size_t)n : 0;
}

/* How long a job may take is for its caller to say. */
static bo_ns exec_deadline(const struct bo_update *update)
{
	(void)update;
	return BO_NEVER;
}

static void exec_tick(struct bo_update *update, bo_ns now)
{
	(void)update;
	(void)now;
}

static void exec_close(struct bo_update *update)
{
	struct exec_update *self = of(update);

	finish(self);
	(void)unlink(self->file);
	exec_hear_done(&self->hear);
	free(self);
}

static const struct bo_update_ops ops = {
	.name = "exec",
	.start = exec_start,
	.feed = exec_feed,
	.take = exec_take,
	.deadline = exec_deadline,
	.tick = exec_tick,
	.event = exec_event,
	.drop = exec_drop,
	.close = exec_close,
};

int bo_exec_update_open(const struct bo_update_config *config, struct bo_update **ret,
			struct bo_err *err)
{
	static const char *const keys[] = {"action", "image", "hash", NULL};
	const struct exec_call call = {.program = config->program,
				       .args = {(void *)config->args, config->arg_count}};
	char file[EXEC_PATH_MAX];
	int rc = exec_call_check(&call, "protocol", keys, config->env->programs, err);

	if (rc == 0)
		rc = exec_image_path(config->env, file, err);
	if (rc < 0)
		return rc;
	struct exec_update *self = calloc(1, sizeof(*self));

	assert(self);
	self->update.ops = &ops;
	self->update.has_process = true;
	self->env = config->env;
	self->call = call;
	self->proc = BO_PROC_NONE;
	self->line = self->end.fd = -1;
	self->kill = (struct bo_timer){.fire = kill_now};
	memcpy(self->file, file, sizeof(file));
	*ret = &self->update;
	return 0;
}
