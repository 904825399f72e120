/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a packet was left to control: symbol, what its data begins with, packets a second per worker. */
#ifndef PUNT_H
#define PUNT_H

/* clang-format off */
#define PUNT_REASONS(X) \
	/* from a verified SA */ \
	X(L2TP,     20000, "L2TP control message: L2TP header") \
	X(PPP,      20000, "PPP frame that is not IPv4: PPP address or protocol") \
	/* from anyone */ \
	X(IKE,      20000, "UDP port 500: IPv4 header") \
	X(IKE_NATT, 20000, "UDP port 4500, not ESP: IPv4 header") \
	X(ARP,       5000, "ARP: Ethernet header") \
	X(NEIGH,     5000, "next hop's Ethernet address is not known: IPv4 header") \
	X(SELF,      5000, "for the gateway's own address: IPv4 header") \
	X(BROADCAST, 1000, "broadcast or multicast from a client: IPv4 header") \
	X(TOO_BIG,   1000, "larger than the session's MTU: IPv4 header") \
	X(TTL,       1000, "time to live exceeded: IPv4 header") \
	X(NO_ROUTE,  1000, "no route to the destination: IPv4 header") \
	X(PROHIBITED, 1000, "a rule of the filter rejects it: IPv4 header")
/* clang-format on */

enum punt_reason {
#define X(sym, rate, text) PUNT_##sym,
	PUNT_REASONS(X)
#undef X
		PUNT_N
};

const char *punt_name(enum punt_reason reason); /* "ike_natt" */
const char *punt_text(enum punt_reason reason);

#endif
