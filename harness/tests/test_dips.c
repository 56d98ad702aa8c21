#include "harness/tests/sim_run.h"

/*
 * Dips on a simulated bench whose rail holds for a millisecond: whole trials, from the id to the
 * verdict.
 */
static struct scratch dir;

static void set_up(void)
{
	char root[PATH_MAX], text[PATH_MAX + 512];

	dir = scratch_make();
	cr_assert(getcwd(root, sizeof(root)));
	scratch_write(&dir, "rack.yaml",
		      "brownout: 1\nbenches:\n  sim:\n    target: f103-swap\n"
		      "    power: {main: {driver: sim, hold-up: 1 ms}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
		      "    probe: {driver: sim}\n");
	snprintf(text, sizeof(text),
		 "brownout: 1\nscenario: dip\ntargets: [f103-swap]\nimages: %s/build/images\n"
		 "baseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		 "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		 "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		 "points: {swap: {console: \"BO-BOOT swap type=test\"}}\n"
		 "fault: {at: smp.byte.8192, after: 1 ms, dip: 350 us}\n"
		 "promises: {outcome: [updated, kept-old]}\n",
		 root);
	scratch_write(&dir, "dip.yaml", text);
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(dips, .init = set_up, .fini = tear_down, .timeout = 300);

struct expected {
	const char *faults, *outcome;
	const char *target; /* what the journal says it made of the dip */
	const char *edges;
	int fired;
};

struct found {
	struct bo_buf target, edges;
	int64_t seen;
};

static void take_dip(void *ctx, const json_t *line)
{
	struct found *found = ctx;
	const json_t *edges = json_object_get(line, "edges");

	if (bo_journal_is(line, "dip"))
		bo_buf_printf(&found->target, "%s;", bo_journal_str(line, "target", "?"));
	for (size_t i = 0; i < json_array_size(edges); i++)
		bo_buf_printf(&found->edges, "%lld ",
			      (long long)json_integer_value(json_array_get(edges, i)) / 1000);
	if (edges)
		found->seen = bo_journal_int(line, "seen", -1);
}

static void expect(const struct expected *want, const char *prefix)
{
	struct run run;
	struct found found = {0};
	char command[256], id[512];
	size_t bad = 0;

	snprintf(command, sizeof(command), "replay --rack %s/rack.yaml", dir.path);
	snprintf(id, sizeof(id), "%s%s", prefix, want->faults);
	run = run_it(command, id);
	cr_assert_eq(bo_journal_walk(run.journal.data, run.journal.len, take_dip, &found, &bad), 0);
	const struct trial *trial = &run.trials.trial[0];

	cr_expect_str_eq(trial->verdict, "pass", "%s: %s", want->faults, trial->why);
	cr_expect_str_eq(trial->outcome, want->outcome, "%s: %s", want->faults, trial->why);
	cr_expect_eq(trial->fired, want->fired, "%s", want->faults);
	cr_expect_eq(trial->proven, want->fired, "%s", want->faults);
	cr_expect_eq(trial->lag, 0, "%s", want->faults);
	cr_expect_str_eq(found.target.data, want->target, "%s: %s", want->faults,
			 found.target.data);
	cr_expect_str_eq(found.edges.data, want->edges, "%s", want->faults);
	bo_buf_done(&found.target);
	bo_buf_done(&found.edges);
	run_done(&run);
}

Test(dips, are_felt_only_where_the_rail_does_not_hold)
{
	static const struct expected cases[] = {
		{"smp.byte.8192+1ms=dip:350us", "updated", "no reset seen;", "0 350 ", 1},
		{"smp.byte.8192+1ms=dip:350us:x3:every-2ms", "updated", "no reset seen;",
		 "0 350 2000 2350 4000 4350 ", 1},
		{"smp.byte.8192+1ms=dip:5ms", "updated", "reset;", "0 5000 ", 1},
		{"swap.1+20ms=dip:5ms:x2:every-30ms", "updated", "reset;", "0 5000 30000 35000 ",
		 1},
		{"smp.byte.8192+1ms=dip:350us,smp.byte.9000=cut:off-300ms", "kept-old",
		 "no reset seen;", "0 350 ", 2},
	};
	char prefix[256], bench[192];

	snprintf(bench, sizeof(bench), "--rack %s/rack.yaml", dir.path);
	id_prefix(prefix, sizeof(prefix), bench, "dip");
	for (size_t i = 0; i < COUNT(cases); i++)
		expect(&cases[i], prefix);
}

Test(dips, of_the_scenario_stand_in_the_id)
{
	struct cli cli = brownout("plan --rack %s/rack.yaml dip", dir.path);

	cr_expect_not_null(strstr(cli.out.data, "/smp.byte.8192+1ms=dip:350us"), "%s",
			   cli.out.data);
	cli_done(&cli);
}
