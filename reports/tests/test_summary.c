#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "reports/summary.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LINE(kind, members)  "{\"at\":0,\"ev\":\"" kind "\"" members "}\n"
#define TRIAL(id)	     LINE("trial", ",\"id\":\"" id "\"")
#define VIRTUAL		     LINE("identity", ",\"uid\":\"424F56\",\"reality\":\"virtual\"")
#define REAL		     LINE("identity", ",\"uid\":\"3003\",\"reality\":\"real\"")
#define FAULT(due, done)     LINE("fault", ",\"fault\":\"f\",\"due\":" #due ",\"done\":" #done)
#define PROOF(witness, says) LINE("proof", ",\"witness\":\"" witness "\",\"says\":" says)
#define OUTCOME(outcome, how, resumed) \
	LINE("outcome", ",\"outcome\":\"" outcome "\",\"how\":\"" how "\",\"resumed\":" resumed)
#define VERDICT(verdict, why, fired, proven, judged)                                         \
	LINE("verdict", ",\"verdict\":\"" verdict "\",\"why\":\"" why "\",\"fired\":" #fired \
			",\"proven\":" #proven ",\"judged\":" judged)

#define PASSED                                                                                    \
	TRIAL("up@11111111/t/boot.1+2ms=cut:off-1s")                                              \
	VIRTUAL FAULT(1071120875, 1071243875) PROOF("sense", "true") PROOF("reset-cause", "true") \
		OUTCOME("kept-old", "first boot", "false")                                        \
			OUTCOME("updated", "undisturbed", "true")                                 \
				VERDICT("pass", "the old image runs", 1, 1, "true")
#define FAILED                                                                                  \
	TRIAL("swap@22222222/t/swap.1=cut:off-1s")                                              \
	VIRTUAL FAULT(5000, 5000) PROOF("sense", "true") OUTCOME("bricked", "did not", "false") \
		VERDICT("fail", "promised updated, was bricked", 1, 1, "true")
#define REFUSED                                                                                    \
	TRIAL("bad@88888888/t/none")                                                               \
	VIRTUAL LINE("refusal", ",\"stage\":\"boot\",\"text\":\"sig\\u001bnature\"") LINE(         \
		"staged", ",\"by\":\"read-back\",\"equal\":15,\"erased\":1,\"other\":0")           \
		OUTCOME("refused", "undisturbed", "false") LINE(                                   \
			"staged", ",\"by\":\"acknowledged\",\"bytes\":16384,\"of\":16384")         \
			OUTCOME("updated", "undisturbed", "false")                                 \
				LINE("refusal", ",\"stage\":\"test\",\"text\":\"of the control\"") \
					LINE("control", ",\"outcome\":\"kept-old\"")               \
						VERDICT("inconclusive",                            \
							"refusal not proven: its control", 0, 0,   \
							"false")
#define SKIPPED                                            \
	TRIAL("far@33333333/t/smp.byte.99999=cut:off-1s")  \
	VIRTUAL OUTCOME("updated", "undisturbed", "false") \
		VERDICT("skipped", "smp.byte.99999 not reached, saw 16,384", 0, 0, "false")
#define NOT_PROVEN                                                               \
	TRIAL("stuck@44444444/t/boot.1=cut:off-1s")                              \
	VIRTUAL FAULT(9, 9) PROOF("sense", "true") PROOF("reset-cause", "false") \
		OUTCOME("updated", "first boot", "false")                        \
			VERDICT("inconclusive", "cut not proven", 1, 0, "false")
#define UNRESOLVED                                                                           \
	TRIAL("dead@55555555/t/boot.1=cut:off-1s")                                           \
	VIRTUAL FAULT(9, 9) PROOF("sense", "true") OUTCOME("unresolved", "did not", "false") \
		VERDICT("inconclusive", "did not come back", 1, 1, "false")
#define NOT_APPLICABLE                                                                         \
	TRIAL("fine@66666666/t/flash.op.1=cut:off-1s")                                         \
	LINE("verdict", ",\"verdict\":\"skipped\",\"why\":\"not applicable: this bench lacks " \
			"flash-ops\",\"judged\":false,\"not_applicable\":true")
#define TWICE                                                                               \
	TRIAL("two@88888888/t/swap.1=cut:off-1s,b2.swap.1=cut:off-1s")                      \
	VIRTUAL FAULT(1000000, 1002000) PROOF("sense", "true") PROOF("reset-cause", "true") \
		FAULT(5000000, 5000000) PROOF("sense", "false")                             \
			OUTCOME("updated", "second boot", "false")                          \
				VERDICT("inconclusive", "cut not proven", 2, 1, "false")
#define DIED TRIAL("died@77777777/t/none") VIRTUAL

static struct bo_summary *read_all(const char *journal)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_reader reader = bo_summary_reader(summary);
	size_t line;

	cr_assert_eq(bo_read_journal(journal, strlen(journal), &reader, 1, &line), 0);
	return summary;
}

static void render(const char *journal, struct bo_buf *out)
{
	struct bo_summary *summary = read_all(journal);

	bo_summary_render(summary, "brownout replay", NULL, false, out);
	bo_summary_free(summary);
}

static void expect_text(const char *journal, const char *golden)
{
	struct bo_buf out = {0};

	render(journal, &out);
	cr_expect_str_eq(out.data, golden);
	bo_buf_done(&out);
}

#define HEADER                                                                                   \
	"  #  verdict       outcome                           fault: due, achieved      proven " \
	"by                       came back\n"

Test(summary, a_refusal_says_where_and_what_makes_it_count)
{
	expect_text(REFUSED,
		    "reality: virtual\n\n" HEADER "  1  inconclusive  refused at boot, then "
		    "updated     -                         -    "
		    "                           undisturbed\n"
		    "     bad@88888888/t/none\n"
		    "     sig\\x1bnature; staged: 15 of 16 KiB read back, 16384 of 16384 bytes "
		    "acknowledged; its control: kept-old\n"
		    "     refusal not proven: its control\n"
		    "\nNO VERDICT on some trials: planned 1, fired 0, proven 0, judged 0, skipped "
		    "0, not "
		    "applicable 0\n");
}

Test(summary, every_kind_of_end_has_its_row)
{
	expect_text(
		PASSED FAILED SKIPPED NOT_PROVEN UNRESOLVED NOT_APPLICABLE DIED,
		"reality: virtual\n\n" HEADER
		"  1  pass          kept-old, then updated (resumed)  1071.120 ms +123 us       "
		"sense, reset-cause              first boot\n"
		"     up@11111111/t/boot.1+2ms=cut:off-1s\n"
		"  2  fail          bricked                           0.005 ms +0 us            "
		"sense                           did not\n"
		"     swap@22222222/t/swap.1=cut:off-1s\n"
		"     promised updated, was bricked\n"
		"  3  skipped       updated                           -                         "
		"-                               undisturbed\n"
		"     far@33333333/t/smp.byte.99999=cut:off-1s\n"
		"     smp.byte.99999 not reached, saw 16,384\n"
		"  4  inconclusive  updated                           0.000 ms +0 us            "
		"sense, NOT reset-cause          first boot\n"
		"     stuck@44444444/t/boot.1=cut:off-1s\n"
		"     cut not proven\n"
		"  5  inconclusive  unresolved                        0.000 ms +0 us            "
		"sense                           did not\n"
		"     dead@55555555/t/boot.1=cut:off-1s\n"
		"     did not come back\n"
		"  6  n/a           -                                 -                         "
		"-                               -\n"
		"     fine@66666666/t/flash.op.1=cut:off-1s\n"
		"     not applicable: this bench lacks flash-ops\n"
		"  7  no verdict    -                                 -                         "
		"-                               -\n"
		"     died@77777777/t/none\n"
		"     the trial ended in the middle\n"
		"\nrepeat what broke a promise:\n"
		"  brownout replay swap@22222222/t/swap.1=cut:off-1s\n"
		"\nA PROMISE WAS BROKEN: planned 6, fired 4, proven 3, judged 2, skipped 1, not "
		"applicable 1\n");
}

Test(summary, each_cut_of_a_trial_has_its_own_times_and_witnesses)
{
	expect_text(
		TWICE,
		"reality: virtual\n\n" HEADER
		"  1  inconclusive  updated                           1.000 ms +2 us            "
		"sense, reset-cause              second boot\n"
		"                                                     5.000 ms +0 us            "
		"NOT sense\n"
		"     two@88888888/t/swap.1=cut:off-1s,b2.swap.1=cut:off-1s\n"
		"     cut not proven\n"
		"\nNO VERDICT on some trials: planned 1, fired 2, proven 1, judged 0, skipped 0, "
		"not applicable 0\n");
}

Test(summary, a_run_without_broken_promises_has_nothing_to_repeat)
{
	expect_text(
		PASSED,
		"reality: virtual\n\n" HEADER
		"  1  pass          kept-old, then updated (resumed)  1071.120 ms +123 us       "
		"sense, reset-cause              first boot\n"
		"     up@11111111/t/boot.1+2ms=cut:off-1s\n"
		"\nall promises held: planned 1, fired 1, proven 1, judged 1, skipped 0, not "
		"applicable 0\n");
}

Test(summary, the_reality_comes_first_and_the_conclusion_last)
{
	static const struct {
		const char *journal, *reality, *conclusion;
	} cases[] = {
		{"", "unknown (no probe)", "NO VERDICT on some trials"},
		{PASSED, "virtual", "all promises held"},
		{PASSED NOT_APPLICABLE, "virtual", "all promises held"},
		{NOT_APPLICABLE, "unknown (no probe)", "NO VERDICT on some trials"},
		{PASSED SKIPPED, "virtual", "NO VERDICT on some trials"},
		{PASSED TRIAL("r@88888888/t/none") REAL, "mixed", "NO VERDICT on some trials"},
		{TRIAL("r@88888888/t/none") REAL VERDICT("pass", "", 0, 0, "true"), "real",
		 "all promises held"},
		{SKIPPED FAILED, "virtual", "A PROMISE WAS BROKEN"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_buf out = {0}, reality = {0}, conclusion = {0};

		render(cases[i].journal, &out);
		bo_buf_printf(&reality, "reality: %s\n", cases[i].reality);
		bo_buf_printf(&conclusion, "\n%s: planned ", cases[i].conclusion);
		cr_expect(strncmp(out.data, reality.data, reality.len) == 0, "case %zu: %s", i,
			  out.data);
		cr_expect_not_null(strstr(out.data, conclusion.data), "case %zu: %s", i, out.data);
		bo_buf_done(&out);
		bo_buf_done(&reality);
		bo_buf_done(&conclusion);
	}
}

Test(summary, the_tally_counts_each_kind_apart)
{
	static const char journal[] =
		PASSED FAILED SKIPPED NOT_PROVEN UNRESOLVED NOT_APPLICABLE DIED;
	struct bo_summary *summary = read_all(journal);
	struct bo_tally tally;

	bo_summary_tally(summary, &tally);
	bo_summary_free(summary);
	cr_expect_eq(tally.planned, 6);
	cr_expect_eq(tally.fired, 4);
	cr_expect_eq(tally.proven, 3);
	cr_expect_eq(tally.judged, 2);
	cr_expect_eq(tally.passed, 1);
	cr_expect_eq(tally.failed, 1);
	cr_expect_eq(tally.skipped, 1);
	cr_expect_eq(tally.inconclusive, 3, "not proven, unresolved, died");
	cr_expect_eq(tally.unresolved, 1);
	cr_expect_eq(tally.not_applicable, 1);
}

Test(summary, a_line_that_is_none_is_named_and_nothing_is_rendered)
{
	static const char journal[] = PASSED "rubbish\n" FAILED;
	struct bo_summary *summary = bo_summary_new();
	struct bo_reader reader = bo_summary_reader(summary);
	size_t line = 0;

	cr_expect_eq(bo_read_journal(journal, strlen(journal), &reader, 1, &line), -EBADMSG);
	cr_expect_eq(line, 9);
	bo_summary_free(summary);
}

Test(summary, a_torn_last_line_loses_itself_only)
{
	static const char journal[] = PASSED "{\"at\":0,\"ev\":\"tri";
	struct bo_summary *summary = read_all(journal);
	struct bo_tally tally;

	bo_summary_tally(summary, &tally);
	bo_summary_free(summary);
	cr_expect_eq(tally.passed, 1);
}

Test(summary, a_trial_repeated_from_other_things_than_its_id_says_so)
{
	static const char journal[] = TRIAL("a@11111111/t/none")
		LINE("drift", ",\"from\":\"11111111\",\"is\":\"99999999\"")
			VERDICT("pass", "", 0, 0, "true");
	struct bo_buf out = {0};

	render(journal, &out);
	cr_expect_not_null(strstr(out.data, "     a@11111111/t/none  # tried as @99999999\n"), "%s",
			   out.data);
	bo_buf_done(&out);
}

Test(summary, nothing_in_a_journal_reaches_the_terminal_raw)
{
	static const char journal[] =
		LINE("verdict", ",\"verdict\":\"fail\"") /* in front of the first trial */
		TRIAL("a\\u001b[2J\\nb") LINE("identity", ",\"reality\":\"\\u001b\"")
			PROOF("\\u0007", "false") OUTCOME("\\u001b", "\\r", "true")
				VERDICT("\\u001b", "\\u009b", -1, 99999999999, "true");
	struct bo_buf out = {0};

	render(journal, &out);
	for (size_t i = 0; i < out.len; i++)
		cr_assert(out.data[i] == '\n' || (out.data[i] >= 0x20 && out.data[i] < 0x7f),
			  "byte %zu of %s", i, out.data);
	cr_expect_not_null(strstr(out.data, "a\\x1b[2J\\x0ab"), "%s", out.data);
	bo_buf_done(&out);
}

Test(summary, one_trial_is_one_line)
{
	static const struct {
		const char *journal, *text;
	} cases[] = {
		{PASSED,
		 "pass: kept-old, then updated (resumed); fault 1071.120 ms +123 us, proven "
		 "by sense, reset-cause; came back: first boot"},
		{TWICE, "inconclusive: updated; fault 1.000 ms +2 us, proven by sense, "
			"reset-cause; fault 5.000 ms +0 us, proven by NOT sense; came back: second "
			"boot"},
		{SKIPPED, "skipped: updated; came back: undisturbed"},
		{DIED, "no verdict: -; came back: -"},
		{"", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bo_summary *summary = read_all(cases[i].journal);
		struct bo_buf out = {0};

		bo_summary_trial(summary, &out);
		cr_expect_str_eq(out.data ? out.data : "", cases[i].text);
		bo_buf_done(&out);
		bo_summary_free(summary);
	}
}
