/* SPDX-License-Identifier: BSD-3-Clause */
/* ROUTE -> TO_LAN, OUT, or DOWN of the client's worker: one hop on. */
#include "frag.h"
#include "ipv4_hdr.h"
#include "route.h"
#include "steer.h"

void
egress(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		unsigned out = transit(m)->out;
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
		/* Without DF ether_out makes fragments of it. */
		if (unlikely(m->data_len > w->net[out].mtu) && frag_is_forbidden(m)) {
			route_punt(w, m, l->ctx[i], PUNT_TOO_BIG, w->net[out].mtu);
			continue;
		}
		ipv4_age(ip);
		lane_append(&w->lane[out == DP_WAN ? LANE_TO_WAN : LANE_TO_LAN], m, LANE_HOP);
	}
	l->n = 0;
}
