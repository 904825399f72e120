/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and UDP headers for the packets that the control core reads and makes (RFC 791, RFC 768). */
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

/* A packet with its header read; pointers are into the packet. */
struct ipv4 {
	be32 src, dst;
	uint8_t protocol, ttl;
	bool df;
	bool fragment; /* not a whole packet */
	size_t header_len;
	const uint8_t *payload; /* behind the header */
	size_t payload_len;
};

/* False when malformed or longer than len. The header's checksum is not looked at. */
bool ipv4_read(const uint8_t *packet, size_t len, struct ipv4 *out);

/* Writes a header for payload_len bytes that follow it, with checksum, without DF. */
void ipv4_write(
	uint8_t header[IPV4_HEADER_LEN], be32 src, be32 dst, uint8_t protocol, size_t payload_len);

/* A datagram inside of an IPv4 packet. */
struct udp {
	struct ip_end src, dst;
	const uint8_t *payload;
	size_t payload_len;
};

/* False when it is no whole UDP datagram, or its checksum is wrong (none is fine). */
bool udp_read(const struct ipv4 *ip, struct udp *out);

/*
 * A whole packet: IPv4, UDP and the two pieces of payload (the first may be empty). Returns its length, 0 when it does not fit.
 */
size_t udp_write(uint8_t *buf, size_t size, const struct ip_end *src, const struct ip_end *dst,
	const void *head, size_t head_len, const void *payload, size_t payload_len);

#endif
