#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "drivers/exec/exec_said.h"
#include "drivers/tests/exec_rig.h"

/* A program of the user's own that carries out updates. */

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define HEX32	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define IMAGE_LEN 1000

struct session {
	struct exec_rig rig;
	struct bo_update *update;
	struct bo_update_event end;
	struct bo_buf said; /* "byte 10, resume 5, " */
	bool over;
	char sent[64]; /* on the line */
	size_t sent_len;
};

static uint8_t image[IMAGE_LEN];

static void note(struct session *s, const struct bo_update_event *event)
{
	static const char *const names[] = {
		[BO_UPDATE_RESUME] = "resume", [BO_UPDATE_RETRY] = "retry"};

	if (event->kind == BO_UPDATE_DONE || event->kind == BO_UPDATE_FAILED) {
		s->end = *event;
		s->over = true;
		return;
	}
	bo_buf_printf(&s->said, "%s %llu, ",
		      event->kind == BO_UPDATE_POINT ? event->name : names[event->kind],
		      (unsigned long long)event->value);
}

static void wake(void *ctx)
{
	struct session *s = ctx;
	struct bo_update_event event;

	for (;;) {
		s->update->ops->event(s->update, &event);
		if (event.kind == BO_UPDATE_NONE)
			break;
		note(s, &event);
	}
	s->sent_len += s->update->ops->take(s->update, (uint8_t *)s->sent + s->sent_len,
					    sizeof(s->sent) - s->sent_len);
}

static bool is_over(void *ctx)
{
	return ((struct session *)ctx)->over;
}

static void session_open(struct session *s, const char *script)
{
	static const char *const args[] = {"{action}", "{image}", "{hash}"};
	struct bo_err err = {0};

	*s = (struct session){0};
	exec_rig_open(&s->rig, script);
	struct bo_update_config config = {
		.env = &s->rig.env, .program = "tool", .args = args, .arg_count = 3};

	cr_assert_eq(bo_exec_update_open(&config, &s->update, &err), 0, "%s", err.text);
	s->update->wake = wake;
	s->update->ctx = s;
	s->update->image.data = image;
	s->update->image.len = IMAGE_LEN;
	for (uint8_t i = 0; i < 32; i++)
		s->update->image.image_hash[i] = i;
}

static void session_start(struct session *s, enum bo_update_job job)
{
	s->over = false;
	bo_buf_reset(&s->said);
	cr_assert_eq(s->update->ops->start(s->update, job, 0), 0);
	wake(s);
}

static void session_run(struct session *s, enum bo_update_job job)
{
	session_start(s, job);
	cr_assert_eq(bo_loop_until(&s->rig.loop, is_over, s, s->rig.clock.now + 60 * BO_S), 0);
}

static void session_close(struct session *s)
{
	s->update->ops->close(s->update);
	bo_buf_done(&s->said);
	exec_rig_close(&s->rig);
}

Test(exec_update, a_job_is_a_start_of_the_program_and_its_lines_are_events)
{
	static const struct {
		enum bo_update_job job;
		const char *script, *said;
	} cases[] = {
		{BO_JOB_UPLOAD, "[ $1 = upload ] && [ $(wc -c <$2) = 1000 ] && echo progress 10",
		 "byte 10, byte 1000, "},
		{BO_JOB_UPLOAD,
		 "echo progress 500; echo progress 400; printf 'progress 501\\r\\n\\nnote hi\\n'",
		 "byte 500, byte 501, byte 1000, "},
		{BO_JOB_UPLOAD, "echo resume 300; echo progress 300; echo retry it was lost",
		 "resume 300, retry 1, byte 1000, "},
		{BO_JOB_RESET,
		 "echo point erase; echo point erase; echo point x-2 70; echo point erase",
		 "erase 1, erase 2, x-2 70, erase 3, "},
		{BO_JOB_TEST, "[ $1 = test ] && [ $3 = " HEX32 " ]", ""},
		{BO_JOB_CONFIRM, "[ $1 = confirm ]", ""},
		/* more lines than are read in a turn */
		{BO_JOB_UPLOAD,
		 "i=0; while [ $i -lt 3000 ]; do echo note $i; i=$((i+1)); done; echo point end",
		 "end 1, byte 1000, "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct session s;

		session_open(&s, cases[i].script);
		session_run(&s, cases[i].job);
		cr_expect_eq(s.end.kind, BO_UPDATE_DONE, "%s: %s", cases[i].script,
			     s.update->broken.text);
		cr_expect_str_eq(s.said.data ? s.said.data : "", cases[i].said);
		session_close(&s);
	}
}

Test(exec_update, what_the_program_says_of_slots_is_the_targets_state)
{
	struct session s;

	session_open(&s, "echo slot 0 version=1.0.0 hash=" HEX32 " active confirmed\n"
			 "echo slot 1 version=2.0.0 pending permanent\n");
	session_run(&s, BO_JOB_QUERY);
	const struct bo_update_slot *slot = s.update->state.slot;

	cr_expect_eq(s.end.kind, BO_UPDATE_DONE);
	cr_expect(slot[0].present && slot[0].active && slot[0].confirmed && !slot[0].pending);
	cr_expect(slot[0].has_hash && slot[0].hash[31] == 31);
	cr_expect_str_eq(slot[0].version, "1.0.0");
	cr_expect(slot[1].present && !slot[1].has_hash && slot[1].pending && slot[1].permanent);
	session_close(&s);
	session_open(&s, "exit 0");
	session_run(&s, BO_JOB_QUERY);
	cr_expect(!s.update->state.slot[0].present);
	session_close(&s);
}

Test(exec_update, a_refusal_and_silence_are_the_targets_anything_else_is_the_rigs)
{
	static const struct {
		const char *script, *text;
		enum bo_update_cause cause;
	} cases[] = {
		{"echo refused wrong product; exit 1", "wrong product", BO_CAUSE_REFUSED},
		{"echo refused", "", BO_CAUSE_REFUSED},
		{"echo silent; exit 4", "", BO_CAUSE_SILENT},
		{"echo gave-up no server; exit 5", "no server", BO_CAUSE_GAVE_UP},
		{"echo boom >&2; exit 3", "program 'tool' (upload): exit 3: boom", BO_CAUSE_RIG},
		{"kill -KILL $$", "program 'tool' (upload): killed by signal 9 (KILL)",
		 BO_CAUSE_RIG},
		{"echo progres 3; sleep 1000",
		 "program 'tool' (upload): said 'progres 3': no such word; comments are 'note "
		 "TEXT'",
		 BO_CAUSE_RIG},
		{"echo progress 1001; sleep 1000",
		 "program 'tool' (upload): counted 1001 bytes of 1000", BO_CAUSE_RIG},
		{"printf 'progress 1'", "program 'tool' (upload): ended in the middle of a line",
		 BO_CAUSE_RIG},
		{"head -c 2000 /dev/zero; sleep 1000",
		 "program 'tool' (upload): said a line longer than 512 bytes", BO_CAUSE_RIG},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct session s;

		session_open(&s, cases[i].script);
		session_run(&s, BO_JOB_UPLOAD);
		cr_expect_eq(s.end.kind, BO_UPDATE_FAILED);
		cr_expect_eq(s.end.cause, cases[i].cause, "%s", cases[i].script);
		cr_expect_str_eq(cases[i].cause == BO_CAUSE_RIG ? s.update->broken.text
								: s.end.text,
				 cases[i].text);
		session_close(&s);
	}
}

Test(exec_update, the_line_leads_both_ways)
{
	struct session s;

	session_open(&s, "read word <&3; echo \"heard $word\" >&3; echo point heard");
	session_start(&s, BO_JOB_RESET);
	s.update->ops->feed(s.update, 0, (const uint8_t *)"hello\n", 6);
	cr_assert_eq(bo_loop_until(&s.rig.loop, is_over, &s, s.rig.clock.now + 60 * BO_S), 0);
	cr_expect_eq(s.end.kind, BO_UPDATE_DONE);
	cr_expect_eq(s.sent_len, 12);
	cr_expect_arr_eq(s.sent, "heard hello\n", 12);
	session_close(&s);
}

static bool has_said(void *ctx)
{
	return ((struct session *)ctx)->said.len > 0;
}

/* A cut in the middle of an upload: nothing of the program may go on. */
Test(exec_update, a_job_that_is_dropped_is_over_and_the_next_one_begins_anew)
{
	struct session s;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	session_open(&s, "[ $1 = upload ] || exit 0; trap '' TERM; echo point p $$; sleep 1000");
	session_start(&s, BO_JOB_UPLOAD);
	cr_assert_eq(bo_loop_until(&s.rig.loop, has_said, &s, s.rig.clock.now + 60 * BO_S), 0);
	pid_t pid = (pid_t)atoi(s.said.data + 2);

	cr_assert_gt(pid, 1);
	s.update->ops->drop(s.update);
	session_run(&s, BO_JOB_QUERY);
	cr_expect_eq(s.end.kind, BO_UPDATE_DONE);
	cr_expect(kill(pid, 0) < 0 && errno == ESRCH);
	session_close(&s);
}

Test(exec_update, every_word_has_its_grammar)
{
	static const struct {
		const char *line;
		int rc;
		enum exec_said_kind kind;
		uint64_t value;
	} cases[] = {
		{"progress 0", 0, EXEC_SAID_PROGRESS, 0},
		{"  progress  12 ", 0, EXEC_SAID_PROGRESS, 12},
		{"progress", -EPROTO, 0, 0},
		{"progress -1", -EPROTO, 0, 0},
		{"progress 1 2", -EPROTO, 0, 0},
		{"progress 1234567890123456789", -EPROTO, 0, 0},
		{"point a", 0, EXEC_SAID_POINT, 0},
		{"point a-9 3", 0, EXEC_SAID_POINT, 3},
		{"point a 0", -EPROTO, 0, 0},
		{"point A", -EPROTO, 0, 0},
		{"point 9", -EPROTO, 0, 0},
		{"point byte 3", -EPROTO, 0, 0},
		{"point at 3", -EPROTO, 0, 0},
		{"point a.b", -EPROTO, 0, 0},
		{"point abcdefghijklmnopqrstuvwxy", -EPROTO, 0, 0},
		{"slot 2", -EPROTO, 0, 0},
		{"slot 1 hash=00", -EPROTO, 0, 0},
		{"slot 1 version=", -EPROTO, 0, 0},
		{"slot 1 happy", -EPROTO, 0, 0},
		{"slot 1 version=1", 0, EXEC_SAID_SLOT, 1},
		{"PROGRESS 1", -EPROTO, 0, 0},
		{"", 0, EXEC_SAID_NOTE, 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exec_said said = {.value = 77};
		int rc = exec_said_parse(cases[i].line, strlen(cases[i].line), &said, NULL);

		cr_expect_eq(rc, cases[i].rc, "%s", cases[i].line);
		cr_expect_eq(said.value, rc == 0 ? cases[i].value : 77, "%s", cases[i].line);
		if (rc == 0)
			cr_expect_eq(said.kind, cases[i].kind, "%s", cases[i].line);
	}
}
