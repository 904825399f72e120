/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DHCPINFORM (RFC 2131, 3.4): a client that has its address from IPCP asks for other settings, as
 * Windows does. Pure functions.
 */
#ifndef DHCP_INFORM_H
#define DHCP_INFORM_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define DHCP_INFORM_ROUTES_MAX 24 /* 9 bytes each: they fit into an option of 255 bytes */
#define DHCP_INFORM_DOMAIN_MAX 63 /* bytes */
#define DHCP_INFORM_ANSWER_MAX 1024 /* bytes of an answer with its headers */

/* The settings. Addresses are in network order. */
struct dhcp_inform {
	be32 server; /* our address, also the next hop of the routes */
	be32 mask; /* of the client's network */
	be32 dns[2]; /* 0: none */
	const char *domain; /* "": none */
	const struct ip_prefix *routes;
	unsigned n_routes; /* at most DHCP_INFORM_ROUTES_MAX */
};

/*
 * Writes the DHCPACK for a DHCPINFORM in `packet` (from its IPv4 header on) of the client with the
 * address `client`, as a packet to it. It has the options that the client asks for; all if it asks
 * for none. Returns the length in bytes, 0 if the packet is not a complete DHCPINFORM of that
 * client.
 */
size_t dhcp_inform_answer(const uint8_t *packet, size_t len, be32 client,
	const struct dhcp_inform *what, uint8_t buf[DHCP_INFORM_ANSWER_MAX]);

#endif
