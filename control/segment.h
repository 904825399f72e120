/* SPDX-License-Identifier: BSD-3-Clause */
/* Segments of the LAN: each a network of ours with addresses for clients, watched for conflicts. */
#ifndef SEGMENT_H
#define SEGMENT_H

#include "acd.h"
#include "config.h"
#include "lease.h"

struct gateway;

struct segment {
	const char *name; /* "lan": the first one */
	unsigned net; /* its number in the data plane: DP_LAN and up */
	struct ip_prefix address; /* ours, with the length of the network's prefix */
	struct lease_pool *leases;
	struct acd *acd;
};

/* All of the configuration, with their ARP; 0 or -ENOMEM. */
int segments_init(struct gateway *gw);
void segments_fini(struct gateway *gw);

/* The segment of a network, NULL of the WAN. */
struct segment *segment_of_net(struct gateway *gw, unsigned net);

/* The segment whose network the address is of, or NULL. */
struct segment *segment_of_addr(struct gateway *gw, be32 addr);

/* The segment that the user joins; the first for one who is not known. */
struct segment *segment_of_user(struct gateway *gw, const char *user);

/* Whether a client has the address. */
bool segment_leased(const struct segment *s, be32 addr);

/* Asks for each connection that waits for an address whether one is free now. */
void segments_ask_again(struct gateway *gw);

/* Addresses that clients have. */
size_t segments_taken(const struct gateway *gw);

/* A link to the segments has come up: acd_doubt() for each. */
void segments_doubt(struct gateway *gw);

/* Sums over all segments, as acd_count(). */
void segments_count(const struct gateway *gw, unsigned count[4]);

#endif
