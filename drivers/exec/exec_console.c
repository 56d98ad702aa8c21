#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/api/console.h"
#include "drivers/exec/exec.h"
#include "drivers/exec/exec_call.h"

enum {
	QUEUE_SIZE = 8192,
	READ_SIZE = 16384,
	READS_PER_TURN = 4, /* then timers and other descriptors have their turn */
	FLUSH_MAX = 1 << 20,
	WORDS_KEPT = 1024 /* of standard error: its end says why a program gave up */
};

struct config {
	struct exec_call run;
	bool quiet;
};

struct exec_console {
	struct bo_console console;
	const struct config *config;
	struct bo_loop *loop;
	struct bo_proc proc;
	struct bo_watch in, out, err;
	struct bo_timer report; /* a loss found outside the loop is told from the loop */
	struct bo_err why;	/* code 0 while the line is there */
	bool told;
	struct bo_buf queue, words;
};

static const struct bo_conf_field fields[] = {
	{.key = "run",
	 .type = BO_CONF_MAP,
	 .offset = offsetof(struct config, run),
	 .flags = BO_CONF_REQUIRED,
	 .fields = exec_call_fields,
	 .help = "its standard output is what the target says, its standard input what is said to "
		 "the target; it runs as long as the bench is used"},
	{.key = "quiet",
	 .type = BO_CONF_BOOL,
	 .offset = offsetof(struct config, quiet),
	 .fallback = "no",
	 .help = "whether the line feeds nothing into a target that is off"},
	{.key = NULL},
};

static struct exec_console *of(struct bo_console *console)
{
	return (struct exec_console *)((char *)console - offsetof(struct exec_console, console));
}

#define OF(part, member) \
	((struct exec_console *)((char *)(part)-offsetof(struct exec_console, member)))

static void unwatch(struct exec_console *self)
{
	bo_loop_unwatch(self->loop, &self->in);
	bo_loop_unwatch(self->loop, &self->out);
	bo_loop_unwatch(self->loop, &self->err);
}

static void tell(struct bo_timer *timer)
{
	struct exec_console *self = OF(timer, report);

	if (self->told)
		return;
	self->told = true;
	if (self->console.lost)
		self->console.lost(self->console.ctx, bo_clock_stamp(self->loop->clock),
				   &self->why);
}

static bool comes_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void hear_words(struct exec_console *self)
{
	char chunk[WORDS_KEPT];
	ssize_t n;

	while ((n = read(self->proc.err, chunk, sizeof(chunk))) > 0) {
		bo_buf_add(&self->words, chunk, (size_t)n);
		if (self->words.len <= WORDS_KEPT)
			continue;
		size_t surplus = self->words.len - WORDS_KEPT;

		memmove(self->words.data, self->words.data + surplus, WORDS_KEPT);
		self->words.len = WORDS_KEPT;
	}
	if (n == 0 || !comes_later())
		bo_loop_unwatch(self->loop, &self->err);
}

static void lose(struct exec_console *self)
{
	char status[48] = "it closed its end", words[320];
	int code;

	if (self->why.code)
		return;
	hear_words(self);
	if (self->proc.pid > 0 && bo_proc_ended(&self->proc, &code))
		(void)bo_proc_status_text(code, status, sizeof(status));
	bo_err_set(&self->why, -ENODEV, "program '%s': %s%s", self->config->run.program, status,
		   exec_last_words(&self->words, words, sizeof(words)));
	bo_buf_reset(&self->queue);
	unwatch(self);
	bo_loop_arm(self->loop, &self->report, bo_loop_now(self->loop));
}

static int refuse(const struct exec_console *self, struct bo_err *err)
{
	return bo_err_set(err, self->why.code, "%s", bo_err_text(&self->why));
}

static void send_queued(struct exec_console *self)
{
	while (self->queue.len > 0) {
		ssize_t n = write(self->proc.in, self->queue.data, self->queue.len);

		if (n < 0 && !comes_later())
			return lose(self);
		if (n <= 0)
			break;
		self->queue.len -= (size_t)n;
		memmove(self->queue.data, self->queue.data + n, self->queue.len);
	}
	bo_loop_unwatch(self->loop, &self->in);
	if (self->queue.len > 0)
		bo_loop_watch(self->loop, &self->in);
}

/* One read; false when there is nothing more for now, or for ever. */
static bool receive(struct exec_console *self, bool deliver, size_t *ret_len)
{
	uint8_t data[READ_SIZE];
	ssize_t n = read(self->proc.out, data, sizeof(data));

	if (n <= 0) {
		if (n == 0 || !comes_later())
			lose(self);
		return false;
	}
	*ret_len = (size_t)n;
	if (deliver && self->console.rx)
		self->console.rx(self->console.ctx, bo_clock_stamp(self->loop->clock), data,
				 (size_t)n);
	return true;
}

static void out_ready(struct bo_watch *watch, short revents)
{
	struct exec_console *self = OF(watch, out);
	int reads = 0;
	size_t len;

	(void)revents;
	while (!self->why.code && reads < READS_PER_TURN && receive(self, true, &len))
		reads++;
}

static void in_ready(struct bo_watch *watch, short revents)
{
	(void)revents;
	send_queued(OF(watch, in));
}

static void err_ready(struct bo_watch *watch, short revents)
{
	(void)revents;
	hear_words(OF(watch, err));
}

static int console_write(struct bo_console *console, const void *data, size_t len,
			 struct bo_err *err)
{
	struct exec_console *self = of(console);

	if (self->why.code)
		return refuse(self, err);
	if (len > QUEUE_SIZE - self->queue.len)
		return bo_err_set(err, -ENOBUFS, "program '%s': %zu bytes wait already",
				  self->config->run.program, self->queue.len);
	bo_buf_add(&self->queue, data, len);
	send_queued(self);
	return self->why.code ? refuse(self, err) : 0;
}

/* What the program has read already, or not written yet, is beyond our reach. */
static int console_flush(struct bo_console *console, struct bo_err *err)
{
	struct exec_console *self = of(console);
	size_t total = 0, len = 0;

	if (self->why.code)
		return refuse(self, err);
	bo_buf_reset(&self->queue);
	bo_loop_unwatch(self->loop, &self->in);
	while (total < FLUSH_MAX && receive(self, false, &len))
		total += len;
	return self->why.code ? refuse(self, err) : 0;
}

static void console_close(struct bo_console *console)
{
	struct exec_console *self = of(console);

	unwatch(self);
	bo_loop_disarm(self->loop, &self->report);
	bo_talk_dismiss(&self->proc);
	bo_buf_done(&self->queue);
	bo_buf_done(&self->words);
	free(self);
}

static const struct bo_console_ops ops = {
	.name = "exec", .write = console_write, .flush = console_flush, .close = console_close};

static int start(struct exec_console *self, const struct bo_programs *programs, struct bo_err *err)
{
	static const struct exec_word none[] = {{NULL, NULL}};
	char **args = exec_args_new(&self->config->run, none);
	const struct bo_program_call call = {.name = self->config->run.program,
					     .args = (const char *const *)args,
					     .pipe_in = true};
	int rc = bo_programs_start(programs, &call, &self->proc, err);

	exec_args_free(args);
	return rc;
}

static int open_console(struct bo_driver_env *env, const void *data, void **ret, struct bo_err *err)
{
	struct exec_console *self = calloc(1, sizeof(*self));

	assert(self);
	self->console.ops = &ops;
	self->config = data;
	self->loop = env->loop;
	self->proc = BO_PROC_NONE;
	int rc = start(self, env->programs, err);

	if (rc < 0) {
		free(self);
		return rc;
	}
	self->in = (struct bo_watch){.fd = self->proc.in, .events = POLLOUT, .ready = in_ready};
	self->out = (struct bo_watch){.fd = self->proc.out, .events = POLLIN, .ready = out_ready};
	self->err = (struct bo_watch){.fd = self->proc.err, .events = POLLIN, .ready = err_ready};
	self->report = (struct bo_timer){.fire = tell};
	bo_loop_watch(env->loop, &self->out);
	bo_loop_watch(env->loop, &self->err);
	*ret = &self->console;
	return 0;
}

static int check(const void *data, const struct bo_programs *programs, struct bo_err *err)
{
	static const char *const none[] = {NULL};
	const struct config *config = data;

	return exec_call_check(&config->run, "run", none, programs, err);
}

/* The program outlives cuts, so that it is there at a target's first word. */
static unsigned able(const void *data)
{
	const struct config *config = data;

	return BO_CAP_FIRST_WORDS | (config->quiet ? BO_CAP_QUIET_LINE : 0);
}

const struct bo_driver bo_driver_exec_console = {
	.name = "exec",
	.help = "a line that a program of your own keeps",
	.role = BO_ROLE_CONSOLE,
	.fields = fields,
	.config_size = sizeof(struct config),
	.able = able,
	.check = check,
	.open = open_console,
};
