/* SPDX-License-Identifier: BSD-3-Clause */
/* ROUTE -> TO_LAN, OUT, or DOWN of the client's worker: decrements the TTL, checks the MTU. */
#include "frag.h"
#include "ipv4_hdr.h"
#include "mss.h"
#include "nat.h"
#include "reass.h"
#include "route.h"
#include "stages.h"
#include "steer.h"

#define ETHER_MTU 1500 /* what hosts assume by themselves */

/*
 * NAT needs ports, which only the first fragment has. Returns the reassembled packet; NULL while it
 * waits for the rest, or when it is gone.
 */
static struct rte_mbuf *
whole(struct worker *w, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	struct transit t = *transit(m);

	if (nat_rule_source(w->nat->shared, ip->src_addr) < 0 &&
		!nat_rule_leads_to(w->nat->shared, ip->src_addr))
		return m;
	m = reass_in(w, m, t.in);
	if (m != NULL)
		*transit(m) = t;
	return m;
}

void
egress(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		unsigned out = transit(m)->out;
		uint16_t mtu;
		uint32_t sid;

		if (out == DP_CLIENT) {
			sid = lease_find(w, ip->dst_addr);
			if (unlikely(sid == DP_SID_NONE)) {
				drop(w, m, DROP_NO_LEASE);
				continue;
			}
			ipv4_age(ip);
			steer_down(w, m, sid);
			continue;
		}
		if (out == DP_WAN && w->nat != NULL && unlikely(ipv4_is_fragment(ip))) {
			m = whole(w, m);
			if (m == NULL)
				continue;
			ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		}
		/* Without DF, ether_out fragments it. */
		if (unlikely(m->data_len > w->net[out].mtu) && frag_is_forbidden(m)) {
			route_punt(w, m, l->ctx[i], PUNT_TOO_BIG, w->net[out].mtu);
			continue;
		}
		/* The MSS of a session is not larger. */
		mtu = (uint16_t)RTE_MIN(w->net[transit(m)->in_net].mtu, w->net[out].mtu);
		if (unlikely(mtu < ETHER_MTU))
			mss_clamp(m, (uint16_t)(mtu - MSS_HEADERS));
		ipv4_age(ip);
		if (out == DP_WAN && w->nat != NULL)
			nat_steer_out(w, m, l->ctx[i]);
		else
			lane_append(
				&w->lane[out == DP_WAN ? LANE_TO_WAN : LANE_TO_LAN], m, LANE_HOP);
	}
	l->n = 0;
}
