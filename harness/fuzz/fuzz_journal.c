#include <assert.h>
#include <errno.h>

#include "harness/model/journal.h"
#include "reports/summary.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const struct bo_buf *text)
{
	for (size_t i = 0; i < text->len; i++)
		assert(text->data[i] == '\n' || (text->data[i] >= 0x20 && text->data[i] < 0x7f));
}

/* Any bytes are either no journal, at a line that is named, or render to text fit for a terminal
 * whose counts agree with each other. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *journal = (const char *)data;
	struct bo_tally tally;
	struct bo_buf text = {0};
	size_t line = 0, same = 0;
	int rc = bo_summary_tally(journal, size, &tally, &line);

	assert(rc == 0 || (rc == -EBADMSG && line > 0));
	assert(bo_summary_render(journal, size, "brownout replay", &text, &same) == rc);
	assert(line == same && (rc == 0) == (text.len > 0));
	if (rc == 0)
		assert(tally.passed + tally.failed + tally.skipped + tally.inconclusive ==
		       tally.planned);
	check_printable(&text);
	bo_buf_reset(&text);
	assert(bo_summary_trial(journal, size, &text) == rc);
	check_printable(&text);
	bo_buf_done(&text);
	return 0;
}
