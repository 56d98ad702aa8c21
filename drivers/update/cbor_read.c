#include "drivers/update/cbor_read.h"

#include <assert.h>
#include <cbor/callbacks.h>
#include <cbor/streaming.h>
#include <errno.h>

enum { DEPTH_MAX = 16 };

/* Not a kind of item that callers see. */
enum { KIND_TAG = BO_CBOR_BREAK + 1 };

static void set(void *ctx, unsigned kind, uint64_t value)
{
	struct bo_cbor_item *item = ctx;

	item->kind = kind;
	item->value = value;
}

static void set_data(void *ctx, enum bo_cbor_kind kind, const uint8_t *data, size_t len)
{
	set(ctx, kind, len);
	((struct bo_cbor_item *)ctx)->data = data;
}

static void set_indefinite(void *ctx, enum bo_cbor_kind kind)
{
	set(ctx, kind, 0);
	((struct bo_cbor_item *)ctx)->indefinite = true;
}

static void on_uint8(void *ctx, uint8_t value)
{
	set(ctx, BO_CBOR_UINT, value);
}

static void on_uint16(void *ctx, uint16_t value)
{
	set(ctx, BO_CBOR_UINT, value);
}

static void on_uint32(void *ctx, uint32_t value)
{
	set(ctx, BO_CBOR_UINT, value);
}

static void on_uint64(void *ctx, uint64_t value)
{
	set(ctx, BO_CBOR_UINT, value);
}

static void on_negint8(void *ctx, uint8_t value)
{
	set(ctx, BO_CBOR_NEGINT, value);
}

static void on_negint16(void *ctx, uint16_t value)
{
	set(ctx, BO_CBOR_NEGINT, value);
}

static void on_negint32(void *ctx, uint32_t value)
{
	set(ctx, BO_CBOR_NEGINT, value);
}

static void on_negint64(void *ctx, uint64_t value)
{
	set(ctx, BO_CBOR_NEGINT, value);
}

static void on_boolean(void *ctx, bool value)
{
	set(ctx, BO_CBOR_BOOL, value);
}

static void on_bytes(void *ctx, cbor_data data, size_t len)
{
	set_data(ctx, BO_CBOR_BYTES, data, len);
}

static void on_text(void *ctx, cbor_data data, size_t len)
{
	set_data(ctx, BO_CBOR_TEXT, data, len);
}

static void on_chunks(void *ctx)
{
	set_indefinite(ctx, BO_CBOR_CHUNKS);
}

static void on_array(void *ctx, size_t count)
{
	set(ctx, BO_CBOR_ARRAY, count);
}

static void on_indef_array(void *ctx)
{
	set_indefinite(ctx, BO_CBOR_ARRAY);
}

static void on_map(void *ctx, size_t count)
{
	set(ctx, BO_CBOR_MAP, count);
}

static void on_indef_map(void *ctx)
{
	set_indefinite(ctx, BO_CBOR_MAP);
}

static void on_break(void *ctx)
{
	set(ctx, BO_CBOR_BREAK, 0);
}

static void on_tag(void *ctx, uint64_t value)
{
	set(ctx, KIND_TAG, value);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_negint8,
	.negint16 = on_negint16,
	.negint32 = on_negint32,
	.negint64 = on_negint64,
	.byte_string_start = on_chunks,
	.byte_string = on_bytes,
	.string_start = on_chunks,
	.string = on_text,
	.indef_array_start = on_indef_array,
	.array_start = on_array,
	.indef_map_start = on_indef_map,
	.map_start = on_map,
	.tag = on_tag,
	.float2 = cbor_null_float2_callback,
	.float4 = cbor_null_float4_callback,
	.float8 = cbor_null_float8_callback,
	.undefined = cbor_null_undefined_callback,
	.null = cbor_null_null_callback,
	.boolean = on_boolean,
	.indef_break = on_break,
};

bool bo_cbor_next(struct bo_cbor_reader *reader, struct bo_cbor_item *ret)
{
	do {
		struct cbor_decoder_result result;

		*ret = (struct bo_cbor_item){.kind = BO_CBOR_OTHER};
		if (reader->left == 0)
			return false;
		result = cbor_stream_decode(reader->at, reader->left, &callbacks, ret);
		if (result.status != CBOR_DECODER_FINISHED)
			return false;
		assert(result.read > 0 && result.read <= reader->left);
		reader->at += result.read;
		reader->left -= result.read;
	} while ((unsigned)ret->kind == KIND_TAG);
	return true;
}

int bo_cbor_member(struct bo_cbor_reader *reader, struct bo_cbor_item *container,
		   struct bo_cbor_item *ret)
{
	if (!container->indefinite && container->value-- == 0)
		return 0;
	if (!bo_cbor_next(reader, ret))
		return -EBADMSG;
	if (ret->kind != BO_CBOR_BREAK)
		return 1;
	return container->indefinite ? 0 : -EBADMSG;
}

static bool skip(struct bo_cbor_reader *reader, struct bo_cbor_item item, int depth)
{
	struct bo_cbor_item member;
	int rc;

	if (item.kind < BO_CBOR_CHUNKS)
		return true;
	if (item.kind == BO_CBOR_BREAK || depth == DEPTH_MAX)
		return false;
	while ((rc = bo_cbor_member(reader, &item, &member)) == 1) {
		if (!skip(reader, member, depth + 1))
			return false;
		if (item.kind != BO_CBOR_MAP)
			continue;
		if (!bo_cbor_next(reader, &member) || !skip(reader, member, depth + 1))
			return false;
	}
	return rc == 0;
}

bool bo_cbor_skip(struct bo_cbor_reader *reader, const struct bo_cbor_item *item)
{
	return skip(reader, *item, 0);
}
