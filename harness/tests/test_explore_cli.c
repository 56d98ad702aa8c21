#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "harness/tests/cli.h"

/* `brownout explore` and the replay of what it finds, as a user meets them. */

TestSuite(explore_cli, .timeout = 300);

/* What stands behind "brownout replay " up to the line's end. */
static void take_id(const struct cli *cli, char *id, size_t cap)
{
	const char *at = strstr(cli->out.data, "brownout replay ");
	size_t len;

	cr_assert_not_null(at, "%s", cli->out.data);
	at += strlen("brownout replay ");
	len = strcspn(at, "\n");
	cr_assert_lt(len, cap);
	memcpy(id, at, len);
	id[len] = 0;
}

Test(explore_cli, a_finding_has_an_id_and_the_id_repeats_it)
{
	struct scratch dir = scratch_make();
	struct cli found = brownout("explore --first --out %s/a/new closure-forgetful", dir.path);
	static const char *const pictures[] = {"outcomes", "classes", "finding-1"};
	struct cli once, again;
	json_t *record;
	char path[128];
	char id[512];

	cr_assert_eq(found.code, 1, "%s%s", found.out.data, found.err.data);
	cr_assert_not_null(strstr(found.out.data, "after 1 cut: bricked"), "%s", found.out.data);
	take_id(&found, id, sizeof(id));
	cr_assert_not_null(strstr(id, "/f103-swap/b1.flash.op."), "%s", id);
	snprintf(path, sizeof(path), "%s/a/new/explore.json", dir.path);
	record = json_load_file(path, 0, NULL);
	cr_assert_str_eq(json_string_value(json_object_get(record, "result")), "stopped");
	cr_assert_eq(json_array_size(json_object_get(record, "subjects")), 4);
	cr_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(json_object_get(record, "findings"), 0), "id")),
			 id);
	cr_assert_not_null(json_object_get(record, "engine_sha256"));
	cr_assert_not_null(json_object_get(record, "chip_model"));
	json_decref(record);
	for (size_t i = 0; i < sizeof(pictures) / sizeof(pictures[0]); i++) {
		snprintf(path, sizeof(path), "%s/a/new/report/%s.svg", dir.path, pictures[i]);
		cr_assert_eq(access(path, R_OK), 0, "%s", path);
	}
	once = brownout("replay %s", id);
	again = brownout("replay %s", id);
	cr_assert_eq(once.code, 1, "%s%s", once.out.data, once.err.data);
	cr_assert_not_null(strstr(once.out.data, "| BO-BOOT no image"), "%s", once.out.data);
	cr_assert_str_eq(once.out.data, again.out.data);
	scratch_done(&dir);
	cli_done(&found);
	cli_done(&once);
	cli_done(&again);
}

Test(explore_cli, what_the_budget_left_undecided_is_no_verdict)
{
	struct cli cli = brownout("explore --budget 1ns closure-swap");

	cr_assert_eq(cli.code, 3, "%s%s", cli.out.data, cli.err.data);
	cr_assert_not_null(strstr(cli.out.data, "bounded at depth 0, by its budget"), "%s",
			   cli.out.data);
	cli_done(&cli);
}

Test(explore_cli, mistakes_are_named)
{
	static const struct {
		const char *args, *says;
	} cases[] = {
		{"explore", "explore: name one scenario file"},
		{"explore swap-cut", "scenario 'swap-cut' has no section 'explore:'"},
		{"explore --ram zero,some closure-swap", "--ram: 'some' is none of those it knows"},
		{"explore --reset por closure-swap", "--reset: 'por' is none of those it knows"},
		{"explore closure-swap --target f103-compact", "f103-compact"},
		{"replay closure-swap@00000000/f103-swap/b1.flash.op.9=cut:off-1s:low",
		 "the id was made from closure-swap@00000000"},
		{"replay --anyway "
		 "closure-swap@00000000/f103-swap/b1.flash.op.9=cut:off-1s:low,boot.2=cut:off-1s",
		 "fault 2 of the id is none of the explorer's"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cli cli = brownout("%s", cases[i].args);

		cr_expect_eq(cli.code, 2, "%s: %d", cases[i].args, cli.code);
		cr_expect_not_null(strstr(cli.err.data, cases[i].says), "%s: %s", cases[i].args,
				   cli.err.data);
		cli_done(&cli);
	}
}

/* A scenario of the test's own, in the folder. */
static void write_scenario(const struct scratch *dir, const char *boot, const char *update,
			   const char *explore)
{
	char text[1024], cwd[512];

	cr_assert_not_null(getcwd(cwd, sizeof(cwd)));
	(void)snprintf(
		text, sizeof(text),
		"brownout: 1\nscenario: own\ntargets: [f103-swap]\n"
		"images: %s/build/images/f103-swap\nbaseline:\n"
		"  boot: {image: %s}\n  slot0: {image: app-1.0.0.bin}\n"
		"  slot1: {image: %s}\n  status: {image: request-test.bin}\n"
		"update: {image: %s}\nexplore: {%s}\npromises: {outcome: [updated, kept-old]}\n",
		cwd, boot, update, update, explore);
	scratch_write(dir, "own.yaml", text);
}

/* One that comes up late waits for SysTick. */
Test(explore_cli,
     a_boot_that_waits_for_a_timer_ends_without_a_claim_unless_time_is_taken_as_modelled)
{
	struct scratch dir = scratch_make();
	struct cli cli;

	write_scenario(&dir, "boot.bin", "app-2.0.0-slow.bin", "converge: 1");
	cli = brownout("explore %s/own.yaml", dir.path);
	cr_expect_eq(cli.code, 3, "%s%s", cli.out.data, cli.err.data);
	cr_expect_not_null(strstr(cli.err.data, "looks at the time (0xe000e010)"), "%s",
			   cli.err.data);
	cli_done(&cli);
	write_scenario(&dir, "boot.bin", "app-2.0.0-slow.bin", "as-modelled: [time]");
	cli = brownout("explore --budget 1ns %s/own.yaml", dir.path);
	cr_expect_not_null(strstr(cli.out.data, "bounded at depth 0"), "%s%s", cli.out.data,
			   cli.err.data);
	cli_done(&cli);
	scratch_done(&dir);
}

Test(explore_cli, an_id_says_what_a_boot_after_a_cut_finds)
{
	struct scratch dir = scratch_make();
	struct cli cli;
	char id[128];
	const char *at;

	write_scenario(&dir, "boot.bin", "app-2.0.0.bin", "ram: kept");
	cli = brownout("explore --reset pin --budget 1ns %s/own.yaml", dir.path);
	at = strstr(cli.out.data, "own@");
	cr_assert_not_null(at, "%s%s", cli.out.data, cli.err.data);
	(void)snprintf(id, sizeof(id), "%.12s", at);
	cli_done(&cli);
	cli = brownout("replay --scenario %s/own.yaml "
		       "%s/f103-swap/b1.flash.op.9=cut:off-1s:clean:ram-kept:cause-pin",
		       dir.path, id);
	cr_expect_not_null(strstr(cli.out.data, "cause=PIN boots=1 ram=kept"), "%s%s", cli.out.data,
			   cli.err.data);
	cr_expect_eq(cli.code, 0);
	cli_done(&cli);
	scratch_done(&dir);
}

static size_t read_dump(const struct scratch *dir, const char *run, int boot, uint8_t *ret)
{
	char path[160];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s/boot-%d.bin", dir->path, run, boot);
	file = fopen(path, "rbe");
	cr_assert_not_null(file, "%s", path);
	len = fread(ret, 1, 131073, file);
	fclose(file);
	return len;
}

static void assert_same_file(const struct scratch *dir, int boot)
{
	static uint8_t one[131073], other[131073];

	cr_assert_eq(read_dump(dir, "a/once", boot, one), 131072);
	cr_assert_eq(read_dump(dir, "again", boot, other), 131072);
	cr_assert_eq(memcmp(one, other, 131072), 0);
}

/* The host confirms what the boot loader has swapped in, and asks who runs. */
Test(explore_cli, a_finding_made_with_a_host_is_repeated_with_it)
{
	struct scratch dir = scratch_make();
	struct cli found, once, again;
	char id[512];

	write_scenario(&dir, "boot-forgetful.bin", "app-2.0.0.bin", "during: confirm");
	found = brownout("explore --first %s/own.yaml", dir.path);
	cr_assert_eq(found.code, 1, "%s%s", found.out.data, found.err.data);
	take_id(&found, id, sizeof(id));
	once = brownout("replay --out %s/a/once --scenario %s/own.yaml %s", dir.path, dir.path, id);
	again = brownout("replay --out %s/again --scenario %s/own.yaml %s", dir.path, dir.path, id);
	cr_assert_eq(once.code, 1, "%s%s", once.out.data, once.err.data);
	cr_assert_str_eq(once.out.data, again.out.data);
	cr_assert_not_null(strstr(once.out.data, "     1..1 program 0x0801"), "%s", once.out.data);
	cr_assert_not_null(strstr(once.out.data, "option bytes: sha256 "), "%s", once.out.data);
	for (int boot = 1; boot <= 2; boot++)
		assert_same_file(&dir, boot);
	scratch_done(&dir);
	cli_done(&found);
	cli_done(&once);
	cli_done(&again);
}

Test(explore_cli, a_folder_that_cannot_be_made_is_said_before_the_work)
{
	struct cli cli = brownout("explore --out README.md/x closure-swap");

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "--out: cannot make folder README.md"), "%s",
			   cli.err.data);
	cr_expect_str_eq(cli.out.data, "");
	cli_done(&cli);
}
