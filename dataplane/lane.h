/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lanes: the vectors of packets that a worker's stages work on. A stage takes a lane and disposes of
 * each of its packets exactly once: keeps it, appends it to another lane, pushes it to another
 * worker, punts it, or drops it with a reason.
 */
#ifndef LANE_H
#define LANE_H

#include <assert.h>
#include <stdint.h>
#include <rte_mbuf.h>

#include "dp.h"

/*
 * In the order in which packets meet them. ctx is what the last stage found:
 *   WAN_RX, LAN_RX  frames as received, no ctx
 *   UP      ESP from clients: data at the ESP header, outer headers in the headroom before it,
 *           m->hash.usr one of enum esp_outer, no ctx. After esp_in: data at the UDP header, ctx the sa_in. After l2tp_in: data at PPP, ctx the sess.
 *           After ppp_in: data at the inner IPv4 header, ctx the sess.
 *   DOWN    IPv4 for a client, data at the IPv4 header, ctx the sess
 *   SEAL    UDP datagrams to be sealed, data at the UDP header, ctx the sess
 *   BACK    IPv4 for one of our addresses on the WAN, data at the IPv4 header, no ctx
 *   ROUTE   IPv4 to be routed, data at the IPv4 header, transit() says where it comes from, ctx the sess of the
 *           client that sent it, else NULL. After route: transit() also says where it goes
 *   OUT     IPv4 that leaves by the WAN, as ROUTE after route: its source is still that of the host inside. Next hop 0:
 *           it is still to be found, or the packet is for one of our own addresses
 *   TO_LAN, TO_WAN  IPv4, data at the IPv4 header: ctx LANE_HOP if transit() has network and next hop; ctx NULL
 *           of TO_WAN: still to be found; or a whole frame, ctx LANE_FRAME
 */
#define LANES(X)                                   \
	X(WAN_RX, "frames from the WAN port")      \
	X(LAN_RX, "frames from the LAN port")      \
	X(UP, "ESP from clients, to be opened")    \
	X(BACK, "IPv4 for us, perhaps NAT's")      \
	X(ROUTE, "IPv4 to be routed")              \
	X(OUT, "IPv4 for the WAN, to NAT")         \
	X(DOWN, "IPv4 for clients")                \
	X(SEAL, "UDP 1701 datagrams to be sealed") \
	X(TO_LAN, "IPv4 for the LAN port")         \
	X(TO_WAN, "IPv4 for the WAN port")

enum lane_id {
#define X(sym, text) LANE_##sym,
	LANES(X)
#undef X
		LANE_N
};

/* Rings into a worker's lanes, which other workers and control feed. */
enum inbox {
	INBOX_UP, /* from workers: as in lane UP */
	INBOX_ROUTE, /* from workers: as in lane ROUTE, the session of the client still to be found */
	INBOX_DOWN, /* from workers and control: IPv4, data at its header */
	INBOX_BACK, /* from workers and control: as in lane BACK */
	INBOX_OUT, /* from workers and control: as in lane OUT */
	INBOX_SEAL, /* from control: data at the UDP header, meta.sid */
	/* From control, and from workers without a transmit queue: IPv4, or a frame if meta.raw. */
	INBOX_TO_LAN,
	INBOX_TO_WAN,
	/* From workers: frames of network meta.net with fragments that this worker reassembles. */
	INBOX_FRAGMENT,
	INBOX_N
};

#define BURST 64 /* packets from one source in one turn */

/* What gather() reads in one turn: ports and inboxes; fragments count towards the burst of their port. */
#define LANE_SOURCES (DP_N_PORTS + INBOX_N - 1)

/*
 * A packet is in one lane at a time, so a lane holds at most what was gathered in the turn, and the fragments that
 * ppp_out and ether_out make of it while there is room.
 */
#define LANE_MAX 832

static_assert(LANE_MAX >= BURST * (LANE_SOURCES + 1), "a full turn leaves room for fragments");

/* In the hash field of packets of lane UP, which the NIC's hash has no use for any more. */
enum esp_outer {
	ESP_OUTER_IP, /* plain ESP */
	ESP_OUTER_UDP, /* in UDP (RFC 3948) */
};
#define ESP_OUTER_MASK 0xff
#define ESP_OUTER_TOS  8 /* from this bit on: the outer header's type of service */

#define LANE_FRAME ((void *)1) /* ctx: the packet begins with its Ethernet header */
#define LANE_HOP   ((void *)2) /* ctx: the next hop is known, in transit() */

struct lane {
	uint16_t n;
	struct rte_mbuf *pkt[LANE_MAX];
	void *ctx[LANE_MAX];
};

/* Keep packet i as the k-th of the lane (compaction in place). */
#define LANE_KEEP(l, k, i)                 \
	do {                               \
		(l)->pkt[k] = (l)->pkt[i]; \
		(l)->ctx[k] = (l)->ctx[i]; \
		(k)++;                     \
	} while (0)

/* Appends a packet. Builds with a sanitizer define LANE_CHECKED: they abort rather than write beyond the lane. */
static inline void
lane_append(struct lane *l, struct rte_mbuf *m, void *ctx)
{
#ifdef LANE_CHECKED
	assert(l->n < LANE_MAX);
#endif
	l->pkt[l->n] = m;
	l->ctx[l->n] = ctx;
	l->n++;
}

#endif
