/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP of the gateway itself (RFC 792): echo answered, errors made. Pure functions over packets. */
#ifndef ICMP_H
#define ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"
#include "ipv4.h"

#define ICMP_ERROR_MAX 576 /* bytes of an error with its quotation (RFC 1812, 4.3.2.3) */

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
 * The answer to an echo request in `packet` (from its IPv4 header on), written to buf of at least len bytes.
 * Returns its length, 0 when it is no echo request that is whole and intact.
 */
size_t icmp_echo_reply(const uint8_t *packet, size_t len, uint8_t *buf, size_t size);

/* Whether it is one of ICMP's errors, or a redirect: about another packet. */
bool icmp_is_error(const struct ipv4 *ip);

/*
 * An error about `packet`, from the address `from` to its source, written to buf (ICMP_ERROR_MAX). mtu for
 * ICMP_TOO_BIG (RFC 1191). Returns its length, 0 when none may be sent (RFC 1122, 3.2.2: about an ICMP error, a
 * fragment that is not the first, a source that is no host).
 */
size_t icmp_error(enum icmp_error error, const uint8_t *packet, size_t len, be32 from, uint16_t mtu,
	uint8_t buf[ICMP_ERROR_MAX]);

/* Word of a router that a packet was too big for a link (RFC 1191, 4), and what it quotes of the packet. */
struct icmp_too_big {
	be32 src, dst; /* of the packet */
	uint8_t protocol;
	be16 sport, dport; /* of UDP, else 0 */
	be32 spi; /* of ESP, also behind UDP's header (RFC 3948, 2.1); 0: not quoted */
	uint16_t len; /* of the packet, with its header */
	uint16_t mtu; /* of the link; 0: an old router does not know to tell it */
};

/* Reads it out of a packet, from its IPv4 header on; false when it is something else, cut or not intact. */
bool icmp_too_big_read(const uint8_t *packet, size_t len, struct icmp_too_big *out);

#endif
