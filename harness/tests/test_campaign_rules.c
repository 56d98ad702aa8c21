#include <criterion/criterion.h>

#include "harness/tests/sim_run.h"

/* Rules of a run that are fixed before it begins. */

TestSuite(campaign_rules, .timeout = 300);

static void write_scenario(const struct scratch *dir, const char *strategy, const char *promise)
{
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\nseed: 5\ntargets: [f103-compact]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "strategy: %s\npromises: {outcome: %s}\n",
		      here, strategy, promise);
	scratch_write(dir, "s.yaml", text.data);
	bo_buf_done(&text);
}

static void expect(const struct cli *cli, int code, const char *const said[])
{
	cr_expect_eq(cli->code, code, "exit %d\n%s%s", cli->code, cli->out.data, cli->err.data);
	for (size_t i = 0; said[i]; i++)
		cr_expect(strstr(cli->out.data, said[i]) || strstr(cli->err.data, said[i]),
			  "no '%s' in %s%s", said[i], cli->out.data, cli->err.data);
}

Test(campaign_rules, a_stop_rule_ends_what_has_been_shown_and_prints_its_own_bound)
{
	static const char *const met[] = {
		"stop rule, fixed now: ",
		"it ended: the rate is at most that; trials left out: 25\n",
		": n 5, failed 0: at most 55.9 %;",
		"planned 6, fired 5, proven 5, judged 6,",
		NULL,
	};
	static const char *const exceeded[] = {"it ended: the rate is ABOVE that; ", NULL};
	struct scratch dir = scratch_make();

	write_scenario(&dir, "{kind: random, over: flash.op, trials: 30}", "[kept-old, updated]");
	struct cli cli = brownout("run " COMPACT "--stop-at 60%% --out %s/run %s/s.yaml", dir.path,
				  dir.path);

	expect(&cli, 0, met);
	cli_done(&cli);
	/* it is the plan's: a run that goes on ends where it did */
	cli = brownout("run --resume %s/run", dir.path);
	expect(&cli, 0, met);
	cli_done(&cli);
	write_scenario(&dir, "{kind: random, over: smp.byte, trials: 12}", "updated");
	cli = brownout("run " COMPACT "--stop-at 30%% --out %s/bad %s/s.yaml", dir.path, dir.path);
	expect(&cli, 1, exceeded);
	cli_done(&cli);
	scratch_done(&dir);
}

Test(campaign_rules, a_stop_rule_that_could_not_hold_is_refused)
{
	static const struct {
		const char *options, *why;
	} cases[] = {
		{"--stop-at 0%", "--stop-at: a rate between 0 % and 100 %"},
		{"--stop-at 100%", "--stop-at: a rate between 0 % and 100 %"},
		{"--stop-at 1% --shard 1/2", "cannot be divided into shards"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *const said[] = {cases[i].why, NULL};
		struct cli cli = brownout("run " COMPACT "%s swap-cut", cases[i].options);

		expect(&cli, 2, said);
		cli_done(&cli);
	}
}
