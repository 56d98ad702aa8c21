#include "harness/tests/fake_bench.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The engine over a bench that does as it is told: what a user reads when a part of theirs fails in
 * the middle of a trial, and that this is never held against the firmware. */

static void expect_journal(size_t i, const char *text)
{
	cr_expect(strstr(fake.journal.data, text), "case %zu: no %s in\n%s", i, text,
		  fake.journal.data);
}

Test(trial, an_update_on_a_bench_without_fault_is_updated)
{
	cr_expect_eq(fake_trial(&(struct fake_faults){0}, NULL), 0);
	expect_journal(0, "\"verdict\":\"pass\",\"why\":\"the new image runs\"");
	expect_journal(0, "\"ev\":\"read-back\"");
	fake_done();
}

/* The new boot's first words are not lost on whoever still waits for the answer. */
Test(trial, the_answer_to_a_reset_and_the_next_banner_may_come_in_one_read)
{
	cr_expect_eq(fake_trial(&(struct fake_faults){.answer_with_banner = true}, NULL), 0);
	expect_journal(0, "\"verdict\":\"pass\"");
	expect_journal(0, "\"how\":\"undisturbed\"");
	fake_done();
}

Test(trial, a_cut_is_proven_by_rail_and_reset_cause)
{
	cr_expect_eq(
		fake_trial(&(struct fake_faults){.forgets = true}, "fake.byte.4096=cut:off-100ms"),
		0);
	expect_journal(0, "\"witness\":\"sense\",\"says\":true");
	expect_journal(0, "\"witness\":\"reset-cause\",\"says\":true");
	expect_journal(0, "\"fired\":1,\"proven\":1,\"judged\":true");
	expect_journal(0, "\"outcome\":\"kept-old\"");
	fake_done();
}

/* Holds: the start state, the evidence, and each time the golden image is put back. */
Test(trial, a_brick_is_told_though_the_bench_is_cleared_at_the_second_attempt_only)
{
	static const struct {
		int bricked_to_hold;
		const char *outcome;
	} cases[] = {{3, "bricked"}, {4, "bricked"}, {5, "unresolved"}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct fake_faults faults = {.bricked_to_hold = cases[i].bricked_to_hold};
		char outcome[64];

		cr_expect_eq(fake_trial(&faults, NULL), 0);
		snprintf(outcome, sizeof(outcome), "\"outcome\":\"%s\"", cases[i].outcome);
		expect_journal(i, outcome);
		fake_done();
	}
}

Test(trial, a_part_of_the_rig_that_fails_is_named_and_no_verdict_on_the_target)
{
	static const struct {
		struct fake_faults faults;
		const char *why;
	} cases[] = {
		{{.attach = -ENODEV}, "rig: probe: attach: No such device"},
		{{.matches = -ETIMEDOUT},
		 "rig: probe: start state of 'slot0': checksum: Connection timed out"},
		{{.program = -EIO},
		 "rig: probe: start state of 'slot0': program: Input/output error"},
		{{.detach = -ENODEV}, "rig: probe: detach: No such device"},
		{{.power_on = -ENODEV}, "rig: power on: switch: No such device"},
		{{.rail_stuck = true}, "rig: the rail is still live 5 ms after power off: "},
		{{.no_console = true}, "rig: this bench has no console"},
		{{.write = -ENODEV}, "rig: update session: write: No such device"},
		{{.hang_up = true}, "rig: console: hung up"},
		{{.hold_break = -ENODEV}, "rig: break: No such device"},
		{{.read_back = -EIO}, "rig: probe: read back: read: Input/output error"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(fake_trial(&cases[i].faults, NULL), BO_TRIAL_RIG_BROKE, "case %zu", i);
		expect_journal(i, cases[i].why);
		expect_journal(i, "\"verdict\":\"inconclusive\"");
		expect_journal(i, "\"ev\":\"rig\"");
		expect_journal(i, "\"judged\":false");
		fake_done();
	}
}

Test(trial, what_the_target_does_is_told_from_what_the_rig_does)
{
	static const struct {
		struct fake_faults faults;
		const char *verdict, *outcome;
	} cases[] = {
		{{.silent = true}, "fail", "kept-old"},	 {{.refuses = true}, "fail", "refused"},
		{{.forgets = true}, "fail", "kept-old"}, {{.dead = true}, "inconclusive", "none"},
		{{.mute = true}, "fail", "degraded"},	 {{.no_probe = true}, "pass", "updated"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[64];

		(void)fake_trial(&cases[i].faults, NULL);
		snprintf(text, sizeof(text), "\"verdict\":\"%s\"", cases[i].verdict);
		expect_journal(i, text);
		snprintf(text, sizeof(text), "\"outcome\":\"%s\"", cases[i].outcome);
		expect_journal(i, text);
		fake_done();
	}
}

#define BANNER "BO-BOOT cause=POR boots=7\nBO-APP ver=1.0.0 slot=0\n"
#define HEARD  "(heard: BO-BOOT cause=POR boots=7BO-APP ver=1.0.0 slot=0"
#define HELD                                                                              \
	"rig: console 'main' talks while its target is held by the probe: it is another " \
	"board's, check the cable " HEARD
#define OFF                                                                                     \
	"rig: console 'main' talks while its target's power is off: it is another board's, or " \
	"power does not leave this one; check the cables " HEARD

/* Two crossed consoles: what the other board says is never taken for a word of this one. */
Test(trial, a_console_that_talks_when_its_target_cannot_is_another_boards)
{
	static const struct {
		struct fake_faults faults;
		const char *why;
	} cases[] = {
		{{.while_held = BANNER}, HELD},
		{{.while_held = BANNER, .forgets = true}, HELD},
		{{.when_asked = BANNER}, HELD},
		{{.while_off = BANNER}, OFF},
		{{.no_probe = true, .while_off = BANNER}, OFF},
		{{.no_probe = true, .while_held = BANNER}, NULL},
		/* what was under way when the probe took hold, and is late */
		{{.while_held = BANNER, .times = 6}, NULL},
		{{.while_held = BANNER, .times = 8}, NULL},
		/* a line that nobody drives */
		{{.while_held = "\xff~\x80", .times = 7}, NULL},
		{{.while_off = "\xff\x01\x80\xfe"}, NULL},
		{{.no_probe = true, .no_console = true, .while_off = BANNER},
		 "rig: this bench has no console"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *why = cases[i].why;

		cr_expect_eq(fake_trial(&cases[i].faults, NULL), why ? BO_TRIAL_RIG_BROKE : 0,
			     "case %zu", i);
		expect_journal(i, why ? why : "\"verdict\":\"pass\"");
		cr_expect(!why || cases[i].faults.while_off || fake.programmed == 0,
			  "case %zu: written %d times", i, fake.programmed);
		fake_done();
	}
}

/* The other board's boot falls into the time in which this one is written. */
Test(trial, what_answers_after_the_read_back_is_not_blamed_on_this_one)
{
	struct fake_faults faults = {.when_asked = BANNER, .from_hold = 2, .forgets = true};

	cr_expect_eq(fake_trial(&faults, NULL), BO_TRIAL_RIG_BROKE);
	expect_journal(0, "rig: probe: read back: console 'main' talks while its target is held");
	expect_journal(0, "\"outcome\":\"none\"");
	fake_done();
}

Test(trial, what_is_heard_while_flash_is_written_ends_the_trial_all_the_same)
{
	cr_expect_eq(fake_trial(&(struct fake_faults){.while_writing = BANNER}, NULL),
		     BO_TRIAL_RIG_BROKE);
	expect_journal(0, HELD);
	fake_done();
}

/* When the schedule was armed, after the preparation. */
static bo_ns armed_at(const struct fake_faults *faults)
{
	long long at = -1;

	cr_assert_eq(fake_trial(faults, NULL), 0);
	char *end = strstr(fake.journal.data, "\"ev\":\"armed\"");

	cr_assert_not_null(end);
	while (end > fake.journal.data && end[-1] != '\n')
		end--;
	cr_assert_eq(sscanf(end, "{\"at\":%lld", &at), 1, "%.40s", end);
	fake_done();
	return at;
}

Test(trial, listening_costs_less_than_100_ms)
{
	bo_ns settle_and_drain = 6 * BO_MS, answer = 30 * BO_MS;

	cr_expect_leq(armed_at(&(struct fake_faults){.no_probe = true}),
		      settle_and_drain + 35 * BO_MS);
	cr_expect_lt(armed_at(&(struct fake_faults){0}) + answer, settle_and_drain + 100 * BO_MS);
}

static struct bo_conf_list names(const char *const *name)
{
	return (struct bo_conf_list){.items = (void *)(uintptr_t)name, .count = 1};
}

/* What nobody could see is not kept, and what was seen of another promise decides all the same. */
Test(trial, a_promise_that_nobody_could_judge_is_no_pass)
{
	static const char *const slot0 = "slot0";
	const struct bo_promises updated = {.outcome = 1u << BO_OUTCOME_UPDATED};
	struct {
		struct bo_promises promised;
		const char *verdict;
	} cases[] = {
		{updated, "\"inconclusive\",\"why\":\"kept: flash was not read back"},
		{updated, "\"inconclusive\",\"why\":\"untouched-outside: flash was not read back"},
		{updated, "\"inconclusive\",\"why\":\"reports-truth: "},
		{updated, "\"inconclusive\",\"why\":\"watchdog: class 'fake' names no reset cause"},
		{updated, "\"fail\",\"why\":\"promised at most 1 boots, saw 2\""},
	};

	cases[0].promised.kept = cases[4].promised.kept = names(&slot0);
	cases[1].promised.untouched_outside = names(&slot0);
	cases[2].promised.reports_truth = true;
	cases[3].promised.watchdog = BO_WATCHDOG_NO;
	cases[4].promised.boots_at_most = 1;
	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(fake_trial(&(struct fake_faults){.no_probe = true,
							      .promised = &cases[i].promised},
					NULL),
			     0);
		expect_journal(i, cases[i].verdict);
		fake_done();
	}
}
