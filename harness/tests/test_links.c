#include "harness/tests/sim_run.h"

/*
 * Faults of the link and of the console on the virtual board: whole trials, from the id to the
 * verdict.
 */
TestSuite(links, .timeout = 300);

struct expected {
	const char *faults, *outcome, *verdict;
	int fired, proven;
	const char *did; /* to which frames, as the journal says */
	int retries, resumed;
};

struct found {
	struct bo_buf did;
	int retries, resumed, seen, struck;
	int64_t acted, written;
};

static void take_link(struct found *found, const json_t *line)
{
	const char *did = bo_journal_str(line, "did", NULL);

	if (did)
		bo_buf_printf(&found->did, "%s %s %lld;", bo_journal_str(line, "way", "?"), did,
			      (long long)bo_journal_int(line, "frame", -1));
	found->seen += (int)bo_journal_int(line, "seen", 0);
	found->struck += (int)bo_journal_int(line, "struck", 0);
}

static void take_line(void *ctx, const json_t *line)
{
	struct found *found = ctx;
	const char *result = bo_journal_str(line, "result", "");

	if (bo_journal_is(line, "link"))
		take_link(found, line);
	if (bo_journal_is(line, "console"))
		bo_buf_printf(&found->did, "%s;", bo_journal_str(line, "did", "?"));
	found->retries += strcmp(result, "retry") == 0;
	found->resumed += strcmp(result, "resumed") == 0;
}

static struct found find(const struct run *run)
{
	struct found found = {0};
	size_t bad;

	bo_buf_printf(&found.did, "%s", "");
	cr_assert_eq(bo_journal_walk(run->journal.data, run->journal.len, take_line, &found, &bad),
		     0);
	return found;
}

static void expect(const struct expected *want, const char *prefix)
{
	char id[512];

	snprintf(id, sizeof(id), "%s%s", prefix, want->faults);
	struct run run = run_it("replay " SIM, id);
	struct found found = find(&run);
	const struct trial *trial = &run.trials.trial[0];

	cr_expect_str_eq(trial->verdict, want->verdict, "%s: %s", want->faults, trial->why);
	cr_expect_str_eq(trial->outcome, want->outcome, "%s: %s", want->faults, trial->why);
	cr_expect_eq(trial->fired, want->fired, "%s", want->faults);
	cr_expect_eq(trial->proven, want->proven, "%s", want->faults);
	cr_expect_str_eq(found.did.data, want->did, "%s: %s", want->faults, found.did.data);
	cr_expect_eq(found.retries, want->retries, "%s: %d", want->faults, found.retries);
	cr_expect_eq(found.resumed, want->resumed, "%s: %d", want->faults, found.resumed);
	bo_buf_done(&found.did);
	run_done(&run);
}

static void expect_all(const struct expected *cases, size_t count)
{
	char prefix[256];

	id_prefix(prefix, sizeof(prefix), SIM, "clean-update");
	for (size_t i = 0; i < count; i++)
		expect(&cases[i], prefix);
}

Test(links, a_frame_that_is_lost_or_damaged_is_asked_for_again)
{
	static const struct expected cases[] = {
		{"smp.frame.12=drop", "updated", "pass", 1, 1, "to-target dropped 12;", 1, 0},
		{"smp.reply.12=drop", "updated", "pass", 1, 1, "from-target dropped 12;", 1, 0},
		{"smp.frame.12=corrupt", "updated", "pass", 1, 1, "to-target corrupted 12;", 1, 0},
		{"smp.reply.7=corrupt:x2", "updated", "pass", 1, 1,
		 "from-target corrupted 7;from-target corrupted 8;", 2, 0},
		/* the first two faults are over, and the third one waited for that */
		{"smp.frame.5=drop,smp.reply.9=drop,smp.byte.8192=cut:off-300ms", "kept-old",
		 "fail", 3, 3, "to-target dropped 5;from-target dropped 9;", 2, 0},
	};

	expect_all(cases, COUNT(cases));
}

Test(links, a_frame_that_comes_twice_late_or_behind_the_next_one_does_no_harm)
{
	static const struct expected cases[] = {
		{"smp.frame.9=duplicate", "updated", "pass", 1, 1, "to-target duplicated 9;", 0, 0},
		{"smp.reply.9=duplicate", "updated", "pass", 1, 1, "from-target duplicated 9;", 0,
		 0},
		{"smp.frame.9=delay:50ms", "updated", "pass", 1, 1, "to-target delayed 9;", 0, 0},
		/* later than the protocol waits: its repeat is behind it */
		{"smp.reply.9=delay:3s", "updated", "pass", 1, 1, "from-target delayed 9;", 1, 0},
		{"smp.frame.9=reorder", "updated", "pass", 1, 1, "to-target reordered 9;", 1, 0},
		{"smp.reply.9=reorder", "updated", "pass", 1, 1, "from-target reordered 9;", 1, 0},
	};

	expect_all(cases, COUNT(cases));
}

Test(links, the_console_can_be_disturbed)
{
	static const struct expected cases[] = {
		{"smp.byte.4000=silence:1s", "updated", "pass", 1, 1, "", 0, 0},
		{"smp.byte.4000=break:20ms", "updated", "pass", 1, 1, "break over;", 1, 0},
		{"smp.byte.4000=garbage:200B", "updated", "pass", 1, 1, "", 0, 0},
		/* a line that is quiet because power is off stays so */
		{"power-on=break:5s,smp.frame.1+5ms=cut:off-300ms", "kept-old", "fail", 2, 2,
		 "break cut short;", 0, 0},
	};

	expect_all(cases, COUNT(cases));
}

Test(links, a_fault_that_struck_nothing_is_no_pass)
{
	static const struct expected cases[] = {
		{"smp.frame.1=drop:1ppm", "updated", "inconclusive", 1, 0, "", 0, 0},
		/* a line at break level carries nothing */
		{"power-on=break:3s,smp.frame.1=garbage:9B", "updated", "inconclusive", 2, 1,
		 "break over;", 2, 0},
	};

	expect_all(cases, COUNT(cases));
}

Test(links, a_link_that_lets_nothing_pass_breaks_the_promise_and_is_whole_in_the_end)
{
	static const struct expected cases[] = {
		{"smp.frame.20=drop:x9", "kept-old", "fail", 1, 1,
		 "to-target dropped 20;to-target dropped 21;to-target dropped 22;"
		 "to-target dropped 23;",
		 3, 0},
		/* the request to make it permanent: repeated over a link that is whole again */
		{"smp.frame.39=drop:x9", "updated", "pass", 1, 1,
		 "to-target dropped 39;to-target dropped 40;to-target dropped 41;"
		 "to-target dropped 42;",
		 3, 0},
	};

	expect_all(cases, COUNT(cases));
}

/* "Cut 250 ms after byte 8192, with the link losing a fifth meanwhile", again and the same. */
Test(links, a_share_of_all_frames_is_lost_while_other_faults_strike_and_replay_loses_the_same)
{
	char prefix[256], id[512];

	id_prefix(prefix, sizeof(prefix), SIM, "upload-cut");
	snprintf(id, sizeof(id), "%ssmp.frame.1=drop:200000ppm,smp.byte.8192+2ms=cut:off-300ms",
		 prefix);
	struct run first = run_it("replay " SIM, id);
	struct run again = run_it("replay " SIM, id);
	struct found found = find(&first);
	const struct trial *trial = &first.trials.trial[0];

	cr_expect_str_eq(trial->verdict, "pass", "%s", trial->why);
	cr_expect_str_eq(trial->outcome, "kept-old", "%s", trial->why);
	cr_expect_eq(trial->fired, 2);
	cr_expect_eq(trial->proven, 2);
	cr_expect_gt(found.struck, 0);
	cr_expect_lt(found.struck, found.seen / 2, "%d of %d", found.struck, found.seen);
	cr_expect_eq(found.resumed, 1, "the second update goes on, over a link that is whole");
	cr_expect_str_eq(first.journal.data, again.journal.data);
	bo_buf_done(&found.did);
	run_done(&first);
	run_done(&again);
}
