#include "harness/engine/promises.h"
#include "harness/tests/f103_scenario.h"
#include "harness/tests/sim_run.h"

/* Who could see it: what could only end inconclusive is refused, by name, with its remedy. */
static struct scratch dir;

static void set_up(void)
{
	dir = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", dir.path, 1), 0);
	scratch_write(&dir, "rack.yaml",
		      "brownout: 1\nbenches:\n"
		      "  whole:\n    target: f103-swap\n    power: {main: {driver: sim}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
		      "    probe: {driver: sim}\n"
		      "    inputs: {marker: {driver: sim, pin: PB0}}\n"
		      "  mute:\n    target: f103-swap\n    power: {main: {driver: sim}}\n"
		      "  sworn:\n    target: f103-swap\n    off-proof: [sense]\n"
		      "    power: {main: {driver: sim, sense: absent}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
		      "    probe: {driver: sim}\n"
		      "  far:\n    target: f103-swap\n    power: {main: {driver: sim}}\n"
		      "    consoles: {main: {driver: sim, baud: 500000 baud}}\n");
}

static void tear_down(void)
{
	scratch_done(&dir);
}

TestSuite(sight, .init = set_up, .fini = tear_down, .timeout = 120);

Test(sight, what_nobody_could_judge_is_refused_with_the_witness_and_the_remedy)
{
	static const struct {
		const char *bench, *fault, *promises;
		const char *says[3];
	} cases[] = {
		{"mute",
		 "",
		 "outcome: updated",
		 {"promise 'outcome' needs a console", "'mute'", "name it under 'consoles'"}},
		{"far",
		 "",
		 "outcome: updated, kept: boot",
		 {"promise 'kept' needs a probe that reads flash", "'far'", "wire a debug probe"}},
		{"far",
		 "",
		 "outcome: updated, untouched-outside: [slot0, slot1]",
		 {"promise 'untouched-outside' needs", "'far'", "wire a debug probe"}},
		{"far",
		 "",
		 "outcome: updated, locked: yes",
		 {"promise 'locked' needs a debug probe", "'far'", "production: yes"}},
		{"whole",
		 "",
		 "outcome: updated, never-high: [marker, door]",
		 {"promise 'never-high: door' needs an input", "'whole'", "under 'inputs'"}},
		{"sworn",
		 "fault: {at: boot.2}\n",
		 "outcome: updated",
		 {"fault 'cut' needs a witness that power was off", "'sworn'", "sense input"}},
		{"sworn",
		 "strategy: {kind: linear, over: smp.byte, act: \"cut:off-1s\"}\n",
		 "outcome: updated",
		 {"fault 'cut' needs a witness", "'sworn'", "announce its reset cause"}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		static const char *const commands[] = {"plan", "run"};

		f103_promising(&dir, "p", "app-2.0.0", cases[i].fault, cases[i].promises);
		for (size_t k = 0; k < COUNT(commands); k++) {
			struct cli cli = brownout("%s --rack %s/rack.yaml --bench %s p",
						  commands[k], dir.path, cases[i].bench);

			cr_expect_eq(cli.code, 2, "%s", cases[i].promises);
			for (size_t n = 0; n < COUNT(cases[i].says); n++)
				cr_expect(strstr(cli.err.data, cases[i].says[n]), "no '%s' in %s",
					  cases[i].says[n], cli.err.data);
			cli_done(&cli);
		}
	}
}

Test(sight, what_may_be_judged_is_not_refused)
{
	static const struct {
		const char *bench, *fault, *promises;
	} cases[] = {
		{"whole", "fault: {at: boot.2}\n", "outcome: updated, never-high: marker"},
		/* can be found broken */
		{"far", "", "outcome: updated, reports-truth: yes"},
		{"whole", "", "outcome: updated, locked: yes"},
		{"sworn", "fault: {at: smp.frame.1, act: drop}\n", "outcome: updated"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		f103_promising(&dir, "p", "app-2.0.0", cases[i].fault, cases[i].promises);
		struct cli cli =
			brownout("plan --rack %s/rack.yaml --bench %s p", dir.path, cases[i].bench);

		cr_expect_eq(cli.code, 0, "%s", cli.err.data);
		cli_done(&cli);
	}
}

Test(sight, plan_lists_who_could_see_each_point_fault_and_promise)
{
	static const char *const lines[] = {
		"# point    pin.marker         an input at that pin: yes\n",
		"# fault    cut                a witness that power was off: yes\n",
		"# promise  outcome            a console, a probe that reads flash: yes\n",
		"# promise  never-high: marker an input at that pin: yes\n",
		"# promise  locked             a debug probe, a probe at a production board: can "
		"be broken, but "
		"not kept; ",
	};

	f103_promising(&dir, "p", "app-2.0.0", "faults: [pin.marker.3=cut:off-300ms]\n",
		       "outcome: updated, never-high: marker, locked: yes");
	struct cli cli = brownout("plan --witnesses --rack %s/rack.yaml --bench whole p", dir.path);

	cr_expect_eq(cli.code, 0, "%s", cli.err.data);
	for (size_t i = 0; i < COUNT(lines); i++)
		cr_expect(strstr(cli.out.data, lines[i]), "no '%s' in %s", lines[i], cli.out.data);
	cli_done(&cli);
}

Test(sight, rack_show_says_of_every_promise_whether_it_can_be_judged)
{
	struct cli cli = brownout("rack show --rack %s/rack.yaml", dir.path);

	cr_expect_eq(cli.code, 0);
	cr_expect(strstr(cli.out.data, "without a console nobody judges: outcome, then"), "%s",
		  cli.out.data);
	for (size_t i = 0; bo_promises_key(i); i++)
		cr_expect(strstr(cli.out.data, bo_promises_key(i)), "'%s' has no row",
			  bo_promises_key(i));
	cli_done(&cli);
}
