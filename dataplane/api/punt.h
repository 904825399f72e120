/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a packet was left to control: symbol, what its data begins with, packets a second per worker. */
#ifndef PUNT_H
#define PUNT_H

/* clang-format off */
/* IKE_FIRST anyone can send from made-up addresses; what is under way must not stand behind it, nor share its rate. */
#define PUNT_REASONS(X) \
	/* from a verified SA */ \
	X(L2TP,     20000, "L2TP control message: L2TP header") \
	X(PPP,      20000, "PPP frame that is not IPv4: PPP address or protocol") \
	/* from anyone */ \
	X(IKE_FIRST, 40000, "UDP port 500 or 4500, first message of an ISAKMP SA: IPv4 header") \
	X(IKE,      40000, "UDP port 500: IPv4 header") \
	X(IKE_NATT, 40000, "UDP port 4500, not ESP: IPv4 header") \
	X(ARP,       5000, "ARP: Ethernet header") \
	X(DHCP,       100, "for the WAN's DHCP client: IPv4 header") \
	X(NEIGH,     5000, "next hop's Ethernet address is not known: IPv4 header") \
	X(SELF,      5000, "for the gateway's own address: IPv4 header") \
	X(BROADCAST, 1000, "broadcast or multicast from a client, broadcast of the LAN for clients: IPv4 header") \
	X(TOO_BIG,   1000, "larger than the session's MTU: IPv4 header") \
	X(TTL,       1000, "time to live exceeded: IPv4 header") \
	X(NO_ROUTE,  1000, "no route to the destination: IPv4 header") \
	X(UNREACHABLE, 1000, "the route says that the destination is unreachable: IPv4 header") \
	X(PROHIBITED, 1000, "a rule of the filter rejects it: IPv4 header")
/* clang-format on */

/*
 * What one network of 2^PUNT_PREFIX_HOST_BITS addresses may have of IKE_FIRST, and as much of IKE and IKE_NATT together, so that a
 * flood out of one leaves the rest to others. Networks share their allowance with those that a secret hash puts in the same place.
 */
#define PUNT_PREFIX_RATE      10000
#define PUNT_PREFIX_HOST_BITS 8
#define PUNT_PREFIXES         1024

enum punt_reason {
#define X(sym, rate, text) PUNT_##sym,
	PUNT_REASONS(X)
#undef X
		PUNT_N
};

const char *punt_name(enum punt_reason reason); /* "ike_natt" */
const char *punt_text(enum punt_reason reason);

#endif
