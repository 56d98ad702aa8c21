#include "harness/tests/granted_rig.h"

/* A program of the user's own as a step of a trial. */

#define SCRIPT                                                                     \
	"#!/bin/sh\n"                                                              \
	"case $1 in\n"                                                             \
	"good) echo noise; echo 'no finding at all'; echo \"$2\" >$D/said;;\n"     \
	"finding) echo ok; echo 'finding the lamp is out'; echo 'finding two';;\n" \
	"status) echo 'finding x'; echo traceback >&2; exit 1;;\n"                 \
	"crash) kill -SEGV $$;;\n"                                                 \
	"hang) sleep 1000;;\n"                                                     \
	"flood) exec yes;;\n"                                                      \
	"esac\n"

static void set_up(void)
{
	grant(SCRIPT);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(step_exec, .init = set_up, .fini = tear_down, .timeout = 300);

static void put_step(const char *keys)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "promises: {outcome: updated}\nsteps: [boot: {}, update: {}, exec: {program: "
		 "%s}]\n",
		 keys);
	put_scenario_with(text);
}

Test(step_exec, one_that_ends_well_is_a_step_that_was_done)
{
	put_step("judge, args: [good, \"$(id)\"]");
	struct run run = run_granted();
	json_t *line = journal_line(&run, "program", "judge");
	struct bo_buf said = {0};
	char path[128];

	cr_expect_eq(run.cli.code, 0, "%s", run.cli.err.data);
	cr_expect_str_eq(bo_journal_str(line, "ended", ""), "exit 0");
	cr_expect_str_eq(bo_journal_str(line, "said", ""), "noise\\x0ano finding at all\\x0a");
	snprintf(path, sizeof(path), "%s/said", dir.path);
	slurp(path, &said);
	cr_expect_str_eq(said.data, "$(id)\n");
	bo_buf_done(&said);
	json_decref(line);
	run_done(&run);
}

Test(step_exec, only_its_own_words_blame_the_target)
{
	static const struct {
		const char *keys;
		int code;
		const char *verdict, *why; /* its end */
	} cases[] = {
		{"judge, args: [finding]", 1, "fail",
		 "step 3 (exec): program 'judge': the lamp is out"},
		{"judge, args: [status]", 3, "inconclusive", "program 'judge' ended with exit 1"},
		{"judge, args: [crash]", 3, "inconclusive",
		 "program 'judge' ended with killed by signal 11 (SEGV)"},
		{"judge, args: [hang], within: 300 ms", 3, "inconclusive",
		 "program 'judge' was not done within 300 ms"},
		{"judge, args: [flood]", 3, "inconclusive",
		 "program 'judge' said more than 65536 bytes"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		put_step(cases[i].keys);
		struct run run = run_granted();

		cr_expect_eq(run.cli.code, cases[i].code, "%s: %d", cases[i].keys, run.cli.code);
		cr_expect_str_eq(run.trials.trial[0].verdict, cases[i].verdict);
		cr_expect(strstr(run.trials.trial[0].why, cases[i].why), "%s",
			  run.trials.trial[0].why);
		run_done(&run);
	}
}

Test(step_exec, one_that_is_not_granted_is_a_mistake_of_the_scenario)
{
	put_step("other");
	struct cli cli =
		brownout("run --rack %s/rack.yaml --bench sim --out %s/run p", dir.path, dir.path);

	cr_expect_eq(cli.code, 2);
	cr_expect(strstr(cli.err.data, "p.yaml:10:"), "%s", cli.err.data);
	cr_expect(strstr(cli.err.data, "grants no program 'other' under 'programs:'; it grants "
				       "judge"),
		  "%s", cli.err.data);
	cli_done(&cli);
}
