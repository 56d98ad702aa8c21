#include "harness/imagetool/payload.h"

#include <errno.h>
#include <string.h>

#include "harness/imagetool/check.h"

#define VECTORS	      16u /* stack pointer, reset, exceptions 2 to 15 */
#define SLED_FROM     (4 * VECTORS)
#define BODY_MIN      128u
#define NOP	      0xBF00u
#define CODE_MAX      10u
#define FEED_ADDR_AT  6u /* halfword */
#define FEED_VALUE_AT 8u
#define TRANSFORMED   (BO_IMAGE_ENCRYPTED | 0xE00u) /* LZMA1, LZMA2, ARM-Thumb filter */

struct code {
	const char *name;
	bool feeds;
	unsigned count;
	uint16_t halfwords[CODE_MAX];
};

static const struct code codes[] = {
	{"hang", false, 2, {0xB672 /* cpsid i */, 0xE7FE /* b . */}},
	{"crash", false, 2, {0xDE00 /* udf #0 */, 0xE7FD /* b .-2 */}},
	{"silent", false, 2, {0xBF30 /* wfi */, 0xE7FD /* b .-2 */}},
	{"silent",
	 true,
	 10,
	 {0x4802 /* ldr r0, [pc, #8] */, 0x4903 /* ldr r1, [pc, #12] */, 0x6001 /* str r1, [r0] */,
	  0xE7FD /* b .-2 */, NOP, NOP}},
};

static void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
	put16(p, value);
	put16(p + 2, value >> 16);
}

static const struct code *find(const struct payload *payload, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (strcmp(codes[i].name, payload->name) != 0)
			continue;
		*ret_known = true;
		if (codes[i].feeds == payload->feeds)
			return &codes[i];
	}
	return NULL;
}

/* The literals of a code that feeds stand on a word boundary, and so does its first instruction. */
static void write_code(const struct code *code, const struct payload *payload, uint8_t *body,
		       size_t len)
{
	uint8_t *at = body + ((len - 2 * code->count) & ~(size_t)3);

	for (unsigned i = 0; i < code->count; i++)
		put16(at + 2 * i, code->halfwords[i]);
	if (!code->feeds)
		return;
	put32(at + 2 * FEED_ADDR_AT, payload->feed_addr);
	put32(at + 2 * FEED_VALUE_AT, payload->feed_value);
}

int payload_apply(const struct payload *payload, struct edit *edit, struct bo_err *err)
{
	size_t len = edit->spec.body_len;
	uint8_t *body = edit->body;
	bool known;
	const struct code *code = find(payload, &known);

	if (!code)
		return bo_err_set(err, -EINVAL,
				  known ? "payload '%s' feeds nothing; only 'silent' does"
					: "no payload '%s'; there are hang, crash, silent",
				  payload->name);
	if (edit->spec.flags & TRANSFORMED)
		return bo_err_set(err, -ENOTSUP, "the image is encrypted or compressed");
	if (len < BODY_MIN || check_vectors(body, len, err) < 0)
		return bo_err_set(err, -ENOTSUP,
				  "the body does not begin with a Cortex-M vector table");
	for (unsigned i = 2; i < VECTORS; i++)
		memcpy(body + 4 * (size_t)i, body + 4, 4);
	for (size_t at = SLED_FROM; at + 1 < len; at += 2)
		put16(body + at, NOP);
	write_code(code, payload, body, len);
	return 0;
}
