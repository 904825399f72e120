/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a packet that is routed comes from and goes to: a word beside it in its mbuf's first line. */
#ifndef TRANSIT_H
#define TRANSIT_H

#include <rte_mbuf.h>

#include "dp.h"

/*
 * Valid in lanes ROUTE, BACK and OUT, and in TO_LAN and TO_WAN beside LANE_HOP. It stands where the NIC wrote its
 * hash, which nobody needs any more.
 */
struct transit {
	uint8_t in; /* network that it came from; DP_CLIENT: out of a session */
	uint8_t out; /* network that it goes to; DP_CLIENT: into a session; after route() */
	uint8_t in_net; /* network that it came from; of a session: that of its address */
	uint8_t flags; /* TRANSIT_* */
	rte_be32_t hop; /* next hop on the network `out`; after route() */
};

#define TRANSIT_JUDGED 1 /* whoever may let it pass has done so: the filter has no say */
#define TRANSIT_PUSHED 2 /* from another worker to the one that owns its flow: never pushed twice */

static_assert(
	sizeof(struct transit) <= sizeof(((struct rte_mbuf *)0)->hash), "fits the mbuf's hash");

static inline struct transit *
transit(struct rte_mbuf *m)
{
	return (struct transit *)&m->hash;
}

#endif
