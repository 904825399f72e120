/* SPDX-License-Identifier: BSD-3-Clause */
/* Which way for a destination? */
#ifndef ROUTE_H
#define ROUTE_H

#include "transit.h"
#include "worker.h"

/*
 * Sets out and hop for the destination; false when no route goes there. The destination is none of our
 * addresses and no group.
 */
bool route_find(const struct worker *w, rte_be32_t dst, struct transit *to);

/* To the lane ROUTE, from network in; s is the session of DP_CLIENT, else NULL. Data at the IPv4 header. */
static inline void
route_append(struct worker *w, struct rte_mbuf *m, unsigned in, struct sess *s)
{
	*transit(m) = (struct transit){.in = (uint8_t)in};
	lane_append(&w->lane[LANE_ROUTE], m, s);
}

/* Leaves a routed packet to control, which tells its sender by ICMP. s as in lane ROUTE. */
void route_punt(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu);

#endif
