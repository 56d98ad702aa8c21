#include <criterion/criterion.h>

#include "harness/tests/sim_run.h"

/* What a failing trial leaves behind, and that it can be repeated from that alone. */

TestSuite(bundle, .timeout = 300);

/* The trial's folder of the only failing trial. */
static void find_bundle(const struct scratch *dir, char out[PATH_MAX])
{
	char command[512];

	snprintf(command, sizeof(command), "find %s/run/trials -name bundle.json", dir->path);
	FILE *found = popen(command, "r");

	cr_assert(found && fgets(out, PATH_MAX, found), "no bundle");
	cr_assert_eq(fgetc(found), EOF, "more than one bundle");
	pclose(found);
	*strrchr(out, '/') = '\0';
}

static void expect_files(const char *bundle)
{
	static const char *const files[] = {
		"journal.jsonl",
		"console.raw",
		"rack.yaml",
		"scenarios/swap-cut-forgetful.yaml",
		"scenarios/targets/f103-swap.yaml",
		"images/f103-swap/boot-forgetful.bin",
		"images/f103-swap/app-1.0.0.bin",
		"images/f103-swap/app-2.0.0.bin",
		"flash/slot0-before.bin",
		"flash/slot0-after.bin",
	};
	char path[2 * PATH_MAX];

	for (size_t i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", bundle, files[i]);
		cr_expect_eq(access(path, R_OK), 0, "%s", path);
	}
	/* what did not change says nothing */
	snprintf(path, sizeof(path), "%s/flash/boot-after.bin", bundle);
	cr_expect_neq(access(path, R_OK), 0);
}

static void expect_text(const char *bundle, const char *file, const char *const said[])
{
	char path[2 * PATH_MAX];
	struct bo_buf text = {0};

	snprintf(path, sizeof(path), "%s/%s", bundle, file);
	slurp(path, &text);
	for (; *said; said++)
		cr_expect_not_null(strstr(text.data, *said), "%s: no '%s' in\n%s", file, *said,
				   text.data);
	bo_buf_done(&text);
}

static void copy_bundle(const char *bundle, const struct scratch *to)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command), "cp -r '%s' %s/alone", bundle, to->path);
	cr_assert_eq(system(command), 0);
}

Test(bundle, a_failing_trial_is_replayed_from_its_folder_alone)
{
	struct scratch dir = scratch_make(), elsewhere = scratch_make();
	struct bo_buf first = {0}, again = {0};
	char bundle[PATH_MAX], path[2 * PATH_MAX];
	struct cli cli =
		brownout("run " SIM "--out %s/run clean-update swap-cut-forgetful", dir.path);

	cr_assert_eq(cli.code, 1, "exit %d\n%s", cli.code, cli.err.data);
	cli_done(&cli);
	find_bundle(&dir, bundle);
	expect_files(bundle);
	expect_text(bundle, "bundle.json",
		    (const char *const[]){"\"brownout-bundle\": 1", "\"id\": \"swap-cut-forgetful@",
					  " --bundle ", "\"kernel\": ", "\"calibration\": ", NULL});
	expect_text(bundle, "console.txt",
		    (const char *const[]){"  BO-BOOT cause=POR boots=1 ram=lost\n", NULL});
	expect_text(
		bundle, "journal.jsonl",
		(const char *const[]){"\"ev\":\"differs\",\"range\":\"slot0\",\"from\":", NULL});
	snprintf(path, sizeof(path), "%s/journal.jsonl", bundle);
	slurp(path, &first);
	copy_bundle(bundle, &elsewhere);
	scratch_done(&dir);
	/* neither scenarios nor images where it stands */
	cli = brownout_in(elsewhere.path,
			  "replay --rack alone/rack.yaml --bench sim --out again --bundle alone");
	cr_expect_eq(cli.code, 1, "exit %d\n%s", cli.code, cli.err.data);
	cli_done(&cli);
	snprintf(path, sizeof(path), "%s/again/journal.jsonl", elsewhere.path);
	slurp(path, &again);
	cr_expect_gt(first.len, 1000);
	cr_expect_str_eq(first.data, again.data);
	bo_buf_done(&first);
	bo_buf_done(&again);
	scratch_done(&elsewhere);
}

Test(bundle, what_is_none_is_said)
{
	struct scratch dir = scratch_make();
	static const struct {
		const char *args, *said;
	} cases[] = {
		{"--bundle .", "./bundle.json: no bundle of a failing trial of this version"},
		{"--bundle . x", "replay: a bundle says which trial of which scenario"},
	};

	scratch_write(&dir, "bundle.json", "{\"brownout-bundle\": 1, \"id\": \"../../x\"}");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char args[256];

		snprintf(args, sizeof(args), "replay %s", cases[i].args);
		struct cli cli = brownout_in(dir.path, args);

		cr_expect_eq(cli.code, 2, "%s: exit %d", args, cli.code);
		cr_expect_not_null(strstr(cli.err.data, cases[i].said), "%s: %s", args,
				   cli.err.data);
		cli_done(&cli);
	}
	scratch_done(&dir);
}
