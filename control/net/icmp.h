/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP of the gateway itself (RFC 792): echo replies and errors. Pure functions on packets. */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"
#include "ipv4.h"

#define ICMP_ERROR_MAX 576 /* bytes of an error with what it quotes (RFC 1812, 4.3.2.3) */

enum icmp_error {
	ICMP_NET_UNREACHABLE,
	ICMP_HOST_UNREACHABLE,
	ICMP_PROTOCOL_UNREACHABLE,
	ICMP_PORT_UNREACHABLE,
	ICMP_TOO_BIG, /* fragmentation needed and DF set */
	ICMP_ADMIN_PROHIBITED,
	ICMP_TTL_EXCEEDED,
};

/*
 * Writes the reply to the echo request in `packet` (from its IPv4 header on) to buf of size bytes.
 * Returns its length in bytes; 0 if the packet is not a complete and intact echo request, or the
 * reply does not fit.
 */
size_t icmp_echo_reply(const uint8_t *packet, size_t len, uint8_t *buf, size_t size);

/* Whether the packet is an ICMP error or redirect, which is about another packet. */
bool icmp_is_error(const struct ipv4 *ip);

/*
 * Writes an error about `packet`, from the address `from` to its source. mtu (bytes) is for
 * ICMP_TOO_BIG (RFC 1191). Returns its length in bytes; 0 if none may be sent, as about an ICMP
 * error, a fragment other than the first, or to an address that is not a host's (RFC 1122, 3.2.2).
 */
size_t icmp_error(enum icmp_error error, const uint8_t *packet, size_t len, be32 from, uint16_t mtu,
	uint8_t buf[ICMP_ERROR_MAX]);

/*
 * A router's message that a packet was too big for a link (RFC 1191, 4), and what it quotes of the
 * packet.
 */
struct icmp_too_big {
	be32 src, dst; /* of the packet */
	uint8_t protocol;
	be16 sport, dport; /* of UDP, else 0 */
	be32 spi; /* of ESP, also in UDP (RFC 3948, 2.1); 0: not quoted */
	uint16_t len; /* bytes of the packet, including its header */
	uint16_t mtu; /* bytes, of the link; 0: not given, by an old router */
};

/*
 * Reads one from a packet (from its IPv4 header on); false if it is something else, or not intact.
 */
bool icmp_too_big_read(const uint8_t *packet, size_t len, struct icmp_too_big *out);

#endif
