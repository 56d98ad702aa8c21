#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

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
	json_decref(record);
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

Test(explore_cli, a_folder_that_cannot_be_made_is_said_before_the_work)
{
	struct cli cli = brownout("explore --out README.md/x closure-swap");

	cr_expect_eq(cli.code, 2);
	cr_expect_not_null(strstr(cli.err.data, "--out: cannot make folder README.md"), "%s",
			   cli.err.data);
	cr_expect_str_eq(cli.out.data, "");
	cli_done(&cli);
}
