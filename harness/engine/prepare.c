#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/*
 * The start state of a trial: every resettable range holds exactly what the baseline says. What
 * differs is found by the target's own checksum, in halves, down to a few pages; only pages that
 * differ are written, because flash wears. Reading through a probe costs more than a checksum, so
 * little is read: the first page of an image tells whether it is another one altogether.
 */
#define LEAF_PAGES 4
#define PAGE_MAX   (64 << 10)

struct rewrite {
	struct bo_trial *trial;
	const struct bo_range_content *content;
	size_t page;
	size_t bytes; /* written so far */
};

static uint32_t address(const struct rewrite *r, size_t offset)
{
	return (uint32_t)(r->content->range->at + (int64_t)offset);
}

static int write_span(struct rewrite *r, size_t offset, size_t len, struct bo_err *err)
{
	r->bytes += len;
	return bo_flash_program(r->trial->bench->flash, address(r, offset),
				r->content->data + offset, len, err);
}

static int page_differs(struct rewrite *r, size_t offset, struct bo_err *err)
{
	static uint8_t found[PAGE_MAX];
	int rc = bo_flash_read(r->trial->bench->flash, address(r, offset), found, r->page, err);

	return rc < 0 ? rc : memcmp(found, r->content->data + offset, r->page) != 0;
}

static bool is_blank(const struct rewrite *r, size_t offset, size_t len)
{
	for (size_t i = offset; i < offset + len; i++)
		if (r->content->data[i] != 0xFF)
			return false;
	return true;
}

static int write_pages_that_differ(struct rewrite *r, size_t offset, size_t len, struct bo_err *err)
{
	for (size_t at = offset; at < offset + len; at += r->page) {
		int rc = page_differs(r, at, err);

		if (rc > 0)
			rc = write_span(r, at, r->page, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The span is known to differ somewhere when `differs`. */
static int narrow(struct rewrite *r, size_t offset, size_t len, bool differs, struct bo_err *err)
{
	bool equal = false;
	int rc = 0;

	if (!differs)
		rc = bo_flash_matches(r->trial->bench->flash, address(r, offset),
				      r->content->data + offset, len, &equal, err);
	if (rc < 0 || equal)
		return rc;
	if (len <= LEAF_PAGES * r->page)
		return is_blank(r, offset, len) ? write_span(r, offset, len, err)
						: write_pages_that_differ(r, offset, len, err);
	size_t half = len / 2 / r->page * r->page;

	rc = narrow(r, offset, half, false, err);
	return rc < 0 ? rc : narrow(r, offset + half, len - half, false, err);
}

/* Length of what is not erased in the range, in whole pages. */
static size_t filled_len(const struct rewrite *r)
{
	size_t len = (size_t)r->content->range->size;

	while (len >= r->page && is_blank(r, len - r->page, r->page))
		len -= r->page;
	return len;
}

static int rewrite(struct bo_trial *trial, const struct bo_range_content *content,
		   size_t *ret_bytes, struct bo_err *err)
{
	struct rewrite r = {
		.trial = trial,
		.content = content,
		.page = (size_t)trial->target->flash.page,
	};
	size_t filled = filled_len(&r);
	size_t size = (size_t)content->range->size;
	int rc = filled > 0 ? page_differs(&r, 0, err) : 0;

	if (rc > 0)
		rc = write_span(&r, 0, filled, err);
	else if (rc == 0 && filled > 0)
		rc = narrow(&r, 0, filled, false, err);
	if (rc == 0 && filled < size)
		rc = narrow(&r, filled, size - filled, filled == 0, err);
	*ret_bytes = r.bytes;
	return rc;
}

int prepare_range(struct bo_trial *trial, const struct bo_range_content *content,
		  struct bo_err *err)
{
	const struct bo_range *range = content->range;
	size_t bytes = 0;
	bool equal = false;
	int rc = bo_flash_matches(trial->bench->flash, (uint32_t)range->at, content->data,
				  (size_t)range->size, &equal, err);

	/* What the probe writes it verifies; what is left alone was just read. */
	if (rc == 0 && !equal)
		rc = rewrite(trial, content, &bytes, err);
	if (rc < 0)
		return bo_err_wrap(err, "start state of '%s'", range->name);
	trial_note(trial, "range", "s:s, s:s, s:I", "name", range->name, "how",
		   equal ? "unchanged" : "rewritten", "bytes", (json_int_t)bytes);
	return 0;
}

static void note_kept_ranges(struct bo_trial *trial)
{
	const struct bo_range *ranges = trial->target->layout.items;

	for (size_t i = 0; i < trial->target->layout.count; i++)
		if (!ranges[i].reset)
			trial_note(trial, "range", "s:s, s:s, s:i", "name", ranges[i].name, "how",
				   "kept", "bytes", 0);
}

static int identify(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_flash_id id = {0};
	int rc = bo_bench_attach(trial->bench, &id, err);

	if (rc < 0)
		return rc;
	trial_note(trial, "identity", "s:s, s:s, s:s", "uid", id.uid, "chip", id.chip, "reality",
		   trial->bench->is_virtual ? "virtual" : "real");
	return 0;
}

static int set_ranges(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_range_content *content =
		bo_job_is_staged(trial->args->job) ? trial->images->staged : trial->images->content;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < trial->images->count; i++)
		rc = prepare_range(trial, &content[i], err);
	return rc < 0 ? bo_err_wrap(err, "probe") : 0;
}

/* Nothing is erased before it is known that nobody else answers. */
static int set_ranges_in_silence(struct bo_trial *trial, struct bo_ear *ear, struct bo_err *err)
{
	int rc = challenge(trial, ear, err);

	if (rc == 0)
		rc = set_ranges(trial, err);
	return rc < 0 ? rc : bo_ear_judge(ear, BO_SILENCE_HELD, err);
}

static int use_probe(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_ear ear;
	int rc = identify(trial, err);

	if (rc < 0)
		return bo_err_wrap(err, "probe");
	bo_ear_open(&ear, trial->bench, bo_clock_stamp(trial->loop->clock));
	rc = set_ranges_in_silence(trial, &ear, err);
	bo_ear_close(&ear);
	if (rc < 0)
		return rc;
	rc = facts_keep_flash(trial, err);
	if (rc == 0)
		rc = bo_flash_detach(trial->bench->flash, err);
	return rc < 0 ? bo_err_wrap(err, "probe") : 0;
}

int prepare_start_state(struct bo_trial *trial, struct bo_err *err)
{
	note_kept_ranges(trial);
	if (!trial->bench->flash)
		trial_note(trial, "range", "s:s, s:s, s:i", "name", "*", "how",
			   "start state not proven", "bytes", 0);
	int rc = supply_up(trial, err);

	if (rc == 0 && trial->bench->flash)
		rc = use_probe(trial, err);
	/* what a probe held had nothing under way when its power went */
	bo_ns silent_since = trial->bench->flash ? 0 : bo_clock_stamp(trial->loop->clock);

	if (rc == 0)
		rc = supply_down(trial, err);
	return rc < 0 ? rc : bo_ear_expect_off(trial->bench, silent_since, err);
}
