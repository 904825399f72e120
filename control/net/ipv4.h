/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and UDP headers of the packets that the control core reads and writes (RFC 791, RFC 768). */
#ifndef IPV4_H
#define IPV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define IPV4_HEADER_LEN 20
#define IPV4_PROTO_ICMP 1
#define IPV4_PROTO_UDP  17
#define UDP_HEADER_LEN  8

/* The header of a packet. Pointers point into the packet; lengths are in bytes. */
struct ipv4 {
	be32 src, dst;
	uint8_t protocol, ttl;
	bool df;
	bool fragment; /* not a complete packet */
	size_t header_len;
	const uint8_t *payload;
	size_t payload_len;
};

/* False if it is malformed or longer than len. The header's checksum is not verified. */
bool ipv4_read(const uint8_t *packet, size_t len, struct ipv4 *out);

/* Writes a header for payload_len bytes that follow it, with checksum, without DF. */
void ipv4_write(
	uint8_t header[IPV4_HEADER_LEN], be32 src, be32 dst, uint8_t protocol, size_t payload_len);

/* The datagram in an IPv4 packet. */
struct udp {
	struct ip_end src, dst;
	const uint8_t *payload;
	size_t payload_len; /* bytes */
};

/* False unless it is a complete UDP datagram whose checksum is right or absent. */
bool udp_read(const struct ipv4 *ip, struct udp *out);

/*
 * Writes a complete packet: IPv4, UDP and a payload of two pieces, of which the first may be empty.
 * Returns its length in bytes, 0 if it does not fit.
 */
size_t udp_write(uint8_t *buf, size_t size, const struct ip_end *src, const struct ip_end *dst,
	const void *head, size_t head_len, const void *payload, size_t payload_len);

#endif
