/* SPDX-License-Identifier: BSD-3-Clause */
/* Which way for a destination? A port's own network, a static route, a default gateway, in this order. */
#ifndef ROUTE_H
#define ROUTE_H

#include "transit.h"
#include "worker.h"

/*
 * Sets out and hop (in_net is set) for the destination and returns DP_ROUTE_VIA (also for a neighbour or a client), or how the
 * packet ends: DP_ROUTE_NONE, no route; DP_ROUTE_BLACKHOLE, DP_ROUTE_UNREACHABLE. The destination is none of our
 * addresses and no group.
 */
enum dp_route_kind route_find(const struct worker *w, rte_be32_t dst, struct transit *to);

/*
 * The next hop on the network of what we send there ourselves: ESP, what control sends. It does not leave by
 * another whatever the routes say. 0: none.
 */
rte_be32_t route_hop(const struct worker *w, unsigned net, rte_be32_t dst);

/* Whether packets of the source, which is not of the network, are taken from there (RFC 3704). */
bool route_source_check(const struct worker *w, unsigned net, rte_be32_t src);

/* To the lane ROUTE, from network in; s is the session of DP_CLIENT, else NULL. Data at the IPv4 header. */
static inline void
route_append(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s)
{
	*transit(m) = (struct transit){
		.in = (uint8_t)in,
		.in_net = s != NULL ? s->net : (uint8_t)in,
	};
	lane_append(&w->lane[LANE_ROUTE], m, s);
}

/* Leaves a routed packet to control, which tells its sender by ICMP. s as in lane ROUTE. */
void route_punt(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu);

#endif
