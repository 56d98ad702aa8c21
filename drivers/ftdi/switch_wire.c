#include "drivers/ftdi/switch_wire.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { AT_VERSION = 2, AT_KIND = 3, AT_SEQ = 4, AT_OUTPUTS = 8, AT_INPUTS, AT_LEVELS, AT_PAD };
enum { AT_NAME = 12, AT_ANSWER_LEVELS = 8, AT_TEXT = 16 };

static const uint8_t magic[2] = {'B', 'O'};

static const int status_errno[] = {
	[BO_SWITCH_OK] = 0,
	[BO_SWITCH_BUSY] = -EBUSY,
	[BO_SWITCH_GONE] = -ENODEV,
	[BO_SWITCH_DENIED] = -EACCES,
	[BO_SWITCH_MISMATCH] = -EIO,
	[BO_SWITCH_REFUSED] = -EINVAL,
	[BO_SWITCH_OTHER_VERSION] = -EPROTONOSUPPORT,
};
#define STATUS_COUNT (sizeof(status_errno) / sizeof(status_errno[0]))

static void put_head(uint8_t *out, unsigned kind, uint32_t seq)
{
	memcpy(out, magic, sizeof(magic));
	out[AT_VERSION] = BO_SWITCH_VERSION;
	out[AT_KIND] = (uint8_t)kind;
	for (int i = 0; i < 4; i++)
		out[AT_SEQ + i] = (uint8_t)(seq >> (8 * i));
}

static int check_head(const uint8_t *data, size_t len, size_t expected)
{
	if (len <= AT_VERSION || memcmp(data, magic, sizeof(magic)) != 0)
		return -EBADMSG;
	if (data[AT_VERSION] != BO_SWITCH_VERSION)
		return -EPROTONOSUPPORT;
	return len == expected ? 0 : -EBADMSG;
}

static uint32_t get_seq(const uint8_t *data)
{
	uint32_t seq = 0;

	for (int i = 3; i >= 0; i--)
		seq = seq << 8 | data[AT_SEQ + i];
	return seq;
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

static bool makes_sense(const struct bo_switch_request *request)
{
	bool levels_of_outputs = (request->levels & ~request->outputs) == 0;

	switch (request->verb) {
	case BO_SWITCH_LEASE:
		return (request->outputs | request->inputs) && levels_of_outputs &&
		       (request->outputs & request->inputs) == 0 && request->name[0];
	case BO_SWITCH_SET:
		return request->outputs && !request->inputs && levels_of_outputs &&
		       !request->name[0];
	case BO_SWITCH_READ:
	case BO_SWITCH_RELEASE:
	case BO_SWITCH_KEEP:
		return !request->outputs && !request->inputs && !request->levels &&
		       !request->name[0];
	}
	return false;
}

void bo_switch_request_encode(const struct bo_switch_request *request,
			      uint8_t out[BO_SWITCH_REQUEST_SIZE])
{
	assert(makes_sense(request));
	memset(out, 0, BO_SWITCH_REQUEST_SIZE);
	put_head(out, request->verb, request->seq);
	out[AT_OUTPUTS] = request->outputs;
	out[AT_INPUTS] = request->inputs;
	out[AT_LEVELS] = request->levels;
	memcpy(out + AT_NAME, request->name, strnlen(request->name, BO_SWITCH_NAME_MAX));
}

int bo_switch_request_decode(const uint8_t *data, size_t len, struct bo_switch_request *ret)
{
	struct bo_switch_request request = {0};
	int rc = check_head(data, len, BO_SWITCH_REQUEST_SIZE);

	if (rc < 0)
		return rc;
	request.verb = data[AT_KIND];
	request.seq = get_seq(data);
	request.outputs = data[AT_OUTPUTS];
	request.inputs = data[AT_INPUTS];
	request.levels = data[AT_LEVELS];
	if (data[AT_PAD] || !get_text(data + AT_NAME, sizeof(request.name), request.name) ||
	    !makes_sense(&request))
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
	memcpy(out + AT_TEXT, answer->text, strnlen(answer->text, BO_SWITCH_TEXT_MAX));
}

int bo_switch_answer_decode(const uint8_t *data, size_t len, struct bo_switch_answer *ret)
{
	struct bo_switch_answer answer = {0};
	int rc = check_head(data, len, BO_SWITCH_ANSWER_SIZE);

	if (rc < 0)
		return rc;
	answer.status = data[AT_KIND];
	answer.seq = get_seq(data);
	answer.levels = data[AT_ANSWER_LEVELS];
	if (answer.status >= STATUS_COUNT ||
	    !is_zero(data + AT_ANSWER_LEVELS + 1, AT_TEXT - AT_ANSWER_LEVELS - 1) ||
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
