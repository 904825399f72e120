/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include "broadcast.h"
#include "ether.h"
#include "frag.h"
#include "handoff.h"
#include "ipv4_hdr.h"
#include "neigh.h"
#include "route.h"

void
ether_tag(struct rte_mbuf *m, rte_be16_t vlan)
{
	const rte_be16_t tag[2] = {RTE_BE16(RTE_ETHER_TYPE_VLAN), vlan};
	char *to = rte_pktmbuf_mtod(m, char *) - ETHER_TAG_LEN;

	m->data_off = (uint16_t)(m->data_off - ETHER_TAG_LEN);
	m->data_len = (uint16_t)(m->data_len + ETHER_TAG_LEN);
	m->pkt_len += ETHER_TAG_LEN;
	memmove(to, to + ETHER_TAG_LEN, 2 * RTE_ETHER_ADDR_LEN);
	memcpy(to + 2 * RTE_ETHER_ADDR_LEN, tag, sizeof(tag));
}

/*
 * Removes the VLAN tag and returns the VLAN ID; 0 when there is none. A tag with ID 0 only carries
 * a priority (802.1Q, 9.6).
 */
static uint16_t
untag(struct rte_mbuf *m)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	char *from = rte_pktmbuf_mtod(m, char *);
	rte_be16_t tci;

	if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)
		return m->vlan_tci & RTE_VLAN_ID_MASK;
	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
		m->data_len < sizeof(*eth) + ETHER_TAG_LEN)
		return 0;
	memcpy(&tci, from + sizeof(*eth), sizeof(tci));
	memmove(from + ETHER_TAG_LEN, from, 2 * RTE_ETHER_ADDR_LEN);
	rte_pktmbuf_adj(m, ETHER_TAG_LEN);
	return rte_be_to_cpu_16(tci) & RTE_VLAN_ID_MASK;
}

/* The network of the frame, which loses its tag; NULL when the VLAN is not ours. */
static const struct network *
find_net(const struct worker *w, struct rte_mbuf *m, enum dp_port port)
{
	uint8_t number;

	if (likely(w->net_of_vlan[port] == NULL))
		return &w->net[port];
	number = w->net_of_vlan[port][untag(m)];
	return number == NET_NONE ? NULL : &w->net[number];
}

const struct network *
ether_in(struct worker *w, struct rte_mbuf *m, enum dp_port port)
{
	const struct rte_ether_hdr *eth;
	const struct network *net;
	enum drop_reason why;
	bool group;

	if (unlikely(m->data_len < sizeof(*eth))) {
		drop(w, m, DROP_ETHER_SHORT);
		return NULL;
	}
	net = find_net(w, m, port);
	if (unlikely(net == NULL)) {
		drop(w, m, DROP_ETHER_VLAN);
		return NULL;
	}
	eth = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	group = rte_is_multicast_ether_addr(&eth->dst_addr);
	if (!group && memcmp(eth->dst_addr.addr_bytes, net->mac, RTE_ETHER_ADDR_LEN) != 0) {
		drop(w, m, DROP_ETHER_OTHER_MAC);
		return NULL;
	}
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_ARP)) {
		pkt_meta_init(m, net->number, DP_SID_NONE);
		punt(w, m, PUNT_ARP);
		return NULL;
	}
	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		drop(w, m, DROP_ETHER_TYPE);
		return NULL;
	}
	rte_pktmbuf_adj(m, sizeof(*eth));
	/*
	 * Not even an IPv4 packet for a unicast address may be accepted in such a frame (RFC 1122,
	 * 3.3.6).
	 */
	if (unlikely(group)) {
		broadcast_in(w, m, net);
		return NULL;
	}
	why = ipv4_check(m, m->ol_flags);
	if (why != IPV4_SOUND) {
		drop(w, m, why);
		return NULL;
	}
	return net;
}

struct transit
ether_direct(const struct worker *w, unsigned net, const struct rte_mbuf *m)
{
	rte_be32_t dst = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr;

	return (struct transit){.out = (uint8_t)net, .hop = route_hop(w, net, dst)};
}

/* The entry of the packet's next hop, as neigh_find() returns it; 0 when the packet is gone. */
static inline uint64_t
find_hop(struct worker *w, struct rte_mbuf *m, const struct network *net, rte_be32_t hop)
{
	uint64_t word;

	if (unlikely(hop == 0)) {
		drop(w, m, DROP_NO_ROUTE);
		return 0;
	}
	word = neigh_find(net, hop);
	if (unlikely(word == 0)) {
		pkt_meta_init(m, net->number, DP_SID_NONE)->next_hop = hop;
		punt(w, m, PUNT_NEIGH);
	}
	return word;
}

/* Prepends the Ethernet header to the next hop; false when the packet is gone. */
static inline bool
ether_push(struct worker *w, struct rte_mbuf *m, const struct network *net, uint64_t hop)
{
	const rte_be16_t type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	char *to = rte_pktmbuf_prepend(m, RTE_ETHER_HDR_LEN);

	if (unlikely(to == NULL || (net->vlan != 0 && rte_pktmbuf_headroom(m) < ETHER_TAG_LEN))) {
		drop(w, m, DROP_NO_BUFFER);
		return false;
	}
	/*
	 * Copied bytewise: a compressed PPP header has an odd length, which makes this address odd.
	 * The bytes of hop above the MAC are overwritten.
	 */
	memcpy(to, &hop, sizeof(hop));
	memcpy(to + RTE_ETHER_ADDR_LEN, net->mac, RTE_ETHER_ADDR_LEN);
	memcpy(to + 2 * RTE_ETHER_ADDR_LEN, &type, sizeof(type));
	if (unlikely(net->vlan != 0))
		ether_tag(m, net->vlan);
	return true;
}

/* The network and next hop of a packet of the lane; hop 0: none. */
static inline const struct network *
way_of(const struct worker *w, const struct lane *l, unsigned i, enum dp_port port, rte_be32_t *hop)
{
	struct rte_mbuf *m = l->pkt[i];

	if (l->ctx[i] == LANE_HOP) {
		*hop = transit(m)->hop;
		return &w->net[transit(m)->out];
	}
	*hop = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *)->dst_addr;
	if (unlikely(!ipv4_on_net(&w->net[port], *hop)))
		*hop = route_hop(w, port, *hop);
	return &w->net[port];
}

/*
 * Appends the fragments of a packet that is larger than the network's MTU: all of them if there are
 * at most max, else none. Packets with DF do not get this far: the stages before tell their sender.
 */
static void
push_fragments(struct worker *w, struct rte_mbuf *m, const struct network *net, rte_be32_t hop,
	struct lane *l, unsigned max)
{
	struct rte_mbuf *f[FRAG_MAX];
	uint64_t word;
	unsigned n;

	if (frag_is_forbidden(m)) {
		drop(w, m, DROP_TOO_BIG);
		return;
	}
	/* First, because a packet that waits for the hop's MAC address waits whole. */
	word = find_hop(w, m, net, hop);
	if (word == 0)
		return;
	n = frag_make(w, m, net->mtu, f, max);
	for (unsigned i = 0; i < n; i++) {
		if (ether_push(w, f[i], net, word))
			lane_append(l, f[i], NULL);
	}
}

/*
 * Processes the lane from the first packet that is too big; what precedes it, k packets, are frames
 * already.
 */
static void
push_with_fragments(struct worker *w, struct lane *l, uint16_t first, uint16_t k, enum dp_port port)
{
	struct lane all = *l;

	l->n = k;
	for (unsigned i = first; i < all.n; i++) {
		struct rte_mbuf *m = all.pkt[i];
		unsigned waiting = all.n - i - 1u;
		const struct network *net;
		rte_be32_t hop;
		uint64_t word;

		if (all.ctx[i] == LANE_FRAME) {
			lane_append(l, m, LANE_FRAME);
			continue;
		}
		net = way_of(w, &all, i, port, &hop);
		if (m->data_len > net->mtu) {
			push_fragments(w, m, net, hop, l, LANE_MAX - l->n - waiting);
			continue;
		}
		word = find_hop(w, m, net, hop);
		if (word != 0 && ether_push(w, m, net, word))
			lane_append(l, m, NULL);
	}
}

/* Turns all packets of the lane into frames. */
static void
push_all(struct worker *w, struct lane *l, enum dp_port port)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];

		if (likely(l->ctx[i] != LANE_FRAME)) {
			rte_be32_t hop;
			const struct network *net = way_of(w, l, i, port, &hop);
			uint64_t word;

			if (unlikely(m->data_len > net->mtu)) {
				push_with_fragments(w, l, i, k, port);
				return;
			}
			word = find_hop(w, m, net, hop);
			if (unlikely(word == 0 || !ether_push(w, m, net, word)))
				continue;
		}
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

/* Sends frames through the worker's NIC queue. */
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

/* Hands frames to the worker that has a queue: always the same one, so that they stay in order. */
static void
hand_over(struct worker *w, const struct lane *l, enum dp_port port)
{
	enum inbox inbox = port == DP_WAN ? INBOX_TO_WAN : INBOX_TO_LAN;

	for (uint16_t i = 0; i < l->n; i++) {
		pkt_meta_init(l->pkt[i], port, DP_SID_NONE)->raw = true;
		push(w, w->tx_worker[port], inbox, l->pkt[i]);
	}
}

void
ether_out(struct worker *w, struct lane *l, enum dp_port port)
{
	push_all(w, l, port);
	if (w->has_queue[port])
		transmit(w, l, port);
	else
		hand_over(w, l, port);
	l->n = 0;
}
