#ifndef BO_HARNESS_ENGINE_EVIDENCE_H
#define BO_HARNESS_ENGINE_EVIDENCE_H

#include "harness/base/clock.h"
#include "harness/engine/images.h"

/*
 * What a failing trial leaves behind besides its journal, in the trial's folder: flash before and
 * after, range by range, and what the console said, line by line with its times.
 *
 *   flash/RANGE-before.bin   as the trial set it
 *   flash/RANGE-after.bin    as it was when the outcome stood, in front of any attempt to help
 *   console.txt              seconds since the trial began, and the line, escaped
 *
 * Ranges that did not change are left out. The journal says of each run of differing bytes where it
 * is ("differs"), and when flash was read.
 */
struct bo_trial;

struct bo_evidence {
	uint8_t *after[BO_RANGES_MAX]; /* as images.content; NULL: not read */
	const char *when;	       /* it was read; NULL: never */
};

/* The outcome seems to be none that was promised: flash is worth reading. */
bool evidence_is_wanted(const struct bo_trial *trial);
/* The probe is attached: keeps flash as it is now, the first time. */
int evidence_take(struct bo_trial *trial, const char *when, struct bo_err *err);
/* A boot loader waits for an image, which nobody promised: flash is read before it gets one.
 * Changes nothing that was seen; it waits again afterwards. */
int evidence_before_help(struct bo_trial *trial, struct bo_err *err);
/* The trial failed: writes all of it, and the journal's lines. What cannot be written or read is
 * said there: the verdict stands without it. */
void evidence_write(struct bo_trial *trial);
void evidence_free(struct bo_trial *trial);

#endif
