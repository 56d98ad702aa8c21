#include "reports/reading.h"

#include "harness/model/journal.h"

struct reading {
	const struct bo_reader *readers;
	size_t count;
};

static void pass_on(void *ctx, const json_t *line)
{
	const struct reading *reading = ctx;
	const char *kind = bo_journal_str(line, "ev", "");

	for (size_t i = 0; i < reading->count; i++)
		reading->readers[i].take(reading->readers[i].report, kind, line);
}

int bo_read_journal(const char *journal, size_t len, const struct bo_reader *readers, size_t count,
		    size_t *reterr_line)
{
	struct reading reading = {readers, count};

	return bo_journal_walk(journal, len, pass_on, &reading, reterr_line);
}
