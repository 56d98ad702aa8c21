#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "harness/cmd/hands.h"

struct talk {
	struct cmd_hands *hands;
	struct bo_watch input;
	bool raw;
	bool over;
	struct bo_err err;
};

/* Bytes of a target never reach a terminal as they are, unless asked for. */
static void heard(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct talk *talk = ctx;
	struct bo_buf shown = {0};

	(void)at;
	for (size_t i = 0; i < len; i++) {
		if (talk->raw || data[i] == '\n')
			bo_buf_add(&shown, &data[i], 1);
		else if (data[i] != '\r')
			bo_buf_escape(&shown, &data[i], 1);
	}
	if (shown.len > 0)
		(void)fwrite(shown.data, 1, shown.len, stdout);
	(void)fflush(stdout);
	bo_buf_done(&shown);
}

static void lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	struct talk *talk = ctx;

	(void)at;
	if (talk->hands->bench.console->vanishes) {
		(void)fprintf(stderr, "(%s)\n", bo_err_text(why));
		return;
	}
	talk->err = *why;
	talk->over = true;
}

static void back(void *ctx, bo_ns at, const char *port)
{
	(void)ctx;
	(void)at;
	(void)fprintf(stderr, "(the serial line is back: %s)\n", port);
}

static void typed(struct bo_watch *watch, short revents)
{
	struct talk *talk = (struct talk *)((char *)watch - offsetof(struct talk, input));
	char data[1024];
	ssize_t n = read(watch->fd, data, sizeof(data));

	(void)revents;
	if (n > 0 && bo_console_write(talk->hands->bench.console, data, (size_t)n, &talk->err) == 0)
		return;
	if (n < 0 && errno == EAGAIN)
		return;
	/* end of input is not the end of listening */
	bo_loop_unwatch(&talk->hands->loop, watch);
	if (n > 0)
		talk->over = true;
}

static bool is_over(void *ctx)
{
	return ((struct talk *)ctx)->over;
}

static int listen(struct talk *talk, bo_ns duration)
{
	struct cmd_hands *hands = talk->hands;
	struct bo_console *console = hands->bench.console;

	console->rx = heard;
	console->lost = lost;
	console->back = back;
	console->ctx = talk;
	bo_outputs_keep(&hands->bench.outputs, true);
	talk->input = (struct bo_watch){.fd = STDIN_FILENO, .events = POLLIN, .ready = typed};
	bo_loop_watch(&hands->loop, &talk->input);
	int rc = bo_loop_until(&hands->loop, is_over, talk,
			       duration > 0 ? bo_loop_now(&hands->loop) + duration : BO_NEVER);

	console->rx = NULL;
	if (talk->err.code)
		return cmd_fail_err(&talk->err);
	return rc == -EINTR && duration == 0 ? BO_EXIT_OK
	       : rc == -EINTR		     ? BO_EXIT_SIGNAL + bo_loop_interrupted()
					     : BO_EXIT_OK;
}

int cmd_console(int argc, char **argv)
{
	struct cmd_hands_options options = {0};
	struct cmd_hands hands = {0};
	struct talk talk = {.hands = &hands};
	int64_t duration = 0;
	const struct cmd_option table[] = {
		CMD_HANDS_OPTIONS(&options),
		{"raw", CMD_FLAG, &talk.raw, NULL,
		 "pass the target's bytes to the terminal as they are"},
		{"for", CMD_DURATION, &duration, "TIME", "listen that long [until Ctrl-C]"},
		{NULL, CMD_FLAG, NULL, NULL, NULL},
	};
	int count = cmd_options(argc, argv, "console [OPTION...]", table);

	if (count < 0)
		return count == -2 ? BO_EXIT_OK : BO_EXIT_USAGE;
	if (count > 0)
		return cmd_fail(BO_EXIT_USAGE, "console takes no arguments, found '%s'", argv[0]);
	int rc = cmd_hands_open(&hands, &options);

	if (rc != 0)
		return rc;
	rc = cmd_hands_need(&hands, BO_ROLE_CONSOLE);
	if (rc == 0)
		rc = listen(&talk, duration);
	cmd_hands_close(&hands);
	return rc;
}
