#include "harness/tests/sim_run.h"

/* Whole trials over the sim rack's network while its link is impaired. */

TestSuite(net_trials, .timeout = 300);

#define NET RACK "--bench net "

static void expect_journal(const struct run *run, const char *text)
{
	cr_expect(strstr(run->journal.data, text), "no %s in\n%s", text, run->journal.data);
}

static void expect_trial(const struct run *run, size_t i, const char *verdict, const char *outcome,
			 const char *then)
{
	const struct trial *trial = &run->trials.trial[i];

	cr_assert_lt(i, run->trials.count, "%s", run->cli.err.data);
	cr_expect_str_eq(trial->verdict, verdict, "%s: %s", trial->id, trial->why);
	cr_expect_str_eq(trial->outcome, outcome, "%s: %s", trial->id, trial->why);
	cr_expect_str_eq(trial->then, then, "%s: %s", trial->id, trial->why);
	cr_expect_eq(trial->fired, trial->proven, "%s", trial->id);
}

/* Ten repeats of 2 s each take 22 s. */
Test(net_trials, an_outage_is_sat_out_or_ends_in_the_old_image_and_a_resumed_transfer)
{
	struct run run = run_it("run " NET, "scenarios/net-outage.yaml");

	expect_trial(&run, 0, "pass", "updated", "");
	expect_trial(&run, 1, "pass", "kept-old", "updated");
	cr_expect(run.trials.trial[1].resumed);
	for (size_t i = 0; i < 2; i++)
		cr_expect_eq(run.trials.trial[i].fired, 1);
	expect_journal(&run, "\"down\":\"loss 100 %\",\"up\":\"loss 100 %\",\"why\":\"as it is, "
			     "smp.at.40pct=net:down:30s\"");
	expect_journal(&run,
		       "\"way\":\"down\",\"is\":\"loss 100 %\",\"packets\":14,\"dropped\":14");
	cr_expect(strstr(run.cli.out.data, "network links (down to the target)"), "%s",
		  run.cli.out.data);
	run_done(&run);
}

/* A scenario of a class that is on a network: application 1.0.0, then 2.0.0. */
static void write_scenario(const struct scratch *dir, const char *name, const char *class,
			   const char *rest)
{
	struct bo_buf text = {0}, file = {0};
	char root[PATH_MAX];

	cr_assert(getcwd(root, sizeof(root)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: %s\ntargets: [%s]\nimages: %s/build/images\n"
		      "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n%s",
		      name, class, root, rest);
	bo_buf_printf(&file, "%s.yaml", name);
	scratch_write(dir, file.data, text.data);
	bo_buf_done(&text);
	bo_buf_done(&file);
}

static struct run run_written(const char *bench, const char *class, const char *rest)
{
	struct scratch dir = scratch_make();
	char args[256];

	write_scenario(&dir, "t", class, rest);
	snprintf(args, sizeof(args), "%s %s/t.yaml", bench, dir.path);
	struct run run = run_it("run", args);

	scratch_done(&dir);
	return run;
}

Test(net_trials, power_and_packets_are_lost_in_one_trial)
{
	struct run run = run_written(NET, "f103-net",
				     "network: {both: {loss: 5 %, delay: 20 ms}}\n"
				     "faults: [\"smp.at.50pct=cut:off-300ms\"]\n"
				     "max-lag: 100 ms\npromises: {outcome: kept-old}\n");

	expect_trial(&run, 0, "pass", "kept-old", "");
	cr_expect_eq(run.trials.trial[0].fired, 1);
	expect_journal(&run, "\"is\":\"delay 20 ms, loss 5 %\"");
	expect_journal(&run, "\"witness\":\"reset-cause\",\"says\":true");
	expect_journal(&run, "\"why\":\"healed\"");
	cr_expect(strstr(run.cli.out.data, "sent again"), "%s", run.cli.out.data);
	run_done(&run);
}

Test(net_trials, a_bench_that_cannot_impair_a_link_says_what_it_lacks)
{
	static const char *const cases[] = {
		"network: {profile: geo}\npromises: {outcome: updated}\n",
		"faults: [\"boot.1=net:down:1s\"]\npromises: {outcome: updated}\n",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct run run = run_written(SIM, "f103-swap", cases[i]);

		cr_expect_str_eq(run.trials.trial[0].verdict, "skipped");
		cr_expect(strstr(run.trials.trial[0].why, "netem"), "%s", run.trials.trial[0].why);
		expect_journal(&run, "\"not_applicable\":true");
		cr_expect_neq(run.cli.code, 0);
		run_done(&run);
	}
}

/* The scenario net-outage keeps such a promise. */
Test(net_trials, giving_up_later_than_promised_breaks_it)
{
	struct run run = run_written(NET, "f103-net",
				     "faults: [\"smp.at.10pct=net:blackhole\"]\n"
				     "promises: {outcome: kept-old, window: 5 s}\n");

	expect_trial(&run, 0, "fail", "kept-old", "");
	expect_journal(&run, "promised to be over within 5 s, took ");
	run_done(&run);
}
