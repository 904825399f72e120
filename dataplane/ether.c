/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include "broadcast.h"
#include "ether.h"
#include "ipv4_hdr.h"
#include "neigh.h"
#include "route.h"
#include "transit.h"

bool
ether_in(struct worker *w, struct rte_mbuf *m, enum dp_port port)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	enum drop_reason why;
	bool group;

	if (m->data_len < sizeof(*eth)) {
		drop(w, m, DROP_ETHER_SHORT);
		return false;
	}
	group = rte_is_multicast_ether_addr(&eth->dst_addr);
	if (!group && memcmp(eth->dst_addr.addr_bytes, w->net[port].mac, RTE_ETHER_ADDR_LEN) != 0) {
		drop(w, m, DROP_ETHER_OTHER_MAC);
		return false;
	}
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP)) {
		pkt_meta_init(m, port, DP_SID_NONE);
		punt(w, m, PUNT_ARP);
		return false;
	}
	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		drop(w, m, DROP_ETHER_TYPE);
		return false;
	}
	rte_pktmbuf_adj(m, sizeof(*eth));
	/* Also a unicast address in such a frame must not be taken (RFC 1122, 3.3.6). */
	if (unlikely(group)) {
		broadcast_in(w, m, port);
		return false;
	}
	why = ipv4_check(m, m->ol_flags);
	if (why != IPV4_SOUND) {
		drop(w, m, why);
		return false;
	}
	return true;
}

/* The next hop of what says nothing of it: ESP, and what control sends. */
static inline rte_be32_t
next_hop(const struct worker *w, enum dp_port port, const struct rte_mbuf *m)
{
	rte_be32_t dst = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr;

	return ipv4_on_net(&w->net[port], dst) ? dst : route_hop(w, port, dst);
}

/* Puts the header on; false when the packet is gone. */
static bool
ether_push(struct worker *w, struct rte_mbuf *m, enum dp_port port, rte_be32_t hop)
{
	const struct net_port *net = &w->net[port];
	const rte_be16_t type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	uint8_t mac[RTE_ETHER_ADDR_LEN];
	char *to;

	if (m->data_len > net->mtu) {
		drop(w, m, DROP_TOO_BIG);
		return false;
	}
	if (unlikely(hop == 0)) {
		drop(w, m, DROP_NO_ROUTE);
		return false;
	}
	if (!neigh_find(net, hop, mac)) {
		pkt_meta_init(m, port, DP_SID_NONE)->next_hop = hop;
		punt(w, m, PUNT_NEIGH);
		return false;
	}
	to = rte_pktmbuf_prepend(m, RTE_ETHER_HDR_LEN);
	if (to == NULL) {
		drop(w, m, DROP_NO_BUFFER);
		return false;
	}
	/* Bytewise: a compressed PPP header has an odd length, which makes this address odd. */
	memcpy(to, mac, sizeof(mac));
	memcpy(to + RTE_ETHER_ADDR_LEN, net->mac, RTE_ETHER_ADDR_LEN);
	memcpy(to + 2 * RTE_ETHER_ADDR_LEN, &type, sizeof(type));
	return true;
}

/* Frames to the NIC queue of this worker. */
static void
transmit(struct worker *w, const struct lane *l, enum dp_port port)
{
	uint16_t sent = 0, n;

	while (sent < l->n) {
		n = rte_eth_tx_burst(w->port_id[port], w->queue[port],
			(struct rte_mbuf **)&l->pkt[sent], (uint16_t)(l->n - sent));
		if (n == 0)
			break;
		sent = (uint16_t)(sent + n);
	}
	for (uint16_t i = sent; i < l->n; i++)
		drop(w, l->pkt[i], DROP_TX_FULL);
}

/* Frames to the worker that has a queue: always the same one, so that they stay in order. */
static void
hand_over(struct worker *w, const struct lane *l, enum dp_port port)
{
	enum mouth mouth = port == DP_WAN ? MOUTH_TO_WAN : MOUTH_TO_LAN;

	for (uint16_t i = 0; i < l->n; i++) {
		pkt_meta_init(l->pkt[i], port, DP_SID_NONE)->raw = true;
		push(w, w->tx_worker[port], mouth, l->pkt[i]);
	}
}

void
ether_out(struct worker *w, struct lane *l, enum dp_port port)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		rte_be32_t hop;

		if (l->ctx[i] != LANE_FRAME) {
			hop = l->ctx[i] == LANE_HOP ? transit(m)->hop : next_hop(w, port, m);
			if (!ether_push(w, m, port, hop))
				continue;
		}
		LANE_KEEP(l, k, i);
	}
	l->n = k;
	if (w->has_queue[port])
		transmit(w, l, port);
	else
		hand_over(w, l, port);
	l->n = 0;
}
