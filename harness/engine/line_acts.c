#include "harness/base/prng.h"
#include "harness/engine/trial_state.h"

/* What the harness itself does to the console: a break, and bytes that mean nothing. What the
 * target makes of it is an observation. */

static struct bo_trial *of_timer(struct bo_timer *timer)
{
	return (struct bo_trial *)((char *)timer - offsetof(struct bo_trial, break_timer));
}

/* A line at break level carries nothing. */
int line_send(struct bo_trial *trial, const void *data, size_t len, struct bo_err *err)
{
	return line_breaks(trial) ? 0 : bo_console_write(trial->bench->console, data, len, err);
}

static void break_off(struct bo_trial *trial, struct bo_err *err, const char *what)
{
	(void)bo_err_wrap(err, "%s", what);
	if (!trial->broken.code)
		trial->broken = *err;
}

static void end_break(struct bo_timer *timer)
{
	struct bo_trial *trial = of_timer(timer);
	struct bo_err err = {0};

	timer->fire = NULL;
	if (bo_console_hold_break(trial->bench->console, false, &err) < 0)
		break_off(trial, &err, "end of a break");
	else
		trial_note(trial, "console", "s:s", "did", "break over");
}

bool line_breaks(const struct bo_trial *trial)
{
	return trial->break_timer.fire != NULL;
}

void line_forget_break(struct bo_trial *trial)
{
	if (!line_breaks(trial))
		return;
	bo_loop_disarm(trial->loop, &trial->break_timer);
	trial->break_timer.fire = NULL;
	trial_note(trial, "console", "s:s", "did", "break cut short");
}

void line_break(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	struct bo_console *console = trial->bench->console;
	struct bo_err err = {0};

	if (!console->ops->hold_break) {
		trial_fault_done(trial, fault, due, due);
		trial->fault_gap = "this console cannot hold a break";
		return;
	}
	if (bo_console_hold_break(console, true, &err) < 0) {
		break_off(trial, &err, "break");
		return;
	}
	bo_ns now = bo_loop_now(trial->loop);

	line_forget_break(trial);
	trial->break_timer.fire = end_break;
	bo_loop_arm(trial->loop, &trial->break_timer, now + fault->for_ns);
	trial_fault_done(trial, fault, due, now);
	trial_fault_proven(trial, "adapter");
}

void line_garbage(struct bo_trial *trial, const struct bo_fault *fault, bo_ns due)
{
	uint8_t bytes[BO_GARBAGE_MAX];
	struct bo_prng root, stream;
	struct bo_buf name = {0};
	struct bo_err err = {0};

	if (line_breaks(trial)) {
		trial_fault_done(trial, fault, due, due);
		trial->fault_gap = "the line was still at break level";
		return;
	}
	bo_fault_format(fault, &name);
	bo_prng_init(&root, (uint64_t)trial->scenario->seed);
	bo_prng_split(&root, name.data, &stream);
	bo_buf_done(&name);
	for (unsigned i = 0; i < fault->bytes; i++)
		bytes[i] = (uint8_t)bo_prng_below(&stream, 256);
	if (bo_console_write(trial->bench->console, bytes, fault->bytes, &err) < 0) {
		break_off(trial, &err, "garbage");
		return;
	}
	trial_fault_done(trial, fault, due, bo_loop_now(trial->loop));
	trial_fault_proven(trial, "adapter");
}
