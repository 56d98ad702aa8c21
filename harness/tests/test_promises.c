#include "harness/tests/f103_scenario.h"
#include "harness/tests/sim_run.h"

/* Promises beyond the outcome, on the virtual board: each kept, and each broken. */
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

TestSuite(promises, .init = set_up, .fini = tear_down, .timeout = 300);

struct expected {
	const char *image, *promises;
	const char *verdict, *why; /* how it begins */
	const char *key;	   /* of the promise that is broken */
};

struct decided {
	char key[32], verdict[16];
	int lines;
};

static void take_promise(void *ctx, const json_t *line)
{
	struct decided *decided = ctx;

	if (bo_journal_is(line, "verdict"))
		(void)bo_str_copy(decided->key, sizeof(decided->key),
				  bo_journal_str(line, "broken", ""));
	decided->lines += bo_journal_is(line, "promise");
}

static void expect(const struct expected *want)
{
	struct decided decided = {0};
	size_t bad;

	f103_promising(&dir, "p", want->image, "", want->promises);
	struct run run = run_it("run " SIM, "p");
	const struct trial *trial = &run.trials.trial[0];

	cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
	cr_assert_eq(
		bo_journal_walk(run.journal.data, run.journal.len, take_promise, &decided, &bad),
		0);
	cr_expect_str_eq(trial->verdict, want->verdict, "%s: %s", want->promises, trial->why);
	cr_expect_eq(strncmp(trial->why, want->why, strlen(want->why)), 0, "%s: %s", want->promises,
		     trial->why);
	cr_expect_str_eq(decided.key, want->key, "%s: %s", want->promises, decided.key);
	cr_expect_geq(decided.lines, 2, "the outcome's, and its own");
	run_done(&run);
}

Test(promises, beyond_the_outcome_are_kept_or_broken_by_what_was_seen)
{
	static const struct expected cases[] = {
		/* all that a clean update keeps, at once */
		{"app-2.0.0",
		 "outcome: updated, boots-at-most: 2, ready-within: 1 s, reports-truth: yes, "
		 "causes: [POR, SFT], watchdog: no, kept: [boot], "
		 "untouched-outside: [slot0, slot1, status]",
		 "pass", "the new image runs", ""},
		{"app-2.0.0", "outcome: updated, boots-at-most: 1", "fail",
		 "promised at most 1 boots, saw 2", "boots-at-most"},
		{"app-2.0.0", "outcome: updated, ready-within: 1 ms", "fail",
		 "promised to be ready within 1 ms of power-on, took ", "ready-within"},
		{"app-2.0.0", "outcome: updated, causes: [POR, PIN]", "fail",
		 "promised a boot because of 'PIN', saw: POR, SFT", "causes"},
		{"app-2.0.0", "outcome: updated, watchdog: yes", "fail",
		 "promised that the watchdog fires, and it did not", "watchdog"},
		{"app-2.0.0", "outcome: updated, kept: [boot, slot0]", "fail",
		 "promised that 'slot0' is kept, but 0x080080", "kept"},
		{"app-2.0.0", "outcome: updated, untouched-outside: [slot1, status]", "fail",
		 "promised that 'slot0' is not written to, but 0x080080", "untouched-outside"},
		/* the first that is broken decides */
		{"app-2.0.0", "outcome: kept-old, boots-at-most: 1", "fail",
		 "promised kept-old, was updated", "outcome"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&cases[i]);
}

Test(promises, about_watchdogs_and_honesty_need_a_target_that_hangs_or_lies)
{
	static const struct expected cases[] = {
		{"app-2.0.0-hang", "outcome: rolled-back, watchdog: yes, causes: IWDG", "pass",
		 "the old image runs again", ""},
		{"app-2.0.0-hang", "outcome: rolled-back, watchdog: no", "fail",
		 "promised that the watchdog does not fire, and it did", "watchdog"},
		{"app-2.0.0-liar", "outcome: wrong-image, reports-truth: yes", "fail",
		 "promised to report the truth, ", "reports-truth"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&cases[i]);
}

Test(promises, about_ranges_that_the_class_does_not_have_are_mistakes)
{
	const struct expected want = {"app-2.0.0", "outcome: updated, kept: [boot, slto0]", NULL,
				      NULL, NULL};

	f103_promising(&dir, "p", want.image, "", want.promises);
	struct cli cli = brownout("plan " SIM " p");

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "target class 'f103-swap' has no range 'slto0'"),
			   "%s", cli.err.data);
	cli_done(&cli);
}
