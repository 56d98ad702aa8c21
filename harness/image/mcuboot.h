#ifndef BO_HARNESS_IMAGE_MCUBOOT_H
#define BO_HARNESS_IMAGE_MCUBOOT_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * MCUboot images: what a bootloader checks and what a target reports as an image's version and
 * hash. Pure: bytes in, facts out, no files.
 *
 * Source of the format: MCUboot, docs/design.md "Image format" and boot/bootutil/image.h. All
 * fields are little-endian. An image is
 *
 *   header (32 bytes used, padded to header_len) | body | protected TLVs (optional) | TLVs
 *
 * and the hash is the SHA-256 over everything in front of the unprotected TLVs. It differs from the
 * SHA-256 of the file, which is what an SMP upload carries as "sha".
 */
#define BO_IMAGE_HASH_LEN   32
#define BO_IMAGE_HEADER_MIN 32
#define BO_IMAGE_MAGIC	    0x96f3b83du

/* "255.255.65535.4294967295" with its terminator */
#define BO_IMAGE_VERSION_MAX 25

enum bo_image_tlv_type {
	BO_IMAGE_TLV_SHA256 = 0x10,
	BO_IMAGE_TLV_DEPENDENCY = 0x40,
	BO_IMAGE_TLV_SECURITY_COUNTER = 0x50,
};

struct bo_image_version {
	uint8_t major;
	uint8_t minor;
	uint16_t revision;
	uint32_t build;
};

/* An image that is whole: every length fits and the hash is right. Lengths in bytes. */
struct bo_image {
	struct bo_image_version version;
	char version_text[BO_IMAGE_VERSION_MAX]; /* as an SMP server prints it */
	uint32_t load_addr;
	uint32_t flags;
	size_t header_len;
	size_t body_len;
	size_t protected_len; /* protected TLV area with its info header, 0 when there is none */
	size_t total_len;     /* header to the end of the last TLV; the data may go on behind it */
	uint8_t hash[BO_IMAGE_HASH_LEN];
};

/*
 * Reads the image at the start of `data`. Bytes behind it (the rest of a slot, erased flash) are
 * allowed; compare total_len where they are not. Returns 0 or
 *   -ENODATA   the data ends inside the image, or is shorter than a header
 *   -EPROTO    malformed: magic, impossible lengths, missing or contradictory TLVs; text says which
 *   -EBADMSG   well-formed, but the hash does not match the content
 */
int bo_image_parse(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err);

struct bo_image_tlv {
	uint16_t type;
	uint16_t len;
	const void *data;
};

struct bo_image_spec {
	struct bo_image_version version;
	uint32_t load_addr;
	uint32_t flags;
	uint16_t header_len; /* >= BO_IMAGE_HEADER_MIN; rest is zeros, so that the body can be
				aligned */
	const void *body;
	size_t body_len;
	const struct bo_image_tlv *protected_tlvs;
	size_t protected_count;
};

/* The length bo_image_build() will give; 0 when the spec cannot be built. */
size_t bo_image_len(const struct bo_image_spec *spec);

/* Builds a whole image with its SHA-256 TLV into `out`, which holds bo_image_len(spec) bytes.
 * Returns 0, -EINVAL when the spec cannot be built, -ENOSPC when cap is too small. */
int bo_image_build(const struct bo_image_spec *spec, uint8_t *out, size_t cap, struct bo_err *err);

/* "1.2.3" or, with a build number, "1.2.3.4" (imgtool's "1.2.3+4" is read as well). Returns 0 or
 * -EINVAL. */
int bo_image_version_parse(const char *text, struct bo_image_version *ret, struct bo_err *err);

/* As Zephyr's SMP server prints versions: the build number only when it is not 0. Returns out. */
const char *bo_image_version_text(const struct bo_image_version *version,
				  char out[BO_IMAGE_VERSION_MAX]);

#endif
