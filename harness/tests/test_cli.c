#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>

#include "harness/engine/plan_file.h"
#include "harness/tests/cli.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define SIM "--rack fixtures/racks/sim.yaml --bench sim "

TestSuite(cli, .timeout = 120);

/* `from` replaced by `to` wherever it stands. */
static void replace_all(struct bo_buf *text, const char *from, const char *to)
{
	struct bo_buf out = {0};
	const char *at = text->data;

	for (const char *hit; (hit = strstr(at, from)); at = hit + strlen(from)) {
		bo_buf_add(&out, at, (size_t)(hit - at));
		bo_buf_printf(&out, "%s", to);
	}
	bo_buf_printf(&out, "%s", at);
	bo_buf_done(text);
	*text = out;
}

Test(cli, racks_are_put_side_by_side_by_what_their_drivers_declare)
{
	struct cli cli = brownout("rack capabilities fixtures/racks/sim.yaml "
				  "fixtures/racks/lab-native.yaml fixtures/racks/yours.yaml");

	cr_expect_eq(cli.code, 0, "%s", cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "| sim | lab-native | yours |"));
	cr_expect_not_null(strstr(cli.out.data, " first word | yes | no | yes |"));
	cr_expect_not_null(strstr(cli.out.data, " | virtual | virtual | real |"));
	cli_done(&cli);
	cli = brownout("rack capabilities fixtures/racks/sim.yaml fixtures/racks/none.yaml");
	cr_expect_eq(cli.code, 2);
	cli_done(&cli);
}

Test(cli, a_mistake_on_the_command_line_is_one_line_and_exit_2)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{"rnu", "unknown command 'rnu' (did you mean 'run'?); see 'brownout --help'"},
		{"nothing-like-it", "unknown command 'nothing-like-it'; see 'brownout --help'"},
		{"run " SIM, "run: name at least one scenario file"},
		{"plan " SIM, "plan: name at least one scenario file"},
		{"replay " SIM, "replay: give at least one trial id"},
		{"run --bnch sim x", "unknown option '--bnch' (did you mean '--bench'?)"},
		{"run --quite-another", "unknown option '--quite-another'; see --help"},
		{"run --bench", "--bench needs a value: NAME"},
		{"replay --anyway=yes x", "--anyway takes no value"},
		{"run --min-judged 5 " SIM "x",
		 "--min-judged '5': a bare number; say for example '5 %'"},
		{"rack", "rack: say 'rack check', 'rack show', 'rack who', 'rack versions', 'rack "
			 "test', 'rack capabilities FILE...' or 'rack ladder'"},
		{"rack chekc", "rack: say 'rack check', 'rack show', 'rack who', 'rack versions', "
			       "'rack test', 'rack capabilities FILE...' or 'rack ladder'"},
		{"run --rack nowhere.yaml x",
		 "rack file 'nowhere.yaml': No such file or directory; name one with --rack or "
		 "BROWNOUT_RACK"},
		{"run --rack fixtures/racks/sim.yaml x",
		 "the rack has 3 benches; choose one with --bench: sim, compact, net"},
		{"run --rack fixtures/racks/sim.yaml --bench smi x",
		 "no bench 'smi' in this rack; there are: sim, compact, net"},
		{"replay " SIM "clean-update", "trial id: no scenario before '@' at "
					       "'clean-update'"},
		{"replay " SIM "clean-update@0123/f103-swap/none",
		 "trial id: '0123' is not a hash of 8 hexadecimal digits"},
		{"replay " SIM "clean-update@00000000/f103-swap/boot.1=burn",
		 "trial id: unknown action 'burn'; known: cut, dip, drop, duplicate, delay, "
		 "corrupt, reorder, break, garbage, silence, reset, net"},
		{"replay " SIM "clean-update@00000000/f103-compact/none",
		 "the id is for target class 'f103-compact', bench 'sim' has 'f103-swap'; choose "
		 "another bench with --bench or --rack"},
		{"replay --anyway " SIM "clean-update@00000000/f103-swap/swpa.1=cut:off-1s",
		 "the id names fault point 'swpa', which is neither built in nor under 'points:' "
		 "of scenario 'clean-update'"},
		{"replay --anyway " SIM "refuse-no-image@00000000/f103-swap/boot.1=cut:off-1s",
		 "the id has a fault, but scenario 'refuse-no-image' has a control, which would "
		 "not take the same way"},
		{"run " SIM "clean-update clean-update", NULL},
		{"run --plan nowhere.json", "plan nowhere.json: No such file or directory"},
		{"run --plan x --shard 0/2", "--shard '0/2': say K/N, for example 1/4"},
		{"run --plan x --shard 3/2", "--shard '3/2': say K/N, for example 1/4"},
		{"run --plan x --shard 2", "--shard '2': say K/N, for example 1/4"},
		{"run --plan x --shard 1/2x", "--shard '1/2x': say K/N, for example 1/4"},
	};

	(void)unsetenv("BROWNOUT_RACK");
	(void)unsetenv("BROWNOUT_PATH");
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("%s", cases[i].args);
		struct bo_buf wanted = {0};

		cr_expect_eq(cli.code, 2, "%s: exit %d\n%s", cases[i].args, cli.code, cli.err.data);
		cr_expect_str_eq(cli.out.data, "", "%s", cases[i].args);
		if (cases[i].message) {
			bo_buf_printf(&wanted, "brownout: %s\n", cases[i].message);
			cr_expect_str_eq(cli.err.data, wanted.data, "%s", cases[i].args);
		} else {
			cr_expect_not_null(strstr(cli.err.data, "/none is given twice\n"));
		}
		bo_buf_done(&wanted);
		cli_done(&cli);
	}
}

Test(cli, help_and_version_go_to_standard_output)
{
	static const struct {
		const char *args, *begins;
	} cases[] = {
		{"--help", "usage: brownout COMMAND [OPTION...] [ARGUMENT...]\n"},
		{"help", "usage: brownout COMMAND [OPTION...] [ARGUMENT...]\n"},
		{"--version", "brownout "},
		{"version", "brownout "},
		{"run --help", "usage: brownout run [OPTION...] SCENARIO...\n"},
		{"plan --help", "usage: brownout plan [OPTION...] SCENARIO...\n"},
		{"replay --help", "usage: brownout replay [OPTION...] ID...\n"},
		{"rack --help", "usage: brownout rack "
				"check|show|who|versions|test|capabilities|ladder [OPTION...]\n"},
		{"doctor --help", "usage: brownout doctor [--rack FILE] [--udev]\n"},
		{"power --help", "usage: brownout power "},
		{"console --help", "usage: brownout console "},
		{"flash --help", "usage: brownout flash "},
		{"update --help", "usage: brownout update "},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cli cli = brownout("%s", cases[i].args);

		cr_expect_eq(cli.code, 0, "%s", cases[i].args);
		cr_expect_str_eq(cli.err.data, "", "%s", cases[i].args);
		cr_expect(strncmp(cli.out.data, cases[i].begins, strlen(cases[i].begins)) == 0,
			  "%s: %s", cases[i].args, cli.out.data);
		cli_done(&cli);
	}
	struct cli cli = brownout(" ");

	cr_expect_eq(cli.code, 2);
	cr_expect_str_eq(cli.out.data, "");
	cr_expect(strncmp(cli.err.data, "usage: ", 7) == 0, "%s", cli.err.data);
	cli_done(&cli);
}

Test(cli, what_a_user_wrote_is_shown_escaped)
{
	struct cli cli = brownout("run " SIM "a\x1b[2J");

	cr_expect_eq(cli.code, 2);
	cr_expect_null(strchr(cli.err.data, '\x1b'), "%s", cli.err.data);
	cr_expect_not_null(strstr(cli.err.data, "no file for 'a\\x1b[2J'"), "%s", cli.err.data);
	cli_done(&cli);
}

Test(cli, a_rack_file_is_checked_and_shown)
{
	struct cli cli = brownout("rack check --rack fixtures/racks/sim.yaml");

	cr_expect_eq(cli.code, 0, "%s", cli.err.data);
	cr_expect_not_null(strstr(cli.out.data, "sim.yaml: 3 benches, no mistakes\n"));
	cli_done(&cli);
	cli = brownout("rack show --rack harness/tests/broken/good.rack.yaml");
	cr_expect_eq(cli.code, 0, "%s", cli.err.data);
	static const char begins[] =
		"bench bench: target class f103-swap, unique id not checked\n"
		"  power    sim: the virtual board's supply\n"
		"  console  serial: a serial port of this host, or a pty\n"
		"  probe    absent: start state not proven, no read-back: a wrong image cannot be "
		"told from a right one\n"
		"  reset    absent: no faults with reset:pin\n"
		"  network  absent: no update over UDP, no link to make worse\n"
		"  inputs   absent: no faults at edges, no promises about pins\n"
		"  can      flash-ops tears dips sense first-words quiet-line virtual-time\n"
		"  judges   outcome ";
	cr_expect_eq(strncmp(cli.out.data, begins, strlen(begins)), 0, "%s", cli.out.data);
	cr_expect_not_null(strstr(cli.out.data, "  without a debug probe nobody judges: locked\n"));
	cli_done(&cli);
}

/* ---- broken files: a folder with a rack, a scenario, images and a port that shows its opening */

struct lab {
	struct scratch dir;
	int far_end; /* of the console */
};

static struct lab lab_make(const char *rack, const char *scenario)
{
	struct lab lab = {.dir = scratch_make()};
	char path[PATH_MAX], port[64], images[PATH_MAX];

	if (rack)
		scratch_copy(&lab.dir, "rack.yaml", rack);
	if (scenario)
		scratch_copy(&lab.dir, "s.yaml", scenario);
	cr_assert_not_null(realpath("build/images", images));
	snprintf(path, sizeof(path), "%s/images", lab.dir.path);
	cr_assert_eq(symlink(images, path), 0);
	lab.far_end = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	cr_assert_geq(lab.far_end, 0);
	cr_assert_eq(grantpt(lab.far_end) | unlockpt(lab.far_end), 0);
	cr_assert_eq(ptsname_r(lab.far_end, port, sizeof(port)), 0);
	snprintf(path, sizeof(path), "%s/console", lab.dir.path);
	cr_assert_eq(symlink(port, path), 0);
	cr_assert_not_null(realpath("scenarios", path));
	cr_assert_eq(setenv("BROWNOUT_PATH", path, 1), 0);
	return lab;
}

/* A port is raw from its first opening on. */
static bool lab_was_opened(const struct lab *lab)
{
	struct termios settings;

	cr_assert_eq(tcgetattr(lab->far_end, &settings), 0);
	return !(settings.c_lflag & ECHO);
}

static void lab_done(struct lab *lab)
{
	close(lab->far_end);
	scratch_done(&lab->dir);
}

#define BROKEN	      "harness/tests/broken/"
#define GOOD_RACK     BROKEN "good.rack.yaml"
#define GOOD_SCENARIO BROKEN "good.scenario.yaml"

Test(cli, good_files_do_open_the_device)
{
	struct lab lab = lab_make(GOOD_RACK, GOOD_SCENARIO);

	cr_expect_not(lab_was_opened(&lab));
	struct cli cli = brownout_in(lab.dir.path, "run --rack rack.yaml --out run s.yaml");

	cr_expect_eq(cli.code, 3, "nobody answers there: exit %d\n%s", cli.code, cli.err.data);
	cr_expect(lab_was_opened(&lab), "the port does not show that it was opened");
	cli_done(&cli);
	lab_done(&lab);
}

/* The message stands beside the broken file, in NAME.txt. */
Test(cli, a_broken_file_is_one_message_and_exit_2_before_any_device_is_opened)
{
	static const struct {
		const char *name;
		const char *rack, *scenario; /* NULL: not there at all */
	} cases[] = {
		{"unknown-key", BROKEN "unknown-key.rack.yaml", GOOD_SCENARIO},
		{"wrong-type", GOOD_RACK, BROKEN "wrong-type.scenario.yaml"},
		{"bad-unit", GOOD_RACK, BROKEN "bad-unit.scenario.yaml"},
		{"duplicate-key", BROKEN "duplicate-key.rack.yaml", GOOD_SCENARIO},
		{"missing-role", BROKEN "missing-role.rack.yaml", GOOD_SCENARIO},
		{"ambiguous-role", BROKEN "ambiguous-role.rack.yaml", GOOD_SCENARIO},
		{"tab-indent", BROKEN "tab-indent.rack.yaml", GOOD_SCENARIO},
		{"missing-rack", NULL, GOOD_SCENARIO},
		{"missing-scenario", GOOD_RACK, NULL},
		{"missing-image", GOOD_RACK, BROKEN "missing-image.scenario.yaml"},
		{"empty-file", GOOD_RACK, BROKEN "empty-file.scenario.yaml"},
		{"two-documents", GOOD_RACK, BROKEN "two-documents.scenario.yaml"},
		{"anchors", BROKEN "anchors.rack.yaml", GOOD_SCENARIO},
		{"baud-0", BROKEN "baud-0.rack.yaml", GOOD_SCENARIO},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lab lab = lab_make(cases[i].rack, cases[i].scenario);
		struct cli cli =
			brownout_in(lab.dir.path, "run --rack rack.yaml --out run ./s.yaml");
		struct bo_buf wanted = {0};
		char text[96];

		snprintf(text, sizeof(text), BROKEN "%s.txt", cases[i].name);
		slurp(text, &wanted);
		snprintf(text, sizeof(text), "%s/", lab.dir.path);
		replace_all(&cli.err, text, "");
		cr_expect_eq(cli.code, 2, "%s: exit %d", cases[i].name, cli.code);
		cr_expect_str_eq(cli.err.data, wanted.data, "%s", cases[i].name);
		cr_expect_str_eq(cli.out.data, "", "%s", cases[i].name);
		cr_expect_not(lab_was_opened(&lab), "%s", cases[i].name);
		snprintf(text, sizeof(text), "%s/run", lab.dir.path);
		cr_expect_neq(access(text, F_OK), 0, "%s left a run directory", cases[i].name);
		bo_buf_done(&wanted);
		cli_done(&cli);
		lab_done(&lab);
	}
}

Test(cli, all_mistakes_of_all_scenarios_come_at_once)
{
	struct lab lab = lab_make(GOOD_RACK, BROKEN "bad-unit.scenario.yaml");

	scratch_copy(&lab.dir, "t.yaml", BROKEN "wrong-type.scenario.yaml");
	struct cli cli = brownout_in(lab.dir.path, "plan --rack rack.yaml s.yaml t.yaml");

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "s.yaml:9:35: error: "), "%s", cli.err.data);
	cr_expect_not_null(strstr(cli.err.data, "t.yaml:8:9: error: "), "%s", cli.err.data);
	cli_done(&cli);
	lab_done(&lab);
}

/* ---- ids whose files have changed ---- */

static void planned_id(char *out, size_t cap, const char *scenario)
{
	struct cli cli = brownout("plan " SIM "%s", scenario);

	cr_assert_eq(cli.code, 0, "%s", cli.err.data);
	cli.out.data[strcspn(cli.out.data, "\n")] = '\0';
	cr_assert(bo_str_copy(out, cap, cli.out.data));
	cli_done(&cli);
}

Test(cli, an_id_from_other_files_is_refused_and_marked_when_repeated_anyway)
{
	struct scratch dir = scratch_make();
	char id[512];
	struct bo_buf wanted = {0};

	planned_id(id, sizeof(id), "clean-update");
	char now[9], *hash = strchr(id, '@') + 1;

	snprintf(now, sizeof(now), "%.8s", hash);
	memcpy(hash, "00000000", 8);
	struct cli cli = brownout("replay " SIM "--out %s/run %s", dir.path, id);

	cr_expect_eq(cli.code, 2);
	bo_buf_printf(&wanted,
		      "brownout: the id was made from clean-update@00000000, but what is here now "
		      "is clean-update@%s: the scenario, its target class 'f103-swap', one of its "
		      "images, the seed or the fault model has changed; check out what it was made "
		      "from, or repeat it as it is now with --anyway\n",
		      now);
	cr_expect_str_eq(cli.err.data, wanted.data);
	cr_expect_eq(scratch_count(&dir), 0, "nothing was begun");
	cli_done(&cli);
	cli = brownout("replay --anyway " SIM "--out %s/run %s", dir.path, id);
	cr_expect_eq(cli.code, 0, "%s", cli.err.data);
	bo_buf_reset(&wanted);
	bo_buf_printf(&wanted, "     %s  # tried as @%s\n", id, now);
	cr_expect_not_null(strstr(cli.out.data, wanted.data), "%s", cli.out.data);
	cli_done(&cli);
	bo_buf_done(&wanted);
	scratch_done(&dir);
}

Test(cli, a_worker_refuses_a_plan_that_is_older_than_its_files)
{
	struct scratch dir = scratch_make();
	struct bo_plan plan = {.bench = strdup("sim"), .out = strdup(dir.path)};
	struct bo_err err = {0};
	char here[PATH_MAX], path[PATH_MAX + 64], plan_path[96];

	cr_assert_not_null(realpath(".", here));
	snprintf(path, sizeof(path), "%s/fixtures/racks/sim.yaml", here);
	plan.rack = strdup(path);
	snprintf(path, sizeof(path), "%s/scenarios/clean-update.yaml", here);
	bo_plan_add(&plan, path, "clean-update@00000000/f103-swap/none", NULL);
	snprintf(plan_path, sizeof(plan_path), "%s/plan.json", dir.path);
	cr_assert_eq(bo_plan_write(&plan, plan_path, &err), 0, "%s", bo_err_text(&err));
	struct cli cli = brownout("run --plan %s", plan_path);

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(
		strstr(cli.err.data,
		       "brownout: the plan was made from clean-update@00000000, but what is here "
		       "now is clean-update@"),
		"%s", cli.err.data);
	cli_done(&cli);
	bo_plan_free(&plan);
	scratch_done(&dir);
}
