/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ARP on both ports (RFC 826): answers for our own addresses and, on the LAN, for leased ones (proxy
 * ARP, RFC 1027); finds the Ethernet addresses of neighbours and keeps them fresh; hands what it hears of
 * addresses to conflict detection (acd.h). Pure: frames and time in, frames and events out.
 */
#ifndef ARP_H
#define ARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ip.h"
#include "timer.h"

#define ARP_FRAME_LEN 42 /* Ethernet 14, ARP 28 */

enum {
	ARP_RETRY_MS = 1000, /* between requests (RFC 1122, 2.3.2.1: at most one a second) */
	ARP_TRIES = 3, /* requests before a neighbour is given up */
	ARP_REACHABLE_MS = 30000, /* a neighbour in use is asked again after so long */
	ARP_HOLD =
		16, /* packets that wait for one neighbour: what many clients send to it at once */
	ARP_PENDING_MAX =
		256, /* neighbours being resolved at one time: a scan must not cost more */
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

/* From an Ethernet header on. False when it is no ARP for IPv4 over Ethernet, or malformed. */
bool arp_read(const uint8_t *frame, size_t len, struct arp_msg *out);

/* The frame, to `ether_dst`. */
void arp_write(const struct arp_msg *msg, const uint8_t ether_dst[6], uint8_t frame[ARP_FRAME_LEN]);

struct arp_events {
	void (*send)(void *arg, unsigned port, const uint8_t *frame, size_t len);
	/* The neighbour's address is known (again), or not known any more. */
	void (*neigh_set)(void *arg, unsigned port, be32 addr, const uint8_t mac[6]);
	void (*neigh_clear)(void *arg, unsigned port, be32 addr);
	/* Whether packets went to it since last asked. */
	bool (*neigh_used)(void *arg, unsigned port, be32 addr);
	/* A held packet may go now, out of the port. */
	void (*forward)(void *arg, unsigned port, const uint8_t *packet, size_t len);
	/* A held packet that nobody will take: the neighbour does not answer. */
	void (*unreachable)(void *arg, unsigned port, const uint8_t *packet, size_t len);
	/* Whether we answer for an address that is not our own (proxy ARP). */
	bool (*proxy)(void *arg, unsigned port, be32 addr);
	/* Somebody else's message, valid and not ours: for conflict detection. */
	void (*heard)(void *arg, unsigned port, const struct arp_msg *msg);
};

/* One port's ARP. */
struct arp;

/* addr is our own address with its network, or 0.0.0.0/32: none yet; NULL when out of memory. */
struct arp *arp_new(unsigned port, const struct ip_prefix *addr, const uint8_t mac[6],
	struct timers *timers, const struct arp_events *events, void *arg);
void arp_free(struct arp *a);

/*
 * Another address of ours, or 0.0.0.0/32 for none: neighbours are forgotten, without a word to the owner, and packets
 * that wait for them. May be called out of an event. 0 or -ENOMEM: all stays as it was.
 */
int arp_renumber(struct arp *a, const struct ip_prefix *addr);

/* A frame from the port. */
void arp_input(struct arp *a, const uint8_t *frame, size_t len);

/* A packet whose next hop is not known: held until it is. */
void arp_resolve(struct arp *a, be32 next_hop, const uint8_t *packet, size_t len);

/*
 * The link was away, and with it perhaps those behind it: asks all stations for each neighbour that is known. Until it
 * answers, or does not, packets go to it as before.
 */
void arp_doubt(struct arp *a);

/* Says to the network that the address is ours (RFC 5227, section 3: ARP announcement). */
void arp_announce(struct arp *a, be32 addr);

/* An ARP probe (RFC 5227, 1.1) for the address. */
void arp_probe(struct arp *a, be32 addr);

struct arp_stats {
	uint64_t requests_in, replies_in, answered, requests_out, probes_out, announcements_out;
	uint64_t held_dropped, malformed;
};
void arp_stats(const struct arp *a, struct arp_stats *out);

#endif
