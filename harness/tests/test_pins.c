#include "harness/tests/f103_scenario.h"
#include "harness/tests/sim_run.h"

/* Input pins on the virtual board: their edges as fault points, and promises about their level. */
static struct scratch dir;

static void set_up(void)
{
	dir = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
	scratch_write(&dir, "rack.yaml",
		      "brownout: 1\nbenches:\n  one:\n    target: f103-swap\n"
		      "    power: {main: {driver: sim}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
		      "    probe: {driver: sim}\n"
		      "    inputs: {marker: {driver: sim, pin: PB0}, "
		      "motor: {driver: sim, pin: PC13}}\n");
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(pins_trial, .init = set_up, .fini = tear_down, .timeout = 300);

static struct run run_here(void)
{
	char prefix[256];

	snprintf(prefix, sizeof(prefix), "run --rack %s/rack.yaml ", dir.path);
	return run_it(prefix, "p");
}

Test(pins_trial, the_nth_edge_is_a_fault_point_and_the_boot_counts_from_its_own_beginning)
{
	static const struct {
		const char *fault, *verdict, *why;
		int fired;
	} cases[] = {
		{"faults: [pin.marker.3+1ms=cut:off-300ms]\n", "pass", "", 1},
		{"faults: [pin.marker.3=cut:off-300ms, b3.pin.marker.2=cut:off-300ms]\n", "pass",
		 "", 2},
		{"faults: [pin.marker.900=cut:off-300ms]\n", "skipped",
		 "pin.marker.900 not reached, saw 16", 0},
		{"faults: [pin.motor.1=cut:off-300ms]\n", "skipped",
		 "pin.motor.1 not reached, saw 0", 0},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		f103_promising(&dir, "p", "app-2.0.0", cases[i].fault, "outcome: updated");
		struct run run = run_here();
		const struct trial *trial = &run.trials.trial[0];

		cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
		cr_expect_str_eq(trial->verdict, cases[i].verdict, "%s: %s", cases[i].fault,
				 trial->why);
		cr_expect_eq(trial->fired, cases[i].fired, "%s", cases[i].fault);
		cr_expect_eq(trial->proven, cases[i].fired, "%s", cases[i].fault);
		if (cases[i].why[0])
			cr_expect_str_eq(trial->why, cases[i].why);
		run_done(&run);
	}
}

Test(pins_trial, an_edge_strikes_at_the_very_instruction_and_again_at_the_same)
{
	int64_t at[2];

	f103_promising(&dir, "p", "app-2.0.0", "faults: [pin.marker.3=cut:off-300ms]\n",
		       "outcome: updated");
	for (size_t i = 0; i < COUNT(at); i++) {
		struct run run = run_here();

		cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
		at[i] = run.trials.trial[0].fault_at;
		cr_expect_eq(run.trials.trial[0].point_at, at[i]);
		cr_expect_eq(run.trials.trial[0].lag, 0);
		run_done(&run);
	}
	cr_expect_eq(at[0], at[1]);
}

Test(pins_trial, never_high_is_kept_broken_or_nobody_can_say)
{
	static const struct {
		const char *promises, *verdict, *why;
	} cases[] = {
		{"outcome: updated, never-high: motor", "pass", "the new image runs"},
		{"outcome: updated, never-high: [motor, marker]", "fail",
		 "promised that 'marker' is never high, and it was, 26"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		f103_promising(&dir, "p", "app-2.0.0", "", cases[i].promises);
		struct run run = run_here();
		const struct trial *trial = &run.trials.trial[0];

		cr_assert_eq(run.trials.count, 1, "%s", run.cli.err.data);
		cr_expect_str_eq(trial->verdict, cases[i].verdict, "%s", trial->why);
		cr_expect_eq(strncmp(trial->why, cases[i].why, strlen(cases[i].why)), 0, "%s",
			     trial->why);
		run_done(&run);
	}
}

Test(pins_trial, a_bench_without_that_input_is_not_asked_to_cut_there)
{
	f103_promising(&dir, "p", "app-2.0.0", "faults: [pin.door.1=cut:off-300ms]\n",
		       "outcome: updated");
	struct cli cli = brownout("plan --rack %s/rack.yaml p", dir.path);

	cr_expect(strstr(cli.out.data, "# not applicable: this bench lacks inputs"), "%s",
		  cli.out.data);
	cli_done(&cli);
}

Test(pins_trial, a_census_counts_edges_and_a_strategy_strikes_at_them)
{
	f103_promising(&dir, "p", "app-2.0.0",
		       "strategy: {kind: linear, over: pin.marker.2..4, act: \"cut:off-300ms\"}\n",
		       "outcome: updated");
	struct run run = run_here();

	cr_assert_eq(run.cli.code, 0, "%s", run.cli.out.data);
	cr_assert_eq(run.trials.count, 4, "the census, and three");
	cr_expect(strstr(run.trials.trial[1].id, "/pin.marker.2=cut:off-300ms"), "%s",
		  run.trials.trial[1].id);
	run_done(&run);
}
