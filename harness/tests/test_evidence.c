#include <criterion/criterion.h>

#include "harness/tests/sim_run.h"

/* What scenarios are evidence for, and what a budget leaves untried. */

TestSuite(evidence, .timeout = 300);

static void write_scenario(const struct scratch *dir, const char *name, const char *more)
{
	struct bo_buf text = {0};
	char here[PATH_MAX], file[80];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: %s\ntargets: [f103-compact, f103-swap]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n%s",
		      name, here, more);
	snprintf(file, sizeof(file), "%s.yaml", name);
	scratch_write(dir, file, text.data);
	bo_buf_done(&text);
}

static void expect_in_file(const struct scratch *dir, const char *name, const char *part)
{
	struct bo_buf text = {0};
	char path[640];

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	slurp(path, &text);
	cr_expect(strstr(text.data, part), "no '%s' in %s:\n%s", part, name, text.data);
	bo_buf_done(&text);
}

Test(evidence, requirements_are_counted_in_summary_junit_and_run_json)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "good",
		       "tags: [quick, update]\nrequirements: [REQ-1, REQ-2]\n"
		       "promises: {outcome: updated}\n");
	write_scenario(&dir, "bad", "requirements: REQ-2\npromises: {outcome: kept-old}\n");
	struct cli run = brownout("run " COMPACT "--out %s/run %s/good.yaml %s/bad.yaml", dir.path,
				  dir.path, dir.path);

	cr_expect_eq(run.code, 1, "%s", run.err.data);
	cr_expect(strstr(run.out.data,
			 "\n  REQ-1                          1       1       0  held\n"),
		  "%s", run.out.data);
	cr_expect(strstr(run.out.data,
			 "\n  REQ-2                          2       1       1  BROKEN\n"),
		  "%s", run.out.data);
	expect_in_file(&dir, "run/report/junit.xml",
		       "<property name=\"requirement.REQ-1\" value=\"held\"/>");
	expect_in_file(&dir, "run/report/junit.xml",
		       "<property name=\"requirement.REQ-2\" value=\"BROKEN\"/>");
	expect_in_file(&dir, "run/report/junit.xml", "\nrequirement: REQ-2\n");
	expect_in_file(&dir, "run/run.json", "\"REQ-1\"");
	expect_in_file(&dir, "run/run.json", "\"quick\"");
	cli_done(&run);
	scratch_done(&dir);
}

Test(evidence, only_scenarios_with_the_tag_are_planned)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "one", "tags: [quick, update]\npromises: {outcome: updated}\n");
	write_scenario(&dir, "two", "tags: update\npromises: {outcome: updated}\n");
	static const struct {
		const char *tag;
		bool one, two;
	} cases[] = {{"quick", true, false}, {"update", true, true}, {"slow", false, false}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli plan = brownout("plan " COMPACT "--tag %s %s/one.yaml %s/two.yaml",
					   cases[i].tag, dir.path, dir.path);

		cr_expect_eq(plan.code, cases[i].one || cases[i].two ? 0 : 2, "%s", plan.err.data);
		cr_expect_eq(strstr(plan.out.data, "one@") != NULL, cases[i].one);
		cr_expect_eq(strstr(plan.out.data, "two@") != NULL, cases[i].two);
		if (plan.code)
			cr_expect_str_eq(plan.err.data,
					 "brownout: --tag slow: no scenario has this tag\n");
		cli_done(&plan);
	}
	scratch_done(&dir);
}

/* What is left out is counted and named; a run that was interrupted leaves out the same. */
Test(evidence, what_a_budget_leaves_is_not_tried_and_never_passed)
{
	static const struct {
		const char *budget, *says;
		size_t tried;
	} cases[] = {
		{"{trials: 3}", "not tried: 5 trials of s: its budget, 3 trials, is spent", 4},
		{"{time: 15 s}", "trials of s: its budget, 15 s, is spent", 0},
		{"{erases: 70}", "not tried: 7 trials of s: its budget, 70 erases, is spent", 2},
		{"{trials: 100, time: 10 h}", NULL, 9},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir = scratch_make();
		struct bo_buf more = {0}, journal = {0}, again = {0};
		char path[640];
		size_t verdicts = 0, untried = 0;

		bo_buf_printf(&more,
			      "budget: %s\nstrategy: {kind: linear, over: smp.byte, every: 2000}\n"
			      "promises: {outcome: [kept-old, updated]}\n",
			      cases[i].budget);
		write_scenario(&dir, "s", more.data);
		struct cli run = brownout("run " SIM "--out %s/run %s/s.yaml", dir.path, dir.path);

		cr_expect_eq(run.code, 0, "%s%s", run.err.data, run.out.data);
		snprintf(path, sizeof(path), "%s/run/journal.jsonl", dir.path);
		slurp(path, &journal);
		for (const char *at = journal.data; (at = strstr(at, "\"ev\":\"verdict\"")); at++)
			verdicts++;
		for (const char *at = journal.data; (at = strstr(at, "\"ev\":\"untried\"")); at++)
			untried++;
		cr_expect_eq(verdicts + untried, 9, "%zu and %zu", verdicts, untried);
		if (cases[i].tried)
			cr_expect_eq(verdicts, cases[i].tried, "%s: %zu", cases[i].budget,
				     verdicts);
		if (cases[i].says)
			cr_expect(strstr(run.out.data, cases[i].says), "no '%s' in %s",
				  cases[i].says, run.out.data);
		else
			cr_expect_null(strstr(run.out.data, "not tried"));
		struct cli resumed = brownout("run --resume %s/run", dir.path);

		slurp(path, &again);
		cr_expect_str_eq(journal.data, again.data);
		cli_done(&resumed);
		cli_done(&run);
		bo_buf_done(&more);
		bo_buf_done(&journal);
		bo_buf_done(&again);
		scratch_done(&dir);
	}
}

Test(evidence, a_budget_of_wear_needs_a_class_that_says_what_wears)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "s", "budget: {erases: 100}\npromises: {outcome: updated}\n");
	struct cli plan = brownout("plan " COMPACT "%s/s.yaml", dir.path);

	cr_expect_eq(plan.code, 2);
	cr_expect(strstr(plan.err.data, "target class 'f103-compact' does not say what a trial "
					"wears (wear.erases)\n"),
		  "%s", plan.err.data);
	cli_done(&plan);
	scratch_done(&dir);
}
