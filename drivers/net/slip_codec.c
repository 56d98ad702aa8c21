#include "drivers/net/slip_codec.h"

#include <assert.h>

/* RFC 1055, "Protocol". */
enum { END = 0300, ESC = 0333, ESC_END = 0334, ESC_ESC = 0335 };

size_t bo_slip_encode(const uint8_t *packet, size_t len, uint8_t *out, size_t cap)
{
	size_t at = 0;

	assert(cap >= BO_SLIP_FRAME_MAX(len));
	out[at++] = END;
	for (size_t i = 0; i < len; i++) {
		bool plain = packet[i] != END && packet[i] != ESC;

		if (!plain)
			out[at++] = ESC;
		out[at++] = plain ? packet[i] : packet[i] == END ? ESC_END : ESC_ESC;
	}
	out[at++] = END;
	return at;
}

void bo_slip_decoder_init(struct bo_slip_decoder *decoder)
{
	decoder->broken = 0;
	bo_slip_decoder_drop(decoder);
}

void bo_slip_decoder_drop(struct bo_slip_decoder *decoder)
{
	decoder->escaped = decoder->spoilt = false;
	decoder->len = 0;
}

static void add(struct bo_slip_decoder *decoder, uint8_t byte)
{
	if (decoder->len == sizeof(decoder->data))
		decoder->spoilt = true;
	else
		decoder->data[decoder->len++] = byte;
}

static void unescape(struct bo_slip_decoder *decoder, uint8_t byte)
{
	decoder->escaped = false;
	if (byte == ESC_END || byte == ESC_ESC)
		add(decoder, byte == ESC_END ? END : ESC);
	else
		decoder->spoilt = true;
}

/* Whether what ends here is a packet; *ret_len is its length. */
static bool end(struct bo_slip_decoder *decoder, size_t *ret_len)
{
	bool spoilt = decoder->spoilt || decoder->escaped;
	size_t len = decoder->len;

	bo_slip_decoder_drop(decoder);
	if (spoilt)
		decoder->broken++;
	if (spoilt || len == 0)
		return false;
	*ret_len = len;
	return true;
}

size_t bo_slip_decode(struct bo_slip_decoder *decoder, const uint8_t *data, size_t len,
		      const uint8_t **ret_packet, size_t *ret_len)
{
	*ret_packet = NULL;
	for (size_t i = 0; i < len; i++) {
		if (data[i] == END) {
			if (!end(decoder, ret_len))
				continue;
			*ret_packet = decoder->data;
			return i + 1;
		}
		if (decoder->escaped)
			unescape(decoder, data[i]);
		else if (data[i] == ESC)
			decoder->escaped = true;
		else
			add(decoder, data[i]);
	}
	return len;
}
