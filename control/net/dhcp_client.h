/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DHCP client (RFC 2131): gets an address for the WAN port, with its router and classless routes
 * (RFC 3442), checks it for conflicts before it is used (RFC 5227), and renews it. The module is
 * pure: packets and time in, packets and events out.
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
	DHCP_PACKET_MAX = 640, /* bytes of a packet that we send, with headers */
	DHCP_START_MS = 1000, /* maximum of the random delay before the first message (4.4.1) */
	DHCP_RETRY_MS = 4000, /* before the first retransmission; doubled before each next (4.1) */
	DHCP_RETRY_MAX_MS = 64000,
	DHCP_JITTER_MS = 1000, /* added to or subtracted from each interval (4.1) */
	DHCP_REQUESTS = 4, /* without an answer, after which the client restarts */
	DHCP_REBOOTS = 2, /* requests to confirm the address, after the link was down */
	DHCP_RENEW_MIN_MS = 60000, /* between requests while the lease is valid (4.4.5) */
	DHCP_DECLINE_MS = 10000, /* from DHCPDECLINE to the restart (3.1, 5) */
	DHCP_LEASE_MIN_S = 10, /* a shorter lease counts as this long */
};

#define DHCP_FOREVER UINT32_MAX /* the duration of an infinite lease, s */

/* A lease that a server offers. */
struct dhcp_lease {
	struct ip_prefix address;
	be32 router; /* 0: none */
	be32 dns[2]; /* 0: none */
	be32 server;
	uint32_t lease_s, renew_s, rebind_s; /* after the request; DHCP_FOREVER */
	unsigned n_routes;
	struct dhcp_route routes[DHCP_ROUTES_MAX];
};

struct dhcp_client_events {
	/* Sends an IPv4 packet: to all stations of the link, or to its destination. */
	void (*send)(void *arg, const uint8_t *packet, size_t len, bool broadcast);
	/* Sends an ARP probe for the address (RFC 5227, 1.1). */
	void (*probe)(void *arg, be32 addr);
	/* Sends an ARP announcement of the address. */
	void (*announce)(void *arg, be32 addr);
	/* Whether the lease is acceptable. The callee logs why it is not. */
	bool (*accept)(void *arg, const struct dhcp_lease *lease);
	/*
	 * The address may be used. Comes also when the lease is renewed. The client owns the lease.
	 */
	void (*bound)(void *arg, const struct dhcp_lease *lease);
	/* The address must no longer be used. */
	void (*lost)(void *arg, const char *why);
};

struct dhcp_client;

/* Starts a client. NULL if out of memory. */
struct dhcp_client *dhcp_client_new(const uint8_t mac[6], struct timers *timers,
	const struct dhcp_client_events *events, void *arg);

/*
 * Frees the client; NULL is allowed. Does not release the lease, to get the same address at the
 * next start.
 */
void dhcp_client_free(struct dhcp_client *c);

/* Processes a packet to UDP port 68, which begins with its IPv4 header. */
void dhcp_client_input(struct dhcp_client *c, const uint8_t *packet, size_t len);

/* The link was down: requests the same address again, or restarts without one (RFC 2131, 3.2). */
void dhcp_client_link_up(struct dhcp_client *c);

/* Processes an ARP message of another station on the link, which may use our address. */
void dhcp_client_heard(struct dhcp_client *c, const struct arp_msg *msg);

struct dhcp_client_info {
	const char *state; /* RFC 2131's name, in lower case */
	const struct dhcp_lease *lease; /* NULL: none */
	uint64_t renew_ms, expires_ms; /* monotonic; 0: never */
};
void dhcp_client_info(const struct dhcp_client *c, struct dhcp_client_info *out);

#endif
