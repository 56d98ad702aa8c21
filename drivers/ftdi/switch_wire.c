#include "drivers/ftdi/switch_wire.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { AT_VERSION = 2, AT_KIND = 3, AT_SEQ = 4, AT_OUTPUTS = 8, AT_INPUTS, AT_LEVELS, AT_COUNT };
enum { AT_OPEN_DRAIN = 12, AT_UNUSED, AT_NAME = 16, AT_STEPS = BO_SWITCH_REQUEST_SIZE };
enum { AT_ANSWER_LEVELS = 8, AT_SEEN, AT_ZERO, AT_BYTE_NS = 12, AT_NS = 16, AT_TEXT = 24 };

static const uint8_t magic[2] = {'B', 'O'};

static const int status_errno[] = {
	[BO_SWITCH_OK] = 0,
	[BO_SWITCH_BUSY] = -EBUSY,
	[BO_SWITCH_GONE] = -ENODEV,
	[BO_SWITCH_DENIED] = -EACCES,
	[BO_SWITCH_MISMATCH] = -EIO,
	[BO_SWITCH_REFUSED] = -EINVAL,
	[BO_SWITCH_OTHER_VERSION] = -EPROTONOSUPPORT,
	[BO_SWITCH_UNABLE] = -EOPNOTSUPP,
	[BO_SWITCH_UNFIT] = -EDOM,
	[BO_SWITCH_MISTIMED] = -ERANGE,
};
#define STATUS_COUNT (sizeof(status_errno) / sizeof(status_errno[0]))

static void put_number(uint8_t *out, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t *data, int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | data[size];
	return value;
}

static void put_head(uint8_t *out, unsigned kind, uint32_t seq)
{
	memcpy(out, magic, sizeof(magic));
	out[AT_VERSION] = BO_SWITCH_VERSION;
	out[AT_KIND] = (uint8_t)kind;
	put_number(out + AT_SEQ, seq, 4);
}

static int check_head(const uint8_t *data, size_t len)
{
	if (len <= AT_VERSION || memcmp(data, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	if (data[AT_VERSION] != BO_SWITCH_VERSION)
		return -EPROTONOSUPPORT;
	return 0;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i])
			return false;
	return true;
}

/* A field of `size` bytes: printable ASCII, then zeros to the end, at least one. */
static bool get_text(const uint8_t *field, size_t size, char *out)
{
	size_t len = 0;

	while (len < size && field[len] >= ' ' && field[len] <= '~')
		len++;
	if (len == size || !is_zero(field + len, size - len))
		return false;
	memcpy(out, field, size);
	return true;
}

static bool has_steps(unsigned verb)
{
	return verb == BO_SWITCH_TUNE || verb == BO_SWITCH_PLAY;
}

static bool steps_make_sense(const struct bo_switch_request *request)
{
	if (!has_steps(request->verb))
		return request->step_count == 0;
	for (unsigned i = 0; i < request->step_count && i < BO_SWITCH_STEPS_MAX; i++)
		if (request->step_ns[i] == 0)
			return false;
	return request->step_count % 2 == 1 && request->step_count <= BO_SWITCH_STEPS_MAX;
}

/* Whoever leases a line that is never driven high lets go of it when there is nobody. */
static bool open_drain_makes_sense(const struct bo_switch_request *request)
{
	if (request->verb != BO_SWITCH_LEASE)
		return request->open_drain == 0;
	return (request->open_drain & ~(request->outputs & request->levels)) == 0;
}

static bool makes_sense(const struct bo_switch_request *request)
{
	bool levels_of_outputs = (request->levels & ~request->outputs) == 0;

	if (!steps_make_sense(request) || !open_drain_makes_sense(request))
		return false;
	switch (request->verb) {
	case BO_SWITCH_LEASE:
		return (request->outputs | request->inputs) && levels_of_outputs &&
		       (request->outputs & request->inputs) == 0 && request->name[0];
	case BO_SWITCH_SET:
	case BO_SWITCH_TUNE:
	case BO_SWITCH_PLAY:
		return request->outputs && !request->inputs && levels_of_outputs &&
		       !request->name[0];
	case BO_SWITCH_READ:
	case BO_SWITCH_RELEASE:
	case BO_SWITCH_KEEP:
		return !request->outputs && !request->inputs && !request->levels &&
		       !request->name[0];
	case BO_SWITCH_VERBS:
		break;
	}
	return false;
}

static size_t request_size(unsigned verb)
{
	return has_steps(verb) ? BO_SWITCH_REQUEST_MAX : BO_SWITCH_REQUEST_SIZE;
}

size_t bo_switch_request_encode(const struct bo_switch_request *request,
				uint8_t out[BO_SWITCH_REQUEST_MAX])
{
	assert(makes_sense(request));
	memset(out, 0, BO_SWITCH_REQUEST_MAX);
	put_head(out, request->verb, request->seq);
	out[AT_OUTPUTS] = request->outputs;
	out[AT_INPUTS] = request->inputs;
	out[AT_LEVELS] = request->levels;
	out[AT_COUNT] = request->step_count;
	out[AT_OPEN_DRAIN] = request->open_drain;
	memcpy(out + AT_NAME, request->name, strnlen(request->name, BO_SWITCH_NAME_MAX));
	for (int i = 0; i < request->step_count; i++)
		put_number(out + AT_STEPS + 4 * i, request->step_ns[i], 4);
	return request_size(request->verb);
}

static bool get_steps(const uint8_t *data, struct bo_switch_request *request)
{
	if (request->step_count > BO_SWITCH_STEPS_MAX)
		return false;
	for (int i = 0; i < request->step_count; i++)
		request->step_ns[i] = (uint32_t)get_number(data + 4 * i, 4);
	return is_zero(data + 4 * request->step_count,
		       (size_t)(4 * (BO_SWITCH_STEPS_MAX - request->step_count)));
}

int bo_switch_request_decode(const uint8_t *data, size_t len, struct bo_switch_request *ret)
{
	struct bo_switch_request request = {0};
	int rc = check_head(data, len);

	if (rc < 0)
		return rc;
	if (len <= AT_KIND || len != request_size(data[AT_KIND]))
		return -EBADMSG;
	request.verb = data[AT_KIND];
	request.seq = (uint32_t)get_number(data + AT_SEQ, 4);
	request.outputs = data[AT_OUTPUTS];
	request.inputs = data[AT_INPUTS];
	request.levels = data[AT_LEVELS];
	request.step_count = data[AT_COUNT];
	request.open_drain = data[AT_OPEN_DRAIN];
	if (!is_zero(data + AT_UNUSED, AT_NAME - AT_UNUSED))
		return -EBADMSG;
	if (has_steps(request.verb) && !get_steps(data + AT_STEPS, &request))
		return -EBADMSG;
	if (!get_text(data + AT_NAME, sizeof(request.name), request.name) || !makes_sense(&request))
		return -EBADMSG;
	*ret = request;
	return 0;
}

void bo_switch_answer_encode(const struct bo_switch_answer *answer,
			     uint8_t out[BO_SWITCH_ANSWER_SIZE])
{
	assert(answer->status < STATUS_COUNT);
	memset(out, 0, BO_SWITCH_ANSWER_SIZE);
	put_head(out, answer->status, answer->seq);
	out[AT_ANSWER_LEVELS] = answer->levels;
	out[AT_SEEN] = answer->seen;
	put_number(out + AT_BYTE_NS, answer->byte_ns, 4);
	put_number(out + AT_NS, (uint64_t)answer->at_ns, 8);
	memcpy(out + AT_TEXT, answer->text, strnlen(answer->text, BO_SWITCH_TEXT_MAX));
}

int bo_switch_answer_decode(const uint8_t *data, size_t len, struct bo_switch_answer *ret)
{
	struct bo_switch_answer answer = {0};
	int rc = check_head(data, len);

	if (rc < 0)
		return rc;
	if (len != BO_SWITCH_ANSWER_SIZE)
		return -EBADMSG;
	answer.status = data[AT_KIND];
	answer.seq = (uint32_t)get_number(data + AT_SEQ, 4);
	answer.levels = data[AT_ANSWER_LEVELS];
	answer.seen = data[AT_SEEN];
	answer.byte_ns = (uint32_t)get_number(data + AT_BYTE_NS, 4);
	answer.at_ns = (int64_t)get_number(data + AT_NS, 8);
	if (answer.status >= STATUS_COUNT || !is_zero(data + AT_ZERO, AT_BYTE_NS - AT_ZERO) ||
	    !get_text(data + AT_TEXT, sizeof(answer.text), answer.text))
		return -EBADMSG;
	*ret = answer;
	return 0;
}

int bo_switch_status_errno(enum bo_switch_status status)
{
	assert(status < STATUS_COUNT);
	return status_errno[status];
}

enum bo_switch_status bo_switch_status_of(int code)
{
	for (size_t i = 0; i < STATUS_COUNT; i++)
		if (status_errno[i] == code)
			return (enum bo_switch_status)i;
	return BO_SWITCH_GONE; /* whatever else a chip reports: it cannot be relied on */
}
