#include "harness/base/talk.h"

#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

struct talking {
	const struct bo_talk_args *args;
	struct bo_talk *talk;
	struct bo_proc *proc;
	struct bo_loop *loop;
	struct bo_watch in, out, err, end;
	size_t sent;
	bool ended, too_much, stopped;
};

#define OF(watch, member) ((struct talking *)((char *)(watch)-offsetof(struct talking, member)))

static bool comes_later(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void stop(struct talking *t, struct bo_watch *watch, int *fd)
{
	bo_loop_unwatch(t->loop, watch);
	(void)close(*fd);
	*fd = -1;
}

static void feed(struct bo_watch *watch, short revents)
{
	struct talking *t = OF(watch, in);
	ssize_t n = 0;

	(void)revents;
	if (t->sent < t->args->input_len)
		n = write(watch->fd, (const char *)t->args->input + t->sent,
			  t->args->input_len - t->sent);
	if (n < 0 && comes_later())
		return;
	t->sent += n > 0 ? (size_t)n : 0;
	/* one that does not care to read it all may say so by closing */
	if (n < 0 || t->sent == t->args->input_len)
		stop(t, watch, &t->proc->in);
}

/* One read; false when there is nothing more for now, or for ever. */
static bool take(int fd, struct bo_buf *into, size_t max, bool *ret_more, bool *ret_end)
{
	char chunk[4096];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	size_t room = max - into->len;

	*ret_end = n == 0 || (n < 0 && !comes_later());
	if (n <= 0)
		return false;
	if ((size_t)n > room)
		*ret_more = true;
	bo_buf_add(into, chunk, (size_t)n < room ? (size_t)n : room);
	return true;
}

static void hear_out(struct bo_watch *watch, short revents)
{
	struct talking *t = OF(watch, out);
	bool end;

	(void)revents;
	if (!take(watch->fd, &t->talk->out, t->args->out_max, &t->too_much, &end) && end)
		stop(t, watch, &t->proc->out);
}

static void hear_err(struct bo_watch *watch, short revents)
{
	struct talking *t = OF(watch, err);
	bool end, dropped;

	(void)revents;
	if (!take(watch->fd, &t->talk->err, t->args->err_max, &dropped, &end) && end)
		stop(t, watch, &t->proc->err);
}

static void hear_end(struct bo_watch *watch, short revents)
{
	(void)revents;
	OF(watch, end)->ended = true;
}

static bool is_over(void *ctx)
{
	struct talking *t = ctx;

	t->stopped = t->stopped || (t->args->stop && t->args->stop(t->args->ctx));
	return t->ended || t->too_much || t->stopped;
}

static void watch_one(struct talking *t, struct bo_watch *watch, int fd, short events,
		      void (*ready)(struct bo_watch *watch, short revents))
{
	*watch = (struct bo_watch){.fd = fd, .events = events, .ready = ready};
	if (fd >= 0)
		bo_loop_watch(t->loop, watch);
}

static void unwatch_all(struct talking *t)
{
	bo_loop_unwatch(t->loop, &t->in);
	bo_loop_unwatch(t->loop, &t->out);
	bo_loop_unwatch(t->loop, &t->err);
	bo_loop_unwatch(t->loop, &t->end);
	if (t->end.fd >= 0)
		(void)close(t->end.fd);
}

/* Its last words, which the pipes still hold. */
static void drain(struct talking *t)
{
	bool end, dropped;

	while (!t->too_much && t->proc->out >= 0 &&
	       take(t->proc->out, &t->talk->out, t->args->out_max, &t->too_much, &end))
		continue;
	while (t->proc->err >= 0 && t->talk->err.len < t->args->err_max &&
	       take(t->proc->err, &t->talk->err, t->args->err_max, &dropped, &end))
		continue;
}

static int converse(struct talking *t)
{
	bo_ns began = bo_clock_stamp(t->loop->clock);

	watch_one(t, &t->in, t->proc->in, POLLOUT, feed);
	watch_one(t, &t->out, t->proc->out, POLLIN, hear_out);
	watch_one(t, &t->err, t->proc->err, POLLIN, hear_err);
	watch_one(t, &t->end, pidfd_open(t->proc->pid, 0), POLLIN, hear_end);
	int rc = t->end.fd < 0 ? -errno
			       : bo_loop_until(t->loop, is_over, t, began + t->args->within);

	if (rc == -ETIMEDOUT) {
		(void)kill(-t->proc->pid, SIGTERM);
		(void)bo_loop_until(t->loop, is_over, t,
				    bo_clock_stamp(t->loop->clock) + BO_TALK_GRACE);
	}
	unwatch_all(t);
	return rc;
}

int bo_talk(struct bo_proc *proc, const struct bo_talk_args *args, struct bo_talk *ret)
{
	struct bo_clock clock;
	struct bo_loop own;
	struct talking t = {.args = args, .talk = ret, .proc = proc, .loop = args->loop};

	if (!t.loop) {
		bo_clock_real_init(&clock);
		bo_loop_init(&own, &clock);
		t.loop = &own;
	}
	int rc = converse(&t);

	if (rc == 0 && t.stopped)
		rc = -ECANCELED;
	if (rc == 0 && !t.too_much && bo_proc_ended(proc, &ret->status))
		drain(&t);
	bo_proc_kill(proc);
	*proc = BO_PROC_NONE;
	return rc == 0 && t.too_much ? -EMSGSIZE : rc;
}

void bo_talk_done(struct bo_talk *talk)
{
	bo_buf_done(&talk->out);
	bo_buf_done(&talk->err);
}

void bo_talk_dismiss(struct bo_proc *proc)
{
	struct bo_clock clock;
	struct bo_loop loop;
	int status;

	if (proc->pid > 0) {
		bo_clock_real_init(&clock);
		bo_loop_init(&loop, &clock);
		(void)kill(-proc->pid, SIGTERM);
		bool shielded = bo_loop_shielded();

		bo_loop_shield(true);
		(void)bo_proc_wait(proc, &loop, bo_loop_now(&loop) + BO_TALK_GRACE, &status);
		bo_loop_shield(shielded);
	}
	bo_proc_kill(proc);
	*proc = BO_PROC_NONE;
}
