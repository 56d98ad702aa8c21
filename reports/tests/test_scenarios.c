#include <criterion/criterion.h>

#include "harness/model/journal.h"
#include "reports/scenarios.h"

static void add_trial(struct bo_buf *journal, const char *id, const char *verdict, int fired,
		      int proven)
{
	bool judged = strcmp(verdict, "pass") == 0 || strcmp(verdict, "fail") == 0;

	bo_journal_line(journal, 0, "trial", "s:s", "id", id);
	bo_journal_line(journal, 1, "verdict", "s:s, s:i, s:i, s:b", "verdict", verdict, "fired",
			fired, "proven", proven, "judged", judged);
}

static void draw(struct bo_buf *journal)
{
	bo_journal_line(journal, 0, "drawn", "s:b", "uniformly", 1);
}

static void render(const struct bo_buf *journal, struct bo_buf *out)
{
	struct bo_scenarios *scenarios = bo_scenarios_new();
	struct bo_reader reader = bo_scenarios_reader(scenarios);
	size_t line;

	cr_assert_eq(bo_read_journal(journal->data, journal->len, &reader, 1, &line), 0);
	bo_buf_reset(out);
	bo_buf_printf(out, "%s", "");
	bo_scenarios_render(scenarios, out);
	bo_scenarios_free(scenarios);
}

/* The numbers and words behind a scenario's name, one blank between them. */
static void expect_row(const struct bo_buf *text, const char *name, const char *row)
{
	char wanted[64], squeezed[256];
	size_t len = 0;

	snprintf(wanted, sizeof(wanted), "\n  %s ", name);
	const char *at = strstr(text->data, wanted);

	cr_assert_not_null(at, "no %s in %s", name, text->data);
	for (at += strlen(wanted); *at && *at != '\n' && len + 1 < sizeof(squeezed); at++)
		if (*at != ' ' || (len > 0 && squeezed[len - 1] != ' '))
			squeezed[len++] = *at;
	squeezed[len] = '\0';
	cr_expect_str_eq(squeezed, row, "%s", name);
}

Test(scenarios, each_has_a_line_and_one_alone_needs_none)
{
	struct bo_buf journal = {0}, text = {0};

	add_trial(&journal, "a@00000000/t/none", "pass", 0, 0);
	render(&journal, &text);
	cr_expect_str_eq(text.data, "");
	add_trial(&journal, "b@00000000/t/none", "pass", 0, 0);
	add_trial(&journal, "b@00000000/t/boot.1=cut", "fail", 2, 1);
	draw(&journal);
	/* back to the first: its strategy goes on from the census */
	for (int i = 0; i < 9; i++) {
		add_trial(&journal, "a@00000000/t/boot.1=cut", "pass", 1, 1);
		draw(&journal);
	}
	add_trial(&journal, "a@00000000/t/boot.9=cut", "skipped", 0, 0);
	add_trial(&journal, "a@00000000/t/boot.2=cut", "inconclusive", 1, 0);
	draw(&journal);
	bo_journal_line(&journal, 0, "trial", "s:s", "id", "c@00000000/t/none");
	bo_journal_line(&journal, 0, "verdict", "s:s, s:b, s:b", "verdict", "skipped", "judged", 0,
			"not_applicable", 1);
	bo_journal_line(&journal, 0, "stopped", "s:s", "scenario", "d");
	render(&journal, &text);
	/* planned fired proven judged passed failed skipped inconclusive n/a bound */
	expect_row(&text, "a", "12 10 9 10 10 0 1 1 0 28.4 %");
	expect_row(&text, "b", "2 2 1 2 1 1 0 0 0 100 %");
	expect_row(&text, "c", "0 0 0 0 0 0 0 0 1 -");
	expect_row(&text, "d", "0 0 0 0 0 0 0 0 0 - strategy not begun");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(scenarios, a_trial_that_ended_in_the_middle_is_inconclusive)
{
	struct bo_buf journal = {0}, text = {0};

	bo_journal_line(&journal, 0, "trial", "s:s", "id", "a@00000000/t/none");
	bo_journal_line(&journal, 0, "trial", "s:s", "id", "\x1b[31mb@00000000/t/none");
	render(&journal, &text);
	expect_row(&text, "a", "1 0 0 0 0 0 0 1 0 -");
	cr_expect_null(strchr(text.data, '\x1b'));
	expect_row(&text, "\\x1b[31mb", "1 0 0 0 0 0 0 1 0 -");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}
