#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "drivers/ftdi/switch_wire.h"

static const struct bo_switch_request requests[] = {
	{.verb = BO_SWITCH_LEASE, .seq = 1, .outputs = 1, .inputs = 16, .levels = 1, .name = "b1"},
	{.verb = BO_SWITCH_LEASE, .inputs = 255, .name = "12345678901234567890123456789012345"},
	{.verb = BO_SWITCH_SET, .seq = 0xfedcba98, .outputs = 0x81, .levels = 0x80},
	{.verb = BO_SWITCH_READ, .seq = 3},
	{.verb = BO_SWITCH_RELEASE, .seq = 4},
	{.verb = BO_SWITCH_KEEP, .seq = 5},
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

Test(wire, requests_arrive_as_they_were_sent)
{
	for (size_t i = 0; i < REQUESTS; i++) {
		uint8_t bytes[BO_SWITCH_REQUEST_SIZE];
		struct bo_switch_request back;

		bo_switch_request_encode(&requests[i], bytes);
		cr_assert_eq(bo_switch_request_decode(bytes, sizeof(bytes), &back), 0);
		cr_assert_eq(back.verb, requests[i].verb);
		cr_assert_eq(back.seq, requests[i].seq);
		cr_assert_eq(back.outputs, requests[i].outputs);
		cr_assert_eq(back.inputs, requests[i].inputs);
		cr_assert_eq(back.levels, requests[i].levels);
		cr_assert_str_eq(back.name, requests[i].name);
	}
}

Test(wire, every_status_arrives_and_stands_for_its_errno)
{
	for (int status = BO_SWITCH_OK; status <= BO_SWITCH_OTHER_VERSION; status++) {
		struct bo_switch_answer answer = {(enum bo_switch_status)status, 7, 0x42, "why"};
		struct bo_switch_answer back;
		uint8_t bytes[BO_SWITCH_ANSWER_SIZE];

		bo_switch_answer_encode(&answer, bytes);
		cr_assert_eq(bo_switch_answer_decode(bytes, sizeof(bytes), &back), 0);
		cr_assert_eq(back.status, answer.status);
		cr_assert_eq(back.levels, 0x42);
		cr_assert_str_eq(back.text, "why");
		cr_assert_eq(bo_switch_status_of(bo_switch_status_errno(back.status)), back.status);
	}
}

/* One byte of a good request is changed. */
Test(wire, what_no_client_would_send_is_refused)
{
	static const struct {
		size_t request, at;
		uint8_t byte;
		int code;
		const char *what;
	} cases[] = {
		{0, 0, 'b', -EBADMSG, "magic"},
		{0, 2, 1, -EPROTONOSUPPORT, "version"},
		{0, 3, 0, -EBADMSG, "verb 0"},
		{0, 3, 6, -EBADMSG, "unknown verb"},
		{0, 8, 0x11, -EBADMSG, "pin both ways"},
		{0, 10, 2, -EBADMSG, "level of a pin that is no output"},
		{0, 11, 1, -EBADMSG, "padding"},
		{0, 12, 0, -EBADMSG, "no name"},
		{0, 12, 0x1b, -EBADMSG, "escape sequence in the name"},
		{0, 12, 0xff, -EBADMSG, "byte above ASCII in the name"},
		{0, 20, 'x', -EBADMSG, "bytes after the name"},
		{1, 47, 'x', -EBADMSG, "name without an end"},
		{2, 8, 0, -EBADMSG, "set of nothing"},
		{2, 9, 4, -EBADMSG, "set of an input"},
		{2, 12, 'x', -EBADMSG, "set with a name"},
		{3, 8, 1, -EBADMSG, "read with pins"},
		{4, 10, 1, -EBADMSG, "release with levels"},
		{5, 8, 1, -EBADMSG, "keep with pins"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[BO_SWITCH_REQUEST_SIZE];
		struct bo_switch_request back = {.seq = 99};

		bo_switch_request_encode(&requests[cases[i].request], bytes);
		bytes[cases[i].at] = cases[i].byte;
		cr_assert_eq(bo_switch_request_decode(bytes, sizeof(bytes), &back), cases[i].code,
			     "%s", cases[i].what);
		cr_assert_eq(back.seq, 99, "the output was touched");
	}
}

Test(wire, a_message_has_one_length)
{
	uint8_t bytes[BO_SWITCH_REQUEST_SIZE + 1] = {0};
	struct bo_switch_request back;

	bo_switch_request_encode(&requests[0], bytes);
	for (size_t len = 0; len <= sizeof(bytes); len++)
		cr_assert_eq(bo_switch_request_decode(bytes, len, &back),
			     len == BO_SWITCH_REQUEST_SIZE ? 0 : -EBADMSG);
}

Test(wire, a_damaged_answer_is_refused)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int code;
	} cases[] = {{1, 'x', -EBADMSG}, {2, 9, -EPROTONOSUPPORT}, {3, 7, -EBADMSG},
		     {9, 1, -EBADMSG},	 {16, 0x07, -EBADMSG},	   {255, 'x', -EBADMSG}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_answer answer = {.status = BO_SWITCH_GONE, .text = "gone"}, back;
		uint8_t bytes[BO_SWITCH_ANSWER_SIZE];

		bo_switch_answer_encode(&answer, bytes);
		bytes[cases[i].at] = cases[i].byte;
		cr_assert_eq(bo_switch_answer_decode(bytes, sizeof(bytes), &back), cases[i].code);
	}
}
