#ifndef BO_REPORTS_READING_H
#define BO_REPORTS_READING_H

#include <jansson.h>
#include <string.h>

#include "harness/base/str.h"

/*
 * A journal of 10,000 trials is tens of megabytes, and reading it costs more than any report on it.
 * So it is read once, and every report takes what it needs from each line as it passes.
 */
struct bo_reader {
	/* `kind` is the line's "ev". */
	void (*take)(void *report, const char *kind, const json_t *line);
	void *report;
};

/* Hands each line to each reader. -EBADMSG: line *reterr_line is no journal line; the reports have
 * taken what stands before it. */
int bo_read_journal(const char *journal, size_t len, const struct bo_reader *readers, size_t count,
		    size_t *reterr_line);

/* For readers that look at some kinds only. */
struct bo_taker {
	const char *kind;
	void (*take)(void *report, const json_t *line);
};

static inline void bo_take(const struct bo_taker *takers, size_t count, void *report,
			   const char *kind, const json_t *line)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(takers[i].kind, kind) == 0)
			takers[i].take(report, line);
}

#endif
