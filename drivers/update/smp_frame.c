#include "drivers/update/smp_frame.h"

#include <assert.h>
#include <string.h>

#include "drivers/api/update.h"

enum { FIRST_A = 0x06, FIRST_B = 0x09, NEXT_A = 0x04, NEXT_B = 0x14 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The inverse of `alphabet`: 1 + value, 0 for every other byte. */
#define VALUES_OF_RUN(first, base)                                                      \
	[(first)] = (base) + 1, [(first) + 1] = (base) + 2, [(first) + 2] = (base) + 3, \
	[(first) + 3] = (base) + 4, [(first) + 4] = (base) + 5

static const uint8_t value_plus_1[256] = {
	VALUES_OF_RUN('A', 0),
	VALUES_OF_RUN('F', 5),
	VALUES_OF_RUN('K', 10),
	VALUES_OF_RUN('P', 15),
	VALUES_OF_RUN('U', 20),
	['Z'] = 26,
	VALUES_OF_RUN('a', 26),
	VALUES_OF_RUN('f', 31),
	VALUES_OF_RUN('k', 36),
	VALUES_OF_RUN('p', 41),
	VALUES_OF_RUN('u', 46),
	['z'] = 52,
	VALUES_OF_RUN('0', 52),
	VALUES_OF_RUN('5', 57),
	['+'] = 63,
	['/'] = 64,
};

uint16_t bo_smp_crc16(const uint8_t *data, size_t len)
{
	unsigned crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned)data[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1;
	}
	return (uint16_t)crc;
}

static void put_group(const uint8_t *in, size_t len, uint8_t *out)
{
	unsigned bits = (unsigned)in[0] << 16;

	if (len > 1)
		bits |= (unsigned)in[1] << 8;
	if (len > 2)
		bits |= in[2];
	out[0] = (uint8_t)alphabet[bits >> 18];
	out[1] = (uint8_t)alphabet[bits >> 12 & 63];
	out[2] = len > 1 ? (uint8_t)alphabet[bits >> 6 & 63] : '=';
	out[3] = len > 2 ? (uint8_t)alphabet[bits & 63] : '=';
}

size_t bo_smp_encode(const uint8_t *packet, size_t len, size_t line_max, uint8_t *out, size_t cap)
{
	uint8_t raw[2 + BO_SMP_PACKET_MAX + 2];
	size_t raw_len = len + 4, line_text, at = 0;
	uint16_t crc;

	assert(len > 0 && len <= BO_SMP_PACKET_MAX);
	assert(line_max >= BO_SMP_LINE_MIN && cap >= BO_SMP_FRAME_MAX(line_max));
	crc = bo_smp_crc16(packet, len);
	raw[0] = (uint8_t)((len + 2) >> 8);
	raw[1] = (uint8_t)(len + 2);
	memcpy(raw + 2, packet, len);
	raw[len + 2] = (uint8_t)(crc >> 8);
	raw[len + 3] = (uint8_t)crc;

	line_text = BO_SMP_LINE_TEXT_(line_max);
	for (size_t done = 0; done < raw_len;) {
		out[at++] = done ? NEXT_A : FIRST_A;
		out[at++] = done ? NEXT_B : FIRST_B;
		for (size_t text = 0; text < line_text && done < raw_len; text += 4, at += 4) {
			size_t n = raw_len - done < 3 ? raw_len - done : 3;

			put_group(raw + done, n, out + at);
			done += n;
		}
		out[at++] = '\n';
	}
	return at;
}

/* TEXT is inside a line's base64; the other states are between frames. */
enum decoder_state { IDLE, AFTER_FIRST_A, AFTER_NEXT_A, TEXT };

void bo_smp_decoder_init(struct bo_smp_decoder *decoder)
{
	decoder->broken = decoder->other = 0;
	decoder->have = 0;
	bo_smp_decoder_drop(decoder);
}

void bo_smp_decoder_drop(struct bo_smp_decoder *decoder)
{
	decoder->state = IDLE;
	decoder->open = false;
	decoder->group_len = 0;
}

static void give_up(struct bo_smp_decoder *decoder)
{
	if (decoder->open)
		decoder->broken++;
	bo_smp_decoder_drop(decoder);
}

/* The length field, once it is there: packet and CRC. */
static size_t announced(const struct bo_smp_decoder *decoder)
{
	return (size_t)decoder->data[0] << 8 | decoder->data[1];
}

/* One to three bytes from a full group; 0 when it is not base64. */
static size_t decode_group(const uint8_t group[4], uint8_t out[3])
{
	unsigned a = value_plus_1[group[0]], b = value_plus_1[group[1]];
	unsigned c = value_plus_1[group[2]], d = value_plus_1[group[3]];
	size_t len = group[3] != '=' ? 3 : group[2] != '=' ? 2 : 1;
	unsigned bits;

	if (!a || !b || (len > 1 && !c) || (len > 2 && !d))
		return 0;
	bits = (a - 1) << 18 | (b - 1) << 12;
	if (len > 1)
		bits |= (c - 1) << 6;
	if (len > 2)
		bits |= d - 1;
	out[0] = (uint8_t)(bits >> 16);
	out[1] = (uint8_t)(bits >> 8);
	out[2] = (uint8_t)bits;
	return len;
}

/* Appends a full group. True when the packet is complete and its CRC right. */
static bool take_group(struct bo_smp_decoder *decoder)
{
	uint8_t bytes[3];
	size_t len = decode_group(decoder->group, bytes), packet_len;

	decoder->group_len = 0;
	if (len == 0 || decoder->have + len > sizeof(decoder->data))
		goto bad;
	memcpy(decoder->data + decoder->have, bytes, len);
	decoder->have += len;
	if (decoder->have < 2)
		goto bad;
	if (announced(decoder) < 3 || announced(decoder) > BO_SMP_PACKET_MAX + 2)
		goto bad;
	if (decoder->have < 2 + announced(decoder))
		return false;
	packet_len = announced(decoder) - 2;
	if (decoder->have > 2 + announced(decoder) ||
	    bo_smp_crc16(decoder->data + 2, packet_len) !=
		    (decoder->data[packet_len + 2] << 8 | decoder->data[packet_len + 3]))
		goto bad;
	bo_smp_decoder_drop(decoder);
	return true;
bad:
	give_up(decoder);
	return false;
}

/* A byte outside a line's text: markers move on, everything else is not ours. */
static void take_marker(struct bo_smp_decoder *decoder, uint8_t byte)
{
	if (decoder->state == AFTER_FIRST_A && byte == FIRST_B) {
		give_up(decoder); /* a frame begun earlier was never finished */
		decoder->open = true;
		decoder->have = 0;
		decoder->state = TEXT;
		return;
	}
	if (decoder->state == AFTER_NEXT_A && byte == NEXT_B && decoder->open) {
		decoder->state = TEXT;
		return;
	}
	decoder->state = byte == FIRST_A ? AFTER_FIRST_A : byte == NEXT_A ? AFTER_NEXT_A : IDLE;
	if (decoder->state == IDLE)
		decoder->other++;
}

/* True when the byte completed a packet. */
static bool take_byte(struct bo_smp_decoder *decoder, uint8_t byte)
{
	if (decoder->state != TEXT) {
		take_marker(decoder, byte);
		return false;
	}
	if (value_plus_1[byte] || byte == '=') {
		decoder->group[decoder->group_len++] = byte;
		return decoder->group_len == sizeof(decoder->group) && take_group(decoder);
	}
	if ((byte == '\n' || byte == '\r') && decoder->group_len == 0) {
		decoder->state = IDLE; /* the frame may go on in a continuation line */
		return false;
	}
	give_up(decoder);
	take_marker(decoder, byte); /* it may be the marker of a frame that follows at once */
	return false;
}

size_t bo_smp_decode(struct bo_smp_decoder *decoder, const uint8_t *data, size_t len,
		     const uint8_t **ret_packet, size_t *ret_len)
{
	*ret_packet = NULL;
	for (size_t i = 0; i < len; i++) {
		if (!take_byte(decoder, data[i]))
			continue;
		*ret_packet = decoder->data + 2;
		*ret_len = decoder->have - 4;
		return i + 1;
	}
	return len;
}

/* ---- framing ---- */

static void framing_init(void *state)
{
	bo_smp_decoder_init(state);
}

static enum bo_framed framing_next(void *state, uint8_t byte)
{
	struct bo_smp_decoder *decoder = state;

	if (take_byte(decoder, byte))
		return BO_FRAME_END;
	return decoder->open || decoder->state != IDLE ? BO_FRAME_INSIDE : BO_FRAME_OUTSIDE;
}

const struct bo_framing bo_smp_framing = {
	.size = sizeof(struct bo_smp_decoder),
	.init = framing_init,
	.next = framing_next,
};
