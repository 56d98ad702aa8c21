#ifndef BO_DRIVERS_NET_SLIP_CODEC_H
#define BO_DRIVERS_NET_SLIP_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * IP packets on a serial line (RFC 1055, SLIP): each is followed by END, and END and ESC inside it
 * are written as two bytes. Nothing tells that a packet was damaged but what is in it. Pure.
 *
 * A sender that begins with an END as well ends what noise may have put on the line before; the
 * empty packet this makes on a quiet line is dropped by every receiver (RFC 1055, "Protocol").
 */

/* The longest packet that is taken in. RFC 1055 asks for 1006; Linux allows what its MTU says. */
#define BO_SLIP_PACKET_MAX 2048

/* Room for a packet of that many bytes in the worst case. */
#define BO_SLIP_FRAME_MAX(len) (2 * (len) + 2)

/* Writes an END, the packet and an END, and returns how many bytes they take; `cap` must be at
 * least BO_SLIP_FRAME_MAX(len). */
size_t bo_slip_encode(const uint8_t *packet, size_t len, uint8_t *out, size_t cap);

struct bo_slip_decoder {
	/* Packets that were given up: too long, or with an escape that means nothing. */
	uint64_t broken;

	/* The rest is the decoder's own. */
	bool escaped, spoilt;
	size_t len;
	uint8_t data[BO_SLIP_PACKET_MAX];
};

void bo_slip_decoder_init(struct bo_slip_decoder *decoder);

/* Forgets a packet that has begun; the counter stays. */
void bo_slip_decoder_drop(struct bo_slip_decoder *decoder);

/*
 * Consumes bytes up to the end of the first packet, or all of them, and returns how many.
 * *ret_packet is that packet (inside the decoder, valid until the next call), NULL when none was
 * completed: call again with the rest until nothing is left. Empty packets are none.
 */
size_t bo_slip_decode(struct bo_slip_decoder *decoder, const uint8_t *data, size_t len,
		      const uint8_t **ret_packet, size_t *ret_len);

#endif
