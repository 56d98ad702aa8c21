#ifndef BO_DRIVERS_SERIAL_STREAM_H
#define BO_DRIVERS_SERIAL_STREAM_H

#include "drivers/api/console.h"
#include "harness/base/loop.h"

/*
 * A console on any non-blocking descriptor: a tty, a pty, a socket. Knows nothing about how it was
 * opened. Bytes are delivered as they are read, stamped right after the read; end of file, hang-up
 * and read or write errors all mean that the line is lost, which is reported once, from the loop,
 * after what had still arrived. (On a socket or pipe the process must ignore SIGPIPE.)
 *
 * hold_break() exists when `breaks` is set; writes are -EBUSY while break is held. None of the
 * calls may be made after close(), which must not be called from within `rx` or `lost`.
 */
struct bo_stream_args {
	struct bo_loop *loop;
	const char *name; /* for messages; borrowed for the stream's life */
	int fd;		  /* close-on-exec and non-blocking; belongs to the stream once open */
	bool breaks;	  /* break is held while the target has no power */
	/* Closes the descriptor with all that belongs to it; NULL: close(2). */
	void (*release)(void *ctx);
	void *ctx;
};

/* Bytes that wait for a slow line; a write that does not fit is -ENOBUFS. */
#define BO_STREAM_QUEUE_SIZE 65536

/* Cannot fail. */
struct bo_console *bo_stream_new(const struct bo_stream_args *args);

#endif
