/* SPDX-License-Identifier: BSD-3-Clause */
/* Punts the few broadcasts and multicasts that somebody needs, and drops the rest. */
#include <netinet/in.h>
#include <rte_udp.h>

#include "broadcast.h"
#include "handoff.h"
#include "ipv4_hdr.h"

enum {
	PORT_DHCP_SERVER = 67,
	PORT_DHCP_CLIENT = 68,
};

/* The destination port of an unfragmented UDP datagram, else 0. Data at the IPv4 header. */
static uint16_t
udp_port(const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);

	if (ip->next_proto_id != IPPROTO_UDP || ipv4_is_fragment(ip) ||
		m->data_len < sizeof(*ip) + sizeof(*udp))
		return 0;
	return rte_be_to_cpu_16(udp->dst_port);
}

bool
broadcast_is_dhcp(const struct worker *w, const struct rte_mbuf *m)
{
	return w->net[DP_WAN].dhcp && udp_port(m) == PORT_DHCP_CLIENT;
}

/*
 * Whether a LAN host's broadcast is relayed to clients. DHCP is not: its servers answer hosts only.
 */
static bool
is_relayed(const struct network *net, const struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t port = udp_port(m);

	return net->relay && port != 0 && port != PORT_DHCP_SERVER && port != PORT_DHCP_CLIENT &&
	       (ip->dst_addr == net->broadcast || ip->dst_addr == RTE_BE32(RTE_IPV4_BROADCAST)) &&
	       ipv4_on_net(net, ip->src_addr) && !ipv4_is_group(net, ip->src_addr) &&
	       ip->src_addr != net->addr;
}

void
broadcast_in(struct worker *w, struct rte_mbuf *m, const struct network *net)
{
	enum drop_reason why = ipv4_check(m, m->ol_flags);

	if (why != IPV4_SOUND) {
		drop(w, m, why);
	} else if (net->number == DP_WAN && broadcast_is_dhcp(w, m)) {
		pkt_meta_init(m, net->number, DP_SID_NONE);
		punt(w, m, PUNT_DHCP);
	} else if (net->port == DP_LAN && is_relayed(net, m)) {
		pkt_meta_init(m, net->number, DP_SID_NONE);
		punt(w, m, PUNT_BROADCAST);
	} else {
		drop(w, m, DROP_BROADCAST);
	}
}
