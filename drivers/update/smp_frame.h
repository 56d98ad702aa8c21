#ifndef BO_DRIVERS_UPDATE_SMP_FRAME_H
#define BO_DRIVERS_UPDATE_SMP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SMP packets on a console line (Zephyr documentation, "SMP over console"; the same framing in
 * MCUboot's serial recovery and in Mynewt).
 *
 *   packet  -> length(2, big endian: packet + CRC) packet CRC-16(2, big endian, of the packet)
 *   stream  -> base64 of that, cut into lines
 *   line    -> 06 09 (first) or 04 14 (continuation), base64 text, 0A
 *
 * The line is shared with log output. Log text between frames is ignored; log text inside a frame
 * destroys that frame (the CRC or the alphabet tells), and the sender asks again.
 */

/* The largest packet that is taken in or sent out: header and body, neither length nor CRC. */
#define BO_SMP_PACKET_MAX 4096

/* Lines, with markers and newline: what every server accepts; and what holds one base64 group. */
#define BO_SMP_LINE_MAX_DEFAULT 127
#define BO_SMP_LINE_MIN		7

/* Room for any encoded packet at the given line length (each line costs three bytes). */
#define BO_SMP_TEXT_MAX		    ((BO_SMP_PACKET_MAX + 4 + 2) / 3 * 4)
#define BO_SMP_FRAME_MAX(line_max)  (BO_SMP_TEXT_MAX + 3 * BO_SMP_LINES_MAX_(line_max))
#define BO_SMP_LINES_MAX_(line_max) (BO_SMP_TEXT_MAX / BO_SMP_LINE_TEXT_(line_max) + 1)
#define BO_SMP_LINE_TEXT_(line_max) (((line_max)-3) / 4 * 4)
#define BO_SMP_FRAME_MAX_ANY	    BO_SMP_FRAME_MAX(BO_SMP_LINE_MIN)

/* CRC-16/XMODEM: polynomial 0x1021, start 0, nothing reflected. */
uint16_t bo_smp_crc16(const uint8_t *data, size_t len);

/*
 * Writes the lines of one packet (1 to BO_SMP_PACKET_MAX bytes) to `out` and returns how many bytes
 * they take. Each line is at most `line_max` long and decodes alone. `cap` must be at least
 * BO_SMP_FRAME_MAX(line_max).
 */
size_t bo_smp_encode(const uint8_t *packet, size_t len, size_t line_max, uint8_t *out, size_t cap);

/*
 * Finds packets in whatever a line carries. Decodes each group of four characters as it arrives,
 * so that lines may have any length, and a packet is complete with its last group, newline or not.
 */
struct bo_smp_decoder {
	/* Frames that began and were given up: wrong character, cut short, bad length or CRC. */
	uint64_t broken;
	/* Bytes that belonged to no frame: log text, noise. */
	uint64_t other;

	/* The rest is the decoder's own. */
	uint8_t state;
	uint8_t group[4];
	uint8_t group_len;
	bool open;   /* a frame has begun and may be continued */
	size_t have; /* decoded bytes: length field, packet, CRC */
	uint8_t data[2 + BO_SMP_PACKET_MAX + 2];
};

void bo_smp_decoder_init(struct bo_smp_decoder *decoder);

/* Forgets a frame that has begun; the counters stay. */
void bo_smp_decoder_drop(struct bo_smp_decoder *decoder);

/*
 * Consumes bytes up to the end of the first complete packet, or all of them, and returns how many.
 * *ret_packet is that packet (inside the decoder, valid until the next call), NULL when none was
 * completed: call again with the rest until nothing is left.
 */
size_t bo_smp_decode(struct bo_smp_decoder *decoder, const uint8_t *data, size_t len,
		     const uint8_t **ret_packet, size_t *ret_len);

/* The same for whoever only wants to know where packets begin and end; its state is a decoder. */
struct bo_framing;
extern const struct bo_framing bo_smp_framing;

#endif
