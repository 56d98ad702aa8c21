#include "drivers/update/smp_msg.h"

#include <assert.h>
#include <cbor/encoding.h>
#include <string.h>

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

bool bo_smp_header_get(const uint8_t *packet, size_t len, struct bo_smp_header *ret)
{
	if (len < BO_SMP_HEADER_SIZE)
		return false;
	*ret = (struct bo_smp_header){
		.version = packet[0] >> 3 & 3,
		.op = packet[0] & 7,
		.flags = packet[1],
		.len = get16(packet + 2),
		.group = get16(packet + 4),
		.seq = packet[6],
		.id = packet[7],
	};
	return true;
}

/* Writes behind one another; once something did not fit, nothing does. */
struct writer {
	uint8_t *at;
	size_t left;
	bool full;
};

/* libcbor's encoders return 0 when the buffer is too small. */
static void wrote(struct writer *writer, size_t len)
{
	if (len == 0 || writer->full) {
		writer->full = true;
		return;
	}
	writer->at += len;
	writer->left -= len;
}

static void put_raw(struct writer *writer, const void *data, size_t len)
{
	if (len > writer->left)
		writer->full = true;
	if (writer->full)
		return;
	memcpy(writer->at, data, len);
	writer->at += len;
	writer->left -= len;
}

static void put_text(struct writer *writer, const char *text)
{
	wrote(writer, cbor_encode_string_start(strlen(text), writer->at, writer->left));
	put_raw(writer, text, strlen(text));
}

static void put_map(struct writer *writer, size_t pairs)
{
	wrote(writer, cbor_encode_map_start(pairs, writer->at, writer->left));
}

static void put_uint(struct writer *writer, const char *key, uint64_t value)
{
	put_text(writer, key);
	wrote(writer, cbor_encode_uint(value, writer->at, writer->left));
}

static void put_bool(struct writer *writer, const char *key, bool value)
{
	put_text(writer, key);
	wrote(writer, cbor_encode_bool(value, writer->at, writer->left));
}

static void put_bytes(struct writer *writer, const char *key, const uint8_t *data, size_t len)
{
	put_text(writer, key);
	wrote(writer, cbor_encode_bytestring_start(len, writer->at, writer->left));
	put_raw(writer, data, len);
}

static void put_nothing(struct writer *writer, const struct bo_smp_request *request)
{
	(void)request;
	put_map(writer, 0);
}

static void put_echo(struct writer *writer, const struct bo_smp_request *request)
{
	put_map(writer, 1);
	put_text(writer, "d");
	put_text(writer, request->text);
}

static void put_reset(struct writer *writer, const struct bo_smp_request *request)
{
	put_map(writer, request->force);
	if (request->force)
		put_uint(writer, "force", 1);
}

static void put_state(struct writer *writer, const struct bo_smp_request *request)
{
	put_map(writer, request->hash ? 2 : 1);
	if (request->hash)
		put_bytes(writer, "hash", request->hash, 32);
	put_bool(writer, "confirm", request->confirm);
}

static void put_upload(struct writer *writer, const struct bo_smp_request *request)
{
	bool first = request->off == 0;
	bool with_image = first && request->image, with_sha = first && request->sha;

	put_map(writer, 2u + first + with_image + with_sha);
	if (with_image)
		put_uint(writer, "image", request->image);
	if (first)
		put_uint(writer, "len", request->total);
	put_uint(writer, "off", request->off);
	if (with_sha)
		put_bytes(writer, "sha", request->sha, 32);
	put_bytes(writer, "data", request->data, request->data_len);
}

static void put_erase(struct writer *writer, const struct bo_smp_request *request)
{
	put_map(writer, request->slot >= 0);
	if (request->slot >= 0)
		put_uint(writer, "slot", (uint64_t)request->slot);
}

static const struct command {
	const char *name;
	enum bo_smp_op op;
	uint16_t group;
	uint8_t id;
	void (*put)(struct writer *writer, const struct bo_smp_request *request);
} commands[BO_SMP_COMMAND_COUNT] = {
	[BO_SMP_ECHO] = {"echo", BO_SMP_WRITE, BO_SMP_GROUP_OS, 0, put_echo},
	[BO_SMP_RESET] = {"reset", BO_SMP_WRITE, BO_SMP_GROUP_OS, 5, put_reset},
	[BO_SMP_PARAMS] = {"parameters", BO_SMP_READ, BO_SMP_GROUP_OS, 6, put_nothing},
	[BO_SMP_STATE_READ] = {"image state", BO_SMP_READ, BO_SMP_GROUP_IMAGE, 0, put_nothing},
	[BO_SMP_STATE_WRITE] = {"set image state", BO_SMP_WRITE, BO_SMP_GROUP_IMAGE, 0, put_state},
	[BO_SMP_UPLOAD] = {"upload", BO_SMP_WRITE, BO_SMP_GROUP_IMAGE, 1, put_upload},
	[BO_SMP_ERASE] = {"erase", BO_SMP_WRITE, BO_SMP_GROUP_IMAGE, 5, put_erase},
};

const char *bo_smp_command_name(enum bo_smp_command command)
{
	assert(command < BO_SMP_COMMAND_COUNT);
	return commands[command].name;
}

bool bo_smp_answers(const struct bo_smp_request *request, const struct bo_smp_header *header)
{
	const struct command *command = &commands[request->command];

	return header->op == command->op + 1 && header->group == command->group &&
	       header->id == command->id && header->seq == request->seq;
}

size_t bo_smp_request_put(const struct bo_smp_request *request, uint8_t *out, size_t cap)
{
	const struct command *command;
	struct writer writer;
	size_t len;

	assert(request->command < BO_SMP_COMMAND_COUNT);
	if (cap < BO_SMP_HEADER_SIZE)
		return 0;
	command = &commands[request->command];
	writer = (struct writer){out + BO_SMP_HEADER_SIZE, cap - BO_SMP_HEADER_SIZE, false};
	command->put(&writer, request);
	len = cap - BO_SMP_HEADER_SIZE - writer.left;
	if (writer.full || len > UINT16_MAX)
		return 0;
	out[0] = (uint8_t)((unsigned)request->version << 3 | (unsigned)command->op);
	out[1] = 0;
	put16(out + 2, len);
	put16(out + 4, command->group);
	out[6] = request->seq;
	out[7] = command->id;
	return BO_SMP_HEADER_SIZE + len;
}
