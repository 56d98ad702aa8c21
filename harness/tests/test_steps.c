#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/tests/sim_run.h"

/* What a scenario's steps do, and what becomes of a trial when one of them fails. */
static struct scratch dir;

static void set_up(void)
{
	dir = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(steps, .init = set_up, .fini = tear_down, .timeout = 300);

struct expected {
	const char *app, *image; /* in slot0, and of the update */
	const char *steps, *faults, *outcome;
	const char *verdict, *why; /* how it begins */
	int64_t fired;
};

static void write_scenario(const struct expected *want)
{
	char root[PATH_MAX], text[PATH_MAX + 2048];

	cr_assert(getcwd(root, sizeof(root)));
	snprintf(text, sizeof(text),
		 "brownout: 1\nscenario: s\ntargets: [f103-swap, f103-compact]\nimages: "
		 "%s/build/images\n"
		 "baseline:\n  boot: {image: \"{class}/boot-any-version.bin\"}\n"
		 "  slot0: {image: \"{class}/app-%s.bin\"}\n"
		 "update: {image: \"{class}/app-%s.bin\"}\nsteps: [%s]\nfaults: [%s]\n"
		 "promises: {outcome: %s}\n",
		 root, want->app, want->image, want->steps, want->faults, want->outcome);
	scratch_write(&dir, "s.yaml", text);
}

static void expect(const struct expected *want)
{
	write_scenario(want);
	struct run run = run_it("run " SIM, "s");
	const struct trial *trial = &run.trials.trial[0];

	cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
	cr_expect_str_eq(trial->verdict, want->verdict, "%s: %s", want->steps, trial->why);
	cr_expect_eq(strncmp(trial->why, want->why, strlen(want->why)), 0, "%s: %s", want->steps,
		     trial->why);
	cr_expect_eq(trial->fired, want->fired, "%s", want->steps);
	cr_expect_eq(trial->proven, want->fired, "%s", want->steps);
	run_done(&run);
}

#define UPDATED "the new image runs"

Test(steps, every_kind_does_its_work_in_the_order_given)
{
	static const struct expected want = {
		"1.0.0",
		"2.0.0",
		"boot, query: {version: 1.0.0, confirmed: yes}, update,"
		"query: {image: \"{class}/app-2.0.0.bin\", confirmed: yes},"
		"power: {off: 500 ms, times: 2}, expect: {console: \"BO-APP ver=2.0.0\"},"
		"reset, expect: {console: \"BO-BOOT cause=SFT\", unless: [\"cause=POR\"]},"
		"reset: {by: probe}, reset: {by: pin}, wait: {for: 200 ms}, send: {text: \"x\\n\"},"
		"flash: {range: slot1, image: \"{class}/app-1.0.0.bin\"},"
		"update: {image: \"{class}/app-1.0.0.bin\", confirm: no}",
		"",
		"rolled-back",
		"pass",
		"the old image runs again after the new one ran",
		0};

	expect(&want);
}

Test(steps, what_fails_because_of_the_target_is_a_finding_that_says_which_and_why)
{
	static const struct expected cases[] = {
		{"1.0.0", "2.0.0", "boot, expect: {console: NOPE, within: 100 ms}, update", "",
		 "kept-old", "fail",
		 "step 2 (expect): expected 'NOPE' within 100 ms, and it did not come", 0},
		{"1.0.0", "2.0.0",
		 "boot, expect: {console: NOPE, unless: [\"BO-APP ver=1\"], within: 1 h}", "",
		 "kept-old", "fail", "step 2 (expect): expected 'NOPE', heard 'BO-APP ver=1'", 0},
		{"1.0.0", "2.0.0", "boot, query: {version: 2.0.0}, update", "", "kept-old", "fail",
		 "step 2 (query): expected version 2.0.0, it says 1.0.0", 0},
		{"1.0.0", "2.0.0", "boot, query: {image: \"{class}/app-2.0.0.bin\"}", "",
		 "kept-old", "fail", "step 2 (query): expected the hash of ", 0},
		{"1.0.0", "2.0.0", "boot, query: {confirmed: no}", "", "kept-old", "fail",
		 "step 2 (query): expected an image that is not confirmed, it says that it is", 0},
		{"1.0.0", "2.0.0-crash", "boot, update, update: {image: \"{class}/app-2.0.0.bin\"}",
		 "", "rolled-back", "fail", "step 2 (update): 2.0.0 should run, 1.0.0 does", 0},
		{"1.0.0", "2.0.0",
		 "boot, flash: {range: slot0, image: \"{class}/app-2.0.0-dead.bin\"}", "",
		 "bricked", "fail", "step 2 (flash): no application within ", 0},
		/* what is promised goes first */
		{"1.0.0", "2.0.0", "boot, query: {version: 2.0.0}, update", "", "updated", "fail",
		 "promised updated, was kept-old", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&cases[i]);
}

Test(steps, what_a_fault_interrupts_is_no_finding_and_the_next_step_goes_on)
{
	static const struct expected cases[] = {
		/* the first update of two is cut, at its beginning and later */
		{"1.0.0", "2.0.0", "boot, update: {phase: first}, update, wait: {for: 10 ms}",
		 "phase.first.1=cut:off-300ms,phase.upload.1+200ms=cut:off-300ms", "kept-old",
		 "pass", "the old image runs; the new one never did", 2},
		{"1.0.0", "2.0.0", "boot, update: {phase: first}, update",
		 "phase.install.1+1s=cut:off-300ms", "updated", "pass", UPDATED, 1},
		{"1.0.0", "2.0.0", "boot, wait: {for: 1 s, phase: idle}, update",
		 "phase.idle.1+10ms=reset:probe", "updated", "pass", UPDATED, 1},
		/* counted from the second update, although the first passed it, too */
		{"1.0.0", "2.0.0-crash",
		 "boot, update: {confirm: no}, update: {image: \"{class}/app-2.0.0.bin\", "
		 "phase: second}",
		 "phase.second:smp.byte.8192=cut:off-300ms", "kept-old", "pass", "the old image",
		 1},
		{"1.0.0", "2.0.0", "boot, update", "phase.upload:within-10ms:boot.1=cut:off-300ms",
		 "updated", "skipped", "phase.upload:within-10ms:boot.1 was passed, but too late",
		 0},
		{"1.0.0", "2.0.0", "boot, update", "phase.upload.2:boot.1=cut:off-300ms", "updated",
		 "skipped", "phase.upload.2 not reached, saw 1", 0},
		{"1.0.0", "2.0.0", "boot, expect: {console: NOPE, phase: talk}, update",
		 "phase.talk.1+10ms=cut:off-300ms", "updated", "pass", UPDATED, 1},
		{"1.0.0", "2.0.0", "boot, update", "phase.confirm.1=cut:off-300ms",
		 "[updated, rolled-back]", "pass", "", 1},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&cases[i]);
}

Test(steps, a_target_that_never_ran_is_the_rigs_and_nobody_else_is_blamed)
{
	static const struct expected want = {"2.0.0-dead",
					     "2.0.0",
					     "boot, update",
					     "",
					     "updated",
					     "inconclusive",
					     "rig: the target did not boot its baseline",
					     0};

	expect(&want);
}

Test(steps, mistakes_are_shown_before_anything_is_touched)
{
	static const struct {
		const char *steps, *faults, *message;
	} cases[] = {
		{"", "", "no step; leave it out for boot and update"},
		{"boot: {phase: upload}", "", "'upload' is a phase of every update; choose"},
		{"boot: {phase: 1st}", "", "'1st' cannot name a phase: begin with a letter"},
		{"boot: {phase: a.b}", "", "'a.b' cannot name a phase"},
		{"boot, expect: {console: \"\"}", "", "empty pattern: every line would match"},
		{"boot, update", "phase.first.1=cut:off-1s", "no step names the phase 'first'"},
		{"flash: {range: slot7, image: \"{class}/boot.bin\"}", "",
		 "target class 'f103-swap' has no range 'slot7'"},
		{"flash: {range: status, image: \"{class}/boot.bin\"}", "",
		 "bytes does not fit range 'status' of "},
		{"update: {image: \"{class}/boot.bin\"}", "", "not a usable image: "},
		{"query: {image: nothing.bin}", "", "cannot read image '"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct expected want = {
			"1.0.0", "2.0.0", cases[i].steps, cases[i].faults, "updated", "", "", 0};

		write_scenario(&want);
		struct cli cli = brownout("run " SIM "--out %s/run s", dir.path);

		cr_expect_eq(cli.code, 2, "%s: exit %d", cases[i].steps, cli.code);
		cr_expect_not_null(strstr(cli.err.data, cases[i].message), "%s: %s", cases[i].steps,
				   cli.err.data);
		cli_done(&cli);
	}
}

Test(steps, a_step_that_a_bench_cannot_do_is_not_applicable_and_not_tried)
{
	static const struct expected want = {
		"1.0.0", "2.0.0", "boot, reset: {by: pin}, update", "", "updated", "", "", 0};

	write_scenario(&want);
	struct cli cli = brownout("run " COMPACT "--out %s/run s", dir.path);

	cr_expect_eq(cli.code, 3, "exit %d: %s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "reset-pin"), "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, "judged 0, skipped 0, not applicable 1"), "%s",
			   cli.out.data);
	cli_done(&cli);
}
