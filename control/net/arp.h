/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP on both ports (RFC 826): answers for our own addresses and, on the LAN, for leased ones
 * (proxy ARP, RFC 1027); resolves neighbours and keeps them up to date; passes what it hears to
 * conflict detection (acd.h). The module is pure: frames and time in, frames and events out.
 */
#ifndef ARP_H
#define ARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"
#include "timer.h"

#define ARP_FRAME_LEN 42 /* bytes: Ethernet 14, ARP 28 */

enum {
	ARP_RETRY_MS = 1000, /* between requests (RFC 1122, 2.3.2.1: at most one a second) */
	ARP_TRIES = 3, /* requests before a neighbour is given up */
	ARP_REACHABLE_MS = 30000, /* until a neighbour in use is asked again */
	ARP_HOLD = 16, /* packets that wait for a neighbour: what many clients send at once */
	ARP_PENDING_MAX = 256, /* neighbours that are resolved at a time: what a scan may cost */
};

/* An ARP message with its Ethernet source, as read from a frame. */
struct arp_msg {
	bool request; /* else a reply */
	uint8_t ether_src[6];
	uint8_t sha[6]; /* sender's hardware address */
	be32 spa; /* sender's protocol address; 0 in a probe (RFC 5227) */
	uint8_t tha[6];
	be32 tpa;
};

/* Reads a frame, which begins with its Ethernet header. False if it is not valid ARP for IPv4. */
bool arp_read(const uint8_t *frame, size_t len, struct arp_msg *out);

/* Writes the frame to `ether_dst`. */
void arp_write(const struct arp_msg *msg, const uint8_t ether_dst[6], uint8_t frame[ARP_FRAME_LEN]);

struct arp_events {
	void (*send)(void *arg, unsigned port, const uint8_t *frame, size_t len);
	/* The neighbour's Ethernet address is known, also when it is confirmed. */
	void (*neigh_set)(void *arg, unsigned port, be32 addr, const uint8_t mac[6]);
	/* It is no longer known. */
	void (*neigh_clear)(void *arg, unsigned port, be32 addr);
	/* Whether packets were sent to it since the last call. */
	bool (*neigh_used)(void *arg, unsigned port, be32 addr);
	/* A held packet can be sent now. */
	void (*forward)(void *arg, unsigned port, const uint8_t *packet, size_t len);
	/* A held packet cannot be sent: the neighbour does not answer. */
	void (*unreachable)(void *arg, unsigned port, const uint8_t *packet, size_t len);
	/* Whether we answer for an address that is not our own (proxy ARP). */
	bool (*proxy)(void *arg, unsigned port, be32 addr);
	/* A valid message of another station, for conflict detection. */
	void (*heard)(void *arg, unsigned port, const struct arp_msg *msg);
};

/* ARP of one port. */
struct arp;

/* addr is our address with its network, 0.0.0.0/32 if there is none yet. NULL if out of memory. */
struct arp *arp_new(unsigned port, const struct ip_prefix *addr, const uint8_t mac[6],
	struct timers *timers, const struct arp_events *events, void *arg);
void arp_free(struct arp *a);

/*
 * Changes our address; 0.0.0.0/32 is none. Forgets all neighbours, without events, and the packets
 * that wait for them. May be called inside an event. Returns 0, or -ENOMEM if nothing has changed.
 */
int arp_renumber(struct arp *a, const struct ip_prefix *addr);

/* Processes a frame from the port. */
void arp_input(struct arp *a, const uint8_t *frame, size_t len);

/* Resolves the next hop of a packet, which is held until then. */
void arp_resolve(struct arp *a, be32 next_hop, const uint8_t *packet, size_t len);

/*
 * The link was down, and other stations may be on it now: asks all stations for each known
 * neighbour. Until that is answered or given up, packets are sent to it as before.
 */
void arp_doubt(struct arp *a);

/* Announces that the address is ours (RFC 5227, section 3). */
void arp_announce(struct arp *a, be32 addr);

/* Probes for the address (RFC 5227, 1.1). */
void arp_probe(struct arp *a, be32 addr);

/* Counts of messages; held_dropped: of packets. */
struct arp_stats {
	uint64_t requests_in, replies_in, answered, requests_out, probes_out, announcements_out;
	uint64_t held_dropped, malformed;
};
void arp_stats(const struct arp *a, struct arp_stats *out);

#endif
