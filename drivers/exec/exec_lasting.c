/* An update program that is started once and told its jobs, because what it runs must not end with
 * one of them: the update server and the broker of a device that fetches its updates. */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "drivers/exec/exec.h"
#include "drivers/exec/exec_call.h"
#include "drivers/exec/exec_events.h"
#include "drivers/exec/exec_hear.h"
#include "harness/base/talk.h"

#define PROGRAM	 "brownout-pull"
#define ANNOUNCE "BROWNOUT_ANNOUNCE"

/* In a job: a device that babbles does not fill the journal. */
#define NOTES_MAX 100

struct lasting {
	struct bo_update update;
	struct bo_loop *loop;
	char file[EXEC_PATH_MAX];
	enum bo_update_job job;
	struct bo_proc proc;
	struct bo_watch out, err, end;
	unsigned jobs; /* told */
	bool answers;  /* the job that was told last has begun, and not ended */
	struct exec_events events;
	struct exec_hear hear;
	struct bo_err dead; /* why the program is no more; code 0: it is */
};

static struct lasting *of(struct bo_update *update)
{
	return (struct lasting *)((char *)update - offsetof(struct lasting, update));
}

#define OF(part, member) ((struct lasting *)((char *)(part)-offsetof(struct lasting, member)))

static void wake(struct lasting *self)
{
	if (self->update.wake)
		self->update.wake(self->update.ctx);
}

static void unwatch(struct lasting *self)
{
	bo_loop_unwatch(self->loop, &self->out);
	bo_loop_unwatch(self->loop, &self->err);
	bo_loop_unwatch(self->loop, &self->end);
	if (self->end.fd >= 0)
		(void)close(self->end.fd);
	self->end.fd = -1;
}

static void fail_job(struct lasting *self)
{
	self->update.broken = self->dead;
	exec_events_fail(&self->events);
}

/* It cannot be believed any more, or is not there. */
static void die(struct lasting *self, const struct bo_err *why)
{
	self->dead = *why;
	(void)bo_err_wrap(&self->dead, "%s", PROGRAM);
	unwatch(self);
	bo_talk_dismiss(&self->proc);
	self->answers = false;
	fail_job(self);
}

/* ---- what it says ---- */

static bool is_line(const char *line, size_t len, const char *text)
{
	return len == strlen(text) && memcmp(line, text, len) == 0;
}

static int take_line(void *ctx, const char *line, size_t len, struct bo_err *err)
{
	struct lasting *self = ctx;
	struct exec_said said;
	char begin[24];

	(void)snprintf(begin, sizeof(begin), "job %u", self->jobs);
	if (is_line(line, len, begin)) {
		self->answers = true;
		return 0;
	}
	/* of one that nobody waits for any more */
	if (!self->answers)
		return 0;
	if (is_line(line, len, "done")) {
		self->answers = false;
		exec_events_end(&self->events);
		return 0;
	}
	int rc = exec_said_parse(line, len, &said, err);

	if (rc == 0)
		rc = exec_events_act(&self->events, &said, err);
	if (rc == 0 && self->events.end != EXEC_SAID_NOTE) {
		self->answers = false;
		exec_events_end(&self->events);
	}
	return rc;
}

static void out_ready(struct bo_watch *watch, short revents)
{
	struct lasting *self = OF(watch, out);
	struct bo_err err = {0};

	(void)revents;
	if (exec_hear_out(&self->hear, watch->fd) == 0)
		bo_loop_unwatch(self->loop, watch);
	if (exec_hear_lines(&self->hear, take_line, self, &err) < 0)
		die(self, &err);
	wake(self);
}

static void err_ready(struct bo_watch *watch, short revents)
{
	struct lasting *self = OF(watch, err);

	(void)revents;
	if (exec_hear_words(&self->hear, watch->fd))
		bo_loop_unwatch(self->loop, watch);
}

static void end_ready(struct bo_watch *watch, short revents)
{
	struct lasting *self = OF(watch, end);
	struct bo_err err = {0};
	char text[48], words[320];
	int status;

	(void)revents;
	if (!bo_proc_ended(&self->proc, &status))
		return;
	(void)exec_hear_words(&self->hear, self->proc.err);
	(void)bo_err_set(&err, -EIO, "%s%s", bo_proc_status_text(status, text, sizeof(text)),
			 exec_last_words(&self->hear.words, words, sizeof(words)));
	die(self, &err);
	wake(self);
}

/* ---- jobs ---- */

/* A line is short, and the program reads whatever else it does. */
static void tell(struct lasting *self, const char *line)
{
	struct bo_err err = {0};
	size_t len = strlen(line);

	if (self->dead.code || write(self->proc.in, line, len) == (ssize_t)len)
		return;
	(void)bo_err_set(&err, -EIO, "does not take its jobs");
	die(self, &err);
}

static void tell_job(struct lasting *self, enum bo_update_job job)
{
	static const char *const names[] = {
		[BO_JOB_QUERY] = "query",     [BO_JOB_UPLOAD] = "upload", [BO_JOB_TEST] = "test",
		[BO_JOB_CONFIRM] = "confirm", [BO_JOB_RESET] = "reset",
	};
	char line[EXEC_PATH_MAX + 128], hash[65];

	exec_image_hash(&self->update.image, hash);
	(void)snprintf(line, sizeof(line), "%s%s%s%s%s\n", names[job],
		       job == BO_JOB_UPLOAD || job == BO_JOB_TEST ? " " : "",
		       job == BO_JOB_UPLOAD || job == BO_JOB_TEST ? hash : "",
		       job == BO_JOB_UPLOAD ? " " : "", job == BO_JOB_UPLOAD ? self->file : "");
	self->jobs++;
	tell(self, line);
}

static int lasting_start(struct bo_update *update, enum bo_update_job job, bo_ns now)
{
	struct lasting *self = of(update);
	struct bo_err err = {0};

	(void)now;
	self->job = job;
	self->answers = false;
	exec_events_begin(&self->events, update, job == BO_JOB_UPLOAD);
	self->events.notes = NOTES_MAX;
	if (job == BO_JOB_QUERY)
		update->state = (struct bo_update_state){0};
	if (!self->dead.code && job == BO_JOB_UPLOAD &&
	    exec_image_write(&update->image, self->file, &err) < 0)
		die(self, &err);
	else if (self->dead.code)
		fail_job(self);
	else
		tell_job(self, job);
	return 0;
}

/* The device goes on by itself; nobody is told what becomes of it. */
static void lasting_drop(struct bo_update *update)
{
	struct lasting *self = of(update);

	self->events.count = 0;
	self->answers = false;
	tell(self, "drop\n");
	self->events.count = 0;
}

static void lasting_event(struct bo_update *update, struct bo_update_event *ret)
{
	exec_events_fetch(&of(update)->events, ret);
}

/* It talks to the device on ways of its own. */
static void lasting_feed(struct bo_update *update, bo_ns now, const uint8_t *data, size_t len)
{
	(void)update;
	(void)now;
	(void)data;
	(void)len;
}

static size_t lasting_take(struct bo_update *update, uint8_t *data, size_t cap)
{
	(void)update;
	(void)data;
	(void)cap;
	return 0;
}

static bo_ns lasting_deadline(const struct bo_update *update)
{
	(void)update;
	return BO_NEVER;
}

static void lasting_tick(struct bo_update *update, bo_ns now)
{
	(void)update;
	(void)now;
}

static void lasting_close(struct bo_update *update)
{
	struct lasting *self = of(update);

	unwatch(self);
	bo_talk_dismiss(&self->proc);
	(void)unlink(self->file);
	exec_hear_done(&self->hear);
	free(self);
}

static const struct bo_update_ops ops = {
	.name = "pull",
	.start = lasting_start,
	.feed = lasting_feed,
	.take = lasting_take,
	.deadline = lasting_deadline,
	.tick = lasting_tick,
	.event = lasting_event,
	.drop = lasting_drop,
	.close = lasting_close,
};

/* ---- its life ---- */

#define ARGS_MAX 96

struct argv {
	const char *item[ARGS_MAX];
	size_t count;
};

static void add(struct argv *argv, const char *option, const char *value)
{
	if (!value || argv->count + 3 >= ARGS_MAX)
		return;
	argv->item[argv->count++] = option;
	argv->item[argv->count++] = value;
}

static void add_all(struct argv *argv, const char *option, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(argv, option, list[i]);
}

static int spawn(struct lasting *self, const struct bo_update_config *config, struct bo_err *err)
{
	char program[EXEC_PATH_MAX], folder[EXEC_PATH_MAX], port[24], silence[32];
	struct argv argv = {{program}, 1};
	int rc = bo_proc_helper(PROGRAM, program, sizeof(program), err);

	if (rc < 0)
		return rc;
	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(self->file, '/') - self->file),
		       self->file);
	(void)snprintf(port, sizeof(port), "%u", config->pull.port);
	(void)snprintf(silence, sizeof(silence), "%" PRId64 " ns", config->first_timeout_ns);
	add(&argv, "--run", folder);
	add(&argv, "--device", config->pull.device);
	add(&argv, "--announce", getenv(ANNOUNCE));
	add(&argv, "--port", port);
	add(&argv, "--silent", config->first_timeout_ns > 0 ? silence : NULL);
	add(&argv, "--token", config->pull.token);
	add(&argv, "--tell", config->pull.tell);
	add(&argv, "--url", config->pull.url);
	add_all(&argv, "--do", config->pull.mischief, config->pull.mischiefs);
	add_all(&argv, "--job", config->pull.trick, config->pull.tricks);
	if (config->pull.tls)
		argv.item[argv.count++] = "--tls";
	if (config->pull.client)
		argv.item[argv.count++] = config->pull.withheld ? "--withhold" : "--client";
	const struct bo_proc_args args = {
		.argv = argv.item, .pipe_in = true, .pipe_out = true, .pipe_err = true};

	return bo_proc_spawn(&args, &self->proc, err);
}

static void watch_one(struct lasting *self, struct bo_watch *watch, int fd,
		      void (*ready)(struct bo_watch *watch, short revents))
{
	*watch = (struct bo_watch){.fd = fd, .events = POLLIN, .ready = ready};
	bo_loop_watch(self->loop, watch);
}

int bo_pull_update_open(const struct bo_update_config *config, struct bo_update **ret,
			struct bo_err *err)
{
	struct lasting *self = calloc(1, sizeof(*self));

	assert(self);
	self->update.ops = &ops;
	self->update.has_process = true;
	self->loop = config->env->loop;
	self->proc = BO_PROC_NONE;
	self->end.fd = -1;
	int rc = exec_image_path(config->env, self->file, err);

	if (rc == 0)
		rc = spawn(self, config, err);
	int end = rc == 0 ? pidfd_open(self->proc.pid, 0) : -1;

	if (rc == 0 && end < 0)
		rc = bo_err_set(err, -errno, "pidfd: %s", strerror(errno));
	if (rc < 0) {
		bo_proc_kill(&self->proc);
		free(self);
		return rc;
	}
	watch_one(self, &self->out, self->proc.out, out_ready);
	watch_one(self, &self->err, self->proc.err, err_ready);
	watch_one(self, &self->end, end, end_ready);
	*ret = &self->update;
	return 0;
}
