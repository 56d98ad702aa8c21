#ifndef BO_HARNESS_ENGINE_IMAGES_H
#define BO_HARNESS_ENGINE_IMAGES_H

#include "harness/engine/oracle.h"
#include "harness/model/scenario.h"
#include "harness/model/target.h"

/* The files a scenario names, loaded: what each resettable range of flash holds at the start of a
 * trial, and the update. */
struct bo_range_content {
	const struct bo_range *range;
	uint8_t *data; /* range->size bytes, what is not in the file erased (0xFF) */
	bool is_blank;
};

#define BO_RANGES_MAX 16

/* A file that is uploaded as it is. */
struct bo_update_file {
	uint8_t *data;
	size_t len;
	uint8_t sha256[32]; /* of the file */
	/* Of a negative: its control's, whose program it holds; but the hash is that of its own
	 * content, unless its lengths lead nowhere. */
	struct bo_identity identity;
};

struct bo_images {
	struct bo_range_content content[BO_RANGES_MAX]; /* of the ranges with `reset` */
	/* The same ranges once the update protocol has staged the update, for scenarios that say
	 * so; data borrowed from `content` where it is as in the baseline. */
	struct bo_range_content staged[BO_RANGES_MAX];
	size_t count;
	struct bo_buf files;	      /* names below the folder `images`, each ended by a newline */
	struct bo_update_file golden; /* what runs at the start: known to be good; data borrowed */
	struct bo_update_file update;
	struct bo_update_file control; /* data NULL: the update is no negative */
	/* By step of the scenario; data NULL: it names no image. */
	struct bo_update_file *step;
	struct bo_range_content *step_content; /* of steps that write flash */
	size_t steps;
};

/*
 * Loads and checks: files exist and fit, the running range and the update (of a negative: its
 * control) hold whole images. Every mistake is reported at its key in the scenario file.
 * bo_images_free() may be called on a zeroed or freed struct.
 */
int bo_images_load(struct bo_images *images, const struct bo_scenario *scenario,
		   const struct bo_conf *conf, const struct bo_target *target,
		   struct bo_buf *report);
void bo_images_free(struct bo_images *images);

/* Mixes all contents into a running SHA-256 (crypto_hash_sha256_state). */
void bo_images_hash(const struct bo_images *images, void *sha256_state);

#endif
