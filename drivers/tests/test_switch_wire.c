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
	{.verb = BO_SWITCH_PLAY,
	 .seq = 6,
	 .outputs = 3,
	 .levels = 2,
	 .step_count = 3,
	 .step_ns = {350000, 1, 0xffffffff}},
	{.verb = BO_SWITCH_LEASE, .outputs = 9, .levels = 9, .open_drain = 8, .name = "b1"},
};
#define REQUESTS (sizeof(requests) / sizeof(requests[0]))

Test(wire, requests_arrive_as_they_were_sent)
{
	for (size_t i = 0; i < REQUESTS; i++) {
		uint8_t bytes[BO_SWITCH_REQUEST_MAX];
		struct bo_switch_request back;
		size_t len = bo_switch_request_encode(&requests[i], bytes);

		cr_assert_eq(bo_switch_request_decode(bytes, len, &back), 0);
		cr_assert_eq(back.step_count, requests[i].step_count);
		cr_assert_arr_eq(back.step_ns, requests[i].step_ns, sizeof(back.step_ns));
		cr_assert_eq(back.verb, requests[i].verb);
		cr_assert_eq(back.seq, requests[i].seq);
		cr_assert_eq(back.outputs, requests[i].outputs);
		cr_assert_eq(back.inputs, requests[i].inputs);
		cr_assert_eq(back.levels, requests[i].levels);
		cr_assert_eq(back.open_drain, requests[i].open_drain);
		cr_assert_str_eq(back.name, requests[i].name);
	}
}

Test(wire, every_status_arrives_and_stands_for_its_errno)
{
	for (int status = BO_SWITCH_OK; status < BO_SWITCH_STATUSES; status++) {
		struct bo_switch_answer answer = {.status = (enum bo_switch_status)status,
						  .seq = 7,
						  .levels = 0x42,
						  .seen = 3,
						  .byte_ns = 10000,
						  .at_ns = INT64_C(0x123456789abcdef),
						  .text = "why"};
		struct bo_switch_answer back;
		uint8_t bytes[BO_SWITCH_ANSWER_SIZE];

		bo_switch_answer_encode(&answer, bytes);
		cr_assert_eq(bo_switch_answer_decode(bytes, sizeof(bytes), &back), 0);
		cr_assert_eq(back.status, answer.status);
		cr_assert_eq(back.levels, 0x42);
		cr_assert_eq(back.seen, 3);
		cr_assert_eq(back.byte_ns, 10000);
		cr_assert_eq(back.at_ns, INT64_C(0x123456789abcdef));
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
		{0, 3, 8, -EBADMSG, "unknown verb"},
		{0, 3, 7, -EBADMSG, "a lease as a wave"},
		{0, 8, 0x11, -EBADMSG, "pin both ways"},
		{0, 10, 2, -EBADMSG, "level of a pin that is no output"},
		{0, 11, 1, -EBADMSG, "a lease with a step"},
		{0, 16, 0, -EBADMSG, "no name"},
		{0, 16, 0x1b, -EBADMSG, "escape sequence in the name"},
		{0, 16, 0xff, -EBADMSG, "byte above ASCII in the name"},
		{0, 24, 'x', -EBADMSG, "bytes after the name"},
		{1, 51, 'x', -EBADMSG, "name without an end"},
		{2, 8, 0, -EBADMSG, "set of nothing"},
		{2, 9, 4, -EBADMSG, "set of an input"},
		{2, 16, 'x', -EBADMSG, "set with a name"},
		{3, 8, 1, -EBADMSG, "read with pins"},
		{4, 10, 1, -EBADMSG, "release with levels"},
		{5, 8, 1, -EBADMSG, "keep with pins"},
		{6, 8, 0, -EBADMSG, "a wave on no output"},
		{6, 11, 0, -EBADMSG, "a wave without steps"},
		{6, 11, 2, -EBADMSG, "a wave that ends on its own level"},
		{6, 11, 5, -EBADMSG, "steps of no length"},
		{6, 11, 33, -EBADMSG, "more steps than there is room for"},
		{6, 56, 0, -EBADMSG, "a step of no length"},
		{6, 64, 1, -EBADMSG, "bytes after the last step"},
		{0, 2, 3, -EPROTONOSUPPORT, "the version before open-drain outputs"},
		{0, 13, 1, -EBADMSG, "a byte that means nothing"},
		{2, 12, 1, -EBADMSG, "a set that changes what an output is"},
		{7, 12, 2, -EBADMSG, "open-drain and no output"},
		{7, 10, 1, -EBADMSG, "an open-drain output that is safe when pulled low"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[BO_SWITCH_REQUEST_MAX];
		struct bo_switch_request back = {.seq = 99};
		size_t len = bo_switch_request_encode(&requests[cases[i].request], bytes);

		bytes[cases[i].at] = cases[i].byte;
		cr_assert_eq(bo_switch_request_decode(bytes, len, &back), cases[i].code, "%s",
			     cases[i].what);
		cr_assert_eq(back.seq, 99, "the output was touched");
	}
}

Test(wire, a_message_has_one_length)
{
	uint8_t bytes[BO_SWITCH_REQUEST_MAX + 1] = {0};
	struct bo_switch_request back;

	for (size_t i = 0; i < REQUESTS; i++) {
		size_t whole = bo_switch_request_encode(&requests[i], bytes);

		for (size_t len = 0; len <= sizeof(bytes); len++)
			cr_assert_eq(bo_switch_request_decode(bytes, len, &back),
				     len == whole ? 0 : -EBADMSG);
	}
}

Test(wire, a_damaged_answer_is_refused)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int code;
	} cases[] = {{1, 'x', -EBADMSG}, {2, 9, -EPROTONOSUPPORT}, {3, 10, -EBADMSG},
		     {10, 1, -EBADMSG},	 {24, 0x07, -EBADMSG},	   {255, 'x', -EBADMSG}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bo_switch_answer answer = {.status = BO_SWITCH_GONE, .text = "gone"}, back;
		uint8_t bytes[BO_SWITCH_ANSWER_SIZE];

		bo_switch_answer_encode(&answer, bytes);
		bytes[cases[i].at] = cases[i].byte;
		cr_assert_eq(bo_switch_answer_decode(bytes, sizeof(bytes), &back), cases[i].code);
	}
}
