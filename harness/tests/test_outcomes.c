#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/tests/sim_run.h"

/*
 * Every outcome, provoked by real machine code: the reference firmware's variants on the virtual
 * board. Beside each what comes close and is something else.
 */
struct outcome_case {
	const char *name; /* of the scenario that is written for it */
	const char *boot, *old_app, *update;
	const char *more;	   /* of the scenario, or NULL */
	const char *outcome, *why; /* what it must be, and how the reason begins */
	const char *then;	   /* of the second update, where there is one */
};

#define OLD "app-1.0.0"
#define NEW "app-2.0.0"

#define CUT_UPLOAD "}\nfault: {at: smp.byte.8192, off: 300 ms"
#define CUT_SWAP                                                                                \
	"}\npoints: {swap: {console: \"BO-BOOT swap type=test\"}}\nfault: {at: swap.1, after: " \
	"700 "                                                                                  \
	"ms, off: 300 ms"

static struct scratch library;

static void replace(struct bo_buf *text, const char *from, const char *to)
{
	const char *at = strstr(text->data, from);
	struct bo_buf out = {0};

	cr_assert_not_null(at, "the class has no '%s'", from);
	bo_buf_printf(&out, "%.*s%s%s", (int)(at - text->data), text->data, to, at + strlen(from));
	bo_buf_done(text);
	*text = out;
}

/* The standard class with a change, found before the one that comes with us. */
static void write_class(const char *from, const char *to)
{
	struct bo_buf class = {0};

	slurp("scenarios/targets/f103-swap.yaml", &class);
	replace(&class, from, to);
	/* what does not come back is waited for */
	replace(&class, "power-cycles: 2", "power-cycles: 1");
	scratch_write(&library, "targets/f103-swap.yaml", class.data);
	bo_buf_done(&class);
}

static void set_up(void)
{
	library = scratch_make();
	cr_assert_eq(setenv("BROWNOUT_PATH", library.path, 1), 0);
	write_class("recovery: 15 s", "recovery: 5 s");
}

static void tear_down(void)
{
	scratch_done(&library);
}

TestSuite(outcomes, .init = set_up, .fini = tear_down, .timeout = 300);

/* That a good image is refused is a finding: who promises a refusal has to name its control. */
static bool can_be_promised(const struct outcome_case *c)
{
	return strcmp(c->outcome, "unresolved") != 0 && strcmp(c->outcome, "refused") != 0;
}

static const char *verdict_of(const struct outcome_case *c)
{
	if (can_be_promised(c))
		return "pass";
	return strcmp(c->outcome, "refused") == 0 ? "fail" : "inconclusive";
}

static void write_scenario(const struct outcome_case *c)
{
	struct bo_buf text = {0};
	char images[PATH_MAX], name[64];

	cr_assert_not_null(realpath("build/images", images));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: %s\ntargets: [f103-swap, f103-compact]\nimages: %s\n"
		      "baseline:\n  boot: {image: \"{class}/%s.bin\"}\n"
		      "  slot0: {image: \"{class}/%s.bin\"}\n"
		      "update: {image: \"{class}/%s.bin\"%s}\npromises: {outcome: %s%s%s}\n",
		      c->name, images, c->boot, c->old_app, c->update, c->more ? c->more : "",
		      can_be_promised(c) ? c->outcome : "updated", c->then ? ", then: " : "",
		      c->then ? c->then : "");
	snprintf(name, sizeof(name), "%s.yaml", c->name);
	scratch_write(&library, name, text.data);
	bo_buf_done(&text);
}

/* What the journal says of them, for more to be expected. */
static struct trials expect_outcomes(const char *command, const struct outcome_case *cases,
				     size_t count)
{
	struct bo_buf names = {0};

	for (size_t i = 0; i < count; i++) {
		write_scenario(&cases[i]);
		bo_buf_printf(&names, "%s ", cases[i].name);
	}
	struct run run = run_it(command, names.data);

	cr_assert_eq(run.trials.count, count, "%s", run.cli.err.data);
	for (size_t i = 0; i < count; i++) {
		const struct trial *trial = &run.trials.trial[i];
		const char *then = cases[i].then ? cases[i].then : "";
		const char *why = cases[i].why;

		cr_expect_str_eq(trial->outcome, cases[i].outcome, "%s: %s", cases[i].name,
				 trial->why);
		cr_expect_str_eq(trial->verdict, verdict_of(&cases[i]), "%s: %s", cases[i].name,
				 trial->why);
		cr_expect_str_eq(trial->then, then, "%s: %s", cases[i].name, trial->why);
		cr_expect(strncmp(trial->why, why, strlen(why)) == 0, "%s: %s", cases[i].name,
			  trial->why);
	}
	bo_buf_done(&names);
	run_done(&run);
	return run.trials;
}

/* ---- what runs is not what it says ---- */

Test(outcomes, wrong_image_is_what_a_liar_runs)
{
	static const char neither[] = "what runs is neither the old nor the new image";
	static const struct outcome_case cases[] = {
		/* says by SMP that it is the new one; flash is read back */
		{"liar-in-flash", "boot", "app-1.0.0-liar", NEW, NULL, "wrong-image", neither,
		 NULL},
		/* the new one by its header and by SMP; its banner is the old one's */
		{"liar-by-banner", "boot", OLD, "app-2.0.0-liar", NULL, "wrong-image", neither,
		 NULL},
		/* not: both ways of telling agree, before and after an update */
		{"honest", "boot", OLD, NEW, NULL, "updated", "the new image runs", NULL},
		{"equal-version", "boot", NEW, "app-2.0.0-44k", NULL, "updated",
		 "the new image runs", NULL},
	};

	struct trials trials = expect_outcomes("run " SIM, cases, COUNT(cases));

	cr_expect_str_eq(trials.trial[0].flash, "old", "caught by read-back");
	cr_expect_str_eq(trials.trial[1].flash, "new", "caught by the banner alone");
}

/* ---- what does not come back ---- */

Test(outcomes, bricked_is_what_neither_power_nor_an_image_helps)
{
	static const struct outcome_case cases[] = {
		{"dead", "boot", OLD, "app-2.0.0-dead", NULL, "bricked",
		 "no application after power cycles; the golden image boots", NULL},
		{"no-recovery", "boot-forgetful", OLD, "app-2.0.0-no-return", NULL, "bricked",
		 "no application after power cycles; the golden image boots", NULL},
		/* not: it can be helped over the update's own line */
		{"no-return", "boot", OLD, "app-2.0.0-no-return", NULL, "recovery-mode",
		 "no application, but the boot loader waits for an image, and takes one", NULL},
		/* not: the cut that bricks who has no recovery; the golden image, then the update
		 */
		{"cut-recovery", "boot-forgetful-recovery", OLD, NEW, CUT_SWAP, "recovery-mode",
		 "no application, but the boot loader waits for an image, and takes one",
		 "updated"},
	};

	expect_outcomes("run " SIM, cases, COUNT(cases));
}

Test(outcomes, a_boot_loop_never_leads_to_an_application_that_answers)
{
	static const struct outcome_case cases[] = {
		{"boot-loop", "boot", OLD, "app-2.0.0-boot-loop", NULL, "boot-loop",
		 "boots again and again without an application", NULL},
		/* the same with an application that says that it is up, and then hangs */
		{"flapping", "boot", "app-2.0.0-hang", OLD, NULL, "boot-loop",
		 "boots again and again without an application", NULL},
		/* not: it reboots too, but then there is an application */
		{"crash", "boot", OLD, "app-2.0.0-crash", NULL, "rolled-back", "", NULL},
	};

	expect_outcomes("run " SIM, cases, COUNT(cases));
}

Test(outcomes, slow_is_not_bricked_within_its_deadline)
{
	static const struct outcome_case in_time = {
		"slow", "boot", OLD, "app-2.0.0-slow", NULL, "updated", "the new image runs", NULL};
	static const struct outcome_case late = {"slow", "boot",	OLD, "app-2.0.0-slow",
						 NULL,	 "rolled-back", "",  NULL};

	write_class("recovery: 15 s", "recovery: 10 s");
	expect_outcomes("run " SIM, &in_time, 1);
	/* it is given up, power goes away, and who was never confirmed is taken back */
	write_class("recovery: 15 s", "recovery: 5 s");
	expect_outcomes("run " SIM, &late, 1);
}

Test(outcomes, a_boot_loader_that_only_says_that_it_takes_images_is_bricked)
{
	static const struct outcome_case cases[] = {
		{"says-so", "boot-forgetful", OLD, "app-2.0.0-no-return", NULL, "bricked",
		 "waits for an image and takes none; the golden image boots on the same bench",
		 NULL},
	};

	write_class("recovery: \"BO-BOOT recovery\"\n  dead: [\"BO-BOOT no image\"]",
		    "recovery: \"BO-BOOT no image\"");
	expect_outcomes("run " SIM, cases, COUNT(cases));
}

Test(outcomes, unresolved_is_a_bench_that_cannot_clear_itself)
{
	static const struct outcome_case cases[] = {
		{"dead", "boot", OLD, "app-2.0.0-dead", NULL, "unresolved",
		 "did not come back, and the golden image did not boot", NULL},
	};
	struct bo_buf command = {0};

	/* a relay that stays open from the golden image on */
	scratch_write(
		&library, "rack.yaml",
		"brownout: 1\nbenches:\n  b:\n    target: f103-swap\n    power: {main: {driver: "
		"sim, relay: stuck-open, lies-from: 3, sense: absent}}\n"
		"    consoles: {main: {driver: sim, baud: 500000 baud}}\n"
		"    probe: {driver: sim}\n");
	bo_buf_printf(&command, "run --rack %s/rack.yaml", library.path);
	expect_outcomes(command.data, cases, COUNT(cases));
	bo_buf_done(&command);
}

Test(outcomes, recovery_mode_and_a_second_update_on_the_other_class)
{
	static const struct outcome_case cases[] = {
		{"no-return", "boot", OLD, "app-2.0.0-no-return", NULL, "recovery-mode", "",
		 "recovery-mode"},
	};

	expect_outcomes("run " COMPACT, cases, COUNT(cases));
}

/* ---- what comes back ---- */

Test(outcomes, degraded_is_a_right_image_that_serves_no_more)
{
	static const struct outcome_case cases[] = {
		{"degraded", "boot", OLD, "app-2.0.0-degraded", NULL, "degraded",
		 "a right image runs, but takes no further update", "refused"},
		/* not: it takes the same update once more */
		{"clean", "boot", OLD, NEW, NULL, "updated", "the new image runs", "updated"},
		/* not: who refused the update at all may refuse it again */
		{"refuses", "boot", "app-2.0.0-degraded", "app-2.0.0-44k", NULL, "refused",
		 "promised updated, was refused: the old image runs; the update was refused",
		 "refused"},
	};

	expect_outcomes("run " SIM, cases, COUNT(cases));
}

Test(outcomes, what_the_old_image_runs_for)
{
	static const char again[] = "the old image runs again after the new one ran";
	static const char never[] = "the old image runs; the new one never did";
	static const struct outcome_case cases[] = {
		{"unconfirmed", "boot", OLD, NEW, ", confirm: no", "rolled-back", again, NULL},
		{"crash", "boot", OLD, "app-2.0.0-crash", NULL, "rolled-back", again, NULL},
		{"hang", "boot", OLD, "app-2.0.0-hang", NULL, "rolled-back", again, NULL},
		/* not: the new one was never started */
		{"cut-upload", "boot", OLD, NEW, CUT_UPLOAD, "kept-old", never, NULL},
		/* not: the same cut, but the swap goes on */
		{"cut-swap", "boot", OLD, NEW, CUT_SWAP, "updated", "the new image runs", NULL},
		{"refuses", "boot", "app-2.0.0-degraded", "app-2.0.0-44k", NULL, "refused",
		 "promised updated, was refused: the old image runs; the update was refused", NULL},
	};

	expect_outcomes("run " SIM, cases, COUNT(cases));
}
