/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a worker left a packet to control: symbol, packets per second and worker, text. */
#ifndef PUNT_H
#define PUNT_H

/* clang-format off */
/*
 * Data begins at the IPv4 header; of L2TP at the L2TP header, of PPP at the address or protocol
 * field, of ARP at the Ethernet header. Anyone can send IKE_FIRST from spoofed addresses, so
 * exchanges under way have rates and a ring of their own.
 */
#define PUNT_REASONS(X) \
	/* from a verified SA */ \
	X(L2TP,        20000, "L2TP control message") \
	X(PPP,         20000, "PPP frame other than IPv4") \
	/* from anyone */ \
	X(IKE_FIRST,   40000, "first message of an ISAKMP SA, UDP port 500 or 4500") \
	X(IKE,         40000, "IKE message on UDP port 500") \
	X(IKE_NATT,    40000, "IKE message on UDP port 4500") \
	X(ARP,          5000, "ARP packet") \
	X(DHCP,          100, "answer to the WAN's DHCP client") \
	X(NEIGH,        5000, "Ethernet address of the next hop is not known") \
	X(SELF,         5000, "packet to one of the gateway's own addresses") \
	X(BROADCAST,    1000, "broadcast or multicast of a client, or LAN broadcast to relay") \
	X(TOO_BIG,      1000, "larger than the MTU, with DF set") \
	X(TTL,          1000, "time to live exceeded") \
	X(NO_ROUTE,     1000, "no route to the destination") \
	X(UNREACHABLE,  1000, "the route marks the destination as unreachable") \
	X(PROHIBITED,   1000, "rejected by a filter rule")
/* clang-format on */

/*
 * Packets per second of IKE_FIRST that one network of 2^PUNT_PREFIX_HOST_BITS addresses may send,
 * and again as many of IKE and IKE_NATT together: a flood from one network leaves the rest of the
 * rate to others. Networks that a keyed hash maps to the same entry share its rate.
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

/* "ike_natt", and its text for operators; in names.c. */
const char *punt_name(enum punt_reason reason);
const char *punt_text(enum punt_reason reason);

#endif
