#include <criterion/criterion.h>

#include "harness/model/scenario.h"
#include "harness/model/suite.h"
#include "harness/tests/sim_run.h"

/* Suites: several scenarios, one run. */

TestSuite(suite, .timeout = 300);

/* In DIR: scenario `name` for the compact class; `more` are further lines of it. */
static void write_scenario(const struct scratch *dir, const char *name, const char *targets,
			   const char *more)
{
	struct bo_buf text = {0};
	char here[PATH_MAX], file[64];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: %s\ntargets: [%s]\nimages: %s/build/images\n"
		      "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n%s"
		      "promises: {outcome: [kept-old, updated]}\n",
		      name, targets, here, more);
	snprintf(file, sizeof(file), "%s.yaml", name);
	scratch_write(dir, file, text.data);
	bo_buf_done(&text);
}

static struct scratch make_suite(void)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "plain", "f103-compact", "");
	write_scenario(&dir, "sweep", "f103-compact",
		       "strategy: {kind: linear, over: smp.byte, every: 1000}\n");
	write_scenario(&dir, "listed", "f103-compact",
		       "strategy: {kind: list, schedules: [\"smp.byte.1=cut:off-1s\", "
		       "\"smp.byte.1000=cut:off-1s\", \"smp.byte.2000=cut:off-1s\", "
		       "\"smp.byte.3000=cut:off-1s\"]}\n");
	write_scenario(&dir, "elsewhere", "f103-swap", "");
	scratch_write(&dir, "s.yaml",
		      "brownout: 1\nsuite: s\ntitle: all of it\nscenarios:\n"
		      "  plain: {reduced: 0, tags: [calm]}\n"
		      "  sweep: {trials: 3, reduced: 1, tags: [cuts]}\n"
		      "  listed: {trials: 2, tags: [cuts]}\n"
		      "  elsewhere: {}\n");
	return dir;
}

static void expect_plan(const struct scratch *dir, const char *args, int code,
			const char *const said[])
{
	struct cli cli = brownout("plan " COMPACT "%s %s/s.yaml", args, dir->path);

	cr_expect_eq(cli.code, code, "%s: exit %d\n%s", args, cli.code, cli.err.data);
	for (; *said; said++) {
		bool unwanted = **said == '!';
		bool there = strstr(cli.out.data, *said + unwanted) ||
			     strstr(cli.err.data, *said + unwanted);

		cr_expect_neq(there, unwanted, "%s: '%s' in\n%s%s", args, *said, cli.out.data,
			      cli.err.data);
	}
	cli_done(&cli);
}

Test(suite, it_is_listed_whole_reduced_or_by_name_and_tag)
{
	struct scratch dir = make_suite();
	static const struct {
		const char *args;
		int code;
		const char *said[6];
	} cases[] = {
		{"",
		 0,
		 {"plain@", "/none  # and up to 3 trials of its strategy\n",
		  "/none  # and up to 2 trials of its strategy\n", "left out: elsewhere\n"}},
		{"--reduced", 0, {"!plain@", "/none  # and up to 1 trials of its strategy\n"}},
		{"--only calm", 0, {"plain@", "!sweep@", "!listed@", "!elsewhere"}},
		{"--only s*", 0, {"sweep@", "!plain@", "!listed@"}},
		{"--only else*", 2, {"nothing of it is left for this bench"}},
		{"--only none", 2, {"nothing of it is left by --only, --tag or --reduced"}},
		{"--save x", 2, {"--save a suite with --census only"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_plan(&dir, cases[i].args, cases[i].code, cases[i].said);
	scratch_done(&dir);
}

Test(suite, its_mistakes_are_shown_before_anything_is_tried)
{
	struct scratch dir = make_suite();
	static const struct {
		const char *text;
		const char *said[3];
	} cases[] = {
		{"scenarios:\n  nowhere: {}\n",
		 {"suite 's': scenario: no file for 'nowhere'; looked for"}},
		{"scenarios:\n  plain: {trials: 0}\n", {"s.yaml:4:19: error: ", "trials"}},
		{"scenarios:\n  plain: {trails: 1}\n", {"did you mean 'trials'"}},
		{"scenarios:\n  s: {}\n", {"is a suite; name its scenarios"}},
		{"title: x\n", {"scenarios"}},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_buf text = {0};

		bo_buf_printf(&text, "brownout: 1\nsuite: s\n%s", cases[i].text);
		scratch_write(&dir, "s.yaml", text.data);
		expect_plan(&dir, "", 2, cases[i].said);
		bo_buf_done(&text);
	}
	struct cli cli = brownout("plan " COMPACT "--only x %s/plain.yaml", dir.path);

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "--only and --reduced are for suites"));
	cli_done(&cli);
	scratch_done(&dir);
}

static void read_run(const struct scratch *dir, const char *run, struct bo_buf *out)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/%s/journal.jsonl", dir->path, run);
	slurp(path, out);
}

/* What a kill leaves: the plan without what strategies made of it, and verdicts that are missing.
 */
static void take_back(const struct scratch *dir, const char *pattern)
{
	char command[1024];

	snprintf(command, sizeof(command), "find %s/run/trials -path '%s' -delete", dir->path,
		 pattern);
	cr_assert_eq(system(command), 0);
}

Test(suite, it_is_one_run_with_a_line_a_scenario_and_goes_on_with_its_limits)
{
	struct scratch dir = make_suite();
	struct bo_buf before = {0}, after = {0};
	struct cli cli =
		brownout("run " COMPACT "--jobs 2 --out %s/run %s/s.yaml", dir.path, dir.path);

	cr_assert_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "\n  plain                          1      0 "));
	cr_expect_not_null(strstr(cli.out.data, "\n  sweep                          4      3 "));
	cr_expect_not_null(strstr(cli.out.data, "\n  listed                         3      2 "),
			   "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, ": planned 8, fired 5, "), "%s", cli.out.data);
	cr_expect_null(strstr(cli.out.data, "proven by     "), "trials that passed are listed");
	cli_done(&cli);
	read_run(&dir, "run", &before);
	take_back(&dir, "*smp.byte.*/journal.jsonl");
	cli = brownout("run --resume %s/run", dir.path);
	cr_expect_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, ": planned 8, "), "%s", cli.out.data);
	cli_done(&cli);
	read_run(&dir, "run", &after);
	cr_expect_gt(before.len, 1000);
	cr_expect_str_eq(before.data, after.data);
	bo_buf_done(&before);
	bo_buf_done(&after);
	scratch_done(&dir);
}

/* It is evidence for one item, whose row in the manual's table has its name. */
static void expect_evidence(const char *name, const struct bo_buf *manual)
{
	struct bo_buf report = {0};
	struct bo_conf *conf;
	struct bo_scenario *scenario;
	char path[256], item[64], quoted[128];

	snprintf(path, sizeof(path), "scenarios/%s.yaml", name);
	cr_assert_eq(bo_scenario_read(path, &conf, &scenario, &report), 0, "%s", report.data);
	cr_assert_eq(scenario->requirements.count, 1, "%s", name);
	const char *const *items = scenario->requirements.items;

	snprintf(item, sizeof(item), "\n| %s |", items[0]);
	snprintf(quoted, sizeof(quoted), "`%s`", name);
	const char *row = strstr(manual->data, item);
	const char *found = row ? strstr(row, quoted) : NULL;

	cr_expect(found && found < strchr(row + 1, '\n'), "%s:%s", name, item);
	bo_conf_free(conf);
}

Test(suite, those_that_are_bundled_are_evidence_for_items_of_the_manual)
{
	struct bo_buf report = {0}, manual = {0};
	struct bo_conf *conf;
	struct bo_suite *suite;

	slurp("scenarios/README.md", &manual);
	cr_assert_eq(bo_suite_read("scenarios/nightly.yaml", &conf, &suite, &report), 0, "%s",
		     report.data);
	const struct bo_suite_entry *entries = suite->scenarios.items;

	for (size_t i = 0; i < suite->scenarios.count; i++)
		expect_evidence(entries[i].name, &manual);
	bo_conf_free(conf);
	bo_buf_done(&manual);
}

Test(suite, those_that_are_bundled_are_whole)
{
	struct bo_buf report = {0};
	struct bo_conf *conf;
	struct bo_suite *suite;

	cr_expect(bo_suite_is("scenarios/nightly.yaml"));
	cr_expect_not(bo_suite_is("scenarios/clean-update.yaml"));
	cr_expect_not(bo_suite_is("scenarios/none.yaml"));
	cr_assert_eq(bo_suite_read("scenarios/nightly.yaml", &conf, &suite, &report), 0, "%s",
		     report.data);
	cr_expect_str_eq(suite->name, "nightly");
	bo_conf_free(conf);
	for (const char *const *bench =
		     (const char *const[]){"sim.yaml --bench sim", "sim.yaml --bench compact",
					   "overwrite.yaml", "worn.yaml", NULL};
	     *bench; bench++) {
		struct cli cli = brownout("plan --rack fixtures/racks/%s nightly", *bench);

		cr_expect_eq(cli.code, 0, "%s: %s", *bench, cli.err.data);
		cr_expect_null(strstr(cli.out.data, "not applicable"), "%s", cli.out.data);
		cli_done(&cli);
	}
}
