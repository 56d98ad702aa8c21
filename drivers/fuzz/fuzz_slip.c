#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/net/ip_udp.h"
#include "drivers/net/slip_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct bo_slip_decoder decoder;

/* A datagram that was taken in must be the same after it was put in a packet of ours. */
static void check_datagram(const struct bo_udp_way *way, const uint8_t *data, size_t len)
{
	static uint8_t again[BO_SLIP_PACKET_MAX + BO_IP_UDP_HEAD];
	struct bo_udp_way found;
	const uint8_t *out;
	size_t total = bo_ip_udp_build(way, 1, data, len, again, sizeof(again)), out_len;

	assert(bo_ip_udp_parse(again, total, &found, &out, &out_len) == 0);
	assert(found.from == way->from && found.to == way->to);
	assert(found.from_port == way->from_port && found.to_port == way->to_port);
	assert(out_len == len && (len == 0 || memcmp(out, data, len) == 0));
}

static void check_packet(const uint8_t *packet, size_t len)
{
	static uint8_t copy[BO_SLIP_PACKET_MAX], text[BO_SLIP_FRAME_MAX(BO_SLIP_PACKET_MAX)];
	static struct bo_slip_decoder again;
	struct bo_udp_way way;
	const uint8_t *out;
	size_t out_len;

	assert(len > 0 && len <= BO_SLIP_PACKET_MAX);
	memcpy(copy, packet, len);
	size_t text_len = bo_slip_encode(copy, len, text, sizeof(text));

	bo_slip_decoder_init(&again);
	assert(bo_slip_decode(&again, text, text_len, &out, &out_len) == text_len);
	assert(out && out_len == len && memcmp(out, copy, len) == 0);
	if (bo_ip_udp_parse(copy, len, &way, &out, &out_len) == 0)
		check_datagram(&way, out, out_len);
}

/* Any bytes from a line, in pieces whose sizes the input chooses. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t good[] = "\300hello\300";
	const uint8_t *packet;
	size_t packet_len;

	bo_slip_decoder_init(&decoder);
	for (size_t at = 0; at < len;) {
		size_t piece = 1 + data[at] % 64u;

		at += bo_slip_decode(&decoder, data + at, piece < len - at ? piece : len - at,
				     &packet, &packet_len);
		if (packet)
			check_packet(packet, packet_len);
	}
	/* whatever came before: its END ends it */
	size_t used = bo_slip_decode(&decoder, good, sizeof(good) - 1, &packet, &packet_len);

	if (used == 1)
		bo_slip_decode(&decoder, good + 1, sizeof(good) - 2, &packet, &packet_len);
	assert(packet && packet_len == 5);
	return 0;
}
