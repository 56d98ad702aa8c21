#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "harness/tests/sim_run.h"

/* Strategies at work on the virtual board. */

TestSuite(strategy_runs, .timeout = 300);

static void write_scenario(const struct scratch *dir, const char *name, const char *boot,
			   const char *strategy, const char *promises)
{
	char here[PATH_MAX], file[80];
	struct bo_buf text = {0};

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: %s\ntargets: [f103-swap, f103-compact]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/%s.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "points: {swap: {console: \"BO-BOOT swap type=test\"}}\n"
		      "strategy: {%s}\npromises: {outcome: %s}\n",
		      name, here, boot, strategy, promises);
	snprintf(file, sizeof(file), "%s.yaml", name);
	scratch_write(dir, file, text.data);
	bo_buf_done(&text);
}

struct strategy_case {
	const char *name, *strategy;
	uint64_t found; /* at least, with a boot loader that forgets */
	uint64_t tried; /* the census included */
	uint64_t uniform;
};

static const struct strategy_case cases[] = {
	{"linear", "kind: linear, over: flash.op.9400..32000, every: 15000", 2, 3, 0},
	{"random", "kind: random, over: flash.op.9400..32000, trials: 1", 1, 2, 1},
	{"log", "kind: log, over: flash.op.12000..30000/9000", 2, 3, 0},
	{"pairs", "kind: pairs, over: flash.op.10000, then: b3.power-on.1+50ms", 1, 2, 0},
	{"bisect", "kind: bisect, over: flash.op.9200..32000/100, trials: 4", 2, 5, 1},
	{"swaps",
	 "kind: list, schedules: [\"swap.1+700ms=cut:off-300ms,boot.3+400ms=cut:off-300ms\"]", 1, 2,
	 0},
};

static struct cli run_all(const struct scratch *dir, const char *boot)
{
	struct bo_buf args = {0};

	for (size_t i = 0; i < COUNT(cases); i++) {
		write_scenario(dir, cases[i].name, boot, cases[i].strategy, "[kept-old, updated]");
		bo_buf_printf(&args, "%s/%s.yaml ", dir->path, cases[i].name);
	}
	struct cli cli = brownout("run " SIM "--out %s/run %s", dir->path, args.data);

	bo_buf_done(&args);
	return cli;
}

struct counted {
	uint64_t tried, failed, uniform;
	char scenario[64];
};

static void count_line(void *ctx, const json_t *line)
{
	struct counted *counted = ctx;
	static bool ours;

	if (bo_journal_is(line, "trial")) {
		const char *id = bo_journal_str(line, "id", "");
		size_t len = strlen(counted->scenario);

		ours = strncmp(id, counted->scenario, len) == 0 && id[len] == '@';
		counted->tried += ours;
	}
	if (ours && bo_journal_is(line, "verdict"))
		counted->failed += strcmp(bo_journal_str(line, "verdict", ""), "fail") == 0;
	counted->uniform += ours && bo_journal_is(line, "drawn");
}

static struct counted count_trials(const struct scratch *dir, const char *scenario)
{
	struct counted counted = {0};
	struct bo_buf journal = {0};
	char path[640];
	size_t bad;

	snprintf(path, sizeof(path), "%s/run/journal.jsonl", dir->path);
	slurp(path, &journal);
	(void)bo_str_copy(counted.scenario, sizeof(counted.scenario), scenario);
	cr_assert_eq(bo_journal_walk(journal.data, journal.len, count_line, &counted, &bad), 0);
	bo_buf_done(&journal);
	return counted;
}

Test(strategy_runs, what_was_planted_is_found_and_where_nothing_is_nothing_is_found)
{
	static const char *const boots[] = {"boot-forgetful", "boot"};

	for (size_t b = 0; b < COUNT(boots); b++) {
		struct scratch dir = scratch_make();
		struct cli cli = run_all(&dir, boots[b]);

		cr_expect_eq(cli.code, b == 0 ? 1 : 0, "exit %d\n%s%s", cli.code, cli.out.data,
			     cli.err.data);
		for (size_t i = 0; i < COUNT(cases); i++) {
			struct counted counted = count_trials(&dir, cases[i].name);

			cr_expect_eq(counted.tried, cases[i].tried, "%s with %s: %llu",
				     cases[i].name, boots[b], (unsigned long long)counted.tried);
			if (b == 0)
				cr_expect_geq(counted.failed, cases[i].found, "%s", cases[i].name);
			else
				cr_expect_eq(counted.failed, 0, "%s", cases[i].name);
			cr_expect_eq(counted.uniform, cases[i].uniform, "%s", cases[i].name);
		}
		cli_done(&cli);
		scratch_done(&dir);
	}
}

Test(strategy_runs, a_trial_without_faults_that_does_not_pass_ends_its_strategy)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "s", "boot", "kind: linear, over: boot", "kept-old");
	struct cli cli = brownout("run " SIM "--out %s/run %s/s.yaml", dir.path, dir.path);

	cr_expect_eq(cli.code, 1, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.err.data, "s: the trial without faults did not pass (fail: "
						"promised kept-old, was updated: "),
			   "%s", cli.err.data);
	cr_expect_eq(count_trials(&dir, "s").tried, 1, "nothing was cut");
	cli_done(&cli);
	scratch_done(&dir);
}

Test(strategy_runs, a_point_that_was_not_passed_is_no_verdict)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "s", "boot", "kind: linear, over: boot.7", "updated");
	struct cli cli = brownout("run " SIM "--out %s/run %s/s.yaml", dir.path, dir.path);

	cr_expect_eq(cli.code, 3, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.err.data, "s: strategy: "), "%s", cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "\nNO VERDICT on some trials: planned 1, "), "%s",
			   cli.out.data);
	cli_done(&cli);
	scratch_done(&dir);
}

Test(strategy_runs, bisect_finds_the_operation_at_which_the_outcome_changes)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, "s", "boot",
		       "kind: bisect, over: flash.op.8001..8400, after: 20 us, trials: 12",
		       "[kept-old, updated]");
	struct cli cli = brownout("run " SIM "--out %s/run %s/s.yaml", dir.path, dir.path);
	struct counted counted = count_trials(&dir, "s");

	cr_expect_eq(cli.code, 0, "exit %d\n%s%s", cli.code, cli.out.data, cli.err.data);
	cr_expect_leq(counted.tried, 13);
	cr_expect_eq(counted.uniform, 3);
	cr_expect_not_null(strstr(cli.out.data, "\n  s: kept-old up to flash.op.8268+20us, updated "
						"from flash.op.8269+20us\n"),
			   "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, ": n 3, failed 0: at most 63.2 %; with 0 "));
	cli_done(&cli);
	scratch_done(&dir);
}

/* ---- runs that are interrupted ---- */

#define SWEEP "kind: linear, over: smp.byte, every: 8000"

static void read_run(const struct scratch *dir, struct bo_buf *ret)
{
	char path[640];

	snprintf(path, sizeof(path), "%s/run/journal.jsonl", dir->path);
	slurp(path, ret);
}

static void expect_journal(const struct scratch *dir, const struct bo_buf *wanted)
{
	struct bo_buf journal = {0};

	read_run(dir, &journal);
	cr_expect_gt(journal.len, 1000);
	cr_expect(journal.len == wanted->len &&
		  memcmp(journal.data, wanted->data, wanted->len) == 0);
	bo_buf_done(&journal);
}

static void sweep(struct scratch *dir)
{
	*dir = scratch_make();
	write_scenario(dir, "s", "boot", SWEEP, "[kept-old, updated]");
	struct cli cli = brownout("run " SIM "--out %s/run %s/s.yaml", dir->path, dir->path);

	cr_assert_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_eq(count_trials(dir, "s").tried, 3);
	cli_done(&cli);
}

/* The journal of the trial with this schedule. */
static void trial_path(const struct scratch *dir, const char *schedule, char *out, size_t cap)
{
	char prefix[PATH_MAX];

	snprintf(prefix, sizeof(prefix), "--census %s/run " SIM "%s/s.yaml", dir->path, dir->path);
	struct cli cli = brownout("plan %s", prefix);

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	snprintf(out, cap, "%s/run/trials/%.*s/%s/journal.jsonl", dir->path,
		 (int)(strcspn(strchr(cli.out.data, '@'), "\n") + 1 - strlen("/none")),
		 cli.out.data, schedule);
	cli_done(&cli);
}

Test(strategy_runs, a_run_that_was_cut_off_goes_on_and_repeats_no_verdict)
{
	static const char *const schedules[] = {"none", "smp.byte.16000=cut:off-1s"};
	struct scratch dir;
	struct bo_buf whole = {0}, journal = {0};
	char path[PATH_MAX];

	sweep(&dir);
	read_run(&dir, &whole);
	for (size_t i = 0; i < COUNT(schedules); i++) {
		trial_path(&dir, schedules[i], path, sizeof(path));
		slurp(path, &journal);
		cr_assert_gt(journal.len, 500, "%s", path);
		cr_assert_eq(truncate(path, (off_t)journal.len - 1), 0);
		struct cli cli = brownout("run --resume %s/run", dir.path);

		cr_expect_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
		expect_journal(&dir, &whole);
		cli_done(&cli);
	}
	bo_buf_done(&journal);
	bo_buf_done(&whole);
	scratch_done(&dir);
}

static pid_t start_sweep(const struct scratch *dir)
{
	char program[PATH_MAX], out[PATH_MAX], scenario[PATH_MAX];
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid > 0)
		return pid;
	cli_program(program);
	snprintf(out, sizeof(out), "%s/run", dir->path);
	snprintf(scenario, sizeof(scenario), "%s/s.yaml", dir->path);
	const char *const argv[] = {"brownout", "run", "--rack", "fixtures/racks/sim.yaml",
				    "--bench",	"sim", "--out",	 out,
				    scenario,	NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)dup2(null, 1);
	cli_exec(program, argv);
	return 0;
}

Test(strategy_runs, a_run_that_was_killed_goes_on_where_it_was)
{
	struct scratch whole, part = scratch_make();
	char path[PATH_MAX];
	int status;

	struct bo_buf journal = {0};

	sweep(&whole);
	read_run(&whole, &journal);
	write_scenario(&part, "s", "boot", SWEEP, "[kept-old, updated]");
	trial_path(&whole, "smp.byte.8000=cut:off-1s", path, sizeof(path));
	/* the same trial in the other folder */
	char *trials = strstr(path, "/run/trials/");
	char watched[PATH_MAX];

	snprintf(watched, sizeof(watched), "%s%s", part.path, trials);
	pid_t pid = start_sweep(&part);

	while (access(watched, F_OK) < 0 && waitpid(pid, &status, WNOHANG) == 0)
		(void)poll(NULL, 0, 1);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status), "it was still at work");
	struct cli cli = brownout("run --resume %s/run", part.path);

	cr_expect_eq(cli.code, 0, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_null(strstr(cli.out.data, "/none\n      "), "the census stays as it was");
	expect_journal(&part, &journal);
	bo_buf_done(&journal);
	cli_done(&cli);
	scratch_done(&whole);
	scratch_done(&part);
}

Test(strategy_runs, a_plan_is_listed_shared_out_filtered_and_saved)
{
	struct scratch dir;
	size_t lines = 0;

	sweep(&dir);
	struct cli all = brownout("plan " SIM "--census %s/run %s/s.yaml", dir.path, dir.path);
	struct cli second =
		brownout("plan " SIM "--shard 1/2 --census %s/run %s/s.yaml", dir.path, dir.path);
	struct cli some = brownout("plan " SIM "--filter smp.byte.1*=* --census %s/run %s/s.yaml",
				   dir.path, dir.path);
	struct cli blind = brownout("plan " SIM "%s/s.yaml", dir.path);

	cr_assert_eq(all.code, 0, "%s", all.err.data);
	for (const char *at = all.out.data; *at; at++)
		lines += *at == '\n' && at[-1] != '\n';
	cr_expect_geq(lines, 3);
	cr_expect_not_null(strstr(second.out.data, "/smp.byte.8000=cut:off-1s\n"));
	cr_expect_null(strstr(second.out.data, "/smp.byte.16000="), "%s", second.out.data);
	cr_expect_null(strstr(some.out.data, "/smp.byte.8000="), "%s", some.out.data);
	cr_expect_not_null(strstr(some.out.data, "/smp.byte.16000="), "%s", some.out.data);
	cr_expect_not_null(strstr(all.out.data, " s of the bench's time: 0 h 00 min\n"), "%s",
			   all.out.data);
	cr_expect_not_null(strstr(all.out.data, "\n# flash: up to 138 erases of one page, of the "
						"10,000 that it endures\n"),
			   "%s", all.out.data);
	cr_expect_eq(blind.code, 2);
	cr_expect_not_null(strstr(blind.err.data, "take it from a run of the same scenario with "
						  "--census DIR"));
	struct cli saved = brownout("plan " SIM "--shard 2/2 --save %s/saved --census %s/run "
				    "%s/s.yaml",
				    dir.path, dir.path, dir.path);
	struct cli run = brownout("run --resume %s/saved", dir.path);

	cr_expect_eq(saved.code, 0, "%s", saved.err.data);
	cr_expect_eq(run.code, 0, "%s", run.err.data);
	cr_expect_not_null(strstr(run.out.data, "planned 2, fired 1"), "%s", run.out.data);
	cli_done(&all);
	cli_done(&second);
	cli_done(&some);
	cli_done(&blind);
	cli_done(&saved);
	cli_done(&run);
	scratch_done(&dir);
}

/* ---- what failed: how often, and how little does it take ---- */

Test(strategy_runs, a_failing_trial_is_shrunk_to_what_it_takes)
{
	struct scratch dir = scratch_make();
	char prefix[128];

	id_prefix(prefix, sizeof(prefix), SIM, "swap-cut-forgetful");
	struct cli cli = brownout("shrink " SIM "--out %s/run %sswap.1+712ms=cut:off-300ms,"
				  "b4.power-on.1+37ms=cut:off-50ms",
				  dir.path, prefix);

	cr_expect_eq(cli.code, 1, "exit %d\n%s", cli.code, cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "/swap.1+700ms=cut:off-300ms\n"));
	const char *result = strstr(cli.out.data, "\nshrunk to:\n  ");

	cr_assert_not_null(result, "%s", cli.out.data);
	cr_expect_not_null(strstr(result, "/swap.1+700ms=cut:off-300ms\n"), "%s", result);
	cr_expect_not_null(strstr(result, " replay --rack fixtures/racks/sim.yaml --bench sim "));
	struct cli explain =
		brownout("explain --run %s/run %sswap.1+700ms=cut:off-300ms", dir.path, prefix);
	struct cli diff = brownout("diff %s/run %s/run", dir.path, dir.path);
	struct cli nowhere = brownout("explain --run %s %snone", dir.path, prefix);

	cr_expect_eq(explain.code, 0, "%s", explain.err.data);
	cr_expect_not_null(strstr(explain.out.data, "\n  promised  updated\n"));
	cr_expect_not_null(strstr(explain.out.data, "; cuts proven: 1 of 1; worst lag 0 us; the "
						    "golden image boots on the same bench\n"),
			   "%s", explain.out.data);
	cr_expect_eq(diff.code, 0, "%s", diff.out.data);
	cr_expect_eq(nowhere.code, 2);
	cr_expect_not_null(strstr(nowhere.err.data, "no journal of this trial in "));
	cli_done(&explain);
	cli_done(&diff);
	cli_done(&nowhere);
	cli_done(&cli);
	scratch_done(&dir);
}

Test(strategy_runs, a_trial_that_does_not_fail_is_not_shrunk_and_has_a_rate)
{
	struct scratch dir = scratch_make();
	char prefix[128];

	id_prefix(prefix, sizeof(prefix), SIM, "clean-update");
	struct cli shrink = brownout("shrink " SIM "--out %s/run %snone", dir.path, prefix);
	struct cli rate = brownout("rate " SIM "--out %s/rate -n 2 %snone", dir.path, prefix);

	cr_expect_not_null(strstr(shrink.out.data, "\nshrink: it did not fail here"));
	cr_expect_eq(rate.code, 0, "exit %d\n%s", rate.code, rate.err.data);
	cr_expect_not_null(strstr(rate.out.data, "planned 2, fired 0, proven 0, judged 2, "));
	cr_expect_not_null(strstr(rate.out.data, "\nrate: failed 0 of 2 judged: between 0 % and "
						 "84.2 % with 95 % confidence\n"),
			   "%s", rate.out.data);
	cli_done(&shrink);
	cli_done(&rate);
	scratch_done(&dir);
}
