#include <criterion/criterion.h>
#include <string.h>

#include "harness/model/journal.h"
#include "reports/impairments.h"

static void add(struct bo_buf *journal, const char *did, const char *way, const char *is,
		int packets, int dropped, int asked, int clustering)
{
	bo_journal_line(journal, 1, "network", "s:s, s:s, s:s, s:i, s:i, s:i, s:i", "did", did,
			"way", way, "is", is, "packets", packets, "dropped", dropped, "asked",
			asked, "clustering", clustering);
}

static void render(const struct bo_buf *journal, struct bo_buf *out)
{
	struct bo_impairments *impairments = bo_impairments_new();
	struct bo_reader reader = bo_impairments_reader(impairments);
	size_t line;

	cr_assert_eq(bo_read_journal(journal->data ? journal->data : "", journal->len, &reader, 1,
				     &line),
		     0);
	bo_impairments_render(impairments, out);
	bo_impairments_free(impairments);
}

Test(impairments, a_setting_is_one_line_over_all_trials)
{
	struct bo_buf journal = {0}, text = {0};

	add(&journal, "asked", "down", "loss 5 %", 0, 0, 0, 0);
	add(&journal, "counted", "down", "loss 5 %", 600, 31, 50000, 1000);
	add(&journal, "counted", "up", "loss 5 %", 0, 0, 50000, 1000);
	add(&journal, "counted", "down", "loss 5 %", 400, 19, 50000, 1000);
	render(&journal, &text);
	cr_expect_str_eq(
		text.data,
		"\nnetwork links (down to the target), loss measured with its interval of 99 %:\n"
		"  way       packets      dropped     asked  measured                       "
		"setting\n"
		"  down        1,000           50    5.00 %    5.00 % (3.39 % to 7.06 %)  loss 5 "
		"%\n"
		"  up              0            0    5.00 %  not known                      loss 5 "
		"%\n");
	bo_buf_done(&journal);
	bo_buf_done(&text);
}

Test(impairments, losses_in_bursts_tell_less)
{
	struct bo_buf one = {0}, other = {0}, alone = {0}, bursts = {0};

	add(&one, "counted", "up", "x", 1000, 50, 50000, 1000);
	add(&other, "counted", "up", "x", 1000, 50, 50000, 10000);
	render(&one, &alone);
	render(&other, &bursts);
	cr_expect(strstr(alone.data, "(3.39 % to 7.06 %)"), "%s", alone.data);
	cr_expect(strstr(bursts.data, "5.00 % (1.09 % to "), "%s", bursts.data);
	bo_buf_done(&one);
	bo_buf_done(&other);
	bo_buf_done(&alone);
	bo_buf_done(&bursts);
}

Test(impairments, a_run_without_a_network_says_nothing)
{
	struct bo_buf journal = {0}, text = {0};

	bo_journal_line(&journal, 1, "verdict", "s:s", "verdict", "pass");
	render(&journal, &text);
	cr_expect_null(text.data);
	bo_buf_done(&journal);
}

static void add_upload(struct bo_buf *journal, const char *id, int from, int to, int handed,
		       int64_t took)
{
	bo_journal_line(journal, 0, "trial", "s:s", "id", id);
	bo_journal_line(journal, 1, "upload", "s:i, s:i, s:i, s:I", "from", from, "to", to,
			"handed", handed, "took", (json_int_t)took);
}

Test(impairments, what_an_upload_costs_stands_beside_its_parameters)
{
	struct bo_buf journal = {0}, text = {0};

	add_upload(&journal, "s@00000000/t,loss=5/none", 0, 1000, 1200, 1000000000);
	add_upload(&journal, "s@11111111/t,loss=5/x.1=cut:off-1s", 400, 1400, 1300, 3000000000);
	add_upload(&journal, "s@22222222/t,loss=9/none", 0, 0, 800, 0);
	render(&journal, &text);
	cr_expect_null(text.data, "no link was impaired");
	add(&journal, "counted", "down", "loss 5 %", 1000, 50, 50000, 1000);
	render(&journal, &text);
	cr_expect(strstr(text.data,
			 "\nuploads:\n"
			 "  how many  acknowledged    sent again        B/s  scenario\n"
			 "         2         2,000           500        500  s t,loss=5\n"
			 "         1             0           800          -  s t,loss=9\n"),
		  "%s", text.data);
	bo_buf_done(&journal);
	bo_buf_done(&text);
}
