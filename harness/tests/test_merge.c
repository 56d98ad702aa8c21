#include <criterion/criterion.h>

#include "harness/tests/sim_run.h"

/* Shards of a run, put together again. */

TestSuite(merge, .timeout = 300);

static void write_scenario(const struct scratch *dir, unsigned seed)
{
	struct bo_buf text = {0};
	char here[PATH_MAX];

	cr_assert_not_null(getcwd(here, sizeof(here)));
	bo_buf_printf(&text,
		      "brownout: 1\nscenario: s\nseed: %u\ntargets: [f103-compact]\n"
		      "images: %s/build/images\nbaseline:\n  boot: {image: \"{class}/boot.bin\"}\n"
		      "  slot0: {image: \"{class}/app-1.0.0.bin\"}\n"
		      "update: {image: \"{class}/app-2.0.0.bin\"}\n"
		      "strategy: {kind: linear, over: smp.byte, every: 4000}\n"
		      "promises: {outcome: [kept-old, updated]}\n",
		      seed, here);
	scratch_write(dir, "s.yaml", text.data);
	bo_buf_done(&text);
}

static void run_as(const struct scratch *dir, const char *name, const char *more)
{
	struct cli cli = brownout("run " COMPACT "%s --out %s/%s %s/s.yaml", more, dir->path, name,
				  dir->path);

	cr_assert_eq(cli.code, 0, "%s: exit %d\n%s", name, cli.code, cli.err.data);
	cli_done(&cli);
}

/* In DIR: the run `whole`, and its halves `one` and `two`, each with a census of its own. */
static struct scratch make_halves(void)
{
	struct scratch dir = scratch_make();

	write_scenario(&dir, 1);
	run_as(&dir, "whole", "");
	run_as(&dir, "one", "--shard 1/2");
	run_as(&dir, "two", "--shard 2/2");
	return dir;
}

static void expect_equal_journals(const struct scratch *dir, const char *one, const char *other)
{
	struct bo_buf text[2] = {{0}, {0}};
	const char *const names[] = {one, other};

	for (size_t i = 0; i < 2; i++) {
		char path[640];

		snprintf(path, sizeof(path), "%s/%s/journal.jsonl", dir->path, names[i]);
		slurp(path, &text[i]);
	}
	cr_expect_gt(text[0].len, 1000);
	cr_expect_str_eq(text[0].data, text[1].data, "%s and %s", one, other);
	bo_buf_done(&text[0]);
	bo_buf_done(&text[1]);
}

static void expect_merge(const struct scratch *dir, const char *args, int code, const char *said)
{
	struct cli cli = brownout("merge --out %s/merged %s", dir->path, args);

	cr_expect_eq(cli.code, code, "%s: exit %d\n%s%s", args, cli.code, cli.out.data,
		     cli.err.data);
	cr_expect(strstr(cli.out.data, said) || strstr(cli.err.data, said), "%s: no '%s' in %s%s",
		  args, said, cli.out.data, cli.err.data);
	cli_done(&cli);
}

static void trial_journal(const struct scratch *dir, const char *run, const char *faults, char *out,
			  size_t cap)
{
	struct cli cli =
		brownout("plan " COMPACT "--census %s/whole %s/s.yaml", dir->path, dir->path);

	snprintf(out, cap, "%s/%s/trials/%.*s/f103-compact/%s/journal.jsonl", dir->path, run,
		 (int)strcspn(cli.out.data, "/"), cli.out.data, faults);
	cr_assert_eq(access(out, F_OK), 0, "%s", out);
	cli_done(&cli);
}

Test(merge, shards_make_the_run_that_was_divided_and_say_what_is_missing)
{
	struct scratch dir = make_halves();
	struct bo_buf journal = {0};
	char args[400], path[PATH_MAX];

	snprintf(args, sizeof(args), "%s/two %s/one", dir.path, dir.path);
	expect_merge(&dir, args, 0, "merged 2 runs, 5 trials, 1 of them repeated\n");
	expect_equal_journals(&dir, "whole", "merged");
	snprintf(args, sizeof(args), "%s/merged %s/whole", dir.path, dir.path);
	struct cli again = brownout("merge --out %s/again %s", dir.path, args);

	cr_expect_eq(again.code, 0, "%s", again.err.data);
	expect_equal_journals(&dir, "whole", "again");
	cli_done(&again);
	snprintf(args, sizeof(args), "%s/one", dir.path);
	expect_merge(&dir, args, 3, "brownout: incomplete: shard 2/2 is missing\n");
	trial_journal(&dir, "two", "smp.byte.8000=cut:off-1s", path, sizeof(path));
	slurp(path, &journal);
	cr_assert_eq(unlink(path), 0);
	snprintf(args, sizeof(args), "%s/one %s/two", dir.path, dir.path);
	expect_merge(&dir, args, 3, "brownout: incomplete: no verdict on s@");
	bo_buf_done(&journal);
	scratch_done(&dir);
}

Test(merge, what_cannot_be_one_run_is_refused)
{
	struct scratch dir = make_halves();
	struct bo_buf journal = {0};
	char args[400], path[PATH_MAX];

	trial_journal(&dir, "two", "none", path, sizeof(path));
	slurp(path, &journal);
	cr_assert_not_null(strstr(journal.data, "updated"));
	strstr(journal.data, "updated")[0] = 'U';
	FILE *file = fopen(path, "we");

	cr_assert(file && fwrite(journal.data, 1, journal.len, file) == journal.len &&
		  fclose(file) == 0);
	snprintf(args, sizeof(args), "%s/one %s/two", dir.path, dir.path);
	expect_merge(&dir, args, 3, " went differently in ");
	run_as(&dir, "narrow", "--filter smp.byte.8*");
	snprintf(args, sizeof(args), "%s/two %s/narrow", dir.path, dir.path);
	expect_merge(&dir, args, 2, "brownout: merge: these are shards of different plans: ");
	write_scenario(&dir, 2);
	run_as(&dir, "other", "");
	snprintf(args, sizeof(args), "%s/one %s/other", dir.path, dir.path);
	expect_merge(&dir, args, 2, "brownout: merge: s was made from different files: @");
	expect_merge(&dir, dir.path, 2, "plan.json: No such file or directory");
	expect_merge(&dir, "", 2, "brownout: merge: name the run directories of its shards\n");
	bo_buf_done(&journal);
	scratch_done(&dir);
}
