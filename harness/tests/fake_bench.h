#ifndef BO_HARNESS_TESTS_FAKE_BENCH_H
#define BO_HARNESS_TESTS_FAKE_BENCH_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/engine/record.h"
#include "harness/engine/trial.h"
#include "harness/image/mcuboot.h"
#include "harness/tests/fake_update.h"
#include "harness/tests/scratch_dir.h"

/*
 * A bench of functions: the drivers of drivers/api over a target that boots, takes an update and
 * swaps, on the virtual clock. What is to go wrong is said before a trial begins.
 */
enum { FAKE_AT = 0x08000000, FAKE_PAGE = 1024 };

/* What goes wrong; zero: nothing. */
struct fake_faults {
	int attach, matches, program, detach; /* -errno of the probe */
	int read_back;			      /* likewise, once the trial has a ready line */
	int power_on, hold_break;	      /* -errno */
	bool rail_stuck;		      /* the sense input always says live */
	bool no_console, no_probe;
	int write;		 /* -errno of console writes */
	bool hang_up;		 /* the console is lost at the first job */
	bool silent, refuses;	 /* every job but queries */
	bool mute;		 /* queries too */
	bool answer_with_banner; /* a reset's answer and the next boot come in one read */
	bool dead;		 /* nothing boots at all */
	int bricked_to_hold;	 /* the update's reset is its end, until the probe has held it so
				  * often; 0: it is not */
	bool forgets;		 /* installs nothing */
	/* Another board is at the console. It speaks every 5 ms while the probe holds ours, or
	 * while ours has no power ... */
	const char *while_held, *while_off;
	int times;		   /* ... so often each time; 0: all the time */
	const char *while_writing; /* it speaks whenever flash is written ... */
	const char *when_asked;	   /* ... or when it is asked while the probe holds ours ... */
	int from_hold;		   /* ... for this time or later */
	const struct bo_promises *promised; /* instead of the scenario's; NULL: those */
	void (*more)(void);		    /* adds what not every bench has; NULL: nothing */
	bool datagrams;			    /* the protocol is one of the bench's network */
	int64_t retries;		    /* of the class's protocol */
};

struct fake_bench {
	struct fake_faults faults;
	struct bo_clock_virtual clock;
	struct bo_loop loop;
	struct bo_rack_bench conf;
	struct bo_bench bench;
	struct bo_power power;
	struct bo_flash flash;
	struct bo_console console;
	struct bo_timer boot, answer, stranger;
	uint8_t cells[FAKE_FLASH];
	bool on, held, marked, reset, said_ready;
	int asked, boots, said_by_stranger, programmed, holds;
	/* the trial's */
	struct bo_range range;
	struct bo_target target;
	struct bo_scenario scenario;
	struct bo_job job;
	uint8_t old_image[FAKE_FLASH], new_image[FAKE_FLASH];
	struct scratch dir;
	struct bo_buf journal;
};

/* One at a time: the drivers' structs hold no way back. */
static struct fake_bench fake;

/* ---- the target ---- */

static inline void fake_say(const char *text)
{
	if (fake.console.rx && !fake.faults.no_console)
		fake.console.rx(fake.console.ctx, bo_loop_now(&fake.loop), (const uint8_t *)text,
				strlen(text));
}

static inline struct bo_image fake_running(void)
{
	struct bo_image image = {0};

	cr_assert_eq(bo_image_parse(fake.cells, FAKE_FLASH, &image, NULL), 0);
	return image;
}

static inline void fake_banner(char *out, size_t cap, const char *cause)
{
	snprintf(out, cap, "BO-BOOT cause=%s boots=%d\nBO-APP ver=%s slot=0\n", cause, ++fake.boots,
		 fake_running().version_text);
	fake.said_ready = true;
}

static inline void fake_boot(struct bo_timer *timer)
{
	char text[128];

	bool bricked = fake.reset && fake.holds < fake.faults.bricked_to_hold;

	(void)timer;
	if (!fake.on || fake.faults.dead || bricked)
		return;
	fake_banner(text, sizeof(text), "POR");
	fake_say(text);
}

static inline void fake_reset(void)
{
	char text[160] = "OK\n";

	fake.reset = true;
	if (fake.faults.bricked_to_hold)
		return;
	if (fake.marked && !fake.faults.forgets)
		memcpy(fake.cells, fake.new_image, FAKE_FLASH);
	fake_banner(text + 3, sizeof(text) - 3, "SFT");
	if (!fake.faults.answer_with_banner) {
		fake_say("OK\n");
		fake_say(text + 3);
	} else {
		fake_say(text);
	}
}

static inline void fake_answer(struct bo_timer *timer)
{
	int job = fake.asked;

	(void)timer;
	if (fake.held && fake.faults.when_asked && fake.holds >= fake.faults.from_hold)
		fake_say(fake.faults.when_asked);
	if (fake.held)
		return;
	if (!fake.on || (job == BO_JOB_QUERY ? fake.faults.mute : fake.faults.silent))
		return;
	if (fake.faults.refuses && job != BO_JOB_QUERY) {
		fake_say("NO\n");
		return;
	}
	fake.marked |= job == BO_JOB_TEST;
	if (job == BO_JOB_RESET)
		fake_reset();
	else
		fake_say("OK\n");
}

/* ---- drivers ---- */

static inline int fake_fail(int code, const char *what, struct bo_err *err)
{
	return code ? bo_err_set(err, code, "%s: %s", what, strerror(-code)) : 0;
}

static inline void fake_speak_up(void)
{
	fake.said_by_stranger = 0;
	bo_loop_arm(&fake.loop, &fake.stranger, bo_loop_now(&fake.loop) + 5 * BO_MS);
}

static inline void fake_stranger(struct bo_timer *timer)
{
	const char *text = fake.held ? fake.faults.while_held : fake.faults.while_off;

	if (!text || (fake.on && !fake.held) ||
	    (fake.faults.times && fake.said_by_stranger == fake.faults.times))
		return;
	fake.said_by_stranger++;
	fake_say(text);
	bo_loop_arm(&fake.loop, timer, bo_loop_now(&fake.loop) + 5 * BO_MS);
}

static inline int fake_set(struct bo_power *power, bool on, bo_ns *ret_at, struct bo_err *err)
{
	(void)power;
	if (on && fake.faults.power_on)
		return fake_fail(fake.faults.power_on, "switch", err);
	if (on && !fake.on)
		bo_loop_arm(&fake.loop, &fake.boot, bo_loop_now(&fake.loop) + 10 * BO_MS);
	fake.on = on;
	fake_speak_up();
	*ret_at = bo_loop_now(&fake.loop);
	return 0;
}

static inline int fake_get(struct bo_power *power, bool *ret_on, struct bo_err *err)
{
	(void)power, (void)err;
	*ret_on = fake.on;
	return 0;
}

static inline int fake_sense(struct bo_power *power, bool *ret_live, struct bo_err *err)
{
	(void)power, (void)err;
	*ret_live = fake.on || fake.faults.rail_stuck;
	return 0;
}

static inline void fake_close_power(struct bo_power *power)
{
	(void)power;
}

static inline int fake_attach(struct bo_flash *flash, struct bo_flash_id *ret, struct bo_err *err)
{
	(void)flash;
	*ret = (struct bo_flash_id){"424F5600", "0x410"};
	fake.held = true;
	fake.holds++;
	bo_loop_disarm(&fake.loop, &fake.boot);
	fake_speak_up();
	return fake_fail(fake.faults.attach, "attach", err);
}

static inline int fake_program(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			       struct bo_err *err)
{
	(void)flash;
	fake.programmed++;
	if (fake.faults.while_writing)
		fake_say(fake.faults.while_writing);
	memcpy(fake.cells + (addr - FAKE_AT), data, len);
	return fake_fail(fake.faults.program, "program", err);
}

static inline int fake_matches(struct bo_flash *flash, uint32_t addr, const void *data, size_t len,
			       bool *ret_equal, struct bo_err *err)
{
	(void)flash;
	*ret_equal = memcmp(fake.cells + (addr - FAKE_AT), data, len) == 0;
	return fake_fail(fake.faults.matches, "checksum", err);
}

static inline int fake_read(struct bo_flash *flash, uint32_t addr, void *data, size_t len,
			    struct bo_err *err)
{
	(void)flash;
	memcpy(data, fake.cells + (addr - FAKE_AT), len);
	return fake_fail(fake.said_ready ? fake.faults.read_back : 0, "read", err);
}

static inline int fake_detach(struct bo_flash *flash, struct bo_err *err)
{
	(void)flash;
	fake.held = false;
	return fake_fail(fake.faults.detach, "detach", err);
}

static inline void fake_close_flash(struct bo_flash *flash)
{
	(void)flash;
}

static inline int fake_write(struct bo_console *console, const void *data, size_t len,
			     struct bo_err *err)
{
	const char *text = data;

	cr_assert(len == 3 && text[0] == 'J' && text[2] == '\n');
	fake.asked = text[1] - '0';
	if (fake.faults.hang_up && console->lost && !fake.held) {
		struct bo_err why = {0};

		bo_err_set(&why, -ENODEV, "hung up");
		console->lost(console->ctx, bo_loop_now(&fake.loop), &why);
	}
	bo_loop_arm(&fake.loop, &fake.answer, bo_loop_now(&fake.loop) + BO_MS);
	return fake_fail(fake.faults.write, "write", err);
}

static inline int fake_break(struct bo_console *console, bool on, struct bo_err *err)
{
	(void)console;
	return on ? 0 : fake_fail(fake.faults.hold_break, "break", err);
}

static inline int fake_flush(struct bo_console *console, struct bo_err *err)
{
	(void)console, (void)err;
	return 0;
}

static inline void fake_close_console(struct bo_console *console)
{
	(void)console;
}

/* ---- putting it together ---- */

static inline void fake_image(uint8_t *out, struct bo_identity *ret, uint8_t major)
{
	static const uint8_t body[64] = {1};
	struct bo_image_spec spec = {.version = {.major = major},
				     .header_len = BO_IMAGE_HEADER_MIN,
				     .body = body,
				     .body_len = sizeof(body)};
	struct bo_image image;

	memset(out, 0xFF, FAKE_FLASH);
	cr_assert_eq(bo_image_build(&spec, out, FAKE_FLASH, NULL), 0);
	cr_assert_eq(bo_image_parse(out, FAKE_FLASH, &image, NULL), 0);
	memcpy(ret->hash, image.hash, sizeof(ret->hash));
	snprintf(ret->version, sizeof(ret->version), "%s", image.version_text);
}

static inline void fake_job(void)
{
	static const char *const causes[] = {"POR"};
	struct bo_images *images = &fake.job.images;

	fake.range = (struct bo_range){"slot0", FAKE_AT, FAKE_FLASH, true, BO_RANGE_RUNNING};
	fake.target = (struct bo_target){
		.name = "fake",
		.flash = {FAKE_PAGE, 2},
		.layout = {&fake.range, 1},
		.console = {.boot = "BO-BOOT cause={cause} boots={boots}",
			    .ready = "BO-APP ver={version} slot={slot}"},
		.power_causes = {(void *)causes, 1},
		.protocol = {.line_max = 127,
			     .first_timeout = BO_S,
			     .timeout = BO_S,
			     .retries = fake.faults.retries},
		.deadline = {3 * BO_S, 60 * BO_S, 15 * BO_S},
		.power_cycles = 1,
	};
	fake.scenario = (struct bo_scenario){
		.name = "fake",
		.update.confirm = true,
		.max_lag = BO_S,
		.promises.outcome = 1u << BO_OUTCOME_UPDATED,
	};
	images->content[0] =
		(struct bo_range_content){.range = &fake.range, .data = fake.old_image};
	images->count = 1;
	images->golden = (struct bo_update_file){.data = fake.old_image, .len = FAKE_FLASH};
	images->update = (struct bo_update_file){.data = fake.new_image, .len = FAKE_FLASH};
	fake_image(fake.old_image, &images->golden.identity, 1);
	fake_image(fake.new_image, &images->update.identity, 2);
	fake.job.scenario = &fake.scenario;
	fake.job.target = &fake.target;
}

static inline void fake_begin(const struct fake_faults *faults)
{
	static const struct bo_power_ops power = {.name = "fake",
						  .set = fake_set,
						  .get = fake_get,
						  .sense = fake_sense,
						  .close = fake_close_power};
	static const struct bo_flash_ops flash = {"fake",	    fake_attach, fake_program,
						  fake_matches,	    fake_read,	 fake_detach,
						  fake_close_flash, NULL};
	static const struct bo_console_ops console = {"fake", fake_write, fake_break, fake_flush,
						      fake_close_console};

	fake = (struct fake_bench){.faults = *faults, .conf = {.name = "fake"}};
	memset(fake.cells, 0xFF, sizeof(fake.cells));
	bo_clock_virtual_init(&fake.clock);
	bo_loop_init(&fake.loop, &fake.clock.clock);
	fake.power = (struct bo_power){.ops = &power, .settle_ns = BO_MS, .drain_ns = 5 * BO_MS};
	fake.flash = (struct bo_flash){&flash};
	fake.console = (struct bo_console){.ops = &console};
	fake.boot.fire = fake_boot;
	fake.answer.fire = fake_answer;
	fake.stranger.fire = fake_stranger;
	fake.bench = (struct bo_bench){.conf = &fake.conf, .env.loop = &fake.loop};
	bo_outputs_init(&fake.bench.outputs, &fake.loop);
	bo_outputs_add(&fake.bench.outputs, "main", &fake.power);
	fake.bench.power = &fake.power;
	fake.bench.flash = faults->no_probe ? NULL : &fake.flash;
	fake.bench.console = faults->no_console ? NULL : &fake.console;
	fake.dir = scratch_make();
	fake_job();
	if (faults->no_probe) /* which would put it there */
		memcpy(fake.cells, fake.old_image, FAKE_FLASH);
}

/* One trial; `faults` as in an id, NULL: none. Its journal is in fake.journal. */
static inline int fake_trial(const struct fake_faults *wrong, const char *faults)
{
	static const struct bo_protocol protocols[] = {
		{.name = "fake", .open = fake_open_update},
		{.name = "fake-udp", .datagrams = true, .open = fake_open_update}};
	struct bo_record record;
	struct bo_err err = {0};
	char path[128], chunk[4096];

	fake_begin(wrong);
	if (wrong->promised)
		fake.scenario.promises = *wrong->promised;
	if (wrong->more)
		wrong->more();
	cr_assert_eq(bo_record_open(&record, fake.dir.path, &err), 0, "%s", bo_err_text(&err));
	struct bo_trial_args args = {.bench = &fake.bench,
				     .loop = &fake.loop,
				     .job = &fake.job,
				     .protocol = &protocols[wrong->datagrams],
				     .record = &record,
				     .id = "fake@00000000/fake/none"};

	if (faults)
		cr_assert_eq(bo_schedule_parse(faults, &args.schedule, &err), 0, "%s",
			     bo_err_text(&err));
	int rc = bo_trial_run(&args, &err);

	bo_record_close(&record);
	snprintf(path, sizeof(path), "%s/journal.jsonl", fake.dir.path);
	FILE *file = fopen(path, "re");

	cr_assert_not_null(file);
	for (size_t n; (n = fread(chunk, 1, sizeof(chunk), file)) > 0;)
		bo_buf_add(&fake.journal, chunk, n);
	fclose(file);
	return rc;
}

static inline void fake_done(void)
{
	bo_outputs_close(&fake.bench.outputs);
	bo_buf_done(&fake.journal);
	scratch_done(&fake.dir);
}

#endif
