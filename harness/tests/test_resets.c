#include "harness/tests/sim_run.h"

/* Resets that are no cuts, on the virtual board: whole trials, from the id to the verdict. */
TestSuite(resets, .timeout = 300);

struct expected {
	const char *faults, *outcome, *verdict, *why;
	int fired, proven;
	const char *said; /* what the journal says of resets and probe */
};

static void take_reset(void *ctx, const json_t *line)
{
	struct bo_buf *said = ctx;

	if (bo_journal_is(line, "probe"))
		bo_buf_printf(said, "probe %s;", bo_journal_str(line, "did", "?"));
	if (!bo_journal_is(line, "reset"))
		return;
	if (json_object_get(line, "pin"))
		bo_buf_printf(said, "pin %s;", bo_journal_str(line, "pin", "?"));
	else
		bo_buf_printf(said, "%s;", bo_journal_str(line, "cause", "?"));
}

static void expect(const struct expected *want, const char *prefix)
{
	struct bo_buf said = {0};
	char id[512];
	size_t bad;

	snprintf(id, sizeof(id), "%s%s", prefix, want->faults);
	struct run run = run_it("replay " SIM, id);
	const struct trial *trial = &run.trials.trial[0];

	bo_buf_printf(&said, "%s", "");
	cr_assert_eq(bo_journal_walk(run.journal.data, run.journal.len, take_reset, &said, &bad),
		     0);
	cr_expect_str_eq(trial->verdict, want->verdict, "%s: %s", want->faults, trial->why);
	cr_expect_str_eq(trial->outcome, want->outcome, "%s: %s", want->faults, trial->why);
	if (want->why)
		cr_expect_str_eq(trial->why, want->why, "%s: %s", want->faults, trial->why);
	cr_expect_eq(trial->fired, want->fired, "%s", want->faults);
	cr_expect_eq(trial->proven, want->proven, "%s", want->faults);
	cr_expect_str_eq(said.data, want->said, "%s: %s", want->faults, said.data);
	bo_buf_done(&said);
	run_done(&run);
}

static void expect_all(const char *scenario, const struct expected *cases, size_t count)
{
	char prefix[256];

	id_prefix(prefix, sizeof(prefix), SIM, scenario);
	for (size_t i = 0; i < count; i++)
		expect(&cases[i], prefix);
}

Test(resets, by_probe_and_by_pin_are_told_apart_and_the_update_goes_on)
{
	static const struct expected cases[] = {
		{"smp.byte.4096=reset:probe", "updated", "pass", NULL, 1, 1,
		 "probe attached;probe detached;SFT;"},
		{"smp.byte.4096=reset:pin:10ms", "updated", "pass", NULL, 1, 1, "pin let go;PIN;"},
		/* in the middle of the swap, that of a boot after a cut as well */
		{"b2.flash.op.500=reset:pin:1ms,b3.flash.op.500=reset:probe,"
		 "b4.flash.op.500=cut:off-300ms",
		 "updated", "pass", NULL, 3, 3,
		 "pin let go;PIN;probe attached;probe detached;SFT;"},
	};

	expect_all("clean-update", cases, COUNT(cases));
}

Test(resets, that_nobody_heard_are_not_proven)
{
	static const struct expected cases[] = {
		/* before the chip has told anybody that it has power */
		{"boot.1+1ms=reset:pin:10ms", "updated", "inconclusive",
		 "fault not proven: the target went on without a boot because of the reset", 1, 0,
		 "pin let go;"},
		{"smp.byte.16384+1s=reset:probe,boot.9=cut:off-1s", "updated", "skipped", NULL, 1,
		 1, "probe attached;probe detached;SFT;"},
		{"smp.byte.4096=reset:pin:10ms,smp.byte.4096=cut:off-300ms", "kept-old", "fail",
		 NULL, 2, 2, "pin let go;PIN;"},
	};

	expect_all("clean-update", cases, COUNT(cases));
}

Test(resets, need_what_the_bench_must_have)
{
	struct cli cli = brownout("plan --rack fixtures/racks/sim.yaml --bench compact "
				  "clean-update");
	char *id = strtok(cli.out.data, "\n");

	cr_assert_not_null(id);
	*(strrchr(id, '/') + 1) = '\0';
	struct run run = {.dir = scratch_make()};

	run.cli = brownout("replay " COMPACT " --out %s/run %sboot.2=reset:pin:1ms", run.dir.path,
			   id);
	cr_expect_eq(run.cli.code, 3, "%s", run.cli.err.data);
	cr_expect_not_null(strstr(run.cli.out.data, "reset-pin"), "%s", run.cli.out.data);
	cli_done(&cli);
	run_done(&run);
}
