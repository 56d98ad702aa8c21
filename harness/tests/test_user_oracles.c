#include "harness/tests/granted_rig.h"

/* Programs of the user's own that judge a whole trial on the virtual board. */

#define JUDGE                                                                                   \
	"#!/bin/sh\n"                                                                           \
	"case $1 in\n"                                                                          \
	"pass) cat >$D/given; echo '{\"oracle\": 1, \"verdict\": \"pass\", "                    \
	"\"text\": \"fine\", \"measurements\": {\"offset-mV\": 3.5}}';;\n"                      \
	"fail) echo '{\"oracle\": 1, \"verdict\": \"fail\", \"text\": \"drifted\\u001b\"}';;\n" \
	"unsure) echo '{\"oracle\": 1, \"verdict\": \"inconclusive\"}';;\n"                     \
	"nothing) ;;\n"                                                                         \
	"prose) echo it passed;;\n"                                                             \
	"skipped) echo '{\"oracle\": 1, \"verdict\": \"skipped\"}';;\n"                         \
	"status) echo '{\"oracle\": 1, \"verdict\": \"pass\"}'; echo oh >&2; exit 1;;\n"        \
	"crash) echo '{\"oracle\": 1, \"verdict\": \"pass\"}'; kill -SEGV $$;;\n"               \
	"hang) echo '{\"oracle\": 1, \"verdict\": \"pass\"}'; sleep 1000;;\n"                   \
	"flood) exec yes;;\n"                                                                   \
	"esac\n"

static void set_up(void)
{
	grant(JUDGE);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(user_oracles, .init = set_up, .fini = tear_down, .timeout = 300);

static void put_scenario(const char *oracles)
{
	char text[2048];

	snprintf(text, sizeof(text), "promises:\n  outcome: updated\n  oracles:\n%s", oracles);
	put_scenario_with(text);
}

static json_t *given(void)
{
	struct bo_buf text = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/given", dir.path);
	slurp(path, &text);
	json_t *root = json_loadb(text.data, text.len, 0, NULL);

	bo_buf_done(&text);
	cr_assert(root);
	return root;
}

static size_t file_size(const char *path)
{
	struct stat info;

	cr_assert_eq(stat(path, &info), 0, "%s", path);
	return (size_t)info.st_size;
}

Test(user_oracles, one_is_given_what_was_observed_and_its_pass_is_a_kept_promise)
{
	put_scenario("    cal: {program: judge, args: [pass], flash: [slot0, status]}\n");
	struct run run = run_granted();

	cr_assert_eq(run.cli.code, 0, "%s", run.cli.err.data);
	json_t *line = journal_line(&run, "oracle", "cal"), *all = given();
	const char *version = NULL, *range = NULL, *path = NULL, *console = NULL;
	int size = 0, boots = 0, whole = 0;

	cr_expect_str_eq(bo_journal_str(line, "verdict", ""), "pass");
	cr_expect_eq(json_real_value(
			     json_object_get(json_object_get(line, "measurements"), "offset-mV")),
		     3.5);
	cr_expect_eq(strlen(bo_journal_str(line, "sha256", "")), 64);
	cr_assert_eq(json_unpack(all, "{s:{s:s}, s:{s:b}, s:i, s:s, s:[{}, {s:s, s:s, s:i}]}",
				 "told", "version", &version, "read-back", "whole", &whole, "boots",
				 &boots, "console", &console, "flash", "range", &range, "path",
				 &path, "size", &size),
		     0);
	cr_expect_str_eq(version, "2.0.0");
	cr_expect(whole);
	cr_expect_geq(boots, 2);
	cr_expect_str_eq(range, "status");
	cr_expect_eq(file_size(path), (size_t)size);
	cr_expect_gt(file_size(console), 100);
	/* nothing of what was meant to happen */
	cr_expect(!json_object_get(all, "promise") && !json_object_get(all, "faults"));
	json_decref(line);
	json_decref(all);
	run_done(&run);
}

Test(user_oracles, a_fail_is_a_broken_promise_that_an_inconclusive_one_does_not_hide)
{
	put_scenario("    a: {program: judge, args: [pass]}\n"
		     "    b: {program: judge, args: [unsure]}\n"
		     "    c: {program: judge, args: [fail]}\n");
	struct run run = run_granted();

	cr_expect_eq(run.cli.code, 1);
	cr_expect_str_eq(run.trials.trial[0].verdict, "fail");
	cr_expect_str_eq(run.trials.trial[0].why, "oracle 'c': drifted\\x1b");
	run_done(&run);
}

Test(user_oracles, what_cannot_be_understood_has_not_judged)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"nothing", "its answer is void: it is no JSON object: nothing was said"},
		{"prose", "its answer is void: it is no JSON object"},
		{"skipped", "its answer is void: 'verdict' must be"},
		{"status", "ended with exit 1"},
		{"crash", "ended with killed by signal 11 (SEGV)"},
		{"hang", "said nothing whole within 500 ms"},
		{"flood", "said more than 65536 bytes"},
		{"unsure", "it gave no reason"},
	};
	struct bo_buf oracles = {0};

	for (size_t i = 0; i < COUNT(cases); i++)
		bo_buf_printf(&oracles, "    %s: {program: judge, args: [%s]%s}\n", cases[i].name,
			      cases[i].name,
			      strcmp(cases[i].name, "hang") == 0 ? ", within: 500 ms" : "");
	put_scenario(oracles.data);
	bo_buf_done(&oracles);
	struct run run = run_granted();

	cr_expect_eq(run.cli.code, 3);
	cr_expect_str_eq(run.trials.trial[0].verdict, "inconclusive");
	for (size_t i = 0; i < COUNT(cases); i++) {
		json_t *line = journal_line(&run, "oracle", cases[i].name);

		cr_expect_str_eq(bo_journal_str(line, "verdict", ""), "inconclusive", "%s",
				 cases[i].name);
		cr_expect(strncmp(bo_journal_str(line, "text", ""), cases[i].text,
				  strlen(cases[i].text)) == 0,
			  "%s", bo_journal_str(line, "text", ""));
		json_decref(line);
	}
	run_done(&run);
}

Test(user_oracles, what_is_not_granted_is_refused_before_anything_is_begun)
{
	static const struct {
		const char *oracles, *wanted;
	} cases[] = {
		{"    a: {program: juge}\n",
		 "the rack file grants no program 'juge' under 'programs:'; it grants judge"},
		{"    a: {program: judge, flash: [slot7]}\n",
		 "target class 'f103-swap' has no range 'slot7'"},
		{"    a: {program: judge}\n", "is not the file that is granted"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (i == 2)
			put_rack("00000000000000000000000000000000000000000000000000000000000000"
				 "00");
		put_scenario(cases[i].oracles);
		struct cli cli = brownout("run --rack %s/rack.yaml --bench sim --out %s/run p",
					  dir.path, dir.path);

		cr_expect_eq(cli.code, 2, "%s", cli.err.data);
		cr_expect(strstr(cli.err.data, cases[i].wanted), "%s", cli.err.data);
		char path[128];

		snprintf(path, sizeof(path), "%s/run/trials", dir.path);
		cr_expect_eq(access(path, F_OK), -1);
		cli_done(&cli);
	}
}
