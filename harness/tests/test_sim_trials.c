#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "harness/model/journal.h"
#include "harness/tests/cli.h"

/* Whole trials on the virtual board: the engine, the protocol and the firmware, nothing between. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RACK	"--rack fixtures/racks/sim.yaml "
#define SIM	RACK "--bench sim "
#define COMPACT RACK "--bench compact "

TestSuite(sim_trials, .timeout = 300);

/* What a journal says of its trials, in order. */
struct trial {
	char id[512];
	char outcome[32], then[32], verdict[16], why[320];
	int64_t point_at, fault_at, lag;
	int64_t fired, proven, denied;
	int64_t power_ons, boots, written;
	bool resumed;
};

struct trials {
	struct trial trial[16];
	size_t count;
};

static void take_outcome(struct trial *trial, const json_t *line)
{
	bool first = trial->outcome[0] == '\0';

	(void)bo_str_copy(first ? trial->outcome : trial->then, sizeof(trial->then),
			  bo_journal_str(line, "outcome", "?"));
	trial->resumed = bo_journal_bool(line, "resumed", false);
}

static void take_verdict(struct trial *trial, const json_t *line)
{
	(void)bo_str_copy(trial->verdict, sizeof(trial->verdict),
			  bo_journal_str(line, "verdict", "?"));
	(void)bo_str_copy(trial->why, sizeof(trial->why), bo_journal_str(line, "why", "?"));
	trial->fired = bo_journal_int(line, "fired", -1);
	trial->proven = bo_journal_int(line, "proven", -1);
}

static void take(void *ctx, const json_t *line)
{
	struct trials *trials = ctx;

	if (bo_journal_is(line, "trial")) {
		cr_assert_lt(trials->count, COUNT(trials->trial));
		trials->count++;
	}
	cr_assert_gt(trials->count, 0);
	struct trial *trial = &trials->trial[trials->count - 1];
	int64_t at = bo_journal_int(line, "at", 0);

	if (bo_journal_is(line, "trial"))
		(void)bo_str_copy(trial->id, sizeof(trial->id), bo_journal_str(line, "id", "?"));
	else if (bo_journal_is(line, "outcome"))
		take_outcome(trial, line);
	else if (bo_journal_is(line, "verdict"))
		take_verdict(trial, line);
	else if (bo_journal_is(line, "point"))
		trial->point_at = at;
	else if (bo_journal_is(line, "fault"))
		trial->fault_at = bo_journal_int(line, "done", -1),
		trial->lag = bo_journal_int(line, "lag", -1);
	else if (bo_journal_is(line, "proof"))
		trial->denied += !bo_journal_bool(line, "says", false);
	else if (bo_journal_is(line, "power"))
		trial->power_ons += bo_journal_bool(line, "on", false);
	else if (bo_journal_is(line, "boot"))
		trial->boots++;
	else if (bo_journal_is(line, "range"))
		trial->written += bo_journal_int(line, "bytes", 0);
}

/* A run in a folder that goes with it. */
struct run {
	struct scratch dir;
	struct cli cli;
	struct bo_buf journal;
	struct trials trials;
};

static void read_journal(struct run *run, const char *name)
{
	char path[128];
	size_t bad = 0;

	snprintf(path, sizeof(path), "%s/%s", run->dir.path, name);
	slurp(path, &run->journal);
	cr_assert_eq(bo_journal_walk(run->journal.data, run->journal.len, take, &run->trials, &bad),
		     0, "line %zu is none", bad);
}

static struct run run_it(const char *command, const char *args)
{
	struct run run = {.dir = scratch_make()};

	run.cli = brownout("%s --out %s/run %s", command, run.dir.path, args);
	read_journal(&run, "run/journal.jsonl");
	return run;
}

static void run_done(struct run *run)
{
	cli_done(&run->cli);
	bo_buf_done(&run->journal);
	scratch_done(&run->dir);
}

/* SCENARIO@hash8/class/ */
static void id_prefix(char *out, size_t cap, const char *bench, const char *scenario)
{
	struct cli cli = brownout("plan %s %s", bench, scenario);

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	*(strrchr(cli.out.data, '/') + 1) = '\0';
	cr_assert(bo_str_copy(out, cap, cli.out.data));
	cli_done(&cli);
}

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
	cr_expect_not_null(strstr(run.cli.out.data, "\nrepeat what broke a promise:\n"));
	cr_expect_not_null(strstr(run.cli.out.data, "--bench sim swap-cut-forgetful@"));
	cr_expect_not_null(strstr(run.cli.out.data,
				  "\nA PROMISE WAS BROKEN: planned 5, fired 3, proven 3, judged 5, "
				  "skipped 0, not applicable 0\n"));
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

Test(sim_trials, power_is_cut_at_the_very_moment_even_inside_a_flash_operation)
{
	static const struct {
		const char *fault;
		int64_t delay, fired;
	} cases[] = {
		{"flash.op.9000+20us=cut:off-300ms", 20 * BO_US, 1},
		{"flash.op.20000+20us=cut:off-300ms", 20 * BO_US, 1},
		{"flash.op.3=cut:off-1ms", 0, 1},
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

Test(sim_trials, a_bench_that_cannot_see_a_point_is_not_asked_to_try)
{
	static const char rack[] = "brownout: 1\nbenches:\n  bench:\n    target: f103-swap\n"
				   "    power: {main: {driver: ftdi, usb: NOBODY, interface: B, "
				   "pin: 0, on: high, safe: on}}\n";
	struct scratch dir = scratch_make();
	char prefix[128];

	scratch_write(&dir, "rack.yaml", rack);
	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	struct cli cli = brownout("replay --rack %s/rack.yaml --out %s/run "
				  "%sflash.op.1=cut:off-1s",
				  dir.path, dir.path, prefix);

	cr_expect_eq(cli.code, 3, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "not applicable: this bench lacks flash-ops\n"),
			   "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, ": planned 0, fired 0, proven 0, judged 0, "
						"skipped 0, not applicable 1\n"),
			   "%s", cli.out.data);
	cli_done(&cli);
	scratch_done(&dir);
}

/* ---- trials that prove nothing: scenarios and classes of the test's own ---- */

/* A folder with the class, its text changed, a scenario and a rack. */
static struct scratch odd_library(const char *from, const char *to, const char *scenario,
				  const char *rack)
{
	struct scratch dir = scratch_make();
	struct bo_buf class = {0}, text = {0};
	char images[PATH_MAX], path[96];

	slurp("scenarios/targets/f103-swap.yaml", &class);
	const char *at = strstr(class.data, from);

	cr_assert_not_null(at, "the class has no '%s'", from);
	bo_buf_printf(&text, "%.*s%s%s", (int)(at - class.data), class.data, to, at + strlen(from));
	scratch_write(&dir, "targets/f103-swap.yaml", text.data);
	scratch_write(&dir, "s.yaml", scenario);
	scratch_write(&dir, "rack.yaml", rack);
	cr_assert_not_null(realpath("build/images", images));
	snprintf(path, sizeof(path), "%s/images", dir.path);
	cr_assert_eq(symlink(images, path), 0);
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
	bo_buf_done(&class);
	bo_buf_done(&text);
	return dir;
}

#define SCENARIO                                                           \
	"brownout: 1\nscenario: s\ntargets: [f103-swap]\nimages: images\n" \
	"baseline: {boot: {image: \"{class}/boot.bin\"}, slot0: {image: "  \
	"\"{class}/app-1.0.0.bin\"}}\n"                                    \
	"update: {image: \"{class}/app-2.0.0.bin\"}\npromises: {outcome: [kept-old, updated]}\n"
#define NO_BOOT_LOADER                                                     \
	"brownout: 1\nscenario: s\ntargets: [f103-swap]\nimages: images\n" \
	"baseline: {slot0: {image: \"{class}/app-1.0.0.bin\"}}\n"          \
	"update: {image: \"{class}/app-2.0.0.bin\"}\npromises: {outcome: [kept-old, updated]}\n"
#define FAULT "fault: {at: smp.byte.100, off: 300 ms}\n"
#define RACK_TEXT(identity, probe)                                                           \
	"brownout: 1\nbenches:\n  b:\n    target: f103-swap\n" identity                      \
	"    power: {main: {driver: sim}}\n    consoles: {main: {driver: sim, baud: 500000 " \
	"baud}}\n" probe
#define PROBE "    probe: {driver: sim}\n"

Test(sim_trials, a_trial_that_proves_nothing_is_no_verdict_about_the_target)
{
	static const struct {
		const char *what, *from, *to, *scenario, *rack, *why;
		bool writes;
	} cases[] = {
		{"a reset cause that denies the cut", "[POR]", "[BOR]", SCENARIO FAULT,
		 RACK_TEXT("", PROBE), "cut not proven: reset-cause says that power stayed", true},
		{"a rail that speaks for the cut alone", "power-causes: [POR]", "", SCENARIO FAULT,
		 RACK_TEXT("", PROBE), NULL, true},
		{"a baseline that does not boot", "[POR]", "[POR]", NO_BOOT_LOADER,
		 RACK_TEXT("", PROBE),
		 "rig: the target did not boot its baseline before anything was done to it", true},
		{"another board", "[POR]", "[POR]", SCENARIO,
		 RACK_TEXT("    identity: {uid: \"0123\"}\n", PROBE),
		 "rig: probe: the wrong board answers: its unique id is 424F562D53494D2D30303031, "
		 "the rack file says 0123",
		 false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir =
			odd_library(cases[i].from, cases[i].to, cases[i].scenario, cases[i].rack);
		struct run run = {.dir = scratch_make()};

		run.cli = brownout("run --rack %s/rack.yaml --out %s/run %s/s.yaml", dir.path,
				   run.dir.path, dir.path);
		read_journal(&run, "run/journal.jsonl");
		const struct trial *trial = &run.trials.trial[0];

		cr_expect_eq(run.cli.code, cases[i].why ? 3 : 0, "%s: exit %d\n%s%s", cases[i].what,
			     run.cli.code, run.cli.out.data, run.cli.err.data);
		cr_expect_str_eq(trial->verdict, cases[i].why ? "inconclusive" : "pass", "%s",
				 cases[i].what);
		if (cases[i].why)
			cr_expect_str_eq(trial->why, cases[i].why, "%s", cases[i].what);
		cr_expect_eq(trial->written > 0, cases[i].writes, "%s", cases[i].what);
		run_done(&run);
		scratch_done(&dir);
	}
}

/* ---- a signal ---- */

Test(sim_trials, an_interrupted_run_ends_with_130_and_a_whole_journal)
{
	struct run run = {.dir = scratch_make()};
	char program[PATH_MAX], out[96], prefix[128], c;
	const char *argv[128] = {"brownout", "replay", "--rack", "fixtures/racks/sim.yaml",
				 "--bench",  "sim",    "--out",	 out};
	char ids[100][160];
	int pipes[2], status;

	snprintf(out, sizeof(out), "%s/run", run.dir.path);
	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	for (size_t i = 0; i < COUNT(ids); i++) {
		snprintf(ids[i], sizeof(ids[i]), "%ssmp.byte.%zu=cut:off-1s", prefix, i + 1);
		argv[8 + i] = ids[i];
	}
	cli_program(program);
	cr_assert_eq(pipe(pipes), 0);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	close(pipes[1]);
	/* the first trial is over: some have a verdict, most were never begun */
	while (read(pipes[0], &c, 1) == 1 && c != '\n')
		;
	cr_assert_eq(kill(pid, SIGINT), 0);
	while (read(pipes[0], &c, 1) == 1)
		;
	close(pipes[0]);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 130, "status %x", status);
	struct bo_buf journal = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/journal.jsonl", out);
	slurp(path, &journal);
	cr_expect_gt(journal.len, 0);
	cr_expect_eq(journal.data[journal.len - 1], '\n');
	cr_expect_not_null(strstr(journal.data, "\"verdict\":\"pass\""));
	bo_buf_done(&journal);
	scratch_done(&run.dir);
}
