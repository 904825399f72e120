/* SPDX-License-Identifier: BSD-3-Clause */
/* WAN_RX -> UP, or to control: the gateway itself is all that may be spoken to on the WAN. */
#include <netinet/in.h>
#include <string.h>
#include <rte_udp.h>

#include "ipv4_hdr.h"
#include "ether.h"
#include "filter.h"
#include "route.h"
#include "steer.h"

enum {
	PORT_IKE = 500,
	PORT_NATT = 4500, /* IKE and ESP behind NAT (RFC 3947, RFC 3948) */
	PORT_L2TP = 1701,
};

#define NATT_MARKER    4 /* zeros before IKE on port 4500 (RFC 3948, 2.2) */
#define NATT_KEEPALIVE 0xff /* alone in its datagram (RFC 3948, 2.3) */

static void
to_control(struct worker *w, struct rte_mbuf *m, enum punt_reason reason)
{
	pkt_meta_init(m, DP_WAN, DP_SID_NONE);
	punt(w, m, reason);
}

/* Takes the outer headers off, which stay in the headroom. */
static void
to_esp(struct worker *w, struct rte_mbuf *m, uint16_t headers, enum esp_outer outer)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	m->hash.usr = outer | (uint32_t)ip->type_of_service << ESP_OUTER_TOS;
	rte_pktmbuf_adj(m, headers);
	steer_up(w, m);
}

/* UDP port 4500; the payload has len bytes. */
static void
natt_in(struct worker *w, struct rte_mbuf *m, uint16_t headers, uint16_t len)
{
	static const uint8_t marker[NATT_MARKER];
	const uint8_t *payload = rte_pktmbuf_mtod_offset(m, const uint8_t *, headers);

	if (len == 1 && *payload == NATT_KEEPALIVE) {
		drop(w, m, DROP_NATT_KEEPALIVE);
		return;
	}
	if (len >= NATT_MARKER && memcmp(payload, marker, NATT_MARKER) == 0) {
		to_control(w, m, PUNT_IKE_NATT);
		return;
	}
	/* What follows the datagram is not ESP's. */
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - headers - len));
	to_esp(w, m, headers, ESP_OUTER_UDP);
}

static void
udp_in(struct worker *w, struct rte_mbuf *m)
{
	const uint16_t headers = sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr);
	const struct rte_udp_hdr *udp;
	uint16_t len;

	if (m->data_len < headers) {
		drop(w, m, DROP_IP_HEADER);
		return;
	}
	udp = rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, sizeof(struct rte_ipv4_hdr));
	len = rte_be_to_cpu_16(udp->dgram_len);
	if (len < sizeof(*udp) || len > m->data_len - sizeof(struct rte_ipv4_hdr)) {
		drop(w, m, DROP_IP_HEADER);
		return;
	}
	switch (rte_be_to_cpu_16(udp->dst_port)) {
	case PORT_IKE:
		if (filter_local(w, m, DP_WAN, POLICY_SERVED, NULL))
			to_control(w, m, PUNT_IKE);
		break;
	case PORT_NATT:
		if (filter_local(w, m, DP_WAN, POLICY_SERVED, NULL))
			natt_in(w, m, headers, (uint16_t)(len - sizeof(*udp)));
		break;
	case PORT_L2TP:
		drop(w, m, DROP_L2TP_CLEARTEXT);
		break;
	default:
		drop(w, m, DROP_WAN_PROTOCOL);
	}
}

/* Why the packet is none for us, or IPV4_SOUND. */
static enum drop_reason
judge(const struct worker *w, const struct rte_ipv4_hdr *ip)
{
	const struct net_port *net = &w->net[DP_WAN];

	if (!ipv4_is_unicast(ip->src_addr) || ipv4_is_group(net, ip->src_addr) ||
		ipv4_is_ours(w, ip->src_addr))
		return DROP_IP_SOURCE;
	if (ipv4_is_fragment(ip))
		return DROP_FRAGMENT;
	return IPV4_SOUND;
}

/* For others than us: on, if the policy has a way for it, it leads inside, and it does not pretend to come from there. */
static void
to_others(struct worker *w, struct rte_mbuf *m, const struct rte_ipv4_hdr *ip)
{
	struct transit to;

	if (ipv4_is_group(&w->net[DP_WAN], ip->dst_addr))
		drop(w, m, DROP_BROADCAST);
	else if (w->policy == NULL || !w->policy->from_wan || ipv4_is_ours(w, ip->dst_addr) ||
		 !ipv4_is_unicast(ip->dst_addr) || !route_find(w, ip->dst_addr, &to) ||
		 to.out == DP_WAN)
		drop(w, m, DROP_WAN_NOT_US);
	else if (!ipv4_is_unicast(ip->src_addr) || ipv4_is_group(&w->net[DP_WAN], ip->src_addr) ||
		 ipv4_is_ours(w, ip->src_addr) || ipv4_on_net(&w->net[DP_LAN], ip->src_addr))
		drop(w, m, DROP_IP_SOURCE);
	else
		route_append(w, m, DP_WAN, NULL);
}

static void
wan_packet(struct worker *w, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	enum drop_reason why;

	if (unlikely(ip->dst_addr != w->net[DP_WAN].addr)) {
		to_others(w, m, ip);
		return;
	}
	why = judge(w, ip);
	if (why != IPV4_SOUND) {
		drop(w, m, why);
		return;
	}
	switch (ip->next_proto_id) {
	case IPPROTO_ESP:
		if (filter_local(w, m, DP_WAN, POLICY_SERVED, NULL))
			to_esp(w, m, sizeof(*ip), ESP_OUTER_IP);
		break;
	case IPPROTO_UDP:
		udp_in(w, m);
		break;
	case IPPROTO_ICMP:
		if (filter_local(w, m, DP_WAN, DP_LOCAL, NULL))
			to_control(w, m, PUNT_SELF);
		break;
	default:
		drop(w, m, DROP_WAN_PROTOCOL);
	}
}

void
wan_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_WAN_RX];

	for (uint16_t i = 0; i < l->n; i++) {
		if (ether_in(w, l->pkt[i], DP_WAN))
			wan_packet(w, l->pkt[i]);
	}
	l->n = 0;
}
