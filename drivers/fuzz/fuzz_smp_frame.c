#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "drivers/update/smp_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct bo_smp_decoder decoder;

/* A packet that was found must come out of its own encoding again. */
static void check_packet(const uint8_t *packet, size_t len)
{
	static struct bo_smp_decoder again;
	static uint8_t copy[BO_SMP_PACKET_MAX], text[BO_SMP_FRAME_MAX(BO_SMP_LINE_MAX_DEFAULT)];
	const uint8_t *out;
	size_t text_len, out_len;

	assert(len > 0 && len <= BO_SMP_PACKET_MAX);
	memcpy(copy, packet, len);
	text_len = bo_smp_encode(copy, len, BO_SMP_LINE_MAX_DEFAULT, text, sizeof(text));
	bo_smp_decoder_init(&again);
	bo_smp_decode(&again, text, text_len, &out, &out_len);
	assert(out && out_len == len && memcmp(out, copy, len) == 0);
}

/* Any bytes, in pieces whose sizes the input chooses; then a good frame must still be found. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t good[] = "\n\x06\x09"
				      "AAsIAAABAAEBAKCYMQ==\n";
	const uint8_t *packet;
	size_t at = 0, packet_len = 0;

	bo_smp_decoder_init(&decoder);
	while (at < len) {
		size_t piece = 1 + data[at] % 32u;

		at += bo_smp_decode(&decoder, data + at, piece < len - at ? piece : len - at,
				    &packet, &packet_len);
		if (packet)
			check_packet(packet, packet_len);
	}
	bo_smp_decode(&decoder, good, sizeof(good) - 1, &packet, &packet_len);
	assert(packet);
	return 0;
}
