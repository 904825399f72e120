/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration of NAT: rules, behaviour, limits. Control fills it in, workers read it;
 * constant while they run.
 */
#ifndef NAT_CONFIG_H
#define NAT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "ip.h"

enum {
	NAT_RULES_MAX = 64, /* of each kind */
	NAT_NETWORKS_MAX = 16, /* of one rule */
	NAT_ADDRESSES_MAX = 64, /* in all pools and the WAN's own; each takes 800 KB */
	NAT_NAME_MAX = 31,
	/* Of one worker: twenty bits of a slot in the hash table. */
	NAT_SESSIONS_MAX = (1 << 20) - 1,
};

/* What the mapping (RFC 4787, 4.1) and the filtering (RFC 4787, 5) depend on. */
enum nat_behaviour {
	NAT_ENDPOINT_INDEPENDENT,
	NAT_ADDRESS_DEPENDENT,
	NAT_ADDRESS_AND_PORT_DEPENDENT,
};

/* Queues of sessions, by idle timeout. */
enum nat_queue {
	NAT_QUEUE_NONE, /* not in use */
	NAT_QUEUE_UDP, /* RFC 4787, REQ-5 */
	NAT_QUEUE_TCP, /* established (RFC 5382, REQ-5) */
	NAT_QUEUE_TCP_TRANSITORY, /* opening or closing (RFC 5382, REQ-5) */
	NAT_QUEUE_ICMP, /* queries (RFC 5508, REQ-2) */
	NAT_QUEUE_HALF, /* begun from outside, not answered yet; times out as TCP_TRANSITORY */
	NAT_QUEUE_N
};

struct nat_networks {
	unsigned n; /* 0: any */
	struct ip_prefix net[NAT_NETWORKS_MAX];
};

/* Source NAT: which inside hosts go out under which address. */
struct nat_source {
	char name[NAT_NAME_MAX + 1];
	struct nat_networks from;
	struct ip_range to; /* first 0: the WAN port's address, whatever it is */
	unsigned line; /* line in the configuration file, for messages */
};

#define NAT_TO_TCP 1u
#define NAT_TO_UDP 2u

/* Destination NAT: ports of the WAN port's address that are forwarded to an inside host. */
struct nat_destination {
	char name[NAT_NAME_MAX + 1];
	uint8_t protocols; /* bits NAT_TO_TCP, NAT_TO_UDP */
	uint16_t first, last; /* external ports, inclusive, host order */
	be32 host;
	uint16_t host_port; /* inside port for `first`, host order; 0: the same port */
	struct nat_networks from; /* remote networks that may use it */
	unsigned line;
};

struct nat_config {
	struct nat_source source[NAT_RULES_MAX];
	unsigned n_sources;
	struct nat_destination destination[NAT_RULES_MAX];
	unsigned n_destinations;
	enum nat_behaviour mapping, filtering;
	uint32_t max_sessions; /* in all, shared out to the workers */
	uint32_t max_per_host; /* for one inside address; 0: no limit */
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
