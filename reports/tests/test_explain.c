#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/journal.h"
#include "reports/explain.h"

#define ID "s@00000000/t/op.1=cut:off-1s"

static void begin(struct bo_buf *journal)
{
	bo_journal_line(journal, 0, "trial", "s:s, s:s, s:s, s:s, s:s, s:s", "id", ID, "title", "T",
			"target", "t", "promise", "updated", "old", "1.0", "new", "2.0");
	bo_journal_line(journal, 1, "identity", "s:s, s:s, s:s", "uid", "42", "chip", "0x410",
			"reality", "real");
	bo_journal_line(journal, 2, "range", "s:s, s:s", "name", "a", "how", "rewritten");
	bo_journal_line(journal, 2, "range", "s:s, s:s", "name", "b", "how", "kept");
	bo_journal_line(journal, 3, "armed", "s:s", "faults", "op.1=cut:off-1s");
	bo_journal_line(journal, 4, "boot", "s:s", "cause", "POR");
	bo_journal_line(journal, 5, "fault", "s:s, s:i, s:i", "fault", "op.1=cut:off-1s", "due",
			1234567, "lag", 72000);
	bo_journal_line(journal, 6, "proof", "s:s, s:b", "witness", "sense", "says", 1);
}

static void end(struct bo_buf *journal, const char *verdict, const char *why)
{
	bo_journal_line(journal, 99, "verdict", "s:s, s:s, s:i, s:i, s:i", "verdict", verdict,
			"why", why, "planned", 1, "fired", 1, "proven", 1);
}

static void explain(const struct bo_buf *journal, struct bo_buf *out)
{
	struct bo_explain *explain = bo_explain_new();
	struct bo_reader reader = bo_explain_reader(explain);
	size_t line;

	cr_assert_eq(bo_read_journal(journal->data, journal->len, &reader, 1, &line), 0);
	bo_explain_render(explain, "brownout", out);
	bo_explain_free(explain);
}

Test(explain, a_finding_is_told_in_ten_lines)
{
	struct bo_buf journal = {0}, text = {0};

	begin(&journal);
	bo_journal_line(&journal, 7, "dead", "s:s", "pattern", "no image");
	bo_journal_line(&journal, 8, "read-back", "s:s, s:s, s:s", "range", "a", "is", "not whole",
			"text", "torn");
	bo_journal_line(&journal, 8, "range", "s:s, s:s", "name", "a", "how", "rewritten");
	bo_journal_line(&journal, 9, "outcome", "s:s, s:s, s:s", "outcome", "bricked", "why",
			"golden boots", "how", "did not");
	end(&journal, "fail", "promised updated, was bricked");
	explain(&journal, &text);
	cr_expect_str_eq(text.data, ID
			 "\n"
			 "  tried     T: 1.0 to 2.0 on t (real, chip 0x410, unique id 42)\n"
			 "  promised  updated\n"
			 "  seen      bricked: golden boots\n"
			 "  faults    op.1=cut:off-1s at 1.234 ms, 72 us late, off by sense "
			 "(1 of 1)\n"
			 "  boots     1 (POR), 1 times \"no image\"; came back: did not\n"
			 "  flash     a holds: not whole, torn\n"
			 "  verdict   fail: promised updated, was bricked\n"
			 "  not rig   start state: 2 ranges compared, 1 of them kept as they were; "
			 "cuts proven: 1 of 1; worst lag 72 us; the golden image boots on the same "
			 "bench\n"
			 "  next      brownout shrink " ID "  # fewer and simpler faults\n");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(explain, what_the_rig_did_is_not_blamed_on_the_device)
{
	struct bo_buf journal = {0}, text = {0};

	begin(&journal);
	bo_journal_line(&journal, 9, "rig", "s:s", "text", "the probe\x1b[31m is gone");
	end(&journal, "inconclusive", "rig: the probe is gone");
	explain(&journal, &text);
	cr_expect_not_null(strstr(text.data, "\n  no device the probe\\x1b[31m is gone\n"), "%s",
			   text.data);
	cr_expect_null(strstr(text.data, "not rig"));
	cr_expect_not_null(strstr(text.data, "\n  next      brownout replay " ID "  # "));
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(explain, a_trial_that_ended_in_the_middle_says_so)
{
	struct bo_buf journal = {0}, text = {0};

	begin(&journal);
	explain(&journal, &text);
	cr_expect_not_null(
		strstr(text.data, "\n  verdict   none: the trial ended in the middle\n"));
	cr_expect_not_null(strstr(text.data, "\n  no device nobody can say "));
	cr_expect_null(strstr(text.data, "  next "));
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(explain, a_link_that_was_impaired_is_told_by_what_it_did)
{
	struct bo_buf journal = {0}, text = {0};

	begin(&journal);
	bo_journal_line(&journal, 6, "network", "s:s, s:s, s:s", "did", "asked", "down", "loss 5 %",
			"up", "nothing");
	bo_journal_line(&journal, 7, "network", "s:s, s:s, s:s, s:s", "did", "counted", "way",
			"down", "is", "loss 5 %", "loss", "asked 5.00 %, measured: not known");
	end(&journal, "pass", "as promised");
	explain(&journal, &text);
	cr_expect_not_null(strstr(text.data, "\n  network   down: loss 5 %, loss asked 5.00 %, "
					     "measured: not known\n"),
			   "%s", text.data);
	bo_buf_done(&journal);
	bo_buf_done(&text);
}
