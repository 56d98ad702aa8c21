#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "harness/model/journal.h"
#include "reports/divergence.h"

static void add_trial(struct bo_buf *journal, const char *id, const char *version, bo_ns at)
{
	bo_journal_line(journal, 0, "trial", "s:s", "id", id);
	bo_journal_line(journal, at, "ready", "s:s", "version", version);
	bo_journal_line(journal, at + 1, "verdict", "s:s", "verdict", "pass");
}

static int diff(struct bo_buf journals[2], struct bo_buf *out)
{
	int which = -1;

	bo_buf_reset(out);
	return bo_divergence_render(journals, out, &which);
}

static void free_all(struct bo_buf journals[2], struct bo_buf *text)
{
	bo_buf_done(&journals[0]);
	bo_buf_done(&journals[1]);
	bo_buf_done(text);
}

Test(divergence, times_are_no_difference_but_counted)
{
	struct bo_buf journals[2] = {0}, text = {0};

	add_trial(&journals[0], "a", "1.0", 50);
	add_trial(&journals[0], "b", "1.0", 60);
	add_trial(&journals[1], "b", "1.0", 60);
	add_trial(&journals[1], "a", "1.0", 70);
	cr_expect_eq(diff(journals, &text), 0);
	cr_expect_str_eq(text.data, "2 trials in both, 0 of them differ; 0 in one only; lines that "
				    "differ in their times alone: 2\n");
	free_all(journals, &text);
}

Test(divergence, the_first_line_that_differs_is_shown_for_each_trial)
{
	struct bo_buf journals[2] = {0}, text = {0};

	add_trial(&journals[0], "a", "1.0", 50);
	add_trial(&journals[0], "b", "1.0", 60);
	add_trial(&journals[0], "c", "1.0", 60);
	add_trial(&journals[1], "a", "2.0", 50);
	add_trial(&journals[1], "b", "1.0", 60);
	bo_journal_line(&journals[1], 70, "rig", "s:s", "text", "late");
	add_trial(&journals[1], "d", "1.0", 60);
	cr_expect_eq(diff(journals, &text), 4);
	cr_expect_str_eq(text.data,
			 "a\n  line 2:\n"
			 "  - {\"at\":50,\"ev\":\"ready\",\"version\":\"1.0\"}\n"
			 "  + {\"at\":50,\"ev\":\"ready\",\"version\":\"2.0\"}\n"
			 "b\n  line 4:\n"
			 "  - (the trial has ended)\n"
			 "  + {\"at\":70,\"ev\":\"rig\",\"text\":\"late\"}\n"
			 "only in the first run: c\n"
			 "only in the second run: d\n"
			 "2 trials in both, 2 of them differ; 2 in one only; lines that differ in "
			 "their times alone: 0\n");
	free_all(journals, &text);
}

Test(divergence, repetitions_of_an_id_are_paired_one_by_one)
{
	struct bo_buf journals[2] = {0}, text = {0};

	for (int i = 0; i < 2; i++) {
		add_trial(&journals[i], "a", "1.0", 50);
		add_trial(&journals[i], "a", i ? "1.0" : "2.0", 50);
	}
	cr_expect_eq(diff(journals, &text), 1);
	free_all(journals, &text);
}

Test(divergence, what_is_no_journal_is_named)
{
	struct bo_buf journals[2] = {0}, text = {0};
	int which = -1;

	add_trial(&journals[0], "a", "1.0", 50);
	bo_buf_printf(&journals[1], "nonsense\n");
	cr_expect_eq(bo_divergence_render(journals, &text, &which), -EBADMSG);
	cr_expect_eq(which, 1);
	free_all(journals, &text);
}
