/* SPDX-License-Identifier: BSD-3-Clause */
/* LAN_RX -> DOWN of the client's worker, or to control. */
#include "ether.h"
#include "ipv4_hdr.h"
#include "steer.h"

/* Why the packet goes nowhere, or IPV4_SOUND; sid is then the session it is for. */
static enum drop_reason
judge(const struct worker *w, const struct rte_ipv4_hdr *ip, uint32_t *sid)
{
	const struct net_port *net = &w->net[DP_LAN];

	if (ipv4_is_group(net, ip->dst_addr))
		return DROP_BROADCAST;
	if (!ipv4_on_net(net, ip->dst_addr))
		return DROP_NO_ROUTE;
	*sid = lease_find(w, ip->dst_addr);
	return *sid == DP_SID_NONE ? DROP_NO_LEASE : IPV4_SOUND;
}

static void
to_control(struct worker *w, struct rte_mbuf *m, enum punt_reason reason)
{
	pkt_meta_init(m, DP_LAN, DP_SID_NONE);
	punt(w, m, reason);
}

static void
lan_packet(struct worker *w, struct rte_mbuf *m)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint32_t sid = DP_SID_NONE;
	enum drop_reason why;

	if (!ipv4_is_unicast(ip->src_addr) || ipv4_is_group(&w->net[DP_LAN], ip->src_addr) ||
		ipv4_is_ours(w, ip->src_addr)) {
		drop(w, m, DROP_IP_SOURCE);
		return;
	}
	if (ipv4_is_ours(w, ip->dst_addr)) {
		if (ipv4_is_fragment(ip))
			drop(w, m, DROP_FRAGMENT);
		else
			to_control(w, m, PUNT_SELF);
		return;
	}
	why = judge(w, ip, &sid);
	if (why != IPV4_SOUND) {
		drop(w, m, why);
		return;
	}
	if (ip->time_to_live <= 1) {
		to_control(w, m, PUNT_TTL);
		return;
	}
	ipv4_age(ip);
	steer_down(w, m, sid);
}

void
lan_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_LAN_RX];

	for (uint16_t i = 0; i < l->n; i++) {
		if (ether_in(w, l->pkt[i], DP_LAN))
			lan_packet(w, l->pkt[i]);
	}
	l->n = 0;
}
