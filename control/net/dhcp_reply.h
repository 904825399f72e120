/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of a DHCP server to a client: reading them. Pure functions. */
#ifndef DHCP_REPLY_H
#define DHCP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcp.h"
#include "ip.h"

#define DHCP_ROUTES_MAX 24 /* further ones are ignored */

struct dhcp_route {
	struct ip_prefix to;
	be32 router; /* 0: none, the network is on the link (RFC 3442) */
};

/* Addresses are in network order. */
struct dhcp_reply {
	enum dhcp_type type; /* DHCP_OFFER, DHCP_ACK or DHCP_NAK */
	be32 address; /* for the client; 0 in a NAK */
	be32 server; /* its identifier; 0: absent */
	uint8_t mask_len; /* bits; 0: absent or invalid */
	be32 router; /* the first one, or that of option 121 if present (RFC 3442); 0: none */
	be32 dns[2]; /* the first two; 0: none */
	uint32_t lease_s, renew_s, rebind_s; /* 0: absent */
	unsigned n_routes;
	struct dhcp_route routes[DHCP_ROUTES_MAX]; /* without the default route */
	char message[64]; /* the reason in a NAK, printable; "": absent */
};

/* False unless it is a complete reply to the client with this transaction and Ethernet address. */
bool dhcp_reply_read(const uint8_t *payload, size_t len, uint32_t id, const uint8_t mac[6],
	struct dhcp_reply *out);

#endif
