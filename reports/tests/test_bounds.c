#include <criterion/criterion.h>

#include "harness/model/journal.h"
#include "reports/bounds.h"

/* Trials as a script: "POINT VERDICT OUTCOME [u]", one after the other. */
static void add_trial(struct bo_buf *journal, const char *scenario, const char *schedule,
		      const char *verdict, const char *outcome, const char *broken, bool uniform)
{
	char id[256];

	snprintf(id, sizeof(id), "%s@00000000/t/%s", scenario, schedule);
	bo_journal_line(journal, 0, "trial", "s:s", "id", id);
	bo_journal_line(journal, 1, "outcome", "s:s", "outcome", outcome);
	bo_journal_line(journal, 2, "verdict", "s:s, s:s*", "verdict", verdict, "broken", broken);
	if (uniform)
		bo_journal_line(journal, 0, "drawn", "s:b", "uniformly", 1);
}

static void render(const struct bo_buf *journal, struct bo_buf *out)
{
	struct bo_bounds *bounds = bo_bounds_new();
	struct bo_reader reader = bo_bounds_reader(bounds);
	size_t line;

	cr_assert_eq(bo_read_journal(journal->data, journal->len, &reader, 1, &line), 0);
	bo_buf_printf(out, "%s", "");
	bo_bounds_render(bounds, out);
	bo_bounds_free(bounds);
}

#define HEAD "\nfailure rate with 95 % confidence, from the trials that were drawn uniformly:\n"

Test(bounds, only_uniform_draws_bound_a_rate_and_unresolved_ones_count_twice)
{
	struct bo_buf journal = {0}, text = {0};

	for (int i = 0; i < 10; i++)
		add_trial(&journal, "s", "boot.1=cut:off-1s", "pass", "updated", NULL, true);
	/* found by searching: says nothing about the rate */
	add_trial(&journal, "s", "boot.1=cut:off-1s", "pass", "updated", NULL, false);
	add_trial(&journal, "s", "boot.1=cut:off-1s", "skipped", "none", NULL, true);
	render(&journal, &text);
	cr_expect_str_eq(text.data, HEAD "  s@00000000/t: n 10, failed 0: at most 25.9 %; with 0 "
					 "unresolved as failures, n 10: at most 25.9 %\n");
	bo_buf_reset(&text);
	add_trial(&journal, "s", "boot.2=cut:off-1s", "inconclusive", "unresolved", NULL, true);
	render(&journal, &text);
	cr_expect_str_eq(text.data, HEAD "  s@00000000/t: n 10, failed 0: at most 25.9 %; with 1 "
					 "unresolved as failures, n 11: at most 36.5 %\n");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(bounds, each_broken_promise_and_a_pooled_figure_say_what_they_are)
{
	struct bo_buf journal = {0}, text = {0};

	for (int i = 0; i < 8; i++)
		add_trial(&journal, "a", "x.1=cut:off-1s", "pass", "updated", NULL, true);
	add_trial(&journal, "a", "x.1+1ms=cut:off-1s", "fail", "bricked", "outcome", true);
	add_trial(&journal, "a", "x.1+2ms=cut:off-1s", "fail", "bricked", "outcome", true);
	add_trial(&journal, "b", "x.1=cut:off-1s", "pass", "updated", NULL, true);
	render(&journal, &text);
	cr_expect_not_null(
		strstr(text.data, HEAD "  a@00000000/t: n 10, failed 2: at most 50.7 %;"), "%s",
		text.data);
	cr_expect_not_null(
		strstr(text.data, "\n    promise 'outcome': broken 2 of 10: at most 50.7 %\n"));
	cr_expect_not_null(strstr(text.data, "\n  b@00000000/t: n 1, failed 0: at most 95.0 %;"));
	cr_expect_not_null(
		strstr(text.data, "\n  pooled over 2 different subjects: n 11, failed 2: "));
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(bounds, under_a_stop_rule_only_its_own_bound_is_given)
{
	struct bo_buf journal = {0}, text = {0};

	for (int i = 0; i < 39; i++)
		add_trial(&journal, "s", "boot.1=cut:off-1s", "pass", "updated", NULL, true);
	bo_journal_line(&journal, 0, "rule", "s:s, s:i, s:s, s:i", "subject", "s@00000000/t",
			"limit", 100000000, "end", "met", "left_out", 7);
	bo_journal_line(&journal, 0, "rule", "s:s, s:i", "subject", "t", "limit", -1);
	render(&journal, &text);
	cr_expect_str_eq(text.data, HEAD
			 "  s@00000000/t: n 39, failed 0: at most 10.00 %; with 0 unresolved "
			 "as failures, n 39: at most 10.00 %\n"
			 "    by the stop rule of 10.0 %, whose bounds hold at any moment: at "
			 "least 0 %; it ended: the rate is at most that; trials left out: 7\n");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(bounds, boundaries_lie_between_neighbours_on_one_line)
{
	static const struct {
		const char *schedule, *verdict, *outcome;
	} trials[] = {
		{"op.900=cut:off-1s", "fail", "bricked"},
		{"op.100=cut:off-1s", "pass", "kept-old"},
		{"op.800=cut:off-1s", "pass", "updated"},
		{"op.850=cut:off-1s", "skipped", "none"},
		{"op.90=cut:off-1s", "pass", "kept-old"},
		/* other lines: another off time, another point, two faults, none */
		{"op.85=cut:off-2s", "fail", "bricked"},
		{"x.85=cut:off-1s", "pass", "updated"},
		{"op.95=cut:off-1s,op.97=cut:off-1s", "fail", "bricked"},
		{"none", "pass", "updated"},
		{"t.1+9ms=cut:off-1s", "pass", "updated"},
		{"t.1+10ms=cut:off-1s", "pass", "kept-old"},
	};
	struct bo_buf journal = {0}, text = {0};

	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++)
		add_trial(&journal, "s", trials[i].schedule, trials[i].verdict, trials[i].outcome,
			  NULL, false);
	render(&journal, &text);
	cr_expect_str_eq(text.data, "\nwhere the outcome changes:\n"
				    "  s: kept-old up to op.100, updated from op.800\n"
				    "  s: updated up to op.800, bricked (broken) from op.900\n"
				    "  s: updated up to t.1+9ms, kept-old from t.1+10ms\n");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(bounds, an_id_with_both_verdicts_is_flaky)
{
	struct bo_buf journal = {0}, text = {0};

	add_trial(&journal, "s", "boot.1=cut:off-1s", "pass", "updated", NULL, false);
	add_trial(&journal, "s", "boot.2=cut:off-1s", "pass", "updated", NULL, false);
	render(&journal, &text);
	cr_expect_str_eq(text.data, "", "nothing to say");
	bo_buf_reset(&text);
	add_trial(&journal, "s", "boot.1=cut:off-1s", "fail", "updated", "then", false);
	render(&journal, &text);
	cr_expect_not_null(strstr(text.data, "\nflaky, one id with both verdicts: "
					     "s@00000000/t/boot.1=cut:off-1s\n"),
			   "%s", text.data);
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(bounds, what_is_no_id_and_what_has_no_trial_is_survived)
{
	static const char journal[] = "{\"at\":0,\"ev\":\"verdict\",\"verdict\":\"pass\"}\n"
				      "{\"at\":0,\"ev\":\"drawn\",\"uniformly\":true}\n"
				      "{\"at\":0,\"ev\":\"trial\",\"id\":\"nonsense\"}\n"
				      "{\"at\":0,\"ev\":\"outcome\",\"outcome\":\"bogus\"}\n"
				      "{\"at\":0,\"ev\":\"drawn\",\"uniformly\":true}\n";
	struct bo_buf in = {0}, text = {0};

	bo_buf_add(&in, journal, strlen(journal));
	render(&in, &text);
	cr_expect_not_null(strstr(text.data, ": n 0, failed 0: at most 100 %;"), "%s", text.data);
	bo_buf_done(&in);
	bo_buf_done(&text);
}
