#include "drivers/serial/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
	READ_SIZE = 65536,
	READS_PER_TURN = 4, /* then timers and other descriptors have their turn */
	FLUSH_MAX = 1 << 20 /* a flush does not race for ever with a target that floods */
};

struct stream {
	struct bo_console console;
	struct bo_stream_args args;
	struct bo_watch watch;
	struct bo_timer report; /* a loss found outside the loop is told from the loop */
	struct bo_err why;	/* code 0 while the line is there */
	bool told;
	bool breaking;
	size_t first, count; /* the queue, a ring */
	uint8_t queue[BO_STREAM_QUEUE_SIZE];
	uint8_t in[READ_SIZE];
};

static struct stream *of(struct bo_console *console)
{
	return (struct stream *)((char *)console - offsetof(struct stream, console));
}

static void tell(struct bo_timer *timer)
{
	struct stream *stream = (struct stream *)((char *)timer - offsetof(struct stream, report));

	if (stream->told)
		return;
	stream->told = true;
	bo_loop_unwatch(stream->args.loop, &stream->watch);
	if (stream->console.lost)
		stream->console.lost(stream->console.ctx, bo_clock_stamp(stream->args.loop->clock),
				     &stream->why);
}

static void lose(struct stream *stream, int code)
{
	if (stream->why.code)
		return;
	bo_err_set(&stream->why, -ENODEV, "serial line %s is gone: %s", stream->args.name,
		   code ? strerror(code) : "hang-up");
	stream->count = 0;
	bo_loop_unwatch(stream->args.loop, &stream->watch);
	bo_loop_arm(stream->args.loop, &stream->report, bo_loop_now(stream->args.loop));
}

static int refuse(const struct stream *stream, struct bo_err *err)
{
	return bo_err_set(err, stream->why.code, "%s", bo_err_text(&stream->why));
}

static bool comes_later(int code)
{
	return code == EAGAIN || code == EWOULDBLOCK || code == EINTR;
}

/* Sends what the line takes at once. */
static void send_queued(struct stream *stream)
{
	while (stream->count) {
		size_t run = sizeof(stream->queue) - stream->first;
		ssize_t sent = write(stream->args.fd, stream->queue + stream->first,
				     run < stream->count ? run : stream->count);

		if (sent < 0 && !comes_later(errno))
			return lose(stream, errno);
		if (sent <= 0)
			break;
		stream->first = (stream->first + (size_t)sent) % sizeof(stream->queue);
		stream->count -= (size_t)sent;
	}
	stream->watch.events = stream->count ? POLLIN | POLLOUT : POLLIN;
}

/* One read; false when there is nothing more for now, or for ever. */
static bool receive(struct stream *stream, bool deliver, size_t *ret_len)
{
	ssize_t len = read(stream->args.fd, stream->in, sizeof(stream->in));

	if (len <= 0) {
		if (len == 0 || !comes_later(errno))
			lose(stream, len ? errno : 0);
		return false;
	}
	*ret_len = (size_t)len;
	if (deliver && stream->console.rx)
		stream->console.rx(stream->console.ctx, bo_clock_stamp(stream->args.loop->clock),
				   stream->in, (size_t)len);
	return true;
}

static void serve(struct bo_watch *watch, short revents)
{
	struct stream *stream = (struct stream *)((char *)watch - offsetof(struct stream, watch));
	size_t len;
	int reads = 0;

	if (revents & POLLOUT)
		send_queued(stream);
	while (!stream->why.code && reads < READS_PER_TURN && receive(stream, true, &len))
		reads++;
	/* A hang-up without an error: what had arrived comes first, then the end. */
	if (revents & (POLLHUP | POLLERR) && reads < READS_PER_TURN)
		lose(stream, 0);
}

static int stream_write(struct bo_console *console, const void *data, size_t len,
			struct bo_err *err)
{
	struct stream *stream = of(console);
	const uint8_t *from = data;
	size_t end = (stream->first + stream->count) % sizeof(stream->queue);
	size_t run = sizeof(stream->queue) - end;

	if (stream->why.code)
		return refuse(stream, err);
	if (stream->breaking)
		return bo_err_set(err, -EBUSY, "serial line %s holds break", stream->args.name);
	if (len > sizeof(stream->queue) - stream->count)
		return bo_err_set(err, -ENOBUFS, "serial line %s: %zu bytes wait already",
				  stream->args.name, stream->count);
	run = run < len ? run : len;
	memcpy(stream->queue + end, from, run);
	memcpy(stream->queue, from + run, len - run);
	stream->count += len;
	send_queued(stream);
	return stream->why.code ? refuse(stream, err) : 0;
}

static void drop_queue(struct stream *stream, int queues)
{
	stream->count = 0;
	stream->watch.events = POLLIN;
	(void)tcflush(stream->args.fd, queues); /* ENOTTY: a socket has nothing to flush */
}

static int stream_flush(struct bo_console *console, struct bo_err *err)
{
	struct stream *stream = of(console);
	size_t total = 0, len = 0;

	if (stream->why.code)
		return refuse(stream, err);
	drop_queue(stream, TCIOFLUSH);
	while (total < FLUSH_MAX && receive(stream, false, &len))
		total += len;
	return stream->why.code ? refuse(stream, err) : 0;
}

static int stream_hold_break(struct bo_console *console, bool on, struct bo_err *err)
{
	struct stream *stream = of(console);

	if (stream->why.code)
		return refuse(stream, err);
	if (on)
		drop_queue(stream, TCOFLUSH);
	if (ioctl(stream->args.fd, on ? TIOCSBRK : TIOCCBRK) < 0) {
		int code = errno;

		if (code == ENOTTY || code == EINVAL)
			return bo_err_set(err, -EOPNOTSUPP, "serial line %s cannot hold break",
					  stream->args.name);
		lose(stream, code);
		return refuse(stream, err);
	}
	stream->breaking = on;
	return 0;
}

static void stream_close(struct bo_console *console)
{
	struct stream *stream = of(console);

	bo_loop_unwatch(stream->args.loop, &stream->watch);
	bo_loop_disarm(stream->args.loop, &stream->report);
	if (stream->breaking)
		(void)ioctl(stream->args.fd, TIOCCBRK);
	if (stream->args.release)
		stream->args.release(stream->args.ctx);
	else
		(void)close(stream->args.fd);
	free(stream);
}

static const struct bo_console_ops ops_idle = {
	.name = "serial",
	.write = stream_write,
	.flush = stream_flush,
	.close = stream_close,
};

static const struct bo_console_ops ops_break = {
	.name = "serial",
	.write = stream_write,
	.hold_break = stream_hold_break,
	.flush = stream_flush,
	.close = stream_close,
};

struct bo_console *bo_stream_new(const struct bo_stream_args *args)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	assert(stream && args->loop && args->fd >= 0);
	stream->console.ops = args->breaks ? &ops_break : &ops_idle;
	stream->args = *args;
	stream->watch = (struct bo_watch){.fd = args->fd, .events = POLLIN, .ready = serve};
	stream->report = (struct bo_timer){.fire = tell};
	bo_loop_watch(args->loop, &stream->watch);
	return &stream->console;
}
