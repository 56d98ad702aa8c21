#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/update/smp_msg.h"
#include "harness/base/prng.h"

TestSuite(smp_msg, .timeout = 60);

static const uint8_t sha[32] = {0xaa, 1, 2, 3, [31] = 0xbb};

#define SHA_BYTES "\xaa\1\2\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xbb"

/* Bodies written by hand from RFC 8949 and the documentation's tables. */
#define BYTES(text) (text), sizeof(text) - 1

Test(smp_msg, requests_are_the_bytes_that_the_documentation_asks_for)
{
	static const struct {
		struct bo_smp_request request;
		const char *packet;
		size_t len;
	} cases[] = {
		{{.command = BO_SMP_ECHO, .version = BO_SMP_V2, .seq = 0x42, .text = "hi"},
		 BYTES("\x0a\0\0\x06\0\0\x42\0\xa1\x61\x64\x62hi")},
		{{.command = BO_SMP_STATE_READ, .version = BO_SMP_V2, .seq = 1},
		 BYTES("\x08\0\0\x01\0\x01\x01\0\xa0")},
		{{.command = BO_SMP_PARAMS, .version = BO_SMP_V1, .seq = 255},
		 BYTES("\x00\0\0\x01\0\0\xff\x06\xa0")},
		{{.command = BO_SMP_RESET, .version = BO_SMP_V2},
		 BYTES("\x0a\0\0\x01\0\0\0\x05\xa0")},
		{{.command = BO_SMP_RESET, .version = BO_SMP_V2, .force = true},
		 BYTES("\x0a\0\0\x08\0\0\0\x05\xa1\x65"
		       "force\x01")},
		{{.command = BO_SMP_STATE_WRITE, .version = BO_SMP_V2, .confirm = true},
		 BYTES("\x0a\0\0\x0a\0\x01\0\0\xa1\x67"
		       "confirm\xf5")},
		{{.command = BO_SMP_STATE_WRITE, .version = BO_SMP_V2, .hash = sha},
		 BYTES("\x0a\0\0\x31\0\x01\0\0\xa2\x64hash\x58\x20" SHA_BYTES "\x67"
		       "confirm\xf4")},
		{{.command = BO_SMP_UPLOAD,
		  .version = BO_SMP_V2,
		  .total = 1000,
		  .sha = sha,
		  .data = (const uint8_t *)"xyz",
		  .data_len = 3},
		 BYTES("\x0a\0\0\x3c\0\x01\0\x01\xa4\x63len\x19\x03\xe8\x63off\0\x63sha\x58"
		       "\x20" SHA_BYTES "\x64"
		       "data\x43xyz")},
		{{.command = BO_SMP_UPLOAD,
		  .version = BO_SMP_V1,
		  .image = 2,
		  .total = 5,
		  .data = (const uint8_t *)"x",
		  .data_len = 1},
		 BYTES("\x02\0\0\x19\0\x01\0\x01\xa4\x65image\x02\x63len\x05\x63off\0\x64"
		       "data\x41x")},
		{{.command = BO_SMP_UPLOAD,
		  .version = BO_SMP_V2,
		  .image = 2,
		  .off = 3,
		  .total = 1000,
		  .sha = sha,
		  .data = (const uint8_t *)"xyz",
		  .data_len = 3},
		 BYTES("\x0a\0\0\x0f\0\x01\0\x01\xa2\x63off\x03\x64"
		       "data\x43xyz")},
		{{.command = BO_SMP_ERASE, .version = BO_SMP_V2, .slot = -1},
		 BYTES("\x0a\0\0\x01\0\x01\0\x05\xa0")},
		{{.command = BO_SMP_ERASE, .version = BO_SMP_V2, .slot = 1},
		 BYTES("\x0a\0\0\x07\0\x01\0\x05\xa1\x64slot\x01")},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t out[200];

		cr_assert_eq(bo_smp_request_put(&cases[i].request, out, sizeof(out)), cases[i].len,
			     "case %zu", i);
		cr_assert_arr_eq(out, cases[i].packet, cases[i].len, "case %zu", i);
		for (size_t cap = 0; cap < cases[i].len; cap++)
			cr_assert_eq(bo_smp_request_put(&cases[i].request, out, cap), 0,
				     "case %zu fits in %zu", i, cap);
	}
}

/* An answer to STATE_READ, or with `op`, `group`, `id` of choice, around a CBOR body. */
static int answer(const void *body, size_t len, struct bo_smp_response *ret)
{
	uint8_t packet[600] = {0x09, 0, (uint8_t)(len >> 8), (uint8_t)len, 0, 1, 7, 0};

	cr_assert_leq(len, sizeof(packet) - 8);
	memcpy(packet + 8, body, len);
	return bo_smp_response_get(packet, len + 8, ret);
}

Test(smp_msg, success_is_the_absence_of_an_error)
{
	static const struct {
		const char *body;
		size_t len;
	} bodies[] = {
		{BYTES("\xa0")},
		{BYTES("\xbf\xff")},
		{BYTES("\xa1\x62rc\x00")},
		{BYTES("\xbf\x62rc\x00\xff")},
		{BYTES("\xa1\x63"
		       "err\xa2\x65group\x01\x62rc\x00")},
		/* keys of no interest, of every type, are passed over */
		{BYTES("\xa6\x61"
		       "a\xf6\x61"
		       "b\xf9\x3c\x00\x61"
		       "c\x9f\x01\x82\x02\x03\xff\x61"
		       "d\xbf\x01\xa1\x02\x03\xff\x61"
		       "e\x5f\x41x\x41y\xff\x07\xc1\x1a\0\0\0\x01")},
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++) {
		struct bo_smp_response response;

		cr_assert_eq(answer(bodies[i].body, bodies[i].len, &response), 0, "body %zu", i);
		cr_assert_not(response.refused);
		cr_assert_not(response.has_off);
	}
}

Test(smp_msg, both_kinds_of_refusal_are_named)
{
	static const struct {
		const char *body;
		size_t len;
		const char *text;
	} cases[] = {
		{BYTES("\xa1\x62rc\x08"), "not supported (rc 8)"},
		{BYTES("\xbf\x62rc\x0a\xff"), "busy (rc 10)"},
		{BYTES("\xa2\x62rc\x06\x63rsn\x66slot 1"), "not in this state (rc 6): slot 1"},
		{BYTES("\xa2\x62rc\x06\x63rsn\x62\x1b["), "not in this state (rc 6): \\x1b["},
		{BYTES("\xa1\x62rc\x20"), "refused (rc -1)"},
		{BYTES("\xa1\x62rc\x19\x01\x00"), "refused (rc 256)"},
		{BYTES("\xa1\x63"
		       "err\xa2\x65group\x01\x62rc\x09"),
		 "no free slot (group 1, rc 9)"},
		{BYTES("\xbf\x63"
		       "err\xbf\x65group\x01\x62rc\x18\x1b\xff\xff"),
		 "running version is newer (group 1, rc 27)"},
		{BYTES("\xa1\x63"
		       "err\xa2\x65group\x01\x62rc\x18\x63"),
		 "refused (group 1, rc 99)"},
		{BYTES("\xa1\x63"
		       "err\xa2\x65group\x18\x40\x62rc\x01"),
		 "refused (group 64, rc 1)"},
		{BYTES("\xa1\x63"
		       "err\xa2\x65group\x00\x62rc\x02"),
		 "refused (group 0, rc 2)"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bo_smp_response response;
		char text[96];

		cr_assert_eq(answer(cases[i].body, cases[i].len, &response), 0, "case %zu", i);
		cr_assert(response.refused);
		cr_assert_str_eq(bo_smp_refusal_text(&response, text, sizeof(text)), cases[i].text);
	}
}

Test(smp_msg, upload_and_parameter_answers_are_read)
{
	struct bo_smp_response response;

	cr_assert_eq(answer(BYTES("\xbf\x62rc\0\x63off\x1a\x00\x01\x00\x00\xff"), &response), 0);
	cr_assert(response.has_off && response.off == 65536 && !response.has_match);
	cr_assert_eq(answer(BYTES("\xa2\x63off\x05\x65match\xf4"), &response), 0);
	cr_assert(response.off == 5 && response.has_match && !response.match);
	cr_assert_eq(answer(BYTES("\xa2\x68"
				  "buf_size\x19\x09\xab\x69"
				  "buf_count\x04"),
			    &response),
		     0);
	cr_assert(response.buf_size == 2475 && response.buf_count == 4);
	cr_assert_eq(answer(BYTES("\xa1\x61r\x62hi"), &response), 0);
	cr_assert_str_eq(response.text, "hi");
}

Test(smp_msg, the_image_state_is_read_as_zephyr_writes_it)
{
	static const char body[] = "\xbf\x66images\x9f"
				   "\xbf\x64slot\x00\x67version\x65"
				   "1.2.3\x64hash\x58\x20" SHA_BYTES "\x68"
				   "bootable\xf5\x67pending\xf4\x69"
				   "confirmed\xf5\x66"
				   "active\xf5\x69permanent\xf4\xff"
				   "\xbf\x65image\x00\x64slot\x01\x67version\x67"
				   "2.0.0.7\x67pending\xf5\xff"
				   "\xbf\x65image\x01\x64slot\x00\x67version\x63"
				   "9.9\xff"
				   "\xff\x6bsplitStatus\x00\xff";
	struct bo_smp_response response;
	struct bo_update_slot *slot = response.state.slot;

	cr_assert_eq(answer(BYTES(body), &response), 0);
	cr_assert(slot[0].present && slot[0].has_hash && slot[0].active && slot[0].confirmed);
	cr_assert(!slot[0].pending && !slot[0].permanent);
	cr_assert_arr_eq(slot[0].hash, sha, 32);
	cr_assert_str_eq(slot[0].version, "1.2.3");
	cr_assert(slot[1].present && !slot[1].has_hash && slot[1].pending && !slot[1].active);
	cr_assert_str_eq(slot[1].version, "2.0.0.7", "image 1 is not image 0");
}

Test(smp_msg, what_is_no_answer_is_told_apart)
{
	static const struct {
		const char *body;
		size_t len;
	} bodies[] = {
		{BYTES("")},
		{BYTES("\x80")},
		{BYTES("\x01")},
		{BYTES("\xff")},
		{BYTES("\xa1")},
		{BYTES("\xa1\x62rc")},
		{BYTES("\xbf\x62rc\xff")},
		{BYTES("\xbf\x62rc\x00")},
		{BYTES("\xa0\x00")},
		{BYTES("\xa1\x62rc\x62no")},
		{BYTES("\xa1\x62rc\x1b\xff\xff\xff\xff\xff\xff\xff\xff")},
		{BYTES("\xa1\x63off\x20")},
		{BYTES("\xa1\x65match\x01")},
		{BYTES("\xa1\x66images\xa0")},
		{BYTES("\xa1\x66images\x81\x01")},
		{BYTES("\xa1\x63"
		       "err\x01")},
		{BYTES("\xbb\xff\xff\xff\xff\xff\xff\xff\xff")},
		{BYTES("\xa1\x61x\x5b\xff\xff\xff\xff\xff\xff\xff\xff")},
		{BYTES("\xa1\x61x\x9b\xff\xff\xff\xff\xff\xff\xff\xff")},
		{BYTES("\xa1\x61x\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81\x81"
		       "\x81\x81\x81\x81\x81\x81\x81\x81\x01")},
	};
	struct bo_smp_response response;
	uint8_t packet[9] = {0x09, 0, 0, 1, 0, 1, 7, 0, 0xa0};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(*bodies); i++)
		cr_assert_eq(answer(bodies[i].body, bodies[i].len, &response), -EBADMSG, "body %zu",
			     i);
	for (size_t len = 0; len < sizeof(packet); len++)
		cr_assert_eq(bo_smp_response_get(packet, len, &response), -EBADMSG);
	cr_assert_eq(bo_smp_response_get(packet, sizeof(packet), &response), 0);
	packet[3] = 2; /* longer than what is there */
	cr_assert_eq(bo_smp_response_get(packet, sizeof(packet), &response), -EBADMSG);
}

Test(smp_msg, an_answer_belongs_to_one_request_only)
{
	struct bo_smp_request request = {.command = BO_SMP_UPLOAD, .seq = 9};
	struct bo_smp_header good = {.op = BO_SMP_WRITE_RSP, .group = 1, .id = 1, .seq = 9}, other;

	cr_assert(bo_smp_answers(&request, &good));
	other = good, other.seq = 8;
	cr_assert_not(bo_smp_answers(&request, &other));
	other = good, other.op = BO_SMP_WRITE;
	cr_assert_not(bo_smp_answers(&request, &other), "an echo of the request is no answer");
	other = good, other.op = BO_SMP_READ_RSP;
	cr_assert_not(bo_smp_answers(&request, &other));
	other = good, other.group = 0;
	cr_assert_not(bo_smp_answers(&request, &other));
	other = good, other.id = 0;
	cr_assert_not(bo_smp_answers(&request, &other));
	other = good, other.version = BO_SMP_V2;
	cr_assert(bo_smp_answers(&request, &other), "the version says how errors look, no more");
}

Test(smp_msg, damaged_answers_end_in_success_or_badmsg)
{
	struct bo_prng prng;

	bo_prng_init(&prng, 1);
	for (int round = 0; round < 200000; round++) {
		uint8_t body[64] = "\xbf\x66images\x9f\xbf\x64slot\x00\x67version\x65"
				   "1.2.3\x64hash\x44"
				   "abcd\x67pending\xf4\xff\xff\x62rc\x00\xff";
		struct bo_smp_response response;
		int rc;

		for (uint64_t n = bo_prng_below(&prng, 4) + 1; n; n--)
			body[bo_prng_below(&prng, 56)] = (uint8_t)bo_prng_next(&prng);
		rc = answer(body, bo_prng_below(&prng, 56), &response);
		cr_assert(rc == 0 || rc == -EBADMSG);
	}
}
