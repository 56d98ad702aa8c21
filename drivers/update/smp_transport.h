#ifndef BO_DRIVERS_UPDATE_SMP_TRANSPORT_H
#define BO_DRIVERS_UPDATE_SMP_TRANSPORT_H

#include "drivers/update/smp.h"

/* How SMP packets travel, for the step machine in smp.c, which is the same for both: as framed text
 * on a line that they share with logs, or each in a datagram of its own. Private to the folder. */
struct bo_smp_transport {
	/* What one take() yields is one packet, and what one feed() gets as well. */
	bool datagrams;
	/* Bytes of what the target calls its buffer that are no packet. */
	size_t framing_bytes;
	/* Writes a packet as it is sent; `after`: something of an earlier one may be in the way.
	 * `cap` is at least 1 + BO_SMP_FRAME_MAX_ANY. */
	size_t (*put)(const struct bo_smp_config *config, bool after, const uint8_t *packet,
		      size_t len, uint8_t *out, size_t cap);
	/* As bo_smp_decode(). */
	size_t (*get)(struct bo_smp_decoder *decoder, const uint8_t *data, size_t len,
		      const uint8_t **ret_packet, size_t *ret_len);
};

extern const struct bo_smp_transport bo_smp_on_line, bo_smp_in_datagrams;

#endif
