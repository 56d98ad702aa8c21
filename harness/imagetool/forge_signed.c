#include <errno.h>
#include <string.h>

#include "harness/imagetool/negatives.h"
#include "harness/imagetool/payload.h"

/* Makers that hash and sign again: what they make tests signatures and policy. */

typedef int (*changer)(struct forge *f, int arg, struct edit *edit, struct bo_err *err);

/* The control with a change, signed by `key`. */
static int make_changed(struct forge *f, changer change, int arg, const struct key *key,
			struct bo_buf *out, struct bo_err *err)
{
	struct edit edit = {0};
	int rc = edit_open((const uint8_t *)f->control.data, f->control.len, &edit, err);

	if (rc == 0 && change)
		rc = change(f, arg, &edit, err);
	if (rc == 0)
		rc = edit_emit(&edit, key, out, err);
	edit_done(&edit);
	return rc;
}

static int append(struct bo_buf *out, uint16_t type, const void *value, uint16_t len,
		  struct bo_err *err)
{
	const struct bo_image_tlv tlv = {type, len, value};
	size_t at = out->len;
	static const uint8_t room[4];

	bo_buf_add(out, room, sizeof(room));
	bo_buf_add(out, value, len);
	return bo_image_append((uint8_t *)out->data, out->len, &tlv, &at, err);
}

static void fill(struct bo_prng *prng, uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)bo_prng_below(prng, 256);
}

int make_wrong_key(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, NULL, arg, f->other, out, err);
}

int make_unsigned(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, NULL, arg, NULL, out, err);
}

int make_other_algorithm(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	uint8_t signature[256];
	int rc = make_changed(f, NULL, arg, NULL, out, err);

	fill(&f->prng, signature, sizeof(signature));
	if (rc == 0)
		rc = append(out, BO_IMAGE_TLV_KEY_HASH, key_hash(f->key), BO_IMAGE_HASH_LEN, err);
	if (rc == 0)
		rc = append(out, BO_IMAGE_TLV_RSA2048, signature, sizeof(signature), err);
	return rc;
}

static int change_no_dependency(struct forge *f, int arg, struct edit *edit, struct bo_err *err)
{
	(void)f;
	(void)arg;
	return edit_protect(edit, BO_IMAGE_TLV_DEPENDENCY, NULL, 0, err);
}

int make_dependency_outside(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	/* image 0, 3 bytes padding, at least version 255.255.65535 */
	static const uint8_t dependency[12] = {0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF};
	int rc = make_changed(f, change_no_dependency, arg, f->key, out, err);

	if (rc == 0)
		rc = append(out, BO_IMAGE_TLV_DEPENDENCY, dependency, sizeof(dependency), err);
	return rc;
}

/* The version right in front of the lowest one allowed. The build number does not count: not every
 * bootloader compares it. */
static int change_older(struct forge *f, int arg, struct edit *edit, struct bo_err *err)
{
	struct bo_image_version v = f->min_version;

	(void)arg;
	v.build = 0;
	if (v.revision > 0) {
		v.revision--;
	} else if (v.minor > 0) {
		v.minor--;
		v.revision = UINT16_MAX;
	} else if (v.major > 0) {
		v.major--;
		v.minor = UINT8_MAX;
		v.revision = UINT16_MAX;
	} else {
		return bo_err_set(err, -ENOTSUP, "nothing is older than version 0.0.0");
	}
	edit->spec.version = v;
	return 0;
}

int make_older(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_older, arg, f->key, out, err);
}

static int change_same_version(struct forge *f, int arg, struct edit *edit, struct bo_err *err)
{
	(void)arg;
	if (!f->old.data)
		return bo_err_set(err, -ENOTSUP, "needs --running");
	edit->spec.version = f->running.version;
	return 0;
}

int make_same_version(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_same_version, arg, f->key, out, err);
}

static int change_counter(struct forge *f, int which, struct edit *edit, struct bo_err *err)
{
	static uint8_t value[4]; /* outlives the edit that refers to it */
	uint32_t counter = which == COUNTER_MAX ? UINT32_MAX : (uint32_t)f->policy.min_counter - 1;

	if (f->policy.min_counter < 0)
		return bo_err_set(err, -ENOTSUP, "the image has no security counter");
	if (which == COUNTER_LOWER && f->policy.min_counter == 0)
		return bo_err_set(err, -ENOTSUP, "no security counter is lower than 0");
	for (unsigned i = 0; i < 4; i++)
		value[i] = (uint8_t)(counter >> 8 * i);
	return edit_protect(edit, BO_IMAGE_TLV_SECURITY_COUNTER,
			    which == COUNTER_NONE ? NULL : value, sizeof(value), err);
}

int make_counter(struct forge *f, int which, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_counter, which, f->key, out, err);
}

/* One letter away: a comparison by prefix or length would let it pass. */
static int change_product(struct forge *f, int arg, struct edit *edit, struct bo_err *err)
{
	static char other[BO_IMAGE_PRODUCT_MAX + 1];
	size_t len;

	(void)arg;
	if (!f->policy.product)
		return bo_err_set(err, -ENOTSUP, "the image names no product");
	len = strlen(f->policy.product);
	memcpy(other, f->policy.product, len);
	other[len - 1] = other[len - 1] == 'x' ? 'y' : 'x';
	return edit_protect(edit, BO_IMAGE_TLV_PRODUCT, other, len, err);
}

int make_other_product(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_product, arg, f->key, out, err);
}

/* 0xE0000001 lies among the core's own registers: fetching from there faults on every Cortex-M. */
static int change_vector(struct forge *f, int arg, struct edit *edit, struct bo_err *err)
{
	static const uint8_t elsewhere[4] = {0x01, 0x00, 0x00, 0xE0};

	(void)arg;
	if (!f->policy.cortex_m)
		return bo_err_set(err, -ENOTSUP,
				  "the body does not begin with a Cortex-M vector table");
	memcpy(edit->body + 4, elsewhere, sizeof(elsewhere));
	return 0;
}

int make_vector_elsewhere(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_vector, arg, f->key, out, err);
}

static int change_body_len(struct forge *f, int len, struct edit *edit, struct bo_err *err)
{
	(void)f;
	(void)err;
	edit_resize(edit, (size_t)len);
	return 0;
}

/* An ECDSA signature's length varies by a few bytes from one to the next: what comes out is
 * measured and tried again. */
int make_sized(struct forge *f, size_t size, struct bo_buf *out, struct bo_err *err)
{
	size_t fixed = f->control.len - f->image.body_len;

	if (size > INT32_MAX || size < f->control.len)
		return bo_err_set(err, -ENOTSUP, "the image has %zu bytes already", f->control.len);
	for (unsigned tries = 0; tries < 200; tries++) {
		int rc = make_changed(f, change_body_len, (int)(size - fixed), f->key, out, err);

		if (rc < 0 || out->len == size)
			return rc;
	}
	return bo_err_set(err, -ENOTSUP, "no signature of the right length in 200");
}

int make_oversize(struct forge *f, int over, struct bo_buf *out, struct bo_err *err)
{
	int64_t limit = over == OVER_SLOT ? f->slot_size : f->slot_size - f->trailer;

	if (!f->slot_size)
		return bo_err_set(err, -ENOTSUP, "needs --slot-size");
	if (over == OVER_TRAILER && !f->trailer)
		return bo_err_set(err, -ENOTSUP, "needs --trailer");
	return make_sized(f, (size_t)limit + 1, out, err);
}

static int change_flags(struct forge *f, int flags, struct edit *edit, struct bo_err *err)
{
	(void)f;
	if (edit->spec.flags & BO_IMAGE_ENCRYPTED)
		return bo_err_set(err, -ENOTSUP, "the image is encrypted itself");
	edit->spec.flags |= (uint32_t)flags;
	return 0;
}

int make_flags(struct forge *f, int flags, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_flags, flags, f->key, out, err);
}

/*
 * To a target without the key, an image encrypted for somebody else is a body of noise and a key
 * TLV that it cannot open; that is what is made here. Hash and signature are over the plain body,
 * as MCUboot has them (docs/encrypted_images.md).
 */
int make_encrypted(struct forge *f, int arg, struct bo_buf *out, struct bo_err *err)
{
	uint8_t key[32 + 32 + 16]; /* X25519 public key, MAC, AES-128 key */
	int rc = make_changed(f, change_flags, 0x04, f->key, out, err);

	(void)arg;
	fill(&f->prng, key, sizeof(key));
	if (rc == 0)
		rc = append(out, BO_IMAGE_TLV_ENC_X25519, key, sizeof(key), err);
	if (rc == 0)
		fill(&f->prng, (uint8_t *)out->data + f->image.header_len, f->image.body_len);
	return rc;
}

static int change_payload(struct forge *f, int which, struct edit *edit, struct bo_err *err)
{
	static const char *const names[] = {"crash", "hang", "silent"};
	const struct payload payload = {.name = names[which]};

	(void)f;
	return payload_apply(&payload, edit, err);
}

int make_payload(struct forge *f, int which, struct bo_buf *out, struct bo_err *err)
{
	return make_changed(f, change_payload, which, f->key, out, err);
}
