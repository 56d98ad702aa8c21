#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "drivers/net/ip_udp.h"
#include "drivers/net/slip_codec.h"
#include "harness/base/prng.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct bo_slip_decoder decoder;

/* Feeds all in pieces, and returns how many packets there were; the last one is copied out. */
static size_t decode_all(const void *data, size_t len, size_t piece, uint8_t *last, size_t *ret_len)
{
	const uint8_t *at = data, *packet;
	size_t count = 0, packet_len;

	while (len > 0) {
		size_t used = bo_slip_decode(&decoder, at, piece < len ? piece : len, &packet,
					     &packet_len);

		cr_assert(used > 0 && used <= len);
		at += used;
		len -= used;
		if (!packet)
			continue;
		count++;
		memcpy(last, packet, packet_len);
		*ret_len = packet_len;
	}
	return count;
}

Test(slip, what_would_end_a_packet_is_written_as_two_bytes)
{
	static const struct {
		const char *packet, *line;
		size_t len, line_len;
	} cases[] = {
		{"ab", "\300ab\300", 2, 4},
		{"\300", "\300\333\334\300", 1, 4},
		{"\333", "\300\333\335\300", 1, 4},
		{"\333\334\300\335", "\300\333\335\334\333\334\335\300", 4, 8},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t out[BO_SLIP_FRAME_MAX(4)], back[BO_SLIP_PACKET_MAX];
		size_t back_len;
		size_t len = bo_slip_encode((const uint8_t *)cases[i].packet, cases[i].len, out,
					    sizeof(out));

		cr_assert_eq(len, cases[i].line_len, "case %zu", i);
		cr_assert_arr_eq(out, cases[i].line, len, "case %zu", i);
		bo_slip_decoder_init(&decoder);
		cr_assert_eq(decode_all(out, len, 1, back, &back_len), 1);
		cr_assert_eq(back_len, cases[i].len);
		cr_assert_arr_eq(back, cases[i].packet, back_len);
	}
}

Test(slip, any_packet_comes_out_as_it_went_in_however_it_is_cut_up)
{
	uint8_t packet[BO_SLIP_PACKET_MAX], back[BO_SLIP_PACKET_MAX];
	uint8_t line[BO_SLIP_FRAME_MAX(BO_SLIP_PACKET_MAX)];
	struct bo_prng prng;
	size_t back_len;

	bo_prng_init(&prng, 1055);
	bo_slip_decoder_init(&decoder);
	for (int round = 0; round < 300; round++) {
		size_t len = 1 + bo_prng_below(&prng, sizeof(packet));

		for (size_t i = 0; i < len; i++)
			packet[i] = (uint8_t)(round % 3 ? bo_prng_next(&prng)
							: 0300 + bo_prng_below(&prng, 32));
		size_t line_len = bo_slip_encode(packet, len, line, sizeof(line));

		cr_assert_eq(
			decode_all(line, line_len, 1 + bo_prng_below(&prng, 99), back, &back_len),
			1);
		cr_assert_eq(back_len, len);
		cr_assert_arr_eq(back, packet, len);
	}
	cr_assert_eq(decoder.broken, 0);
}

Test(slip, a_damaged_packet_is_lost_alone)
{
	static const char stray[] = "noise\333!\300good\300", cut[] = "half\333\300good\300";
	uint8_t back[BO_SLIP_PACKET_MAX], longer[BO_SLIP_PACKET_MAX + 8];
	size_t len;

	bo_slip_decoder_init(&decoder);
	cr_assert_eq(decode_all(stray, sizeof(stray) - 1, 3, back, &len), 1);
	cr_assert_eq(decode_all(cut, sizeof(cut) - 1, 3, back, &len), 1);
	cr_assert_arr_eq(back, "good", len);
	cr_assert_eq(decoder.broken, 2);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 2] = 0300;
	longer[sizeof(longer) - 1] = 0300;
	cr_assert_eq(decode_all(longer, sizeof(longer), 100, back, &len), 0, "longer than it may");
	cr_assert_eq(decoder.broken, 3);
	cr_assert_eq(decode_all("half", 4, 4, back, &len), 0);
	bo_slip_decoder_drop(&decoder);
	cr_assert_eq(decode_all("good\300", 5, 5, back, &len), 1);
	cr_assert_eq(len, 4);
}

/* ---- datagrams ---- */

static const struct bo_udp_way way = {0x0A4E0001, 0x0A4E0002, 40000, 1337};

/* Computed independently of this code. */
static const uint8_t golden[] = {
	0x45, 0x00, 0x00, 0x1e, 0x00, 0x07, 0x40, 0x00, 0x40, 0x11, 0x26, 0x2a, 0x0a, 0x4e, 0x00,
	0x01, 0x0a, 0x4e, 0x00, 0x02, 0x9c, 0x40, 0x05, 0x39, 0x00, 0x0a, 0xe1, 0x58, 0x68, 0x69,
};

Test(ip_udp, a_datagram_is_written_as_the_standards_say)
{
	uint8_t out[BO_IP_UDP_HEAD + 2];

	cr_assert_eq(bo_ip_udp_build(&way, 7, "hi", 2, out, sizeof(out)), sizeof(golden));
	for (size_t i = 0; i < sizeof(golden); i++)
		cr_expect_eq(out[i], golden[i], "byte %zu: %02x", i, out[i]);
}

Test(ip_udp, a_datagram_is_found_again_with_who_sent_it)
{
	struct bo_udp_way found;
	const uint8_t *data;
	size_t len;

	cr_assert_eq(bo_ip_udp_parse(golden, sizeof(golden), &found, &data, &len), 0);
	cr_assert_eq(found.from, way.from);
	cr_assert_eq(found.to, way.to);
	cr_assert_eq(found.from_port, 40000);
	cr_assert_eq(found.to_port, 1337);
	cr_assert_eq(len, 2);
	cr_assert_arr_eq(data, "hi", 2);
}

Test(ip_udp, no_single_flipped_bit_passes)
{
	struct bo_udp_way found;
	const uint8_t *data;
	size_t len;

	for (size_t bit = 0; bit < 8 * sizeof(golden); bit++) {
		uint8_t bad[sizeof(golden)];

		memcpy(bad, golden, sizeof(bad));
		bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_expect_lt(bo_ip_udp_parse(bad, sizeof(bad), &found, &data, &len), 0, "bit %zu",
			     bit);
	}
}

/* Gives the header a right checksum again, whatever was changed in it. */
static void seal(uint8_t *packet, size_t header)
{
	uint32_t total = 0;

	packet[10] = packet[11] = 0;
	for (size_t i = 0; i < header; i += 2)
		total += (uint32_t)packet[i] << 8 | packet[i + 1];
	total = (total & 0xFFFF) + (total >> 16);
	total = ~((total & 0xFFFF) + (total >> 16));
	packet[10] = (uint8_t)(total >> 8);
	packet[11] = (uint8_t)total;
}

Test(ip_udp, what_is_no_whole_datagram_is_told_apart)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		int rc;
	} cases[] = {
		{"another protocol", 9, 1, -EPROTONOSUPPORT},
		{"more fragments follow", 6, 0x20, -EPROTONOSUPPORT},
		{"a later fragment", 7, 9, -EPROTONOSUPPORT},
		{"IPv6", 0, 0x65, -EBADMSG},
		{"a header longer than the packet", 0, 0x4f, -EBADMSG},
		{"a header too short", 0, 0x44, -EBADMSG},
		{"longer than what came", 3, 0x1f, -EBADMSG},
		{"shorter than its header", 3, 0x10, -EBADMSG},
		{"no room for a UDP header", 3, 0x1b, -EBADMSG},
		{"a datagram longer than its packet", 25, 0x0b, -EBADMSG},
		{"a datagram without a header", 25, 0x07, -EBADMSG},
	};
	struct bo_udp_way found;
	const uint8_t *data;
	size_t len;

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t packet[sizeof(golden)];

		memcpy(packet, golden, sizeof(packet));
		packet[cases[i].at] = cases[i].value;
		seal(packet, 20);
		cr_expect_eq(bo_ip_udp_parse(packet, sizeof(packet), &found, &data, &len),
			     cases[i].rc, "%s", cases[i].what);
	}
	for (size_t cut = 0; cut < sizeof(golden); cut++)
		cr_expect_eq(bo_ip_udp_parse(golden, cut, &found, &data, &len), -EBADMSG);
}

Test(ip_udp, options_padding_and_a_sender_without_checksum_are_taken)
{
	uint8_t packet[sizeof(golden) + 4 + 6] = {0};
	struct bo_udp_way found;
	const uint8_t *data;
	size_t len;

	memcpy(packet, golden, 20);
	packet[0] = 0x46; /* 24 bytes of header */
	packet[3] = (uint8_t)(sizeof(golden) + 4);
	memcpy(packet + 24, golden + 20, sizeof(golden) - 20);
	packet[24 + 6] = packet[24 + 7] = 0;
	packet[24 + 8] = 'H'; /* which a checksum would tell */
	seal(packet, 24);
	cr_assert_eq(bo_ip_udp_parse(packet, sizeof(packet), &found, &data, &len), 0);
	cr_assert_eq(len, 2);
	cr_assert_arr_eq(data, "Hi", 2);
}

Test(ip_udp, a_sum_of_zero_is_not_written_as_none)
{
	struct bo_udp_way found;
	uint8_t out[BO_IP_UDP_HEAD + 2];
	const uint8_t *data;
	bool seen = false;
	size_t len;

	for (unsigned value = 0; value < 65536; value++) {
		uint8_t two[] = {(uint8_t)(value >> 8), (uint8_t)value};

		bo_ip_udp_build(&way, 0, two, 2, out, sizeof(out));
		cr_assert(out[26] || out[27]);
		seen |= out[26] == 0xFF && out[27] == 0xFF;
		cr_assert_eq(bo_ip_udp_parse(out, sizeof(out), &found, &data, &len), 0);
	}
	cr_assert(seen);
}

Test(ip_udp, addresses_are_four_numbers)
{
	static const char *const wrong[] = {"",		  "10.78.0", "10.78.0.256",
					    "10.78.0.2 ", "host",    "::1"};
	struct bo_err err = {0};
	uint32_t address = 0;

	cr_assert_eq(bo_ip_address_parse("10.78.0.2", &address, &err), 0);
	cr_assert_eq(address, 0x0A4E0002);
	for (size_t i = 0; i < COUNT(wrong); i++)
		cr_expect_eq(bo_ip_address_parse(wrong[i], &address, &err), -EINVAL);
	cr_assert_str_eq(bo_err_text(&err), "'::1' is no IPv4 address");
}
