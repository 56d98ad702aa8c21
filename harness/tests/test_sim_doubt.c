#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

#include "harness/tests/sim_run.h"

/* Trials that end without a verdict about the target: the bench's limits, doubt, a signal. */

TestSuite(sim_doubt, .timeout = 300);

/* CBUS pins play no waveforms, and nobody sees into the flash of a real chip. */
Test(sim_doubt, a_bench_that_lacks_a_capability_is_not_asked_to_try)
{
	static const char rack[] = "brownout: 1\nbenches:\n  bench:\n    target: f103-swap\n"
				   "    power: {main: {driver: ftdi, usb: NOBODY, interface: CBUS, "
				   "pin: 0, on: high, safe: on}}\n";
	static const struct {
		const char *fault, *lacks;
	} cases[] = {
		{"flash.op.1=cut:off-1s", "not applicable: this bench lacks flash-ops\n"},
		{"flash.op.1=cut:off-1s:low", "not applicable: this bench lacks tears\n"},
		{"flash.op.1=cut:off-1s:low:ram-zero", "not applicable: this bench lacks finds\n"},
		{"boot.1+1s=dip:350us", "not applicable: this bench lacks dips\n"},
	};
	struct scratch dir = scratch_make();
	char prefix[128];

	scratch_write(&dir, "rack.yaml", rack);
	id_prefix(prefix, sizeof(prefix), SIM, "cut-anywhere");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("replay --rack %s/rack.yaml --out %s/run%zu %s%s",
					  dir.path, dir.path, i, prefix, cases[i].fault);

		cr_expect_eq(cli.code, 3, "exit %d\n%s", cli.code, cli.err.data);
		cr_expect_not_null(strstr(cli.out.data, cases[i].lacks), "%s", cli.out.data);
		cr_expect_not_null(strstr(cli.out.data, ": planned 0, fired 0, proven 0, judged 0, "
							"skipped 0, not applicable 1\n"),
				   "%s", cli.out.data);
		cli_done(&cli);
	}
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

Test(sim_doubt, a_trial_that_proves_nothing_is_no_verdict_about_the_target)
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

Test(sim_doubt, an_interrupted_run_ends_with_130_and_a_whole_journal)
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
		cli_exec(program, argv);
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
