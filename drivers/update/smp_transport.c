#include "drivers/update/smp_transport.h"

#include <assert.h>
#include <string.h>

/* ---- on a line ---- */

/* The newline ends whatever half line the target still holds. */
static size_t put_lines(const struct bo_smp_config *config, bool after, const uint8_t *packet,
			size_t len, uint8_t *out, size_t cap)
{
	if (after)
		out[0] = '\n';
	return after + bo_smp_encode(packet, len, config->line_max, out + after, cap - after);
}

const struct bo_smp_transport bo_smp_on_line = {
	/* length and CRC: servers receive them into the same buffer */
	.framing_bytes = 4,
	.put = put_lines,
	.get = bo_smp_decode,
};

/* ---- in datagrams ---- */

static size_t put_datagram(const struct bo_smp_config *config, bool after, const uint8_t *packet,
			   size_t len, uint8_t *out, size_t cap)
{
	(void)config;
	(void)after;
	assert(len <= cap);
	memcpy(out, packet, len);
	return len;
}

/* The network has a checksum of its own: what is damaged all the same shows in the length alone, or
 * in what is made of it. */
static size_t get_datagram(struct bo_smp_decoder *decoder, const uint8_t *data, size_t len,
			   const uint8_t **ret_packet, size_t *ret_len)
{
	struct bo_smp_header header;
	bool whole =
		bo_smp_header_get(data, len, &header) && header.len == len - BO_SMP_HEADER_SIZE;

	*ret_packet = whole ? data : NULL;
	if (whole)
		*ret_len = len;
	else
		decoder->broken++;
	return len;
}

const struct bo_smp_transport bo_smp_in_datagrams = {
	.datagrams = true,
	.put = put_datagram,
	.get = get_datagram,
};
