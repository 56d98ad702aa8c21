#include "drivers/net/ip_udp.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

_Static_assert(sizeof(struct iphdr) + sizeof(struct udphdr) == BO_IP_UDP_HEAD, "both headers");

enum { TTL = 64, WORD_BYTES = 4 };

/* What the UDP checksum covers beside header and data (RFC 768). */
struct pseudo {
	uint32_t from, to;
	uint8_t zero, protocol;
	uint16_t len;
};

/* The sum of 16-bit words that RFC 1071 defines, not yet complemented. */
static uint32_t sum(const void *data, size_t len, uint32_t so_far)
{
	const uint8_t *at = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		so_far += (uint32_t)at[i] << 8 | at[i + 1];
	if (len % 2)
		so_far += (uint32_t)at[len - 1] << 8;
	return so_far;
}

static uint16_t fold(uint32_t total)
{
	while (total >> 16)
		total = (total & 0xFFFF) + (total >> 16);
	return (uint16_t)total;
}

/* Of a UDP header and its data, `len` bytes together. */
static uint16_t udp_sum(uint32_t from, uint32_t to, const void *udp, size_t len)
{
	struct pseudo pseudo = {from, to, 0, IPPROTO_UDP, htons((uint16_t)len)};

	return fold(sum(udp, len, sum(&pseudo, sizeof(pseudo), 0)));
}

size_t bo_ip_udp_build(const struct bo_udp_way *way, uint16_t id, const void *data, size_t len,
		       uint8_t *out, size_t cap)
{
	size_t total = BO_IP_UDP_HEAD + len, udp_len = sizeof(struct udphdr) + len;
	struct udphdr udp = {
		.uh_sport = htons(way->from_port),
		.uh_dport = htons(way->to_port),
		.uh_ulen = htons((uint16_t)udp_len),
	};
	struct iphdr ip = {
		.version = IPVERSION,
		.ihl = sizeof(ip) / WORD_BYTES,
		.tot_len = htons((uint16_t)total),
		.id = htons(id),
		.frag_off = htons(IP_DF),
		.ttl = TTL,
		.protocol = IPPROTO_UDP,
		.saddr = htonl(way->from),
		.daddr = htonl(way->to),
	};

	assert(total <= IP_MAXPACKET && cap >= total);
	ip.check = htons((uint16_t)~fold(sum(&ip, sizeof(ip), 0)));
	memcpy(out, &ip, sizeof(ip));
	memcpy(out + sizeof(ip), &udp, sizeof(udp));
	memcpy(out + BO_IP_UDP_HEAD, data, len);
	uint16_t check = (uint16_t)~udp_sum(ip.saddr, ip.daddr, out + sizeof(ip), udp_len);

	/* zero would say that there is none (RFC 768) */
	udp.uh_sum = htons(check ? check : 0xFFFF);
	memcpy(out + sizeof(ip), &udp, sizeof(udp));
	return total;
}

/* The length of a whole and undamaged packet's header; 0: it is none. */
static size_t ip_header(const uint8_t *packet, size_t len, struct iphdr *ret)
{
	if (len < sizeof(*ret))
		return 0;
	memcpy(ret, packet, sizeof(*ret));
	size_t header = (size_t)ret->ihl * WORD_BYTES;

	if (ret->version != IPVERSION || header < sizeof(*ret) || header > len ||
	    ntohs(ret->tot_len) < header || ntohs(ret->tot_len) > len ||
	    fold(sum(packet, header, 0)) != 0xFFFF)
		return 0;
	return header;
}

int bo_ip_udp_parse(const uint8_t *packet, size_t len, struct bo_udp_way *ret,
		    const uint8_t **ret_data, size_t *ret_len)
{
	struct iphdr ip;
	struct udphdr udp;
	size_t header = ip_header(packet, len, &ip);

	if (header == 0)
		return -EBADMSG;
	size_t carried = ntohs(ip.tot_len) - header;

	if (ip.protocol != IPPROTO_UDP || (ntohs(ip.frag_off) & (IP_MF | IP_OFFMASK)))
		return -EPROTONOSUPPORT;
	if (carried < sizeof(udp))
		return -EBADMSG;
	memcpy(&udp, packet + header, sizeof(udp));
	size_t udp_len = ntohs(udp.uh_ulen);

	if (udp_len < sizeof(udp) || udp_len > carried ||
	    (udp.uh_sum && udp_sum(ip.saddr, ip.daddr, packet + header, udp_len) != 0xFFFF))
		return -EBADMSG;
	*ret = (struct bo_udp_way){ntohl(ip.saddr), ntohl(ip.daddr), ntohs(udp.uh_sport),
				   ntohs(udp.uh_dport)};
	*ret_data = packet + header + sizeof(udp);
	*ret_len = udp_len - sizeof(udp);
	return 0;
}

int bo_ip_address_parse(const char *text, uint32_t *ret, struct bo_err *err)
{
	struct in_addr address;

	if (inet_pton(AF_INET, text, &address) != 1)
		return bo_err_set(err, -EINVAL, "'%.40s' is no IPv4 address", text);
	*ret = ntohl(address.s_addr);
	return 0;
}
