/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finds the route of a destination: a network of a port, a static route or a default gateway, in
 * this order.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "transit.h"
#include "worker.h"

/*
 * Finds the route to dst, which is neither one of our addresses nor a broadcast or multicast.
 * to->in_net is set. Returns DP_ROUTE_VIA with to->out and to->hop set (also for a neighbour or a
 * client); or what happens to the packet: DP_ROUTE_NONE (no route), DP_ROUTE_BLACKHOLE,
 * DP_ROUTE_UNREACHABLE.
 */
enum dp_route_kind route_find(const struct worker *w, rte_be32_t dst, struct transit *to);

/*
 * The next hop in the network for packets that the gateway itself sends there: ESP, and what
 * control sends. They do not leave by another network, whatever the routes say. 0: none.
 */
rte_be32_t route_hop(const struct worker *w, unsigned net, rte_be32_t dst);

/* Whether the network accepts packets from a source that is outside of it (RFC 3704). */
bool route_source_check(const struct worker *w, unsigned net, rte_be32_t src);

/*
 * Appends the packet, data at the IPv4 header, to lane ROUTE. in: its network or DP_CLIENT; s: the
 * session of DP_CLIENT, else NULL.
 */
static inline void
route_append(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s)
{
	*transit(m) = (struct transit){
		.in = (uint8_t)in,
		.in_net = s != NULL ? s->net : (uint8_t)in,
	};
	lane_append(&w->lane[LANE_ROUTE], m, s);
}

/* Leaves a routed packet to control, which tells the sender by ICMP. s: as in lane ROUTE. */
void route_punt(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu);

#endif
