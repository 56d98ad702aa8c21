#ifndef BO_HARNESS_ENGINE_RECORD_H
#define BO_HARNESS_ENGINE_RECORD_H

#include "harness/base/clock.h"
#include "harness/base/err.h"
#include "harness/base/str.h"

/*
 * What a trial leaves behind: DIR/journal.jsonl and DIR/console.raw. Everything is collected in
 * memory first, because nothing may touch the disk between a fault point and its act;
 * bo_record_sync() writes it out and makes it durable.
 */
/* Where in the console's bytes a line began, and when, counted from the trial's beginning. */
struct bo_record_line {
	size_t offset;
	bo_ns at;
};

struct bo_record {
	char *dir;
	struct bo_buf journal; /* use bo_journal_line() */
	struct bo_buf console;
	struct bo_buf lines; /* struct bo_record_line, of all that was kept */
	size_t console_kept;
	bool within_line;
	int journal_fd, console_fd;
	size_t console_cap_left; /* beyond it console bytes are counted, not kept */
	size_t console_dropped;
};

#define BO_CONSOLE_CAP (16u << 20)

/* Creates `dir` (with its parents) and the files; an earlier trial's files there are replaced. */
int bo_record_open(struct bo_record *record, const char *dir, struct bo_err *err);
void bo_record_console(struct bo_record *record, bo_ns at, const void *data, size_t len);
/* Appends what was kept and has been written out. */
int bo_record_read_console(const struct bo_record *record, struct bo_buf *out, struct bo_err *err);
int bo_record_sync(struct bo_record *record, struct bo_err *err);
void bo_record_close(struct bo_record *record);

/* Whether DIR holds the journal of trial `id` up to a verdict. One that a signal ended is none. */
bool bo_record_is_whole(const char *dir, const char *id);
/* Takes the verdict back, wherever it came from: the trial will be carried out again. */
void bo_record_forget(const char *dir);
/* Appends the journal in DIR, up to its last whole line; false when there is not even one. */
bool bo_record_read(const char *dir, struct bo_buf *out);

/* mkdir -p. */
int bo_make_dirs(const char *path, struct bo_err *err);
/* The whole of `data` into `path`, durable, replacing atomically what was there. */
int bo_write_file(const char *path, const void *data, size_t len, struct bo_err *err);

#endif
