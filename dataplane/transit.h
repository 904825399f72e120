/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a routed packet comes from and goes to, stored in the first cache line of its mbuf. */
#ifndef TRANSIT_H
#define TRANSIT_H

#include <rte_mbuf.h>

#include "dp.h"

/*
 * Valid in lanes ROUTE, BACK and OUT, and in TO_LAN and TO_WAN with LANE_HOP. It takes the place of
 * the NIC's hash, which is not needed any more.
 */
struct transit {
	uint8_t in; /* incoming network; DP_CLIENT: out of a session */
	uint8_t out; /* after route(): outgoing network; DP_CLIENT: into a session */
	uint8_t in_net; /* incoming network; out of a session: the network of its address */
	uint8_t flags; /* TRANSIT_* */
	rte_be32_t hop; /* after route(): next hop in the network `out` */
};

#define TRANSIT_JUDGED 1 /* the filter has decided, or need not: the packet passes */
#define TRANSIT_PUSHED 2 /* handed over to the worker that owns the flow: never pushed twice */

static_assert(
	sizeof(struct transit) <= sizeof(((struct rte_mbuf *)0)->hash), "fits the mbuf's hash");

static inline struct transit *
transit(struct rte_mbuf *m)
{
	return (struct transit *)&m->hash;
}

#endif
