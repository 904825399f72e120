/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lanes: the vectors of packets that a worker's stages work on. A stage takes a lane and disposes
 * of each of its packets exactly once: keeps it, appends it to another lane, pushes it to another
 * worker, punts it, or drops it with a reason.
 */
#ifndef LANE_H
#define LANE_H

#include <assert.h>
#include <stdint.h>
#include <rte_mbuf.h>

#include "dp.h"

/* In the order in which packets pass them. */
enum lane_id {
	/* Frames as received; no ctx. */
	LANE_WAN_RX,
	LANE_LAN_RX,
	/*
	 * ESP from clients. Data at the ESP header, outer headers in the headroom in front of it,
	 * m->hash.usr as enum esp_outer says; no ctx. After esp_in: data at the UDP header, ctx the
	 * sa_in. After l2tp_in: data at the PPP header, ctx the sess. After ppp_in: data at the
	 * inner IPv4 header, ctx the sess.
	 */
	LANE_UP,
	/* IPv4 to one of our addresses on the WAN, perhaps NAT's. Data at its header; no ctx. */
	LANE_BACK,
	/*
	 * IPv4 to be routed, data at its header. transit() has the incoming network, and after
	 * route() the outgoing one; ctx the sess of the client that sent the packet, else NULL.
	 */
	LANE_ROUTE,
	/*
	 * IPv4 that leaves by the WAN, to NAT: as in ROUTE after route(); the source is still the
	 * inside host's. Next hop 0: it is still to be found, or the packet is for one of our own
	 * addresses.
	 */
	LANE_OUT,
	/* IPv4 for clients, data at its header, ctx the sess. */
	LANE_DOWN,
	/* UDP datagrams to be encrypted, data at the UDP header, ctx the sess. */
	LANE_SEAL,
	/*
	 * IPv4, data at its header. ctx LANE_HOP: transit() has network and next hop; ctx NULL, in
	 * TO_WAN: the next hop is still to be found. Or a frame, ctx LANE_FRAME.
	 */
	LANE_TO_LAN,
	LANE_TO_WAN,
	LANE_N
};

/* Rings into a worker's lanes, which other workers and control feed. */
enum inbox {
	INBOX_UP, /* from workers: as in lane UP */
	INBOX_ROUTE, /* from workers: as in lane ROUTE; the client's session is looked up again */
	INBOX_DOWN, /* from workers and control: IPv4, data at its header */
	INBOX_BACK, /* from workers and control: as in lane BACK */
	INBOX_OUT, /* from workers and control: as in lane OUT */
	INBOX_SEAL, /* from control: data at the UDP header, pkt_meta's sid */
	/*
	 * From control, and from workers without a transmit queue: IPv4, or a frame if pkt_meta's
	 * raw.
	 */
	INBOX_TO_LAN,
	INBOX_TO_WAN,
	/*
	 * From workers: frames of pkt_meta's network, with fragments that this worker reassembles.
	 */
	INBOX_FRAGMENT,
	INBOX_N
};

#define BURST 64 /* packets from one source in one turn */

/*
 * What gather() reads in one turn: ports and inboxes; fragments count towards the burst of their
 * port.
 */
#define LANE_SOURCES (DP_N_PORTS + INBOX_N - 1)

/*
 * A packet is in one lane at a time, so a lane holds at most what was gathered in the turn, and the
 * fragments that ppp_out and ether_out make as long as there is room.
 */
#define LANE_MAX 832

static_assert(LANE_MAX >= BURST * (LANE_SOURCES + 1), "a full turn leaves room for fragments");

/* In the mbuf's hash field in lane UP, where the NIC's hash is not needed any more. */
enum esp_outer {
	ESP_OUTER_IP, /* plain ESP */
	ESP_OUTER_UDP, /* in UDP (RFC 3948) */
};
#define ESP_OUTER_MASK 0xff
#define ESP_OUTER_TOS  8 /* the outer header's type of service, from this bit on */

#define LANE_FRAME ((void *)1) /* ctx: data begins at the Ethernet header */
#define LANE_HOP   ((void *)2) /* ctx: transit() has network and next hop */

struct lane {
	uint16_t n;
	struct rte_mbuf *pkt[LANE_MAX];
	void *ctx[LANE_MAX];
};

/* Keeps packet i as the k-th of the lane (compaction in place). */
#define LANE_KEEP(l, k, i)                 \
	do {                               \
		(l)->pkt[k] = (l)->pkt[i]; \
		(l)->ctx[k] = (l)->ctx[i]; \
		(k)++;                     \
	} while (0)

/*
 * Appends a packet. Builds with a sanitizer define LANE_CHECKED and abort rather than write beyond
 * the lane.
 */
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
