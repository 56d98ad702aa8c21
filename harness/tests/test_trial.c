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
