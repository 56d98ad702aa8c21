#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/*
 * The start state of a trial: every resettable range holds exactly what the baseline says. A range
 * is compared by the target's own checksum and, where it differs, only the pages that differ are
 * written: flash wears.
 */

struct rewrite {
	struct bo_trial *trial;
	const struct bo_range_content *content;
	const uint8_t *found;
	size_t page;
	size_t bytes;
};

static bool page_differs(const struct rewrite *r, size_t offset)
{
	return memcmp(r->found + offset, r->content->data + offset, r->page) != 0;
}

/* One run of differing pages beginning at `offset`; returns where it ends. */
static int write_run(struct rewrite *r, size_t offset, size_t *ret_end, struct bo_err *err)
{
	size_t size = (size_t)r->content->range->size;
	size_t end = offset;

	while (end < size && page_differs(r, end))
		end += r->page;
	*ret_end = end;
	r->bytes += end - offset;
	return bo_flash_program(r->trial->bench->flash,
				(uint32_t)(r->content->range->at + (int64_t)offset),
				r->content->data + offset, end - offset, err);
}

static int write_differences(struct rewrite *r, struct bo_err *err)
{
	size_t size = (size_t)r->content->range->size;

	for (size_t at = 0; at < size;) {
		if (!page_differs(r, at)) {
			at += r->page;
			continue;
		}
		int rc = write_run(r, at, &at, err);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int rewrite(struct bo_trial *trial, const struct bo_range_content *content,
		   size_t *ret_bytes, struct bo_err *err)
{
	size_t size = (size_t)content->range->size;
	uint8_t *found = malloc(size);
	struct rewrite r = {
		.trial = trial,
		.content = content,
		.found = found,
		.page = (size_t)trial->target->flash.page,
	};

	if (!found)
		return bo_err_set(err, -ENOMEM, "out of memory");
	int rc = bo_flash_read(trial->bench->flash, (uint32_t)content->range->at, found, size, err);

	if (rc == 0)
		rc = write_differences(&r, err);
	free(found);
	*ret_bytes = r.bytes;
	return rc;
}

static int set_range(struct bo_trial *trial, const struct bo_range_content *content,
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
	int rc = identify(trial, err);

	for (size_t i = 0; rc == 0 && i < trial->images->count; i++)
		rc = set_range(trial, &trial->images->content[i], err);
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
		rc = set_ranges(trial, err);
	return rc < 0 ? rc : supply_down(trial, err);
}
