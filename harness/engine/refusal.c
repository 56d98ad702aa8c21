#include <stdio.h>
#include <string.h>

#include "harness/engine/trial_state.h"

/*
 * A refusal counts only with its control. A device whose link is broken, whose slot is full or
 * whose agent is asleep "refuses" every bad image; so the untampered twin must have taken the same
 * way and been accepted. And what was never staged was never refused: either the target said no
 * while it was being sent, or its bytes stood in the slot.
 */

bool refusal_is_sought(const struct bo_trial *trial)
{
	return trial->images->control.data && trial->offer == &trial->images->update;
}

void refusal_note(struct bo_trial *trial, const char *stage, const char *text)
{
	trial->seen.refused = true;
	if (refusal_is_sought(trial))
		trial->staging.refused_in_upload = strcmp(stage, "upload") == 0;
	trial_note(trial, "refusal", "s:s, s:s", "stage", stage, "text", text);
}

/* ---- were the bytes really staged? ---- */

enum piece { PIECE_EQUAL, PIECE_ERASED, PIECE_OTHER, PIECE_KINDS };
#define PIECE 1024

static bool is_erased(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0xFF)
			return false;
	return true;
}

static enum piece kind_of(const uint8_t *found, const uint8_t *sent, size_t len)
{
	if (memcmp(found, sent, len) == 0)
		return PIECE_EQUAL;
	return is_erased(found, len) ? PIECE_ERASED : PIECE_OTHER;
}

static int count_pieces(struct bo_trial *trial, const struct bo_range *range, int *counts,
			struct bo_err *err)
{
	const struct bo_update_file *offer = trial->offer;
	uint8_t found[PIECE];
	int rc = 0;

	for (size_t at = 0; rc == 0 && at < offer->len; at += PIECE) {
		size_t len = offer->len - at < PIECE ? offer->len - at : PIECE;

		rc = bo_flash_read(trial->bench->flash, (uint32_t)(range->at + (int64_t)at), found,
				   len, err);
		if (rc == 0)
			counts[kind_of(found, offer->data + at, len)]++;
	}
	return rc;
}

/* A boot loader may erase what it refuses, or the beginning of it (MCUboot does): what is left must
 * be what was sent, and something must be left. */
int refusal_read_back(struct bo_trial *trial, struct bo_err *err)
{
	const struct bo_range *range = bo_target_range_used_for(trial->target, BO_RANGE_STAGED);
	const struct bo_update_file *offer = trial->offer;
	int counts[PIECE_KINDS] = {0};
	bool equal = false;

	if (!refusal_is_sought(trial) || trial->staging.refused_in_upload || !range ||
	    offer->len > (size_t)range->size)
		return 0;
	int rc = bo_flash_matches(trial->bench->flash, (uint32_t)range->at, offer->data, offer->len,
				  &equal, err);

	if (rc == 0 && equal)
		counts[PIECE_EQUAL] = (int)((offer->len + PIECE - 1) / PIECE);
	else if (rc == 0)
		rc = count_pieces(trial, range, counts, err);
	if (rc < 0)
		return bo_err_wrap(err, "range '%s'", range->name);
	trial->staging.read_back = true;
	trial->staging.agrees = counts[PIECE_EQUAL] > 0 && counts[PIECE_OTHER] == 0;
	trial_note(trial, "staged", "s:s, s:s, s:i, s:i, s:i", "by", "read-back", "range",
		   range->name, "equal", counts[PIECE_EQUAL], "erased", counts[PIECE_ERASED],
		   "other", counts[PIECE_OTHER]);
	return 0;
}

void refusal_close(struct bo_trial *trial)
{
	struct bo_staging *staging = &trial->staging;

	if (!refusal_is_sought(trial))
		return;
	staging->acknowledged = trial->acknowledged;
	staging->len = trial->offer->len;
	trial_note(trial, "staged", "s:s, s:I, s:I", "by", "acknowledged", "bytes",
		   (json_int_t)staging->acknowledged, "of", (json_int_t)staging->len);
}

/* NULL: they were. */
static const char *doubt_staging(const struct bo_staging *staging)
{
	bool whole = staging->acknowledged == staging->len;

	/* What is refused before its last byte was taken is refused as it was sent. */
	if (staging->refused_in_upload)
		return whole ? "it says that something else arrived than was sent" : NULL;
	if (!whole)
		return "not all of it was acknowledged, and nothing was said against it";
	if (staging->read_back && !staging->agrees)
		return "its slot does not hold what was sent";
	return NULL;
}

bool refusal_is_doubtful(const struct bo_trial *trial, const struct bo_judgement *control,
			 char *why, size_t cap)
{
	const char *doubt = doubt_staging(&trial->staging);

	if (doubt)
		(void)snprintf(why, cap, "refusal not proven: the bad image was not staged: %s",
			       doubt);
	else if (control->outcome != BO_OUTCOME_UPDATED)
		(void)snprintf(why, cap,
			       "refusal not proven: its control was not accepted on the same way: "
			       "%s: %s",
			       bo_outcome_names[control->outcome], control->why);
	return doubt || control->outcome != BO_OUTCOME_UPDATED;
}
