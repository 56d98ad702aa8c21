#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/update/cbor_read.h"
#include "drivers/update/smp_msg.h"
#include "harness/base/str.h"

/* Each map of an answer has a table of the keys that matter in it. */

struct field {
	const char *key;
	/* Takes the value, whose head is `item`; false when its type is wrong. */
	bool (*take)(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		     const struct field *field, void *ret);
	size_t offset, size; /* of the member of `ret` */
	size_t given;	     /* offset of a bool that tells presence; 0: none */
};

struct answer {
	int64_t rc; /* first, so that no `given` has offset 0 */
	int64_t err_group, err_rc;
	struct bo_smp_response response;
};

struct entry {
	int64_t image, slot; /* first, likewise */
	struct bo_update_slot state;
};

static bool read_map(struct bo_cbor_reader *reader, const struct bo_cbor_item *head,
		     const struct field *fields, void *ret)
{
	struct bo_cbor_item map = *head, key, value;
	int rc;

	if (map.kind != BO_CBOR_MAP)
		return false;
	while ((rc = bo_cbor_member(reader, &map, &key)) == 1) {
		const struct field *field = fields;

		if (!bo_cbor_skip(reader, &key) || !bo_cbor_next(reader, &value))
			return false;
		while (field->key &&
		       !(key.kind == BO_CBOR_TEXT && key.value == strlen(field->key) &&
			 memcmp(key.data, field->key, key.value) == 0))
			field++;
		if (!(field->key ? field->take(reader, &value, field, ret)
				 : bo_cbor_skip(reader, &value)))
			return false;
		if (field->given)
			*(bool *)((char *)ret + field->given) = true;
	}
	return rc == 0;
}

static bool take_uint(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		      const struct field *field, void *ret)
{
	(void)reader;
	if (item->kind != BO_CBOR_UINT)
		return false;
	memcpy((char *)ret + field->offset, &item->value, sizeof(item->value));
	return true;
}

static bool take_int(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		     const struct field *field, void *ret)
{
	int64_t value = (int64_t)(item->value & INT64_MAX);

	(void)reader;
	if ((item->kind != BO_CBOR_UINT && item->kind != BO_CBOR_NEGINT) || item->value > INT64_MAX)
		return false;
	if (item->kind == BO_CBOR_NEGINT)
		value = -1 - value;
	memcpy((char *)ret + field->offset, &value, sizeof(value));
	return true;
}

static bool take_bool(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		      const struct field *field, void *ret)
{
	(void)reader;
	*(bool *)((char *)ret + field->offset) = item->value != 0;
	return item->kind == BO_CBOR_BOOL;
}

static bool take_text(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		      const struct field *field, void *ret)
{
	(void)reader;
	if (item->kind != BO_CBOR_TEXT)
		return false;
	bo_str_escape((char *)ret + field->offset, field->size, item->data, item->value);
	return true;
}

/* A hash of another length or type is as good as none: bootloaders may use SHA-384 or SHA-512. */
static bool take_hash(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		      const struct field *field, void *ret)
{
	struct bo_update_slot *slot = &((struct entry *)ret)->state;

	(void)field;
	slot->has_hash = item->kind == BO_CBOR_BYTES && item->value == sizeof(slot->hash);
	if (slot->has_hash)
		memcpy(slot->hash, item->data, sizeof(slot->hash));
	return bo_cbor_skip(reader, item);
}

#define STATE(type, name, member)                                  \
	{                                                          \
		name, take_##type, offsetof(struct entry, member), \
			sizeof(((struct entry *)NULL)->member), 0  \
	}

static const struct field entry_fields[] = {
	STATE(int, "image", image),
	STATE(int, "slot", slot),
	STATE(text, "version", state.version),
	STATE(hash, "hash", state.hash),
	STATE(bool, "active", state.active),
	STATE(bool, "confirmed", state.confirmed),
	STATE(bool, "pending", state.pending),
	STATE(bool, "permanent", state.permanent),
	{NULL, NULL, 0, 0, 0},
};

static bool take_images(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
			const struct field *field, void *ret)
{
	struct bo_update_state *state = (void *)((char *)ret + field->offset);
	struct bo_cbor_item array = *item, head;
	int rc;

	if (array.kind != BO_CBOR_ARRAY)
		return false;
	while ((rc = bo_cbor_member(reader, &array, &head)) == 1) {
		struct entry entry = {.slot = -1, .state.present = true};

		if (!read_map(reader, &head, entry_fields, &entry))
			return false;
		if (entry.image == 0 && (entry.slot == 0 || entry.slot == 1))
			state->slot[entry.slot] = entry.state;
	}
	return rc == 0;
}

static const struct field err_fields[] = {
	{"group", take_int, offsetof(struct answer, err_group), 0, 0},
	{"rc", take_int, offsetof(struct answer, err_rc), 0, 0},
	{NULL, NULL, 0, 0, 0},
};

static bool take_err(struct bo_cbor_reader *reader, const struct bo_cbor_item *item,
		     const struct field *field, void *ret)
{
	(void)field;
	return read_map(reader, item, err_fields, ret);
}

#define ANSWER(type, name, member, has)                              \
	{                                                            \
		name, take_##type, offsetof(struct answer, member),  \
			sizeof(((struct answer *)NULL)->member), has \
	}

static const struct field answer_fields[] = {
	ANSWER(int, "rc", rc, 0),
	ANSWER(err, "err", err_rc, 0),
	ANSWER(text, "rsn", response.reason, 0),
	ANSWER(uint, "off", response.off, offsetof(struct answer, response.has_off)),
	ANSWER(bool, "match", response.match, offsetof(struct answer, response.has_match)),
	ANSWER(uint, "buf_size", response.buf_size, 0),
	ANSWER(uint, "buf_count", response.buf_count, 0),
	ANSWER(text, "r", response.text, 0),
	ANSWER(images, "images", response.state, 0),
	{NULL, NULL, 0, 0, 0},
};

int bo_smp_response_get(const uint8_t *packet, size_t len, struct bo_smp_response *ret)
{
	struct answer answer = {.rc = 0};
	struct bo_cbor_reader reader;
	struct bo_cbor_item map;

	if (!bo_smp_header_get(packet, len, &answer.response.header) ||
	    answer.response.header.len != len - BO_SMP_HEADER_SIZE)
		return -EBADMSG;
	reader = (struct bo_cbor_reader){packet + BO_SMP_HEADER_SIZE, len - BO_SMP_HEADER_SIZE};
	if (!bo_cbor_next(&reader, &map) || !read_map(&reader, &map, answer_fields, &answer) ||
	    reader.left)
		return -EBADMSG;
	answer.response.refused = answer.rc || answer.err_rc;
	answer.response.err_group = answer.err_rc ? (int)(answer.err_group & INT16_MAX) : -1;
	answer.response.err_code = answer.err_rc ? answer.err_rc : answer.rc;
	*ret = answer.response;
	return 0;
}

/* ---- codes (Zephyr: mgmt_defines.h "MGMT_ERR_", img_mgmt.h "IMG_MGMT_ERR_") ---- */

static const char *const smp_codes[] = {
	[1] = "unknown error",
	[2] = "out of memory",
	[3] = "invalid value",
	[4] = "timed out",
	[5] = "no such entry",
	[6] = "not in this state",
	[7] = "answer too large",
	[8] = "not supported",
	[9] = "corrupt",
	[10] = "busy",
	[11] = "access denied",
	[12] = "protocol version too old",
	[13] = "protocol version too new",
};

static const char *const image_codes[] = {
	[1] = "unknown error",
	[2] = "flash configuration query failed",
	[3] = "no image",
	[4] = "image has no TLVs",
	[5] = "invalid TLV",
	[6] = "several hashes in the image",
	[7] = "wrong hash length",
	[8] = "hash not found",
	[9] = "no free slot",
	[10] = "flash open failed",
	[11] = "flash read failed",
	[12] = "flash write failed",
	[13] = "flash erase failed",
	[14] = "invalid slot",
	[15] = "no memory",
	[16] = "flash context already set",
	[17] = "flash context not set",
	[18] = "no flash device",
	[19] = "no flash page at this offset",
	[20] = "invalid offset",
	[21] = "invalid length",
	[22] = "invalid image header",
	[23] = "bad image magic",
	[24] = "invalid hash",
	[25] = "image is linked for another flash address",
	[26] = "version unknown",
	[27] = "running version is newer",
	[28] = "image already pending",
	[29] = "invalid vector table",
	[30] = "image too large",
	[31] = "more data than announced",
	[32] = "confirmation denied",
};

static const char *code_name(int group, int64_t code)
{
	const char *const *names = group == BO_SMP_GROUP_IMAGE ? image_codes : smp_codes;
	size_t count = group == BO_SMP_GROUP_IMAGE ? sizeof(image_codes) / sizeof(*image_codes)
						   : sizeof(smp_codes) / sizeof(*smp_codes);

	if (group > BO_SMP_GROUP_IMAGE || group == BO_SMP_GROUP_OS || code < 1 ||
	    (uint64_t)code >= count)
		return "refused";
	return names[code];
}

const char *bo_smp_refusal_text(const struct bo_smp_response *response, char *out, size_t cap)
{
	const char *name = code_name(response->err_group, response->err_code);
	const char *gap = *response->reason ? ": " : "";

	if (response->err_group < 0)
		snprintf(out, cap, "%s (rc %lld)%s%s", name, (long long)response->err_code, gap,
			 response->reason);
	else
		snprintf(out, cap, "%s (group %d, rc %lld)%s%s", name, response->err_group,
			 (long long)response->err_code, gap, response->reason);
	return out;
}
