#ifndef BO_HARNESS_IMAGE_MCUBOOT_H
#define BO_HARNESS_IMAGE_MCUBOOT_H

#include <stdbool.h>
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

/*
 * MCUboot's numbers (boot/bootutil/image.h, IMAGE_TLV_*), as far as this project names them. A type
 * whose low byte lies in 0xA0..0xFE belongs to whoever makes the product ("vendor TLVs").
 */
enum bo_image_tlv_type {
	BO_IMAGE_TLV_KEY_HASH = 0x01, /* SHA-256 of the signing key's DER SubjectPublicKeyInfo */
	BO_IMAGE_TLV_PUBLIC_KEY = 0x02,
	BO_IMAGE_TLV_SHA256 = 0x10,
	BO_IMAGE_TLV_RSA2048 = 0x20,
	BO_IMAGE_TLV_ECDSA = 0x22, /* P-256, DER */
	BO_IMAGE_TLV_RSA3072 = 0x23,
	BO_IMAGE_TLV_ED25519 = 0x24, /* 64 bytes, over the 32 bytes of the hash */
	BO_IMAGE_TLV_ENC_RSA = 0x30,
	BO_IMAGE_TLV_ENC_KW = 0x31,
	BO_IMAGE_TLV_ENC_EC256 = 0x32,
	BO_IMAGE_TLV_ENC_X25519 = 0x33,
	BO_IMAGE_TLV_DEPENDENCY = 0x40,	      /* 12 bytes: image, 3 bytes padding, version */
	BO_IMAGE_TLV_SECURITY_COUNTER = 0x50, /* u32 */
	BO_IMAGE_TLV_VENDOR_ID = 0x74,	      /* UUID */
	BO_IMAGE_TLV_CLASS_ID = 0x75,	      /* UUID */
	BO_IMAGE_TLV_PRODUCT = 0xA0,	      /* ours, see bo_image_product() */
};

enum bo_image_flag {
	BO_IMAGE_ENCRYPTED = 0x0C, /* AES-128 or AES-256 */
	BO_IMAGE_NOT_BOOTABLE = 0x10,
	BO_IMAGE_RAM_LOAD = 0x20,
	BO_IMAGE_ROM_FIXED = 0x100,
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
	uint8_t hash[BO_IMAGE_HASH_LEN]; /* computed over the content */
};

/*
 * Reads the image at the start of `data`. Bytes behind it (the rest of a slot, erased flash) are
 * allowed; compare total_len where they are not. Returns 0 or
 *   -ENODATA   the data ends inside the image, or is shorter than a header
 *   -EPROTO    malformed: magic, impossible lengths, missing or contradictory TLVs; text says which
 *   -EBADMSG   well-formed, but the hash does not match the content
 */
int bo_image_parse(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err);

/*
 * For looking at what is not whole. bo_image_layout() is bo_image_parse() without asking for a hash
 * TLV or comparing it; bo_image_header() reads the header's fields and believes them: protected_len
 * and body_len may lead anywhere, total_len is 0, the hash is all zeros. Errors as above.
 */
int bo_image_layout(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err);
int bo_image_header(const uint8_t *data, size_t len, struct bo_image *ret, struct bo_err *err);

struct bo_image_tlv {
	uint16_t type;
	uint16_t len;
	const void *data;
};

/*
 * Walks the TLVs of an image that bo_image_layout() or bo_image_parse() read from `data`, protected
 * ones first, in the order of the file. Start with a zeroed cursor.
 */
struct bo_image_cursor {
	size_t next;	/* 0: at the start */
	size_t at;	/* of the TLV last given, from the start of the image */
	bool protected; /* the TLV last given lies in the protected area */
};

/* False behind the last one. ret->data points into `data`. */
bool bo_image_tlv_next(const uint8_t *data, const struct bo_image *image,
		       struct bo_image_cursor *cursor, struct bo_image_tlv *ret);

/* The first TLV of this type in the protected or in the unprotected area; false when there is
 * none. */
bool bo_image_tlv_find(const uint8_t *data, const struct bo_image *image, bool protected,
		       uint16_t type, struct bo_image_tlv *ret);

/*
 * What the image is for, so that a rightly signed image of one product is not installed on another.
 *
 * MCUboot has UUIDs for this (VENDOR_ID and CLASS_ID: 16 bytes that nobody can read without a
 * list). We use a vendor TLV with the product's name, UTF-8, 1..BO_IMAGE_PRODUCT_MAX bytes without
 * terminator, compared byte by byte. Only the protected area counts: outside of it anybody could
 * add one. False when the image names no product, or none of that length.
 */
#define BO_IMAGE_PRODUCT_MAX 32
bool bo_image_product(const uint8_t *data, const struct bo_image *image,
		      char ret[BO_IMAGE_PRODUCT_MAX + 1]);

/* The protected security counter; false when there is none of 4 bytes. */
bool bo_image_security_counter(const uint8_t *data, const struct bo_image *image, uint32_t *ret);

/* <0, 0, >0 as a is older than, as old as, newer than b. The build number counts, as in MCUboot
 * with MCUBOOT_VERSION_CMP_USE_BUILD_NUMBER. */
int bo_image_version_compare(const struct bo_image_version *a, const struct bo_image_version *b);

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

/*
 * Puts a TLV behind the last one of the image that fills data[0 .. *len). The hash does not cover
 * the unprotected area, so that a signature over image.hash can be added this way: KEY_HASH, then
 * the signature. Returns 0 with *len grown, -ENOSPC when `cap` or the area's 65535 bytes are too
 * small, -EINVAL when there are bytes behind the image, or what bo_image_layout() says.
 */
int bo_image_append(uint8_t *data, size_t cap, const struct bo_image_tlv *tlv, size_t *len,
		    struct bo_err *err);
/* What that adds to the length. */
size_t bo_image_tlv_len(const struct bo_image_tlv *tlv);

/* "1.2.3" or, with a build number, "1.2.3.4" (imgtool's "1.2.3+4" is read as well). Returns 0 or
 * -EINVAL. */
int bo_image_version_parse(const char *text, struct bo_image_version *ret, struct bo_err *err);

/* As Zephyr's SMP server prints versions: the build number only when it is not 0. Returns out. */
const char *bo_image_version_text(const struct bo_image_version *version,
				  char out[BO_IMAGE_VERSION_MAX]);

#endif
