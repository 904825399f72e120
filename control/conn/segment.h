/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the LAN: networks with addresses for clients, watched for conflicts. */
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

/* What the segments tell the one who takes leases, who sets lease.owner. */
struct segment_events {
	/*
	 * An address has become free, or the last unknown one turned out not to be: those that wait
	 * may try again, after this event.
	 */
	void (*address_ready)(void *arg);
	/*
	 * Another host claims a leased address (RFC 5227, 2.4 (b)): the owner must release the
	 * lease, at once or soon.
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
 * Makes all segments of the configuration, and begins to probe their addresses. arp is by network;
 * it and config outlive the segments. 0 or -ENOMEM; segments_fini() after either.
 */
int segments_init(struct segments *s, const struct config *config,
	struct arp *const arp[DP_NETS_MAX], struct timers *timers,
	const struct segment_events *events, void *arg);
void segments_fini(struct segments *s);

/* The segment of a network; NULL for the WAN. */
struct segment *segment_of_net(struct segments *s, unsigned net);

/* The segment whose network contains the address, or NULL. */
struct segment *segment_of_addr(struct segments *s, be32 addr);

/* Whether a client has the address. */
bool segment_leased(const struct segment *s, be32 addr);

/* The number of leased addresses. */
size_t segments_taken(const struct segments *s);

/* The LAN's link has come up: acd_doubt() for each. */
void segments_doubt(struct segments *s);

/* Sums over all segments, as acd_count(). */
void segments_count(const struct segments *s, unsigned count[4]);

#endif
