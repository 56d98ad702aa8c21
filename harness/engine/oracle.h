#ifndef BO_HARNESS_ENGINE_ORACLE_H
#define BO_HARNESS_ENGINE_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/model/verdict.h"

/*
 * From observations to an outcome. The oracle knows what the old and the new image *are* (version
 * and hash), and what was observed on the target; it never knows what the harness meant to do.
 */
struct bo_identity {
	char version[32];
	uint8_t hash[32];
};

struct bo_observed {
	/* An application announced itself after the last boot. */
	bool ready;
	char version[64]; /* as it announced itself */
	/* At some time since the update was ordered the new version was started: by its own word or
	 * the boot loader's. */
	bool new_ran;
	/* The target's own word, by the update protocol; mute: it was asked and did not answer. */
	bool state_known, mute;
	bool active_has_hash;
	uint8_t active_hash[32];
	bool active_confirmed;
	/* What flash really holds where the running image lives, read by the probe. */
	bool read_back_known;
	bool read_back_whole; /* an image whose bytes agree with its own hash */
	uint8_t read_back_hash[32];
	/* Since the update was ordered there was a time in which an application could have
	 * announced itself and nobody could have heard it. */
	bool unheard;
	/* The update protocol was told no. */
	bool refused;
	/* Boots since the last power-on that nobody ordered. */
	unsigned unordered_boots;
	/* After its last boot the boot loader said that it waits for an image; and it took the
	 * golden one over the update protocol, and booted it. */
	bool waits_for_image, took_image;
	/* A further update was offered when all was over: the target was there, and did not let
	 * itself be given it. */
	bool takes_no_more;
	/* It did not come back: whether the bench tried to clear itself, and whether the golden
	 * image then booted on it. */
	bool clear_tried, cleared;
	/* The scenario wants the new image permanent. */
	bool confirm_wanted;
};

/* All that was seen of what runs agrees with this image. */
bool bo_observed_runs(const struct bo_observed *seen, const struct bo_identity *image);

struct bo_judgement {
	enum bo_outcome outcome; /* BO_OUTCOME_NONE: what was seen does not suffice */
	const char *why;	 /* one constant line for people */
	/* Or another one, which only somebody who heard everything could tell from it;
	 * BO_OUTCOME_NONE: no. */
	enum bo_outcome or_unheard;
};

void bo_oracle_judge(const struct bo_observed *seen, const struct bo_identity *old_image,
		     const struct bo_identity *new_image, struct bo_judgement *ret);

#endif
