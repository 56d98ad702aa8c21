#include "harness/engine/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/engine/trial_state.h"

/* Differences that are nearer to each other are one. */
#define GAP	 64
#define RUNS_MAX 32

/* ---- looking ---- */

bool evidence_is_wanted(const struct bo_trial *trial)
{
	const struct bo_promises *promises = &trial->scenario->promises;
	struct bo_judgement judgement;

	if (trial->evidence.when || !trial->bench->flash)
		return false;
	bo_oracle_judge(&trial->seen, &trial->images->golden.identity, &trial->offer->identity,
			&judgement);
	unsigned set = trial->again ? promises->then : promises->outcome;

	return !((set >> (unsigned)judgement.outcome) & 1u);
}

int evidence_take(struct bo_trial *trial, const char *when, struct bo_err *err)
{
	struct bo_evidence *evidence = &trial->evidence;
	int rc = 0;

	if (evidence->when)
		return 0;
	for (size_t i = 0; rc == 0 && i < trial->images->count; i++) {
		const struct bo_range *range = trial->images->content[i].range;

		if (!evidence->after[i])
			evidence->after[i] = malloc((size_t)range->size);
		if (!evidence->after[i])
			return bo_err_set(err, -ENOMEM, "no room for range '%s'", range->name);
		rc = bo_flash_read(trial->bench->flash, (uint32_t)range->at, evidence->after[i],
				   (size_t)range->size, err);
	}
	if (rc == 0)
		evidence->when = when;
	return rc;
}

int evidence_before_help(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_observed found = trial->seen;

	trial->seen.took_image = true; /* if it will: is that promised? */
	bool wanted = evidence_is_wanted(trial);

	trial->seen = found;
	if (!wanted)
		return 0;
	trial_phase(trial, "read flash");
	int rc = observe_flash(trial, err);

	if (rc == 0)
		rc = supply_cycle(trial, err);
	if (rc == 0)
		rc = hearing_wait_ready(trial, trial->target->deadline.recovery, err);
	trial->seen = found;
	return rc < 0 ? rc : 0;
}

/* ---- writing ---- */

static int write_range(const struct bo_trial *trial, const struct bo_range *range, const char *what,
		       const uint8_t *data, struct bo_err *err)
{
	struct bo_buf path = {0};

	bo_buf_printf(&path, "%s/flash", trial->record->dir);
	int rc = bo_make_dirs(path.data, err);

	bo_buf_printf(&path, "/%s-%s.bin", range->name, what);
	if (rc == 0)
		rc = bo_write_file(path.data, data, (size_t)range->size, err);
	bo_buf_done(&path);
	return rc;
}

/* The end of the run of differences that begins at `from`. */
static size_t end_of_run(const uint8_t *before, const uint8_t *after, size_t from, size_t size)
{
	size_t end = from + 1;

	for (size_t at = end; at < size && at < end + GAP; at++)
		if (before[at] != after[at])
			end = at + 1;
	return end;
}

static bool note_differences(struct bo_trial *trial, const struct bo_range *range,
			     const uint8_t *before, const uint8_t *after)
{
	size_t size = (size_t)range->size;
	unsigned runs = 0;

	for (size_t at = 0, end; at < size; at = end) {
		end = at + 1;
		if (before[at] == after[at])
			continue;
		end = runs + 1 < RUNS_MAX ? end_of_run(before, after, at, size) : size;
		runs++;
		trial_note(trial, "differs", "s:s, s:I, s:I, s:s", "range", range->name, "from",
			   (json_int_t)(range->at + (int64_t)at), "to",
			   (json_int_t)(range->at + (int64_t)end), "read", trial->evidence.when);
	}
	return runs > 0;
}

static int write_flash(struct bo_trial *trial, struct bo_err *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < trial->images->count; i++) {
		const struct bo_range_content *content = &trial->images->content[i];
		const uint8_t *after = trial->evidence.after[i];

		if (!note_differences(trial, content->range, content->data, after))
			continue;
		rc = write_range(trial, content->range, "before", content->data, err);
		if (rc == 0)
			rc = write_range(trial, content->range, "after", after, err);
	}
	return rc;
}

/* Nobody foresaw that a promise would be broken: what is there now is better than nothing. */
static int look_late(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_flash_id id;

	if (trial->evidence.when)
		return 0;
	if (!trial->bench->flash)
		return bo_err_set(err, -EOPNOTSUPP, "this bench has no probe to read flash with");
	int rc = bo_bench_attach(trial->bench, &id, err);

	if (rc == 0)
		rc = evidence_take(trial, "at the end of the trial", err);
	return rc < 0 ? rc : bo_flash_detach(trial->bench->flash, err);
}

static void render_console(const struct bo_buf *raw, const struct bo_buf *lines, struct bo_buf *out)
{
	size_t count = lines->len / sizeof(struct bo_record_line);

	for (size_t i = 0; i < count; i++) {
		struct bo_record_line line, next = {.offset = raw->len};

		memcpy(&line, lines->data + i * sizeof(line), sizeof(line));
		if (i + 1 < count)
			memcpy(&next, lines->data + (i + 1) * sizeof(next), sizeof(next));
		size_t end = next.offset;

		while (end > line.offset && strchr("\r\n", raw->data[end - 1]))
			end--;
		bo_buf_printf(out, "%5lld.%06lld  ", (long long)(line.at / BO_S),
			      (long long)(line.at % BO_S / BO_US));
		bo_buf_escape(out, raw->data + line.offset, end - line.offset);
		bo_buf_printf(out, "\n");
	}
}

static int write_console(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_buf raw = {0}, text = {0}, path = {0};
	int rc = bo_record_sync(trial->record, err);

	if (rc == 0)
		rc = bo_record_read_console(trial->record, &raw, err);
	if (rc == 0)
		render_console(&raw, &trial->record->lines, &text);
	bo_buf_printf(&path, "%s/console.txt", trial->record->dir);
	if (rc == 0)
		rc = bo_write_file(path.data, text.data ? text.data : "", text.len, err);
	bo_buf_done(&raw);
	bo_buf_done(&text);
	bo_buf_done(&path);
	return rc;
}

void evidence_write(struct bo_trial *trial)
{
	struct bo_err err = {0};
	int rc = look_late(trial, &err);

	if (rc == 0)
		rc = write_flash(trial, &err);
	if (rc < 0)
		trial_note(trial, "evidence", "s:s, s:s", "lacks", "flash", "why",
			   bo_err_text(&err));
	if (write_console(trial, &err) < 0)
		trial_note(trial, "evidence", "s:s, s:s", "lacks", "console", "why",
			   bo_err_text(&err));
}

void evidence_free(struct bo_trial *trial)
{
	for (size_t i = 0; i < BO_RANGES_MAX; i++)
		free(trial->evidence.after[i]);
	trial->evidence = (struct bo_evidence){0};
}
