#include <criterion/criterion.h>
#include <string.h>

#include "harness/tests/sim_run.h"

/*
 * Benches whose console dies with the target (fixtures/racks/native.yaml): whole trials, in which
 * the first 300 ms of each boot after a power-on are heard by nobody.
 */
#define NATIVE "--rack fixtures/racks/native.yaml --bench "

TestSuite(blind, .timeout = 300);

struct windows {
	int64_t lost, back, unheard, asked;
	char away[160];
};

static void take_window(void *ctx, const json_t *line)
{
	struct windows *windows = ctx;

	if (bo_journal_is(line, "ready"))
		windows->asked += bo_journal_bool(line, "asked", false);
	if (!bo_journal_is(line, "console"))
		return;
	const char *state = bo_journal_str(line, "state", "");

	if (strcmp(state, "lost") == 0)
		windows->lost++;
	if (strcmp(state, "away") == 0)
		(void)bo_str_copy(windows->away, sizeof(windows->away),
				  bo_journal_str(line, "why", ""));
	if (strcmp(state, "back") != 0)
		return;
	windows->back++;
	windows->unheard += bo_journal_int(line, "unheard", -1);
	cr_expect_geq(bo_journal_int(line, "blind", -1), bo_journal_int(line, "unheard", -1));
}

static struct windows windows_of(const struct run *run)
{
	struct windows windows = {0};
	size_t bad;

	cr_assert_eq(
		bo_journal_walk(run->journal.data, run->journal.len, take_window, &windows, &bad),
		0);
	return windows;
}

Test(blind, trials_end_as_they_do_where_everything_is_heard)
{
	static const char *const scenarios[] = {"upload-cut", "swap-cut", "never-confirmed"};

	for (size_t i = 0; i < COUNT(scenarios); i++) {
		struct run native = run_it("run " NATIVE "native", scenarios[i]);
		struct run sim = run_it("run " SIM, scenarios[i]);
		const struct trial *a = &native.trials.trial[0], *b = &sim.trials.trial[0];
		struct windows windows = windows_of(&native);

		cr_expect_str_eq(a->id, b->id);
		cr_expect_str_eq(a->outcome, b->outcome, "%s: %s", a->id, a->why);
		cr_expect_str_eq(a->then, b->then, "%s", a->id);
		cr_expect_str_eq(a->verdict, b->verdict, "%s: %s", a->id, a->why);
		cr_expect_eq(native.cli.code, sim.cli.code);
		/* one after each power-on but that of the preparation, which nobody listens to */
		cr_expect_eq(windows.back, a->power_ons - 1, "%s", a->id);
		cr_expect_eq(windows.unheard, windows.back * INT64_C(300000000), "%s", a->id);
		cr_expect_eq(windows_of(&sim).back, 0);
		run_done(&native);
		run_done(&sim);
	}
}

Test(blind, a_cut_whose_first_boot_spoke_to_nobody_is_not_proven_by_its_reset_cause)
{
	struct run run = run_it("run " NATIVE "unsensed", "swap-cut");

	cr_expect_eq(run.cli.code, 3);
	cr_expect_str_eq(run.trials.trial[0].why,
			 "cut not proven: the console was away during the first boot after it");
	cr_expect_eq(run.trials.trial[0].denied, 0);
	run_done(&run);
}

Test(blind, a_console_that_does_not_come_back_in_time_is_named)
{
	struct run run = run_it("run " NATIVE "gone", "clean-update");

	cr_expect_eq(run.cli.code, 3);
	cr_expect_str_eq(run.trials.trial[0].why,
			 "rig: the console did not come back before anything was done to the "
			 "target: no such USB device");
	cr_expect_str_eq(windows_of(&run).away, "no such USB device");
	run_done(&run);
}

/* The update's signature is wrong, so that the boot loader does not install it; and power is cut
 * while it thinks about that. The old image runs: did the new one, in between? The boot loader's
 * word would have told, and nobody heard it. (Its word of refusal would tell as well, where the
 * class knows it.) */
#define FORGED_UPDATE                                                            \
	"brownout: 1\nscenario: s\ntargets: [f103-swap]\nimages: .\n"            \
	"baseline: {boot: {image: \"images/{class}/boot.bin\"}, slot0: {image: " \
	"\"images/{class}/app-1.0.0.bin\"}}\nupdate: {image: forged.bin}\n"      \
	"fault: {at: boot.2, after: 5 ms, off: 300 ms}\npromises: {outcome: %s}\n"

static void forge(const struct scratch *dir)
{
	struct bo_buf image = {0};
	char path[128];
	FILE *f;

	slurp("build/images/f103-swap/app-2.0.0.bin", &image);
	image.data[image.len - 1] ^= 1;
	snprintf(path, sizeof(path), "%s/forged.bin", dir->path);
	f = fopen(path, "we");
	cr_assert(f && fwrite(image.data, 1, image.len, f) == image.len && fclose(f) == 0);
	bo_buf_done(&image);
}

static void write_class_without_refusals(const struct scratch *dir)
{
	static const char key[] = "  refused: ";
	struct bo_buf class = {0}, text = {0};

	slurp("scenarios/targets/f103-swap.yaml", &class);
	const char *line = strstr(class.data, key);

	cr_assert_not_null(line);
	bo_buf_printf(&text, "%.*s%s", (int)(line - class.data), class.data,
		      line + strcspn(line, "\n") + 1);
	scratch_write(dir, "targets/f103-swap.yaml", text.data);
	cr_assert_eq(setenv("BROWNOUT_PATH", dir->path, 1), 0);
	bo_buf_done(&class);
	bo_buf_done(&text);
}

Test(blind, a_promise_that_hangs_on_the_unheard_is_inconclusive)
{
	static const struct {
		const char *promised, *verdict;
	} cases[] = {
		{"kept-old", "inconclusive"},
		{"[kept-old, rolled-back]", "pass"},
		{"updated", "fail"},
	};
	char images[PATH_MAX], path[128], text[1024];

	cr_assert_not_null(realpath("build/images", images));
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scratch dir = scratch_make();

		snprintf(text, sizeof(text), FORGED_UPDATE, cases[i].promised);
		scratch_write(&dir, "s.yaml", text);
		forge(&dir);
		write_class_without_refusals(&dir);
		snprintf(path, sizeof(path), "%s/images", dir.path);
		cr_assert_eq(symlink(images, path), 0);
		snprintf(text, sizeof(text), NATIVE "native %s/s.yaml", dir.path);
		struct run run = run_it("run", text);
		const struct trial *trial = &run.trials.trial[0];

		cr_expect_str_eq(trial->verdict, cases[i].verdict, "%s: %s", cases[i].promised,
				 trial->why);
		cr_expect_str_eq(trial->outcome, "kept-old", "%s", trial->why);
		if (strcmp(trial->verdict, "inconclusive") == 0)
			cr_expect_str_eq(trial->why,
					 "kept-old or rolled-back: the console was away when the "
					 "new image could have spoken");
		run_done(&run);
		scratch_done(&dir);
	}
}
