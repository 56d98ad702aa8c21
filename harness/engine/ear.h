#ifndef BO_HARNESS_ENGINE_EAR_H
#define BO_HARNESS_ENGINE_EAR_H

#include "harness/engine/bench.h"

/*
 * Listens on a bench's console while its target cannot speak. What is heard then comes from another
 * board: two consoles were swapped. Such a bench would take the other board's boots for its own,
 * and could blame one board's firmware for what the other one does.
 *
 * While an ear is open, whoever listened before hears nothing, but is still told when a line is
 * lost or back. A bench without a console is always silent.
 */
struct bo_ear {
	const struct bo_bench *bench;
	struct bo_console *console; /* NULL: none, or not open */
	/* who listened before */
	bo_console_rx *rx;
	bo_console_lost *lost;
	bo_console_back *back;
	void *ctx;
	bo_ns since;	/* when the target was silenced */
	size_t count;	/* characters of text, as opposed to noise */
	char heard[48]; /* the first of them */
};

/* Why it cannot speak. */
enum bo_silence {
	BO_SILENCE_HELD, /* the probe holds its core */
	BO_SILENCE_OFF,	 /* its power is off, its rail has drained */
};

/* What was said before arrives up to so much later: USB serial adapters wait 16 ms (their latency
 * timer's default, FTDI AN232B-04) before they pass on a few bytes. */
#define BO_EAR_LATENCY_NS (25 * BO_MS)

/* `since`: when the target was silenced. */
void bo_ear_open(struct bo_ear *ear, const struct bo_bench *bench, bo_ns since);
/* Puts back who listened before; closing one that is not open does nothing. */
void bo_ear_close(struct bo_ear *ear);

/* Waits until what was under way when the target was silenced has arrived, and forgets all that was
 * heard. -EINTR, or what the console said. */
int bo_ear_forget(struct bo_ear *ear, struct bo_err *err);
/* Turns the loop for a while, listening. -EINTR. */
int bo_ear_watch(const struct bo_ear *ear, bo_ns duration, struct bo_err *err);
/* -EXDEV when text was heard, with a message that says what to look at. */
int bo_ear_judge(const struct bo_ear *ear, enum bo_silence why, struct bo_err *err);

/* Power is off and the rail has drained: all of the above. */
int bo_ear_expect_off(const struct bo_bench *bench, bo_ns since, struct bo_err *err);

#endif
