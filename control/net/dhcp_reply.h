/* SPDX-License-Identifier: BSD-3-Clause */
/* What a DHCP server says to a client, read off the wire. Pure. */
#ifndef DHCP_REPLY_H
#define DHCP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dhcp.h"
#include "ip.h"

#define DHCP_ROUTES_MAX 24 /* more are left out */

struct dhcp_route {
	struct ip_prefix to;
	be32 router; /* 0: none, the network is on the link (RFC 3442) */
};

struct dhcp_reply {
	enum dhcp_type type; /* DHCP_OFFER, DHCP_ACK or DHCP_NAK */
	be32 address; /* for the client; 0 in a NAK */
	be32 server; /* its identifier; 0: not said */
	uint8_t mask_len; /* 0: not said, or no mask */
	be32 router; /* the first; from option 121 if that is there, as RFC 3442 has it; 0: none */
	be32 dns[2]; /* the first two; 0: none */
	uint32_t lease_s, renew_s, rebind_s; /* 0: not said */
	unsigned n_routes;
	struct dhcp_route routes[DHCP_ROUTES_MAX]; /* without the default one */
	char message[64]; /* of a NAK: why, printable; "": not said */
};

/* False when it is no whole reply to the client with this transaction and Ethernet address. */
bool dhcp_reply_read(const uint8_t *payload, size_t len, uint32_t id, const uint8_t mac[6],
	struct dhcp_reply *out);

#endif
