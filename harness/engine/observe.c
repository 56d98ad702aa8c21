#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/engine/trial_state.h"
#include "harness/image/mcuboot.h"

/* What the oracle may know: the target's own word, and flash read back by the probe. */

#define QUERY_PATIENCE (10 * BO_S)

static void hex(char *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", data[i]);
}

static const char *name_of(const struct bo_trial *trial, const uint8_t *hash)
{
	if (memcmp(hash, trial->old_image->hash, 32) == 0)
		return "old";
	return memcmp(hash, trial->offer->identity.hash, 32) == 0 ? "new" : "neither";
}

static void note_slot(struct bo_trial *trial, int n, const struct bo_update_slot *slot)
{
	char hash[65] = "";

	if (!slot->present)
		return;
	if (slot->has_hash)
		hex(hash, slot->hash, 32);
	trial_note(trial, "slot", "s:i, s:s, s:s, s:s, s:b, s:b, s:b", "n", n, "version",
		   slot->version, "hash", hash, "is",
		   slot->has_hash ? name_of(trial, slot->hash) : "unknown", "active", slot->active,
		   "confirmed", slot->confirmed, "pending", slot->pending);
}

static int ask_target(struct bo_trial *trial, struct bo_err *err)
{
	struct bo_observed *seen = &trial->seen;
	int step = session_job(trial, BO_JOB_QUERY, bo_loop_now(trial->loop) + QUERY_PATIENCE, err);

	seen->state_known = step == BO_STEP_OK;
	seen->mute = step == BO_STEP_SILENT || step == BO_STEP_TIMEOUT;
	seen->active_has_hash = false;
	if (step != BO_STEP_OK)
		return step;
	for (int i = 0; i < 2; i++) {
		const struct bo_update_slot *slot = &trial->update->state.slot[i];

		note_slot(trial, i, slot);
		if (!slot->present || !slot->active)
			continue;
		seen->active_has_hash = slot->has_hash;
		memcpy(seen->active_hash, slot->hash, 32);
		seen->active_confirmed = slot->confirmed;
		if (trial->facts.frozen)
			continue;
		trial->facts.told = true;
		(void)bo_str_copy(trial->facts.told_version, sizeof(trial->facts.told_version),
				  slot->version);
	}
	return step;
}

/* Two equal hashes do not contradict each other: a target may take an image that has them. */
static bool hashes_agree(const uint8_t *data, const struct bo_image *image)
{
	struct bo_image_cursor cursor = {0};
	struct bo_image_tlv tlv;
	bool agree = false;

	while (bo_image_tlv_next(data, image, &cursor, &tlv)) {
		if (cursor.protected || tlv.type != BO_IMAGE_TLV_SHA256)
			continue;
		if (tlv.len != sizeof(image->hash) || memcmp(tlv.data, image->hash, tlv.len) != 0)
			return false;
		agree = true;
	}
	return agree;
}

static int parse_image(const uint8_t *data, size_t len, struct bo_image *image, struct bo_err *why)
{
	struct bo_err ignored = {0};
	int rc = bo_image_parse(data, len, image, why);

	if (rc == -EPROTO && bo_image_layout(data, len, image, &ignored) == 0 &&
	    hashes_agree(data, image))
		rc = 0;
	return rc;
}

#define READ_STEP 4096

/* Reads on until the image at the range's beginning is complete: the probe is slow, slots are
 * mostly empty. Sets what the oracle may know. */
static int read_image(struct bo_trial *trial, const struct bo_range *range, uint8_t *data,
		      struct bo_image *image, struct bo_err *why, struct bo_err *err)
{
	size_t size = (size_t)range->size;
	size_t len = 0;
	int whole = -ENODATA;

	while (whole == -ENODATA && len < size) {
		size_t step = len > 0 ? len : READ_STEP;

		step = step < size - len ? step : size - len;
		int rc = bo_flash_read(trial->bench->flash, (uint32_t)(range->at + (int64_t)len),
				       data + len, step, err);

		if (rc < 0)
			return rc;
		len += step;
		whole = parse_image(data, len, image, why);
	}
	trial->seen.read_back_known = true;
	trial->seen.read_back_whole = whole == 0;
	if (whole == 0)
		memcpy(trial->seen.read_back_hash, image->hash, 32);
	return 0;
}

static int read_back(struct bo_trial *trial, const struct bo_range *range, struct bo_err *err)
{
	uint8_t *data = malloc((size_t)range->size);
	struct bo_image image = {0};
	struct bo_err why = {0};
	char hash[65] = "";

	if (!data)
		return bo_err_set(err, -ENOMEM, "out of memory");
	int rc = read_image(trial, range, data, &image, &why, err);
	bool whole = trial->seen.read_back_whole;

	free(data);
	if (rc < 0)
		return rc;
	if (whole)
		hex(hash, image.hash, 32);
	trial_note(trial, "read-back", "s:s, s:s, s:s, s:s", "range", range->name, "hash", hash,
		   "is", whole ? name_of(trial, image.hash) : "not whole", "text",
		   whole ? "" : why.text);
	return 0;
}

static int use_probe(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_range *range = bo_target_range_used_for(trial->target, BO_RANGE_RUNNING);
	struct bo_flash_id id;
	struct bo_ear ear;
	int rc = bo_bench_attach(trial->bench, &id, err);

	if (rc < 0)
		return rc;
	bo_ear_open(&ear, trial->bench, bo_clock_stamp(trial->loop->clock));
	rc = read_back(trial, range, err);
	if (rc == 0)
		lock_is_open(trial);
	if (rc == 0)
		rc = refusal_read_back(trial, err);
	if (rc == 0)
		rc = facts_compare_flash(trial, err);
	if (rc == 0 && evidence_is_wanted(trial))
		rc = evidence_take(trial, "when the outcome stood", err);
	if (rc == 0)
		rc = oracles_keep_flash(trial, err);
	/* Whoever has just said what it runs still runs, if it is not the board that was read. */
	if (rc == 0)
		rc = challenge(trial, &ear, err);
	bo_ear_close(&ear);
	return rc < 0 ? rc : bo_flash_detach(trial->bench->flash, err);
}

int observe_flash(struct bo_trial *trial, struct bo_err *err)
{
	trial->seen.read_back_known = false;
	bo_injector_stop(&trial->injector);
	pulse_close(trial);
	lock_try(trial);
	if (!trial->bench->flash)
		return 0;
	/* a probe resets: from here on boots say nothing about a cut */
	witness_close(trial);
	trial->deaf = true;
	int rc = use_probe(trial, err);

	return rc < 0 ? bo_err_wrap(err, "probe: read back") : 0;
}

int observe(struct bo_trial *trial, struct bo_err *err)
{
	int step = ask_target(trial, err);

	if (step < 0 || step == BO_STEP_FAULT || !trial->seen.ready)
		return step;
	/* The outcome stands: from here on the probe may touch the target. */
	return observe_flash(trial, err);
}
