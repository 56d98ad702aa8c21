#ifndef BO_DRIVERS_NET_IP_UDP_H
#define BO_DRIVERS_NET_IP_UDP_H

#include <stddef.h>
#include <stdint.h>

#include "harness/base/err.h"

/*
 * One UDP datagram (RFC 768) in one IPv4 packet (RFC 791) without options, never in fragments.
 * Pure: for a line whose other end we are ourselves.
 */

/* Bytes of both headers. */
#define BO_IP_UDP_HEAD 28

/* Who sends, and to whom; addresses and ports in the host's byte order. */
struct bo_udp_way {
	uint32_t from, to;
	uint16_t from_port, to_port;
};

/*
 * Writes the packet with both checksums to `out` and returns its length; `cap` must be at least
 * BO_IP_UDP_HEAD + len, which are at most 65,535. `id` tells packets apart (RFC 791 3.1,
 * "Identification").
 */
size_t bo_ip_udp_build(const struct bo_udp_way *way, uint16_t id, const void *data, size_t len,
		       uint8_t *out, size_t cap);

/*
 * Finds the datagram in a packet: *ret_data is inside it. -EBADMSG: damaged, or no IPv4 at all;
 * -EPROTONOSUPPORT: whole, but not UDP, or a fragment. Without a UDP checksum (RFC 768: zero) the
 * datagram is taken as it is.
 */
int bo_ip_udp_parse(const uint8_t *packet, size_t len, struct bo_udp_way *ret,
		    const uint8_t **ret_data, size_t *ret_len);

/* "10.78.0.2" as a number. -EINVAL: not four numbers with dots. */
int bo_ip_address_parse(const char *text, uint32_t *ret, struct bo_err *err);

#endif
