/* SPDX-License-Identifier: BSD-3-Clause */
/* ROUTE -> TO_LAN, OUT, or DOWN of the client's worker: one hop on. */
#include "ipv4_hdr.h"
#include "nat.h"
#include "route.h"
#include "steer.h"

/* False when the packet is gone: too large for the port, which its sender is told if he wants to know. */
static bool
fits(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum dp_port port)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t mtu = w->net[port].mtu;

	if (likely(m->data_len <= mtu))
		return true;
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG))
		route_punt(w, m, s, PUNT_TOO_BIG, mtu);
	else
		drop(w, m, DROP_TOO_BIG);
	return false;
}

void
egress(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
		enum dp_port out = transit(m)->out;
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
		if (unlikely(!fits(w, m, l->ctx[i], out)))
			continue;
		ipv4_age(ip);
		if (out == DP_WAN && w->nat != NULL)
			nat_steer_out(w, m, l->ctx[i]);
		else
			lane_append(
				&w->lane[out == DP_WAN ? LANE_TO_WAN : LANE_TO_LAN], m, LANE_HOP);
	}
	l->n = 0;
}
