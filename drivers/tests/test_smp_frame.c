#include <criterion/criterion.h>
#include <string.h>

#include "drivers/api/update.h"
#include "drivers/update/smp_frame.h"
#include "harness/base/prng.h"

/* The published example of the documentation's framing, computed independently of this code. */
static const struct golden {
	const char *packet;
	size_t len;
	uint16_t crc;
	const char *line;
} goldens[] = {
	{"\x0a\0\0\x06\0\0\x42\0\xa1\x61\x64\x62hi", 14, 0x9b0a,
	 "\x06\x09"
	 "ABAKAAAGAABCAKFhZGJoaZsK\n"},
	{"\x08\0\0\x01\0\x01\x01\0\xa0", 9, 0x9831,
	 "\x06\x09"
	 "AAsIAAABAAEBAKCYMQ==\n"},
};

static struct bo_smp_decoder decoder;

/* Feeds all and returns the number of packets; the last one is copied out. */
static size_t decode_all(const void *data, size_t len, uint8_t *last, size_t *ret_last_len)
{
	const uint8_t *at = data, *packet;
	size_t count = 0, packet_len;

	while (len) {
		size_t used = bo_smp_decode(&decoder, at, len, &packet, &packet_len);

		cr_assert(used > 0 && used <= len);
		at += used;
		len -= used;
		if (!packet)
			continue;
		count++;
		memcpy(last, packet, packet_len);
		*ret_last_len = packet_len;
	}
	return count;
}

static size_t encode(const void *packet, size_t len, size_t line_max, uint8_t *out)
{
	return bo_smp_encode(packet, len, line_max, out, BO_SMP_FRAME_MAX_ANY);
}

static void fill(struct bo_prng *prng, uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)bo_prng_next(prng);
}

TestSuite(smp_frame, .timeout = 60);

Test(smp_frame, the_crc_is_xmodem)
{
	cr_assert_eq(bo_smp_crc16((const uint8_t *)"123456789", 9), 0x31c3);
	cr_assert_eq(bo_smp_crc16(NULL, 0), 0);
	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++)
		cr_assert_eq(bo_smp_crc16((const uint8_t *)goldens[i].packet, goldens[i].len),
			     goldens[i].crc);
}

Test(smp_frame, the_golden_lines_come_out_and_go_in)
{
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[BO_SMP_PACKET_MAX];

	for (size_t i = 0; i < sizeof(goldens) / sizeof(*goldens); i++) {
		const struct golden *golden = &goldens[i];
		size_t len = encode(golden->packet, golden->len, 127, text), packet_len;

		cr_assert_eq(len, strlen(golden->line));
		cr_assert_arr_eq(text, golden->line, len);
		bo_smp_decoder_init(&decoder);
		cr_assert_eq(decode_all(golden->line, len, packet, &packet_len), 1);
		cr_assert_eq(packet_len, golden->len);
		cr_assert_arr_eq(packet, golden->packet, packet_len);
		cr_assert_eq(decoder.broken, 0);
	}
}

Test(smp_frame, no_line_is_longer_than_asked_and_each_decodes_alone)
{
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[BO_SMP_PACKET_MAX];
	static const size_t line_max[] = {7, 8, 11, 64, 127, 1000, 100000};
	struct bo_prng prng;

	bo_prng_init(&prng, 1);
	fill(&prng, packet, sizeof(packet));
	for (size_t i = 0; i < sizeof(line_max) / sizeof(*line_max); i++) {
		size_t len = encode(packet, 700, line_max[i], text), start = 0;

		for (size_t at = 0; at < len; at++) {
			if (text[at] != '\n')
				continue;
			cr_assert_leq(at + 1 - start, line_max[i]);
			cr_assert_eq((at - start - 2) % 4, 0);
			cr_assert_eq(text[start], start ? 0x04 : 0x06);
			cr_assert_eq(text[start + 1], start ? 0x14 : 0x09);
			start = at + 1;
		}
		cr_assert_eq(start, len);
	}
}

Test(smp_frame, every_length_survives_the_way_there_and_back)
{
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[BO_SMP_PACKET_MAX],
		out[BO_SMP_PACKET_MAX];
	static const size_t line_max[] = {7, 127};
	struct bo_prng prng;

	bo_prng_init(&prng, 2);
	bo_smp_decoder_init(&decoder);
	for (size_t len = 1; len <= BO_SMP_PACKET_MAX; len += len < 300 ? 1 : 253) {
		size_t out_len = 0, text_len = 0;

		fill(&prng, packet, len);
		text_len = encode(packet, len, line_max[len % 2], text);
		cr_assert_eq(decode_all(text, text_len, out, &out_len), 1, "length %zu", len);
		cr_assert_eq(out_len, len);
		cr_assert_arr_eq(out, packet, len);
	}
	cr_assert_eq(encode(packet, BO_SMP_PACKET_MAX, 127, text) > BO_SMP_PACKET_MAX, true);
	cr_assert_eq(decoder.broken, 0);
}

Test(smp_frame, bytes_may_arrive_one_at_a_time_and_lines_may_end_in_cr_lf)
{
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[300], out[BO_SMP_PACKET_MAX];
	struct bo_prng prng;
	size_t len, out_len, count = 0;

	bo_prng_init(&prng, 3);
	fill(&prng, packet, sizeof(packet));
	len = encode(packet, sizeof(packet), 64, text);
	bo_smp_decoder_init(&decoder);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			count += decode_all("\r", 1, out, &out_len);
		count += decode_all(text + i, 1, out, &out_len);
	}
	cr_assert_eq(count, 1);
	cr_assert_arr_eq(out, packet, sizeof(packet));
}

Test(smp_frame, log_lines_between_the_lines_of_a_frame_do_no_harm)
{
	static const char *const noise[] = {
		"[00:00:01] <inf> main: hello\n",
		"no newline at the end",
		"\x06",
		"\x04\x06\x04 odd",
		"\n\n\r\n",
		"\xff\xfe\x00 binary",
	};
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[300], out[BO_SMP_PACKET_MAX];
	struct bo_prng prng;

	bo_prng_init(&prng, 4);
	fill(&prng, packet, sizeof(packet));
	for (size_t n = 0; n < sizeof(noise) / sizeof(*noise); n++) {
		size_t len = encode(packet, sizeof(packet), 64, text), count = 0, out_len = 0;

		bo_smp_decoder_init(&decoder);
		for (size_t i = 0; i < len; i++) {
			if (i == 0 || text[i - 1] == '\n')
				count += decode_all(noise[n], strlen(noise[n]), out, &out_len);
			count += decode_all(text + i, 1, out, &out_len);
		}
		cr_assert_eq(count, 1, "noise %zu", n);
		cr_assert_arr_eq(out, packet, sizeof(packet));
		cr_assert_eq(decoder.broken, 0);
	}
}

Test(smp_frame, after_garbage_at_any_byte_the_next_frame_is_found)
{
	static const char *const noise[] = {
		"log line\n", "\n",   "\x06\x09", "\x04\x14", "A",
		"AAAA",	      "====", "\x06",	  "\xff\x80", "\x06\x09QUFB",
	};
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], packet[100], out[BO_SMP_PACKET_MAX];
	struct bo_prng prng;
	size_t len;

	bo_prng_init(&prng, 5);
	fill(&prng, packet, sizeof(packet));
	len = encode(packet, sizeof(packet), 64, text);
	for (size_t n = 0; n < sizeof(noise) / sizeof(*noise); n++) {
		for (size_t at = 0; at <= len; at++) {
			size_t count, out_len = 0;

			bo_smp_decoder_init(&decoder);
			count = decode_all(text, at, out, &out_len);
			count += decode_all(noise[n], strlen(noise[n]), out, &out_len);
			count += decode_all(text + at, len - at, out, &out_len);
			cr_assert_leq(count, 1);
			memset(out, 0, sizeof(out));
			cr_assert_eq(decode_all(text, len, out, &out_len), 1, "noise %zu at %zu", n,
				     at);
			cr_assert_eq(out_len, sizeof(packet));
			cr_assert_arr_eq(out, packet, sizeof(packet));
		}
	}
}

Test(smp_frame, a_wrong_bit_anywhere_is_noticed)
{
	static uint8_t text[BO_SMP_FRAME_MAX_ANY], out[BO_SMP_PACKET_MAX];
	const struct golden *golden = &goldens[0];
	size_t len = encode(golden->packet, golden->len, 127, text), out_len;

	for (size_t at = 2; at < len - 1; at++) {
		for (int bit = 0; bit < 8; bit++) {
			bo_smp_decoder_init(&decoder);
			text[at] ^= (uint8_t)(1 << bit);
			cr_assert_eq(decode_all(text, len, out, &out_len), 0, "byte %zu bit %d", at,
				     bit);
			cr_assert_eq(decoder.broken + decoder.open, 1);
			text[at] ^= (uint8_t)(1 << bit);
		}
	}
}

Test(smp_frame, lengths_that_no_packet_has_are_refused)
{
	/* 0, 2 (CRC only), one over the maximum, 65535 */
	static const char *const lines[] = {"\x06\x09"
					    "AAAA\n",
					    "\x06\x09"
					    "AAIAAA==\n",
					    "\x06\x09"
					    "EAMA\n",
					    "\x06\x09"
					    "//8A\n",
					    "\x06\x09"
					    "AA==\n"};
	uint8_t out[BO_SMP_PACKET_MAX];
	size_t out_len;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		bo_smp_decoder_init(&decoder);
		cr_assert_eq(decode_all(lines[i], strlen(lines[i]), out, &out_len), 0);
		cr_assert_eq(decoder.broken, 1, "line %zu", i);
	}
}

Test(smp_frame, a_continuation_without_a_beginning_is_no_frame)
{
	uint8_t out[BO_SMP_PACKET_MAX];
	size_t out_len;

	bo_smp_decoder_init(&decoder);
	cr_assert_eq(decode_all("\x04\x14"
				"AAsIAAABAAEBAKCYMQ==\n",
				23, out, &out_len),
		     0);
	cr_assert_eq(decoder.broken, 0);
	cr_assert_gt(decoder.other, 20);
}

Test(smp_frame, random_bytes_never_make_a_packet)
{
	static uint8_t noise[1 << 20], out[BO_SMP_PACKET_MAX];
	struct bo_prng prng;
	size_t out_len;

	bo_prng_init(&prng, 6);
	fill(&prng, noise, sizeof(noise));
	bo_smp_decoder_init(&decoder);
	cr_assert_eq(decode_all(noise, sizeof(noise), out, &out_len), 0);
}

/* What a line carries, and what becomes of each byte of it: o outside, i inside, E end. */
Test(smp_frame, framing_tells_where_frames_begin_and_end)
{
	static const uint8_t packet[] = {3, 0, 0, 1, 0, 0, 0, 0, 0xa0};
	struct bo_smp_decoder state;
	uint8_t frame[BO_SMP_FRAME_MAX(16)], line[sizeof(frame) + 8];
	size_t len = bo_smp_encode(packet, sizeof(packet), 16, frame, sizeof(frame));
	size_t ends = 0, outside = 0;

	cr_assert_eq(bo_smp_framing.size, sizeof(state));
	memcpy(line, "log\n", 4);
	memcpy(line + 4, frame, len);
	bo_smp_framing.init(&state);
	for (size_t i = 0; i < 4 + len; i++) {
		enum bo_framed framed = bo_smp_framing.next(&state, line[i]);

		outside += framed == BO_FRAME_OUTSIDE;
		ends += framed == BO_FRAME_END;
		if (framed == BO_FRAME_END)
			cr_expect_eq(i, 4 + len - 2, "with the last group, before the newline");
	}
	cr_expect_eq(ends, 1);
	cr_expect_eq(outside, 5, "the log line, and the newline behind the frame");
	/* one that log text destroys is none */
	line[4 + 5] = '!';
	ends = 0;
	for (size_t i = 4; i < 4 + len; i++)
		ends += bo_smp_framing.next(&state, line[i]) == BO_FRAME_END;
	cr_expect_eq(ends, 0);
	cr_expect_eq(bo_smp_framing.next(&state, 'x'), BO_FRAME_OUTSIDE);
}
