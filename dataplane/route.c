/* SPDX-License-Identifier: BSD-3-Clause */
/* ROUTE: finds each packet's way (RFC 1812, 5.2.4), or leaves it to control, which tells its sender. */
#include "route.h"

#include "ipv4_hdr.h"

bool
route_find(const struct worker *w, rte_be32_t dst, struct transit *to)
{
	for (unsigned i = 0; i < w->n_nets; i++) {
		const struct net_port *net = &w->net[i];

		if (ipv4_on_net(net, dst)) {
			to->out = (uint8_t)i;
			to->hop = dst;
			if (net->lease != NULL && lease_on(net, dst) != DP_SID_NONE)
				to->out = DP_CLIENT;
			return true;
		}
	}
	/* A LAN that has a router of its own is left by that one. */
	to->out = w->net[DP_LAN].gateway != 0 ? DP_LAN : DP_WAN;
	to->hop = w->net[to->out].gateway;
	return to->hop != 0;
}

void
route_punt(struct worker *w, struct rte_mbuf *m, const struct sess *s, enum punt_reason reason,
	uint16_t mtu)
{
	unsigned in = transit(m)->in;

	pkt_meta_init(m, in, s != NULL ? s->sid : DP_SID_NONE)->mtu = mtu;
	punt(w, m, reason);
}

void
route(struct worker *w)
{
	struct lane *l = &w->lane[LANE_ROUTE];
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

		if (unlikely(!ipv4_is_unicast(ip->dst_addr))) {
			drop(w, m, DROP_NO_ROUTE);
			continue;
		}
		if (unlikely(!route_find(w, ip->dst_addr, transit(m)))) {
			route_punt(w, m, l->ctx[i], PUNT_NO_ROUTE, 0);
			continue;
		}
		if (unlikely(ip->time_to_live <= 1)) {
			route_punt(w, m, l->ctx[i], PUNT_TTL, 0);
			continue;
		}
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}
