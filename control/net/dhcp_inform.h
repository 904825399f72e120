/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DHCPINFORM (RFC 2131, 3.4): a client that has its address from IPCP asks for the rest, as Windows does. Pure.
 */
#ifndef DHCP_INFORM_H
#define DHCP_INFORM_H

#include <stddef.h>
#include <stdint.h>

#include "ip.h"

#define DHCP_INFORM_ROUTES_MAX \
	24 /* all of them fit into both options that carry routes, 255 bytes each */
#define DHCP_INFORM_DOMAIN_MAX 63
#define DHCP_INFORM_ANSWER_MAX 1024 /* bytes of an answer with its headers */

/* What there is to tell. */
struct dhcp_inform {
	be32 server; /* our address, also the next hop of the routes */
	be32 mask; /* of the client's network */
	be32 dns[2]; /* 0: none */
	const char *domain; /* "": none */
	const struct ip_prefix *routes;
	unsigned n_routes; /* at most DHCP_INFORM_ROUTES_MAX */
};

/*
 * The DHCPACK for a DHCPINFORM in `packet` (from its IPv4 header on) of the client whose address is `client`: a
 * packet to it. Options are told that it asked for; one that asked for nothing is told all. Returns the length,
 * 0 when it is no whole DHCPINFORM of that client.
 */
size_t dhcp_inform_answer(const uint8_t *packet, size_t len, be32 client,
	const struct dhcp_inform *what, uint8_t buf[DHCP_INFORM_ANSWER_MAX]);

#endif
