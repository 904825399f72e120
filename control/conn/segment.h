/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the LAN: each a network of ours with addresses for clients, watched for conflicts. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "acd.h"
#include "arp.h"
#include "config.h"
#include "dp.h"
#include "lease.h"
#include "timer.h"

struct segments;

struct segment {
	struct segments *all;
	const char *name; /* "lan": the first one; of the configuration */
	unsigned net; /* its number in the data plane: DP_LAN and up */
	struct ip_prefix address; /* ours, with the length of the network's prefix */
	struct lease_pool *leases;
	struct acd *acd;
};

/* What the segments tell the owner of the leases; lease.owner is the owner's own. */
struct segment_events {
	/*
	 * An address has become free, or is known not to be: who waits for one asks again, but not
	 * from inside this.
	 */
	void (*address_ready)(void *arg);
	/*
	 * Another host insists on a leased address (RFC 5227, 2.4 (b)): the lease is to be
	 * released, at once or soon.
	 */
	void (*address_lost)(void *arg, void *owner, const uint8_t mac[6]);
};

struct segments {
	struct segment at[DP_SEGMENTS_MAX];
	unsigned n;
	const struct segment_events *events;
	void *arg;
};

/*
 * All segments of the configuration, and begins to probe their addresses. arp is by network and
 * outlives them, as does the configuration. 0 or -ENOMEM; segments_fini() after either.
 */
int segments_init(struct segments *s, const struct config *config,
	struct arp *const arp[DP_NETS_MAX], struct timers *timers,
	const struct segment_events *events, void *arg);
void segments_fini(struct segments *s);

/* The segment of a network, NULL of the WAN. */
struct segment *segment_of_net(struct segments *s, unsigned net);

/* The segment whose network the address is of, or NULL. */
struct segment *segment_of_addr(struct segments *s, be32 addr);

/* Whether a client has the address. */
bool segment_leased(const struct segment *s, be32 addr);

/* Addresses that clients have. */
size_t segments_taken(const struct segments *s);

/* A link to the segments has come up: acd_doubt() for each. */
void segments_doubt(struct segments *s);

/* Sums over all segments, as acd_count(). */
void segments_count(const struct segments *s, unsigned count[4]);

#endif
