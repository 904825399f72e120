/* SPDX-License-Identifier: BSD-3-Clause */
/* The host of the LAN that exchanges test packets with the clients. */
#include <string.h>
#include <rte_arp.h>
#include <rte_ethdev.h>

#include "load.h"

#define ASK_AGAIN_US 300000

static void
arp_in(struct load *l, const struct rte_mbuf *m)
{
	const struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(
		m, const struct rte_arp_hdr *, RTE_ETHER_HDR_LEN);
	struct peer *p;

	if (m->data_len < RTE_ETHER_HDR_LEN + sizeof(*arp))
		return;
	/* An answer, or the announcement of a lease. */
	p = load_peer_by_lease(l, arp->arp_data.arp_sip);
	if (p != NULL) {
		memcpy(p->lan_mac, arp->arp_data.arp_sha.addr_bytes, 6);
		p->lan_known = true;
	}
	if (arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) &&
		arp->arp_data.arp_tip == l->o.lan_address)
		load_port_arp(l, DP_LAN, l->o.lan_address, arp->arp_data.arp_sip,
			arp->arp_data.arp_sha.addr_bytes);
}

bool
load_lan_resolve(struct peer *p)
{
	struct load *l = p->l;

	if (p->lan_known)
		return true;
	if (p->lan_asked_us == 0 || l->now_us - p->lan_asked_us >= ASK_AGAIN_US) {
		p->lan_asked_us = l->now_us;
		load_port_arp(l, DP_LAN, l->o.lan_address, p->lease, NULL);
	}
	return false;
}

void
load_lan_ip(struct peer *p, struct rte_mbuf *m)
{
	if (!load_lan_resolve(p)) {
		rte_pktmbuf_free(m);
		return;
	}
	load_port_ether(m, p->lan_mac, p->l->port[DP_LAN].mac, RTE_ETHER_TYPE_IPV4);
	load_port_send(p->l, DP_LAN, m);
}

void
load_lan_run(struct load *l)
{
	struct rte_mbuf *m[PORT_BURST];
	uint16_t n = load_port_receive(l, DP_LAN, m);

	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(m[i], const uint8_t *);
		size_t len = m[i]->data_len;

		if (len > RTE_ETHER_HDR_LEN && p[12] == 8 && p[13] == 6)
			arp_in(l, m[i]);
		else if (len > RTE_ETHER_HDR_LEN && p[12] == 8 && p[13] == 0 &&
			 memcmp(p, l->port[DP_LAN].mac, 6) == 0)
			load_traffic_input(l, NULL, p + RTE_ETHER_HDR_LEN, len - RTE_ETHER_HDR_LEN);
		rte_pktmbuf_free(m[i]);
	}
}
