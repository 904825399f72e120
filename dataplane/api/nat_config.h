/* SPDX-License-Identifier: BSD-3-Clause */
/* What NAT is told: rules, behaviour, limits. Control fills it in, workers read it; constant while they run. */
#ifndef NAT_CONFIG_H
#define NAT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

enum {
	NAT_RULES_MAX = 64, /* of each kind */
	NAT_NETWORKS_MAX = 16, /* of one rule */
	NAT_ADDRESSES_MAX = 64, /* of all pools, with the WAN's own: 800 KB of each */
	NAT_NAME_MAX = 31,
	NAT_SESSIONS_MAX = (1 << 20) - 1, /* of one worker: twenty bits of a hash's slot */
};

/* How much of the remote end decides, for mapping (RFC 4787, 4.1) and filtering (RFC 4787, 5). */
enum nat_behaviour {
	NAT_ENDPOINT_INDEPENDENT,
	NAT_ADDRESS_DEPENDENT,
	NAT_ADDRESS_AND_PORT_DEPENDENT,
};

/* Idle times, each in seconds. */
enum nat_queue {
	NAT_QUEUE_NONE, /* not in use */
	NAT_QUEUE_UDP, /* RFC 4787, REQ-5 */
	NAT_QUEUE_TCP, /* established (RFC 5382, REQ-5) */
	NAT_QUEUE_TCP_TRANSITORY, /* opening or closing (RFC 5382, REQ-5) */
	NAT_QUEUE_ICMP, /* queries (RFC 5508, REQ-2) */
	NAT_QUEUE_HALF, /* begun from outside, not answered yet: as TCP_TRANSITORY */
	NAT_QUEUE_N
};

struct nat_networks {
	unsigned n; /* 0: any */
	struct ip_prefix net[NAT_NETWORKS_MAX];
};

/* Source NAT: who goes out under which address. */
struct nat_source {
	char name[NAT_NAME_MAX + 1];
	struct nat_networks from;
	struct ip_range to; /* first 0: the WAN port's address, whatever it is */
	unsigned line; /* where it stands in the file */
};

#define NAT_TO_TCP 1u
#define NAT_TO_UDP 2u

/* Destination NAT: ports of the WAN port's address that lead to a host behind it. */
struct nat_destination {
	char name[NAT_NAME_MAX + 1];
	uint8_t protocols; /* NAT_TO_TCP, NAT_TO_UDP */
	uint16_t first, last; /* ports outside, host order */
	be32 host;
	uint16_t host_port; /* of `first`, host order; 0: the same port */
	struct nat_networks from; /* who may use it */
	unsigned line;
};

struct nat_config {
	struct nat_source source[NAT_RULES_MAX];
	unsigned n_sources;
	struct nat_destination destination[NAT_RULES_MAX];
	unsigned n_destinations;
	enum nat_behaviour mapping, filtering;
	uint32_t max_sessions; /* of all workers */
	uint32_t max_per_host; /* of one address inside; 0: no limit */
	uint32_t timeout[NAT_QUEUE_N];
};

static inline bool
nat_config_on(const struct nat_config *c)
{
	return c->n_sources + c->n_destinations > 0;
}

static inline bool
nat_networks_hold(const struct nat_networks *from, be32 addr)
{
	for (unsigned i = 0; i < from->n; i++)
		if (ip_prefix_contains(&from->net[i], addr))
			return true;
	return from->n == 0;
}

#endif
