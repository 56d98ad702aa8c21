#include "harness/engine/ear.h"

#include <errno.h>

#include "harness/base/str.h"

/* A line that nobody drives, or that changes hands, may read as a few odd bytes; a board says
 * words. */
#define WORDS 8

#define WATCH_OFF_NS (10 * BO_MS)

static bool is_text(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7F;
}

static void overheard(void *ctx, bo_ns at, const uint8_t *data, size_t len)
{
	struct bo_ear *ear = ctx;

	(void)at;
	for (size_t i = 0; i < len; i++) {
		if (!is_text(data[i]))
			continue;
		if (ear->count < sizeof(ear->heard))
			ear->heard[ear->count] = (char)data[i];
		ear->count++;
	}
}

static void line_lost(void *ctx, bo_ns at, const struct bo_err *why)
{
	const struct bo_ear *ear = ctx;

	if (ear->lost)
		ear->lost(ear->ctx, at, why);
}

static void line_back(void *ctx, bo_ns at, const char *port)
{
	const struct bo_ear *ear = ctx;

	if (ear->back)
		ear->back(ear->ctx, at, port);
}

void bo_ear_open(struct bo_ear *ear, const struct bo_bench *bench, bo_ns since)
{
	struct bo_console *console = bench->console;

	*ear = (struct bo_ear){.bench = bench, .console = console, .since = since};
	if (!console)
		return;
	ear->rx = console->rx;
	ear->lost = console->lost;
	ear->back = console->back;
	ear->ctx = console->ctx;
	console->rx = overheard;
	console->lost = line_lost;
	console->back = line_back;
	console->ctx = ear;
}

void bo_ear_close(struct bo_ear *ear)
{
	struct bo_console *console = ear->console;

	if (!console)
		return;
	console->rx = ear->rx;
	console->lost = ear->lost;
	console->back = ear->back;
	console->ctx = ear->ctx;
	ear->console = NULL;
}

static int sleep_until(const struct bo_ear *ear, bo_ns at, struct bo_err *err)
{
	int rc = ear->console ? bo_loop_sleep_until(ear->bench->env.loop, at) : 0;

	return rc < 0 ? bo_err_set(err, rc, "interrupted") : 0;
}

int bo_ear_watch(const struct bo_ear *ear, bo_ns duration, struct bo_err *err)
{
	return sleep_until(ear, bo_clock_stamp(ear->bench->env.loop->clock) + duration, err);
}

int bo_ear_forget(struct bo_ear *ear, struct bo_err *err)
{
	int rc = sleep_until(ear, ear->since + BO_EAR_LATENCY_NS, err);

	if (rc == 0 && ear->console)
		rc = bo_console_flush(ear->console, err);
	ear->count = 0;
	return rc;
}

int bo_ear_judge(const struct bo_ear *ear, enum bo_silence why, struct bo_err *err)
{
	static const char *const texts[] = {
		[BO_SILENCE_HELD] = "its target is held by the probe: it is another board's, check "
				    "the cable",
		[BO_SILENCE_OFF] = "its target's power is off: it is another board's, or power "
				   "does not leave this one; check the cables",
	};
	size_t len = ear->count < sizeof(ear->heard) ? ear->count : sizeof(ear->heard);
	char shown[4 * sizeof(ear->heard) + 1];

	if (ear->count < WORDS)
		return 0;
	return bo_err_set(err, -EXDEV, "console '%s' talks while %s (heard: %s)",
			  bo_rack_console_name(ear->bench->conf), texts[why],
			  bo_str_escape(shown, sizeof(shown), ear->heard, len));
}

int bo_ear_expect_off(const struct bo_bench *bench, bo_ns since, struct bo_err *err)
{
	struct bo_ear ear;

	bo_ear_open(&ear, bench, since);
	int rc = bo_ear_forget(&ear, err);

	if (rc == 0)
		rc = bo_ear_watch(&ear, WATCH_OFF_NS, err);
	bo_ear_close(&ear);
	return rc < 0 ? rc : bo_ear_judge(&ear, BO_SILENCE_OFF, err);
}
