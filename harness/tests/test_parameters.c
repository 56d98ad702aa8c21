#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/scenario.h"
#include "harness/model/verdict.h"
#include "harness/tests/sim_run.h"
#include "harness/tests/written_file.h"

/* A scenario with parameters is a matrix, and each of its cells a variant. */

TestSuite(parameters, .timeout = 300);

#define HEAD	     "brownout: 1\nscenario: s\ntargets: [t]\nbaseline: {app: {image: '{class}/a'}}\n"
#define UPDATE	     "update: {image: 'b-{payload}'}\n"
#define PROMISES     "promises: {outcome: updated}\n"
#define BIT(outcome) (1u << (outcome))

static struct bo_conf *read_cell(const char *text, const char *cell, struct bo_scenario **ret)
{
	struct written file = written(text);
	struct bo_buf report = {0};
	struct bo_conf *conf = NULL;

	cr_assert_eq(bo_scenario_read_cell(file.path, cell, &conf, ret, &report), 0, "%s",
		     report.data);
	bo_buf_done(&report);
	written_done(&file);
	return conf;
}

static const char matrix[] = HEAD UPDATE
	"points: {swap: {console: 'ver={payload} {rest}'}}\n"
	"parameters:\n"
	"  payload:\n"
	"    values: {good: {}, crash: {promises: {outcome: rolled-back, watchdog: yes}}}\n"
	"  off: {values: [10ms, 1s, 2.5s]}\n"
	"fault: {at: swap.1, off: '{off}'}\n" PROMISES;

Test(parameters, a_cell_puts_its_values_in_the_place_of_their_names)
{
	static const struct {
		const char *cell, *image, *console;
		bo_ns off;
		unsigned outcome;
		int watchdog;
	} cases[] = {
		{NULL, "b-good", "ver=good {rest}", 10 * BO_MS, BIT(BO_OUTCOME_UPDATED),
		 BO_WATCHDOG_MAY},
		{"payload=good,off=1s", "b-good", "ver=good {rest}", BO_S, BIT(BO_OUTCOME_UPDATED),
		 BO_WATCHDOG_MAY},
		{"payload=crash,off=2.5s", "b-crash", "ver=crash {rest}", 2500 * BO_MS,
		 BIT(BO_OUTCOME_ROLLED_BACK), BO_WATCHDOG_YES},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_scenario *scenario;
		struct bo_conf *conf = read_cell(matrix, cases[i].cell, &scenario);
		const struct bo_baseline *baseline = scenario->baseline.items;

		cr_expect_str_eq(scenario->update.image, cases[i].image);
		cr_expect_str_eq(baseline->image, "{class}/a");
		cr_expect_str_eq(bo_scenario_point(scenario, "swap")->console, cases[i].console);
		cr_expect_eq(scenario->fault.off, cases[i].off);
		cr_expect_eq(scenario->promises.outcome, cases[i].outcome);
		cr_expect_eq(scenario->promises.watchdog, cases[i].watchdog);
		cr_expect_str_eq(scenario->cell,
				 cases[i].cell ? cases[i].cell : "payload=good,off=10ms");
		bo_conf_free(conf);
	}
}

Test(parameters, the_cells_are_all_combinations_the_last_parameter_first)
{
	static const char *const cells[] = {"payload=good,off=10ms", "payload=good,off=1s",
					    "payload=good,off=2.5s", "payload=crash,off=10ms",
					    "payload=crash,off=1s",  "payload=crash,off=2.5s"};
	struct bo_scenario *scenario;
	struct bo_conf *conf = read_cell(matrix, NULL, &scenario);

	cr_assert_eq(bo_scenario_cells(scenario), COUNT(cells));
	for (size_t i = 0; i < COUNT(cells); i++) {
		struct bo_buf cell = {0};

		bo_scenario_cell(scenario, i, &cell);
		cr_expect_str_eq(cell.data, cells[i]);
		bo_buf_done(&cell);
	}
	bo_conf_free(conf);
}

/* An id names what a cell is made of, not what else is in the matrix. */
Test(parameters, another_value_does_not_change_the_other_cells)
{
	static const char more[] = HEAD UPDATE "points: {swap: {console: 'ver={payload} {rest}'}}\n"
					       "parameters:\n"
					       "  payload: {values: [hang, good]}\n"
					       "  off: {values: 1s}\n"
					       "fault: {at: swap.1, off: '{off}'}\n" PROMISES;
	const char *const texts[] = {matrix, more, matrix};
	const char *const cells[] = {"payload=good,off=1s", "payload=good,off=1s",
				     "payload=crash,off=1s"};
	struct bo_buf canonical[COUNT(texts)] = {0};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct bo_scenario *scenario;
		struct bo_conf *conf = read_cell(texts[i], cells[i], &scenario);

		bo_conf_canonical(bo_scenario_fields, scenario, &canonical[i]);
		bo_conf_free(conf);
	}
	cr_expect_str_eq(canonical[0].data, canonical[1].data);
	cr_expect_str_neq(canonical[0].data, canonical[2].data);
	for (size_t i = 0; i < COUNT(texts); i++)
		bo_buf_done(&canonical[i]);
}

#define LONG_NAME "a-name-that-is-so-long-that-only-a-few-of-them-fit-into-an-id.60"

Test(parameters, a_matrix_that_cannot_be_is_refused)
{
	static const struct {
		const char *text;
		unsigned line;
		const char *complaint;
	} cases[] = {
		{UPDATE "parameters: {payload: {values: [a, a]}}\n" PROMISES, 6,
		 "'a' is given twice in 'values'"},
		{UPDATE "parameters: {payload: {values: {a: {}, a: {}}}}\n" PROMISES, 6,
		 "'a' is given twice (first on line 6)"},
		{UPDATE "parameters: {payload: {values: []}}\n" PROMISES, 6,
		 "'values' must have at least one entry"},
		{UPDATE "parameters: {payload: {values: {}}}\n" PROMISES, 6,
		 "'values' must have at least one entry"},
		{UPDATE "parameters: {payload: {}}\n" PROMISES, 6,
		 "'payload' lacks the key 'values', a mapping of names"},
		{UPDATE "parameters: {payload: {values: ['b c']}}\n" PROMISES, 6,
		 "'b c' cannot name an entry of 'values'; it must be a name of 1 to 64 letters, "
		 "digits, '.', '_' or '-'"},
		{UPDATE "parameters: {payload: {values: [[b]]}}\n" PROMISES, 6,
		 "item 1 of 'values' must be a single value, found a list"},
		{UPDATE "parameters: {payload: {values: [b]}, idle: {values: [1]}}\n" PROMISES, 6,
		 "no value of this file says '{idle}': all its trials would be the same"},
		{UPDATE "parameters: {payload: {values: [b]}, class: {values: [1]}}\n" PROMISES, 6,
		 "'{class}' is the target class; choose another name"},
		{UPDATE "parameters: {payload: {values: b}}\nexplore: {boot-time: 1 s}\n" PROMISES,
		 7, "an exploration is of one cell: no 'parameters' in its scenario"},
		{UPDATE PROMISES, 5, "unknown parameter '{payload}'; name it under 'parameters:'"},
		{UPDATE "parameters: {paylaod: {values: b}}\ntitle: '{paylaod}'\n" PROMISES, 5,
		 "unknown parameter '{payload}' (did you mean '{paylaod}'?)"},
		{UPDATE
		 "parameters:\n  payload: {values: {b: {promises: {outcome: updated}}}}\n"
		 "  x: {values: {c: {promises: {outcome: updated}}}}\ntitle: '{x}'\n" PROMISES,
		 8,
		 "'payload=b,x=c' of parameter 'payload' promises something as well: whose "
		 "promise would hold?"},
		{UPDATE
		 "parameters:\n  payload: {values: {b: {promises: {outcome: refused}}}}\n" PROMISES,
		 7,
		 "a refusal counts only with its control: name the untampered twin of the image "
		 "as 'update.control'"},
		{UPDATE
		 "parameters:\n  payload: {values: {b: {promises: {resumes: no}}}}\n" PROMISES,
		 7,
		 "'promises' lacks the key 'outcome', any of none, wrong-image, bricked, "
		 "unresolved, boot-loop, recovery-mode, degraded, refused, rolled-back, "
		 "kept-old, updated"},
		{UPDATE "parameters: {payload: {values: [" LONG_NAME "]}, " LONG_NAME
			": {values: [x]}}\ntitle: '{" LONG_NAME "}'\n" PROMISES,
		 6, "names and values are too long for an id: 140 characters, at most 119 fit"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf text = {0}, report = {0};
		struct bo_conf *conf;
		struct bo_scenario *scenario;

		bo_buf_printf(&text, HEAD "%s", cases[i].text);
		struct written file = written(text.data);

		cr_expect_eq(bo_scenario_read(file.path, &conf, &scenario, &report), -EINVAL, "%s",
			     text.data);
		expect_complaint(&report, cases[i].line, cases[i].complaint);
		written_done(&file);
		bo_buf_done(&text);
		bo_buf_done(&report);
	}
}

Test(parameters, a_cell_that_is_not_there_is_refused)
{
	static const char *const cells[] = {"payload=hang,off=1s", "off=1s,payload=good",
					    "payload=good", "payload=good,off=1s,x=1", "good"};
	struct written file = written(matrix);

	for (size_t i = 0; i < COUNT(cells); i++) {
		struct bo_buf report = {0}, wanted = {0};
		struct bo_conf *conf;
		struct bo_scenario *scenario;

		bo_buf_printf(&wanted,
			      "'%s' is no cell of this scenario: each parameter, in this order, "
			      "with a value of its own",
			      cells[i]);
		cr_expect_eq(bo_scenario_read_cell(file.path, cells[i], &conf, &scenario, &report),
			     -EINVAL, "%s", cells[i]);
		expect_complaint(&report, 7, wanted.data);
		bo_buf_done(&report);
		bo_buf_done(&wanted);
	}
	written_done(&file);
}

Test(parameters, the_variant_of_an_id_is_a_target_class_and_a_cell)
{
	static const char text[] = "s@3f9a11c2/f103-swap,payload=crash,off=1.5ms/none";
	struct bo_trial_id id;
	struct bo_err err = {0};
	char again[BO_ID_MAX], name[BO_NAME_MAX + 1], value[BO_NAME_MAX + 1], long_value[60];

	cr_assert_eq(bo_trial_id_parse(text, &id, &err), 0, "%s", bo_err_text(&err));
	cr_expect_str_eq(id.variant, "f103-swap,payload=crash,off=1.5ms");
	cr_expect(bo_variant_is_of(id.variant, "f103-swap"));
	cr_expect_not(bo_variant_is_of(id.variant, "f103"));
	cr_expect_not(bo_variant_is_of("f103", "f103-swap"));
	cr_expect(bo_trial_id_format(&id, again, sizeof(again)));
	cr_expect_str_eq(again, text);

	const char *cell = bo_variant_cell(id.variant);

	cr_expect_eq(bo_cell_next(&cell, name, value), 1);
	cr_expect(strcmp(name, "payload") == 0 && strcmp(value, "crash") == 0);
	cr_expect_eq(bo_cell_next(&cell, name, value), 1);
	cr_expect(strcmp(name, "off") == 0 && strcmp(value, "1.5ms") == 0);
	cr_expect_eq(bo_cell_next(&cell, name, value), 0);
	cr_expect_str_eq(bo_variant_cell("f103-swap"), "");

	char variant[BO_VARIANT_MAX], four[4 * sizeof(long_value)] = "";

	cr_expect(bo_variant_format(variant, "t", "a=1"));
	cr_expect_str_eq(variant, "t,a=1");
	cr_expect(bo_variant_format(variant, "t", ""));
	cr_expect_str_eq(variant, "t");
	memset(long_value, 'x', sizeof(long_value));
	long_value[sizeof(long_value) - 1] = '\0';
	for (int i = 0; i < 4; i++)
		snprintf(four + strlen(four), sizeof(four) - strlen(four), "%s", long_value);
	cr_expect_not(bo_variant_format(variant, "t", four));
}

/* ---- a matrix that is carried out ---- */

static void write_run(const struct scratch *dir)
{
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(
		&text,
		"brownout: 1\nscenario: s\ntargets: [f103-compact]\n"
		"images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		"  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		"update: {image: \"{class}/app-2.0.0{payload}.bin\"}\n"
		"parameters:\n"
		"  payload:\n"
		"    values: {-slow: {}, -crash: {promises: {outcome: [kept-old, rolled-back]}}}\n"
		"strategy: {kind: linear, over: smp.byte, every: 6000}\n"
		"promises: {outcome: [kept-old, updated]}\n",
		here);
	scratch_write(dir, "s.yaml", text.data);
	bo_buf_done(&text);
}

static struct cli run_as(const struct scratch *dir, const char *name, const char *more)
{
	struct cli cli = brownout("run " COMPACT "%s --out %s/%s %s/s.yaml", more, dir->path, name,
				  dir->path);

	cr_assert_eq(cli.code, 0, "%s: exit %d\n%s%s", name, cli.code, cli.err.data, cli.out.data);
	return cli;
}

static struct bo_buf journal_of(const struct scratch *dir, const char *run)
{
	struct bo_buf text = {0};
	char path[640];

	snprintf(path, sizeof(path), "%s/%s/journal.jsonl", dir->path, run);
	slurp(path, &text);
	return text;
}

static void expect_equal_journals(const struct scratch *dir, const char *one, const char *other)
{
	struct bo_buf a = journal_of(dir, one), b = journal_of(dir, other);

	cr_expect_gt(a.len, 1000);
	cr_expect_str_eq(a.data, b.data, "%s and %s", one, other);
	bo_buf_done(&a);
	bo_buf_done(&b);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		count++;
	return count;
}

/* The first id that ends so. */
static void find_id(const struct bo_buf *text, const char *end, char out[BO_ID_MAX])
{
	const char *at = strstr(text->data, end), *begin = at;

	cr_assert_not_null(at, "no %s in %s", end, text->data);
	while (begin > text->data && begin[-1] != ' ' && begin[-1] != '\n')
		begin--;
	snprintf(out, BO_ID_MAX, "%.*s", (int)(at - begin + (ptrdiff_t)strlen(end)), begin);
}

/* Each cell has its own census and its own trials; shards, merge, resume and replay know them. */
Test(parameters, a_matrix_is_run_divided_merged_resumed_and_replayed)
{
	struct scratch dir = scratch_make();
	struct bo_buf junit = {0};
	char path[640];

	write_run(&dir);
	struct cli whole = run_as(&dir, "whole", "");

	cr_expect_eq(count_of(whole.out.data, "f103-compact,payload=-slow/none"), 2, "%s",
		     whole.out.data);
	cr_expect_eq(count_of(whole.out.data, "f103-compact,payload=-crash/none"), 2);
	cr_expect_gt(count_of(whole.out.data, "payload=-slow/smp.byte.6000=cut:off-1s"), 0);
	cr_expect_gt(count_of(whole.out.data, "payload=-crash/smp.byte.6000=cut:off-1s"), 0);
	cr_expect_gt(count_of(whole.out.data, "rolled-back"), 0);
	snprintf(path, sizeof(path), "%s/whole/report/junit.xml", dir.path);
	slurp(path, &junit);
	cr_expect_eq(count_of(junit.data, "name=\"payload=-crash/none\""), 1, "%s", junit.data);
	bo_buf_done(&junit);
	cli_done(&whole);

	for (int i = 1; i <= 2; i++) {
		char more[32], name[12];

		snprintf(more, sizeof(more), "--shard %d/2", i);
		snprintf(name, sizeof(name), "%d", i);
		struct cli part = run_as(&dir, name, more);

		cli_done(&part);
	}
	struct cli merged =
		brownout("merge --out %s/merged %s/1 %s/2", dir.path, dir.path, dir.path);

	cr_expect_eq(merged.code, 0, "%s", merged.err.data);
	expect_equal_journals(&dir, "whole", "merged");
	cli_done(&merged);

	struct cli saved = brownout("plan " COMPACT "--census %s/whole --save %s/later %s/s.yaml",
				    dir.path, dir.path, dir.path);
	struct cli resumed = brownout("run --resume %s/later", dir.path);

	cr_expect_eq(saved.code, 0, "%s", saved.err.data);
	cr_expect_eq(resumed.code, 0, "%s", resumed.err.data);
	expect_equal_journals(&dir, "whole", "later");
	char id[BO_ID_MAX];

	find_id(&saved.out, "payload=-crash/none", id);
	struct cli again = brownout("replay " COMPACT "--scenario %s/s.yaml --out %s/again %s",
				    dir.path, dir.path, id);

	cr_expect_eq(again.code, 0, "%s", again.err.data);
	cr_expect_gt(count_of(again.out.data, "rolled-back"), 0, "%s", again.out.data);
	cli_done(&saved);
	cli_done(&resumed);
	cli_done(&again);
	scratch_done(&dir);
}

/* What fails with one value is made smaller with that value. */
Test(parameters, a_cell_that_fails_is_rated_and_shrunk_as_that_cell)
{
	struct scratch dir = scratch_make();

	write_run(&dir);
	struct cli run = run_as(&dir, "run", "");
	char id[BO_ID_MAX], faulty[BO_ID_MAX];

	find_id(&run.out, "payload=-crash/none", id);
	find_id(&run.out, "payload=-crash/smp.byte.6000=cut:off-1s", faulty);
	struct cli rate = brownout("rate " COMPACT "--scenario %s/s.yaml --out %s/rate -n 2 %s",
				   dir.path, dir.path, id);
	struct cli shrink = brownout("shrink " COMPACT "--scenario %s/s.yaml --out %s/shrunk %s",
				     dir.path, dir.path, faulty);

	cr_expect_eq(rate.code, 0, "%s", rate.err.data);
	cr_expect_gt(count_of(rate.out.data, "failed 0 of 2 judged"), 0, "%s", rate.out.data);
	cr_expect_gt(count_of(shrink.out.data, "it did not fail here"), 0, "%s%s", shrink.out.data,
		     shrink.err.data);
	cli_done(&run);
	cli_done(&rate);
	cli_done(&shrink);
	scratch_done(&dir);
}
