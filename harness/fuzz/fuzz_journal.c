#include <assert.h>
#include <errno.h>

#include "harness/model/census.h"
#include "reports/bounds.h"
#include "reports/explain.h"
#include "reports/impairments.h"
#include "reports/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const struct bo_buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		assert(text->data[i] == '\n' || (text->data[i] >= 0x20 && text->data[i] < 0x7f));
}

/* What has been taken over from a journal reads as it was written there. */
static void take_census(void *report, const char *kind, const json_t *line)
{
	struct bo_census *census = report;

	if (strcmp(kind, "census") != 0 || bo_census_take(census, line) < 0 || census->count == 0)
		return;
	const struct bo_census_point *point = &census->point[census->count - 1];

	if (point->places > 0)
		(void)bo_census_value(point, point->places - 1);
}

/* Any bytes are either no journal, at a line that is named, or render to text fit for a terminal
 * whose counts agree with each other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bo_summary *summary = bo_summary_new();
	struct bo_bounds *bounds = bo_bounds_new();
	struct bo_explain *explain = bo_explain_new();
	struct bo_impairments *impairments = bo_impairments_new();
	struct bo_census census = {0};
	const struct bo_reader readers[] = {bo_summary_reader(summary),
					    bo_bounds_reader(bounds),
					    bo_explain_reader(explain),
					    bo_impairments_reader(impairments),
					    {take_census, &census}};
	struct bo_tally tally;
	struct bo_buf text = {0};
	size_t line = 0;
	int rc = bo_read_journal((const char *)data, size, readers, 5, &line);

	assert(rc == 0 || (rc == -EBADMSG && line > 0));
	bo_bounds_render(bounds, &text);
	bo_bounds_free(bounds);
	bo_explain_render(explain, "brownout", &text);
	bo_explain_free(explain);
	bo_impairments_render(impairments, &text);
	bo_impairments_free(impairments);
	bo_census_free(&census);
	bo_summary_render(summary, "brownout replay", NULL, false, &text);
	check_printable(&text);
	bo_summary_tally(summary, &tally);
	assert(tally.passed + tally.failed + tally.skipped + tally.inconclusive == tally.planned);
	bo_buf_reset(&text);
	bo_summary_trial(summary, &text);
	check_printable(&text);
	bo_buf_done(&text);
	bo_summary_free(summary);
	return 0;
}
