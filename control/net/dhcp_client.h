/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DHCP client (RFC 2131): an address for the WAN port, with its router and classless routes (RFC 3442), checked for
 * conflicts before it is used (RFC 5227), renewed while it is. Pure: packets and time in, packets and events out.
 */
#ifndef DHCP_CLIENT_H
#define DHCP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arp.h"
#include "dhcp_reply.h"
#include "timer.h"

enum {
	DHCP_PACKET_MAX = 640, /* bytes of what we send, with headers */
	DHCP_START_MS =
		1000, /* at most so long before the first message, so that not all begin at once */
	DHCP_RETRY_MS =
		4000, /* before the first repetition, twice as long before each next (4.1) */
	DHCP_RETRY_MAX_MS = 64000,
	DHCP_JITTER_MS = 1000, /* more or less of each (4.1) */
	DHCP_REQUESTS = 4, /* without an answer, before all begins again */
	DHCP_REBOOTS = 2, /* questions whether the address is still good, after the link was away */
	DHCP_RENEW_MIN_MS = 60000, /* between requests while the lease is good (4.4.5) */
	DHCP_DECLINE_MS = 10000, /* from a decline to a new start (3.1, 5) */
	DHCP_LEASE_MIN_S = 10, /* shorter leases are taken for this */
};

#define DHCP_FOREVER UINT32_MAX /* a lease without end */

/* What a server gave us. */
struct dhcp_lease {
	struct ip_prefix address;
	be32 router; /* 0: none */
	be32 dns[2]; /* 0: none */
	be32 server;
	uint32_t lease_s, renew_s, rebind_s; /* from the request on; DHCP_FOREVER */
	unsigned n_routes;
	struct dhcp_route routes[DHCP_ROUTES_MAX];
};

struct dhcp_client_events {
	/* An IPv4 packet: to all stations of the link, or to its destination. */
	void (*send)(void *arg, const uint8_t *packet, size_t len, bool broadcast);
	/* An ARP probe for the address (RFC 5227, 1.1), and an announcement of ours. */
	void (*probe)(void *arg, be32 addr);
	void (*announce)(void *arg, be32 addr);
	/* Whether we can do with this lease; why not is for the callee to log. */
	bool (*accept)(void *arg, const struct dhcp_lease *lease);
	/* We have it from now on; also when it was renewed. The lease is the client's. */
	void (*bound)(void *arg, const struct dhcp_lease *lease);
	/* The address must not be used any more. */
	void (*lost)(void *arg, const char *why);
};

struct dhcp_client;

/* Begins at once. NULL when out of memory. */
struct dhcp_client *dhcp_client_new(const uint8_t mac[6], struct timers *timers,
	const struct dhcp_client_events *events, void *arg);
/* NULL is fine. Nothing is said to the server: the address is ours again at the next start. */
void dhcp_client_free(struct dhcp_client *c);

/* A packet to UDP port 68, from its IPv4 header on. */
void dhcp_client_input(struct dhcp_client *c, const uint8_t *packet, size_t len);

/* The link was away: asks anew, or whether the address is still good (RFC 2131, 3.2). */
void dhcp_client_link_up(struct dhcp_client *c);

/* An ARP message of another station on the link: it may have our address. */
void dhcp_client_heard(struct dhcp_client *c, const struct arp_msg *msg);

struct dhcp_client_info {
	const char *state; /* RFC 2131's name, in lower case */
	const struct dhcp_lease *lease; /* NULL: none */
	uint64_t renew_ms, expires_ms; /* when; 0: never */
};
void dhcp_client_info(const struct dhcp_client *c, struct dhcp_client_info *out);

#endif
