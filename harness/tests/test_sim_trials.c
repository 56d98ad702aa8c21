#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/census.h"
#include "harness/tests/sim_run.h"

/* Whole trials on the virtual board: the engine, the protocol and the firmware, nothing between. */

TestSuite(sim_trials, .timeout = 300);

struct expected {
	const char *scenario, *outcome, *then, *verdict;
	int64_t fired;
	bool resumed;
};

static void expect_trials(const struct run *run, const struct expected *expected, size_t count)
{
	cr_assert_eq(run->trials.count, count, "%s", run->cli.err.data);
	for (size_t i = 0; i < count; i++) {
		const struct trial *trial = &run->trials.trial[i];
		size_t len = strlen(expected[i].scenario);

		cr_expect(strncmp(trial->id, expected[i].scenario, len) == 0 &&
				  trial->id[len] == '@',
			  "%s", trial->id);
		cr_expect_str_eq(trial->outcome, expected[i].outcome, "%s", trial->id);
		cr_expect_str_eq(trial->then, expected[i].then, "%s", trial->id);
		cr_expect_str_eq(trial->verdict, expected[i].verdict, "%s: %s", trial->id,
				 trial->why);
		cr_expect_eq(trial->fired, expected[i].fired, "%s", trial->id);
		cr_expect_eq(trial->proven, expected[i].fired, "%s", trial->id);
		cr_expect_eq(trial->resumed, expected[i].resumed, "%s", trial->id);
		cr_expect_eq(trial->lag, 0, "virtual time has no lag");
	}
}

/* The line that a run prints for a broken promise breaks it again. */
static void expect_replay(const struct run *run, const char *scenario)
{
	static const char mark[] = "\nrepeat what broke a promise:\n  brownout ";
	const char *line = strstr(run->cli.out.data, mark);

	cr_assert_not_null(line, "%s", run->cli.out.data);
	line += strlen(mark);
	struct cli cli =
		brownout("%.*s --out %s/again", (int)strcspn(line, "\n"), line, run->dir.path);

	cr_expect_eq(cli.code, 1, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, scenario), "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, "A PROMISE WAS BROKEN: planned 1,"));
	cli_done(&cli);
}

#define DEMO "clean-update upload-cut swap-cut never-confirmed swap-cut-forgetful"

Test(sim_trials, the_demo_ends_as_promised_but_for_the_boot_loader_that_forgets)
{
	static const struct expected expected[] = {
		{"clean-update", "updated", "", "pass", 0, false},
		{"upload-cut", "kept-old", "updated", "pass", 1, true},
		{"swap-cut", "updated", "", "pass", 1, false},
		{"never-confirmed", "rolled-back", "", "pass", 0, false},
		{"swap-cut-forgetful", "bricked", "", "fail", 1, false},
	};
	struct run run = run_it("run " SIM, DEMO);

	cr_expect_eq(run.cli.code, 1, "exit %d\n%s", run.cli.code, run.cli.err.data);
	expect_trials(&run, expected, COUNT(expected));
	cr_expect_not_null(strstr(run.cli.out.data, "reality: virtual\n"));
	cr_expect_not_null(strstr(run.cli.out.data,
				  "\nA PROMISE WAS BROKEN: planned 5, fired 3, proven 3, judged 5, "
				  "skipped 0, not applicable 0\n"));
	expect_replay(&run, "swap-cut-forgetful");
	run_done(&run);
}

Test(sim_trials, an_update_is_cut_and_its_recovery_is_cut_again_and_again)
{
	static const struct expected expected[] = {
		{"nested-cuts", "updated", "", "pass", 3, false},
		/* the second one while the recovered target is asked how it is */
		{"cut-anywhere", "kept-old", "", "pass", 2, false},
		{"cut-anywhere", "updated", "", "pass", 3, false},
	};
	char nested[128], prefix[128];
	struct bo_buf ids = {0};

	id_prefix(nested, sizeof(nested), SIM, "nested-cuts");
	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	struct cli plan = brownout("plan " SIM "nested-cuts");

	bo_buf_printf(&ids, "%.*s ", (int)strcspn(plan.out.data, "\n"), plan.out.data);
	bo_buf_printf(&ids, "%ssmp.byte.3000=cut:off-300ms,b2.power-on+%s=cut:off-300ms ", prefix,
		      "365ms");
	bo_buf_printf(&ids,
		      "%sb2.flash.op.5000=cut:off-300ms,b3.flash.op.3000=cut:off-300ms,"
		      "b4.boot.1=cut:off-1ms",
		      prefix);
	struct run run = run_it("replay " SIM, ids.data);

	cr_expect_eq(run.cli.code, 0, "exit %d\n%s", run.cli.code, run.cli.out.data);
	expect_trials(&run, expected, COUNT(expected));
	cli_done(&plan);
	bo_buf_done(&ids);
	run_done(&run);
}

/* From the first power-off of a fault to the next power-on. */
struct gap {
	bool cut;
	json_int_t off, on;
};

static void measure_gap(void *ctx, const json_t *line)
{
	struct gap *gap = ctx;

	if (!gap->cut && bo_journal_is(line, "fault")) {
		gap->cut = true;
		gap->off = json_integer_value(json_object_get(line, "done"));
	}
	if (gap->cut && !gap->on && bo_journal_is(line, "power") &&
	    json_is_true(json_object_get(line, "on")))
		gap->on = json_integer_value(json_object_get(line, "asked"));
}

Test(sim_trials, a_cut_until_drained_is_as_short_as_the_supply_allows)
{
	char id[256];
	struct gap gap = {0};
	size_t bad;

	id_prefix(id, sizeof(id), SIM, "cut-anywhere");
	(void)strcat(id, "smp.byte.3000=cut:off-drained");
	struct run run = run_it("replay " SIM, id);

	cr_assert_eq(run.cli.code, 0, "%s%s", run.cli.out.data, run.cli.err.data);
	cr_assert_eq(bo_journal_walk(run.journal.data, run.journal.len, measure_gap, &gap, &bad),
		     0);
	cr_expect_eq(gap.on - gap.off, 50 * BO_MS, "%lld ns", (long long)(gap.on - gap.off));
	run_done(&run);
}

static void take_census(void *ctx, const json_t *line)
{
	if (bo_journal_is(line, "census"))
		cr_assert_eq(bo_census_take(ctx, line), 0);
}

Test(sim_trials, a_trial_without_faults_counts_the_points_where_faults_could_strike)
{
	struct run run = run_it("run " SIM, "clean-update");
	struct bo_census census = {0};
	size_t bad;

	cr_assert_eq(run.cli.code, 0, "%s", run.cli.err.data);
	cr_assert_eq(bo_journal_walk(run.journal.data, run.journal.len, take_census, &census, &bad),
		     0);
	cr_expect_eq(bo_census_find(&census, "boot")->last, 2);
	cr_expect_eq(bo_census_find(&census, "power-on")->last, 1);
	cr_expect_eq(bo_census_find(&census, "smp.byte")->last, 16384);
	cr_expect_eq(bo_census_find(&census, "smp.at")->last, 100);
	/* the upload alone erases 17 pages and programs 8192 halfwords */
	cr_expect_gt(bo_census_find(&census, "flash.op")->count, 8209);
	bo_census_free(&census);
	run_done(&run);
}

Test(sim_trials, another_target_class_runs_by_its_file_alone)
{
	static const struct expected expected[] = {
		{"clean-update", "updated", "", "pass", 0, false},
		{"upload-cut", "kept-old", "updated", "pass", 1, true},
		{"never-confirmed", "rolled-back", "", "pass", 0, false},
	};
	struct run run = run_it("run " COMPACT, "clean-update upload-cut never-confirmed");

	cr_expect_eq(run.cli.code, 0, "exit %d\n%s", run.cli.code, run.cli.err.data);
	expect_trials(&run, expected, COUNT(expected));
	run_done(&run);
}

static void expect_same_file(const struct run *a, const struct run *b, const char *name)
{
	struct bo_buf left = {0}, right = {0};
	char path[640];

	snprintf(path, sizeof(path), "%s/%s", a->dir.path, name);
	slurp(path, &left);
	snprintf(path, sizeof(path), "%s/%s", b->dir.path, name);
	slurp(path, &right);
	cr_expect_gt(left.len, 100, "%s", name);
	cr_expect(left.len == right.len && memcmp(left.data, right.data, left.len) == 0,
		  "%s differs", name);
	bo_buf_done(&left);
	bo_buf_done(&right);
}

Test(sim_trials, the_same_ids_give_the_same_bytes)
{
	struct run run = run_it("run " SIM, "upload-cut swap-cut");
	struct bo_buf ids = {0}, name = {0};

	cr_assert_eq(run.trials.count, 2, "%s", run.cli.err.data);
	/* in the other order: a trial's journal is that of the trial alone */
	bo_buf_printf(&ids, "%s %s", run.trials.trial[1].id, run.trials.trial[0].id);
	struct run again = run_it("run " SIM, "upload-cut swap-cut");
	struct run replay = run_it("replay " SIM, ids.data);

	expect_same_file(&run, &again, "run/journal.jsonl");
	expect_same_file(&run, &again, "run/report/junit.xml");
	for (size_t i = 0; i < 2; i++) {
		static const char *const files[] = {"journal.jsonl", "console.raw"};

		for (size_t k = 0; k < COUNT(files); k++) {
			bo_buf_reset(&name);
			bo_buf_printf(&name, "run/trials/%s/%s", run.trials.trial[i].id, files[k]);
			expect_same_file(&run, &again, name.data);
			expect_same_file(&run, &replay, name.data);
		}
	}
	bo_buf_done(&ids);
	bo_buf_done(&name);
	run_done(&run);
	run_done(&again);
	run_done(&replay);
}

Test(sim_trials, a_report_that_cannot_be_written_is_no_success_and_hides_no_broken_promise)
{
	static const struct {
		const char *scenario;
		int code;
	} cases[] = {{"clean-update", 3}, {"swap-cut-forgetful", 1}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir = scratch_make();

		scratch_write(&dir, "run/report", "a file where a folder must be");
		struct cli cli =
			brownout("run " SIM "--out %s/run %s", dir.path, cases[i].scenario);

		cr_expect_eq(cli.code, cases[i].code, "exit %d\n%s", cli.code, cli.out.data);
		cr_expect_not_null(strstr(cli.err.data, "there is a file of this name"), "%s",
				   cli.err.data);
		cli_done(&cli);
		scratch_done(&dir);
	}
}

Test(sim_trials, a_share_of_a_plan_is_the_same_as_the_whole)
{
	struct run run = run_it("run " SIM, "clean-update never-confirmed");
	struct bo_buf before = {0}, after = {0}, path = {0};

	cr_assert_eq(run.trials.count, 2, "%s", run.cli.err.data);
	bo_buf_printf(&path, "%s/run/trials/%s/journal.jsonl", run.dir.path,
		      run.trials.trial[1].id);
	slurp(path.data, &before);
	cr_assert_eq(unlink(path.data), 0);
	struct cli worker = brownout("run --plan %s/run/plan.json --shard 2/2", run.dir.path);

	cr_expect_eq(worker.code, 0, "%s", worker.err.data);
	cr_expect_not_null(strstr(worker.out.data, "1 done\n"), "%s", worker.out.data);
	cr_expect_null(strstr(worker.out.data, "0 done\n"), "%s", worker.out.data);
	slurp(path.data, &after);
	cr_expect_str_eq(before.data, after.data);
	bo_buf_done(&before);
	bo_buf_done(&after);
	bo_buf_done(&path);
	cli_done(&worker);
	run_done(&run);
}

Test(sim_trials, a_point_that_is_not_reached_skips_the_trial)
{
	static const struct {
		const char *fault, *why;
	} cases[] = {
		{"smp.byte.20000=cut:off-1s", "smp.byte.20000 not reached, saw 16,384"},
		{"boot.9=cut:off-1s", "boot.9 not reached, saw 2"},
		{"flash.op.90000=cut:off-1s", NULL},
		{"smp.byte.8192+1h=cut:off-1s",
		 "smp.byte.8192 was passed, but the trial was over before its delay"},
	};
	char prefix[128];
	struct bo_buf ids = {0};

	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	for (size_t i = 0; i < COUNT(cases); i++)
		bo_buf_printf(&ids, "%s%s ", prefix, cases[i].fault);
	struct run run = run_it("replay " SIM, ids.data);

	cr_expect_eq(run.cli.code, 3, "never passed: exit %d\n%s", run.cli.code, run.cli.err.data);
	cr_assert_eq(run.trials.count, COUNT(cases), "%s", run.cli.err.data);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct trial *trial = &run.trials.trial[i];

		cr_expect_str_eq(trial->verdict, "skipped", "%s", trial->id);
		cr_expect_eq(trial->fired, 0, "%s", trial->id);
		if (cases[i].why)
			cr_expect_str_eq(trial->why, cases[i].why);
		else
			cr_expect(strncmp(trial->why, "flash.op.90000 not reached, saw ", 32) == 0,
				  "%s", trial->why);
	}
	cr_expect_not_null(strstr(run.cli.out.data, "\nNO VERDICT on some trials: planned 4, "
						    "fired 0, proven 0, judged 0, skipped 4, "));
	bo_buf_done(&ids);
	run_done(&run);
}

Test(sim_trials, what_a_cut_leaves_of_an_operation_must_fit_its_kind)
{
	char prefix[128];
	struct bo_buf ids = {0};

	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	bo_buf_printf(&ids, "%sflash.op.300=cut:off-300ms:first", prefix);
	struct run run = run_it("replay " SIM, ids.data);

	cr_expect_eq(run.cli.code, 3);
	cr_assert_eq(run.trials.count, 1);
	cr_expect_str_eq(run.trials.trial[0].why,
			 "rig: cut: this operation programs: it cannot be left 'first'");
	bo_buf_done(&ids);
	run_done(&run);
}

Test(sim_trials, power_is_cut_at_the_very_moment_even_inside_a_flash_operation)
{
	static const struct {
		const char *fault;
		int64_t delay, fired;
	} cases[] = {
		{"flash.op.9000+20us=cut:off-300ms", 20 * BO_US, 1},
		{"flash.op.20000+20us=cut:off-300ms", 20 * BO_US, 1},
		{"flash.op.3=cut:off-1ms", 0, 1},
		{"flash.op.300=cut:off-300ms:low", 0, 1},
		{"b2.flash.op.700=cut:off-300ms:clean", 0, 1},
		{"smp.at.50pct+1ns=cut:off-300ms", 1, 1},
		{"smp.byte.3000=cut:off-300ms,boot.2+100ms=cut:off-300ms", -1, 2},
	};
	char prefix[128];
	struct bo_buf ids = {0};

	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	for (size_t i = 0; i < COUNT(cases); i++)
		bo_buf_printf(&ids, "%s%s ", prefix, cases[i].fault);
	struct run run = run_it("replay " SIM, ids.data);

	cr_expect_eq(run.cli.code, 0, "exit %d\n%s", run.cli.code, run.cli.out.data);
	cr_assert_eq(run.trials.count, COUNT(cases));
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct trial *trial = &run.trials.trial[i];

		cr_expect_str_eq(trial->verdict, "pass", "%s: %s", trial->id, trial->why);
		cr_expect_eq(trial->fired, cases[i].fired, "%s", trial->id);
		cr_expect_eq(trial->proven, cases[i].fired, "%s", trial->id);
		if (cases[i].delay >= 0)
			cr_expect_eq(trial->fault_at - trial->point_at, cases[i].delay, "%s",
				     trial->id);
	}
	bo_buf_done(&ids);
	run_done(&run);
}
