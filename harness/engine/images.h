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
	size_t file_len;
	bool is_blank;
};

#define BO_RANGES_MAX 16

struct bo_images {
	struct bo_range_content content[BO_RANGES_MAX]; /* of the ranges with `reset` */
	size_t count;
	uint8_t *update; /* the update file */
	size_t update_len;
	uint8_t update_sha256[32];
	const struct bo_range_content *golden; /* what runs at the start: known to be good */
	uint8_t golden_sha256[32];	       /* of its file */
	struct bo_identity old_image, new_image;
};

/*
 * Loads and checks: files exist and fit, the running range and the update hold whole images. Every
 * mistake is reported at its key in the scenario file. bo_images_free() may be called on a zeroed
 * or freed struct.
 */
int bo_images_load(struct bo_images *images, const struct bo_scenario *scenario,
		   const struct bo_conf *conf, const struct bo_target *target,
		   struct bo_buf *report);
void bo_images_free(struct bo_images *images);

/* Mixes all contents into a running SHA-256 (crypto_hash_sha256_state). */
void bo_images_hash(const struct bo_images *images, void *sha256_state);

#endif
