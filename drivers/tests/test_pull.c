#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/exec/exec.h"
#include "drivers/tests/pull_device.h"
#include "harness/tests/cli.h"

/* The protocol `pull` from end to end: brownout-pull with a real mosquitto and a real
 * brownout-serve, and a scripted device. */

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define IMAGE_LEN 5000

struct rig {
	struct scratch dir;
	char announce[128];
	struct bo_clock clock;
	struct bo_loop loop;
	struct bo_driver_env env;
	struct bo_update *update;
	struct bo_update_event end;
	struct bo_buf said;  /* "byte 10, resume 5, " */
	struct bo_buf notes; /* a line each */
	bool over;
	struct device device;
};

static uint8_t image[IMAGE_LEN];

static void note(struct rig *rig, const struct bo_update_event *event)
{
	static const char *const names[] = {
		[BO_UPDATE_RESUME] = "resume", [BO_UPDATE_RETRY] = "retry"};

	if (event->kind == BO_UPDATE_NOTE) {
		bo_buf_printf(&rig->notes, "%s\n", event->text);
		return;
	}

	if (event->kind == BO_UPDATE_DONE || event->kind == BO_UPDATE_FAILED) {
		rig->end = *event;
		rig->over = true;
		return;
	}
	bo_buf_printf(&rig->said, "%s %llu, ",
		      event->kind == BO_UPDATE_POINT ? event->name : names[event->kind],
		      (unsigned long long)event->value);
}

static void wake(void *ctx)
{
	struct rig *rig = ctx;
	struct bo_update_event event;

	for (;;) {
		rig->update->ops->event(rig->update, &event);
		if (event.kind == BO_UPDATE_NONE)
			return;
		note(rig, &event);
	}
}

static bool is_over(void *ctx)
{
	return ((struct rig *)ctx)->over;
}

static bool is_there(void *ctx)
{
	return ((struct rig *)ctx)->device.subscribed;
}

static void rig_open(struct rig *rig, const struct bo_pull_config *pull, bo_ns silence)
{
	struct bo_update_config config = {.env = &rig->env, .first_timeout_ns = silence};
	struct bo_err err = {0};
	char program[PATH_MAX];

	cli_program(program);
	*strrchr(program, '/') = '\0';
	setenv("BROWNOUT_LIBEXEC", program, 1);
	rig->dir = scratch_make();
	snprintf(rig->announce, sizeof(rig->announce), "%s/broker", rig->dir.path);
	setenv("BROWNOUT_ANNOUNCE", rig->announce, 1);
	for (size_t i = 0; i < IMAGE_LEN; i++)
		image[i] = (uint8_t)(i * 7 + i / 251);
	bo_clock_real_init(&rig->clock);
	bo_loop_init(&rig->loop, &rig->clock);
	rig->env =
		(struct bo_driver_env){.loop = &rig->loop, .bench = "b", .run_dir = rig->dir.path};
	if (pull)
		config.pull = *pull;
	cr_assert_eq(bo_pull_update_open(&config, &rig->update, &err), 0, "%s", err.text);
	rig->update->wake = wake;
	rig->update->ctx = rig;
	rig->update->image.data = image;
	rig->update->image.len = IMAGE_LEN;
	device_start(&rig->device, &rig->loop, rig->announce);
	cr_assert_eq(
		bo_loop_until(&rig->loop, is_there, rig, bo_clock_stamp(&rig->clock) + 120 * BO_S),
		0);
}

static void rig_begin(struct rig *rig, enum bo_update_job job)
{
	rig->over = false;
	bo_buf_reset(&rig->said);
	cr_assert_eq(rig->update->ops->start(rig->update, job, 0), 0);
	wake(rig);
}

static void rig_run(struct rig *rig, enum bo_update_job job)
{
	rig_begin(rig, job);
	cr_assert_eq(
		bo_loop_until(&rig->loop, is_over, rig, bo_clock_stamp(&rig->clock) + 120 * BO_S),
		0, "no end; it said: %s", rig->said.data);
	rig->update->ops->drop(rig->update);
}

static void rig_close(struct rig *rig)
{
	device_stop(&rig->device);
	rig->update->ops->close(rig->update);
	bo_buf_done(&rig->said);
	bo_buf_done(&rig->notes);
	scratch_done(&rig->dir);
}

static void expect_done(struct rig *rig)
{
	cr_expect_eq(rig->end.kind, BO_UPDATE_DONE, "%s%s; it said: %s", rig->end.text,
		     rig->update->broken.text, rig->said.data);
}

static void expect_said(struct rig *rig, const char *text)
{
	cr_expect(rig->said.data && strstr(rig->said.data, text), "no '%s' in: %s", text,
		  rig->said.data);
}

Test(pull, a_device_is_given_its_jobs_fetches_the_file_and_tells_its_state)
{
	struct rig rig = {0};

	rig_open(&rig, NULL, 60 * BO_S);
	rig_run(&rig, BO_JOB_UPLOAD);
	expect_done(&rig);
	expect_said(&rig, "job 1, ");
	expect_said(&rig, "request 1, ");
	expect_said(&rig, "accepted 1, ");
	expect_said(&rig, "byte 2500, byte 5000, ");
	cr_expect_eq(rig.device.file.len, IMAGE_LEN);
	cr_expect_arr_eq(rig.device.file.data, image, IMAGE_LEN);
	rig_run(&rig, BO_JOB_TEST);
	expect_done(&rig);
	rig_run(&rig, BO_JOB_QUERY);
	expect_done(&rig);
	const struct bo_update_slot *slot = rig.update->state.slot;

	cr_expect(slot[0].active && slot[0].confirmed && !slot[0].has_hash);
	cr_expect_str_eq(slot[0].version, "1.0_0");
	cr_expect(slot[1].pending && slot[1].has_hash);
	cr_expect_eq(slot[1].hash[31], 7);
	rig_run(&rig, BO_JOB_RESET);
	expect_done(&rig);
	rig_run(&rig, BO_JOB_CONFIRM);
	expect_done(&rig);
	cr_expect_eq(rig.device.downloads, 1);
	rig_close(&rig);
}

/* What the server does wrong, what the device makes of it, and what is said of that. */
Test(pull, a_transfer_that_is_broken_off_is_resumed_by_the_servers_word)
{
	static const struct {
		const char *mischief;
		bool restarts, done;
		const char *says; /* or: how it failed */
		const char *notes;
	} cases[] = {
		{"close@40pct", false, true, "resume 2000, ",
		 "served 5000 bytes in 2 requests, 0 of them again"},
		{"close@40pct", true, false, "failed: HTTP 200", NULL},
		{"restart@40pct:1ms", false, true, "resume 2000, ", "/fw.bin from 2000: 206"},
		{"busy:2", false, true, "request 3, ", "request 2: /fw.bin from 0: 503"},
		{"busy:20", false, false, "failed: HTTP 503", NULL},
		{"ignore-range", false, true, "request 1, ", "served 5000 bytes in 1 requests"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig = {.device.restarts = cases[i].restarts};
		const struct bo_pull_config pull = {.mischief = &cases[i].mischief, .mischiefs = 1};

		rig_open(&rig, &pull, 60 * BO_S);
		rig_run(&rig, BO_JOB_UPLOAD);
		cr_expect_eq(rig.end.kind, cases[i].done ? BO_UPDATE_DONE : BO_UPDATE_FAILED, "%s",
			     cases[i].mischief);
		if (cases[i].done) {
			expect_said(&rig, cases[i].says);
			cr_expect_geq(rig.update->handed, IMAGE_LEN);
			cr_expect(strstr(rig.notes.data, cases[i].notes), "no '%s' in %s",
				  cases[i].notes, rig.notes.data);
		} else {
			cr_expect_eq(rig.end.cause, BO_CAUSE_GAVE_UP);
			cr_expect_str_eq(rig.end.text, cases[i].says);
			cr_expect_null(strstr(rig.said.data, "resume"));
			/* with a good server the next one is another job */
			rig.device.restarts = false;
			rig_run(&rig, BO_JOB_UPLOAD);
			expect_done(&rig);
		}
		rig_close(&rig);
	}
}

Test(pull, a_token_is_asked_for_and_the_right_one_told)
{
	static const struct {
		const char *tell, *ends;
	} cases[] = {{NULL, ""}, {"wrong", "failed: HTTP 403"}, {"", "failed: HTTP 401"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig = {0};
		const struct bo_pull_config pull = {.token = "secret", .tell = cases[i].tell};

		rig_open(&rig, &pull, 60 * BO_S);
		rig_run(&rig, BO_JOB_UPLOAD);
		cr_expect_str_eq(rig.end.text, cases[i].ends);
		rig_close(&rig);
	}
}

Test(pull, a_device_that_says_nothing_is_silent_and_was_asked_again)
{
	struct rig rig = {.device.deaf = true};

	rig_open(&rig, NULL, 4 * BO_S);
	rig_run(&rig, BO_JOB_CONFIRM);
	cr_expect_eq(rig.end.cause, BO_CAUSE_SILENT);
	cr_expect_str_eq(rig.end.text, "no word about the job for 4 s");
	expect_said(&rig, "retry 1, ");
	rig_close(&rig);
}

Test(pull, what_cannot_be_understood_is_no_word_about_a_job)
{
	static const char *const blurts[] = {
		"",
		"\x01\xff\n",
		"[]",
		"{\"job\":7,\"status\":\"accepted\"}",
		"{\"job\":\"x\",\"status\":\"happy\"}",
		"{\"job\":\"x\",\"status\":\"progress\",\"bytes\":-1}",
		"{\"job\":\"another\",\"status\":\"succeeded\"}",
	};

	for (size_t i = 0; i < COUNT(blurts); i++) {
		struct rig rig = {.device.blurts = blurts[i]};

		rig_open(&rig, NULL, 60 * BO_S);
		rig_run(&rig, BO_JOB_UPLOAD);
		expect_done(&rig);
		rig_close(&rig);
	}
}

static void play(struct rig *rig, const char *const *trick, size_t tricks)
{
	const struct bo_pull_config pull = {.trick = trick, .tricks = tricks};

	rig_open(rig, &pull, 60 * BO_S);
	rig_run(rig, BO_JOB_UPLOAD);
}

Test(pull, a_job_that_is_delivered_again_is_done_once)
{
	static const char *const trick[] = {"duplicate"};

	for (int bug = 0; bug < 2; bug++) {
		struct rig rig = {.device.forgetful = bug};

		play(&rig, trick, 1);
		expect_done(&rig);
		while (rig.device.jobs < 3)
			(void)bo_loop_turn(&rig.loop, bo_clock_stamp(&rig.clock) + BO_S);
		rig_run(&rig, BO_JOB_TEST);
		if (bug)
			cr_expect_str_eq(rig.end.text, "it does a job again that is done: it asked "
						       "for the file");
		else
			expect_done(&rig);
		rig_close(&rig);
	}
}

Test(pull, a_stale_job_is_not_done)
{
	static const char *const trick[] = {"stale"};

	for (int bug = 0; bug < 2; bug++) {
		struct rig rig = {.device.obedient = bug};
		const struct bo_pull_config pull = {.trick = trick, .tricks = 1};

		rig_open(&rig, &pull, 60 * BO_S);
		while (rig.device.jobs == 0)
			(void)bo_loop_turn(&rig.loop, bo_clock_stamp(&rig.clock) + BO_S);
		rig_run(&rig, BO_JOB_UPLOAD);
		if (bug)
			cr_expect(strstr(rig.end.text, "it does a stale job"), "%s", rig.end.text);
		else
			expect_done(&rig);
		rig_close(&rig);
	}
}

Test(pull, a_job_can_be_cancelled_on_its_way)
{
	static const char *const trick[] = {"cancel@40pct"};
	struct rig obeys = {.device.waits_for_cancel = true},
		   ignores = {.device.unstoppable = true};

	play(&obeys, trick, 1);
	cr_expect_str_eq(obeys.end.text, "failed: cancelled");
	expect_said(&obeys, "cancel 1, ");
	rig_close(&obeys);
	play(&ignores, trick, 1);
	expect_done(&ignores);
	rig_close(&ignores);
}

Test(pull, a_broker_that_is_dropped_comes_back_and_the_job_goes_on)
{
	static const char *const trick[] = {"broker-drop@40pct:10ms"};
	struct rig rig = {.device.waits_for = 2};

	play(&rig, trick, 1);
	expect_done(&rig);
	expect_said(&rig, "broker-drop 1, ");
	cr_expect_eq(rig.device.connections, 2);
	rig_close(&rig);
}

/* The children of a process that still run. */
static size_t count_children(pid_t of, pid_t *ret, size_t cap)
{
	char path[64], text[256];
	size_t count = 0;

	snprintf(path, sizeof(path), "/proc/%ld/task/%ld/children", (long)of, (long)of);
	FILE *file = fopen(path, "re");

	if (!file)
		return 0;
	while (count < cap && fscanf(file, "%255s", text) == 1)
		ret[count++] = (pid_t)atoi(text);
	fclose(file);
	return count;
}

static bool lives(pid_t pid)
{
	char path[64], state = 'Z';

	snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	(void)!fscanf(file, "%*d (%*[^)]) %c", &state);
	fclose(file);
	return state != 'Z';
}

/* As the kernel has it: cut to 15 characters. */
static bool is_named(pid_t pid, const char *name)
{
	char path[64], text[32] = "";

	snprintf(path, sizeof(path), "/proc/%ld/comm", (long)pid);
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	(void)!fscanf(file, "%31s", text);
	fclose(file);
	return strncmp(text, name, 15) == 0;
}

Test(pull, one_that_is_killed_is_a_rig_fault_and_leaves_nothing_behind)
{
	struct rig rig = {0};
	pid_t helper = 0, child[8];

	rig_open(&rig, NULL, 60 * BO_S);
	rig_run(&rig, BO_JOB_UPLOAD);
	cr_assert_eq(count_children(getpid(), &helper, 1), 1);
	size_t count = count_children(helper, child, COUNT(child));

	cr_assert_eq(count, 2, "a broker and a server");
	kill(helper, SIGKILL);
	for (size_t i = 0; i < count; i++)
		while (lives(child[i]))
			(void)bo_loop_turn(&rig.loop, bo_clock_stamp(&rig.clock) + 10 * BO_MS);
	rig_run(&rig, BO_JOB_QUERY);
	cr_expect_eq(rig.end.cause, BO_CAUSE_RIG);
	cr_expect_str_eq(rig.update->broken.text, "brownout-pull: killed by signal 9 (KILL)");
	rig_close(&rig);
}

/* A broker or a server that ends unasked: no word about the device. */
Test(pull, what_it_started_and_lost_is_a_rig_fault)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{"mosquitto", "brownout-pull: exit 3: brownout-pull: mosquitto ended (killed by "
			      "signal 9 (KILL))"},
		{"brownout-serve",
		 "brownout-pull: exit 3: brownout-pull: brownout-serve: killed by signal 9 (KILL)"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig rig = {0};
		pid_t helper = 0, child[8];

		rig_open(&rig, NULL, 60 * BO_S);
		rig_run(&rig, BO_JOB_UPLOAD);
		cr_assert_eq(count_children(getpid(), &helper, 1), 1);
		size_t count = count_children(helper, child, COUNT(child));

		for (size_t k = 0; k < count; k++)
			if (is_named(child[k], cases[i].name))
				kill(child[k], SIGKILL);
		rig_run(&rig, BO_JOB_QUERY);
		/* the query may have come first */
		if (rig.end.kind == BO_UPDATE_DONE) {
			while (lives(helper))
				(void)bo_loop_turn(&rig.loop,
						   bo_clock_stamp(&rig.clock) + 10 * BO_MS);
			rig_run(&rig, BO_JOB_QUERY);
		}
		cr_expect_eq(rig.end.cause, BO_CAUSE_RIG);
		/* the rest is what it said before */
		cr_expect(strncmp(rig.update->broken.text, cases[i].says, strlen(cases[i].says)) ==
				  0,
			  "%s", rig.update->broken.text);
		rig_close(&rig);
	}
}
