/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * WAN_RX -> UP, BACK, control, or ROUTE. Without wan.forward and NAT, only the gateway itself can
 * be reached.
 */
#include <netinet/in.h>
#include <string.h>
#include <rte_icmp.h>
#include <rte_udp.h>

#include "handoff.h"
#include "icmp_type.h"
#include "ipv4_hdr.h"
#include "broadcast.h"
#include "ether.h"
#include "filter.h"
#include "nat.h"
#include "reass.h"
#include "route.h"
#include "stages.h"
#include "steer.h"

enum {
	PORT_IKE = 500,
	PORT_NATT = 4500, /* IKE and ESP with NAT traversal (RFC 3947, RFC 3948) */
	PORT_L2TP = 1701,
};

#define NATT_MARKER    4 /* zero bytes in front of IKE on port 4500 (RFC 3948, 2.2) */
#define IKE_COOKIES    16 /* bytes; both are at the start of an ISAKMP message (RFC 2408, 3.1) */
#define NATT_KEEPALIVE 0xff /* the only byte of its datagram (RFC 3948, 2.3) */

static void
to_control(struct worker *w, struct rte_mbuf *m, enum punt_reason reason)
{
	pkt_meta_init(m, DP_WAN, DP_SID_NONE);
	punt(w, m, reason);
}

/* Removes the outer headers, which stay in the headroom. */
static void
to_esp(struct worker *w, struct rte_mbuf *m, uint16_t headers, enum esp_outer outer)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);

	m->hash.usr = outer | (uint32_t)ip->type_of_service << ESP_OUTER_TOS;
	rte_pktmbuf_adj(m, headers);
	steer_up(w, m);
}

/* Whether a message starts an ISAKMP SA: its responder cookie is zero. */
static bool
is_first(const uint8_t *ike, size_t len)
{
	static const uint8_t zero[IKE_COOKIES / 2];

	return len >= IKE_COOKIES && memcmp(ike + IKE_COOKIES / 2, zero, sizeof(zero)) == 0;
}

/* Not for a service of the gateway itself: perhaps for an inside host. */
static void
to_nat(struct worker *w, struct rte_mbuf *m)
{
	if (w->nat != NULL)
		nat_steer_back(w, m);
	else
		drop(w, m, DROP_WAN_PROTOCOL);
}

/* For IKE and ESP: true if the filter accepts the sender; else the packet is gone. */
static inline bool
is_served(struct worker *w, struct rte_mbuf *m)
{
	return filter_local(w, m, DP_WAN, POLICY_SERVED, NULL);
}

/* UDP port 4500, a payload of len bytes. */
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
		to_control(w, m,
			is_first(payload + NATT_MARKER, len - NATT_MARKER) ? PUNT_IKE_FIRST
									   : PUNT_IKE_NATT);
		return;
	}
	/* ESP ends with the datagram. */
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
		if (is_served(w, m))
			to_control(w, m,
				is_first((const uint8_t *)(udp + 1), len - sizeof(*udp))
					? PUNT_IKE_FIRST
					: PUNT_IKE);
		break;
	case PORT_NATT:
		if (is_served(w, m))
			natt_in(w, m, headers, (uint16_t)(len - sizeof(*udp)));
		break;
	case PORT_L2TP:
		drop(w, m, DROP_L2TP_CLEARTEXT);
		break;
	default:
		to_nat(w, m);
	}
}

/* Whether an ICMP message quotes IKE or ESP: NAT never uses those ports, nor ESP. */
static bool
quotes_own(const struct rte_mbuf *m)
{
	const uint16_t at = sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_icmp_hdr);
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, const struct rte_ipv4_hdr *, at);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(ip + 1);

	if (m->data_len < at + sizeof(*ip) + sizeof(*udp) || ip->version_ihl != RTE_IPV4_VHL_DEF)
		return false;
	return ip->next_proto_id == IPPROTO_ESP ||
	       (ip->next_proto_id == IPPROTO_UDP && (udp->src_port == RTE_BE16(PORT_IKE) ||
							    udp->src_port == RTE_BE16(PORT_NATT)));
}

/*
 * Echo requests, and errors about the gateway's own packets, are for the gateway whatever NAT does.
 */
static void
icmp_in(struct worker *w, struct rte_mbuf *m)
{
	const struct rte_icmp_hdr *icmp = rte_pktmbuf_mtod_offset(
		m, const struct rte_icmp_hdr *, sizeof(struct rte_ipv4_hdr));

	if (w->nat != NULL && m->data_len >= sizeof(struct rte_ipv4_hdr) + sizeof(*icmp) &&
		icmp->icmp_type != ICMP_TYPE_ECHO && !quotes_own(m))
		to_nat(w, m);
	else if (filter_local(w, m, DP_WAN, DP_ZONE_LOCAL, NULL))
		to_control(w, m, PUNT_SELF);
}

static bool
is_forwarded(const struct worker *w, const struct rte_ipv4_hdr *ip)
{
	return w->net[DP_WAN].forward && !ipv4_is_ours(w, ip->dst_addr);
}

/*
 * Whether the address is in one of the LAN's networks: no host on the WAN can have it (RFC 3704,
 * 2).
 */
static inline bool
is_inside(const struct worker *w, rte_be32_t addr)
{
	for (unsigned i = DP_LAN; i < w->n_nets; i++)
		if (ipv4_on_net(&w->net[i], addr))
			return true;
	return false;
}

/* The reason to drop the packet, or IPV4_SOUND. */
static enum drop_reason
judge(const struct worker *w, const struct rte_ipv4_hdr *ip)
{
	const struct network *net = &w->net[DP_WAN];
	bool through = is_forwarded(w, ip);

	if (ipv4_is_group(net, ip->dst_addr))
		return DROP_BROADCAST;
	if (ip->dst_addr != net->addr && !through && !nat_is_pool(w, ip->dst_addr))
		return DROP_WAN_NOT_US;
	if (!ipv4_is_unicast(ip->src_addr) || ipv4_is_group(net, ip->src_addr) ||
		ipv4_is_ours(w, ip->src_addr))
		return DROP_IP_SOURCE;
	if (through)
		return ipv4_on_net(net, ip->src_addr) || route_source_check(w, DP_WAN, ip->src_addr)
			       ? IPV4_SOUND
			       : DROP_SOURCE_ROUTE;
	return is_inside(w, ip->src_addr) ? DROP_SOURCE_ROUTE : IPV4_SOUND;
}

/*
 * Returns the packet that the fragment completes, or NULL. Does not hold fragments of protocols
 * without a service.
 */
static struct rte_mbuf *
whole(struct worker *w, struct rte_mbuf *m, uint8_t protocol)
{
	if (protocol == IPPROTO_ESP || protocol == IPPROTO_UDP || protocol == IPPROTO_ICMP ||
		(protocol == IPPROTO_TCP && w->nat != NULL))
		return reass_in(w, m, DP_WAN);
	drop(w, m, DROP_WAN_PROTOCOL);
	return NULL;
}

static void
wan_packet(struct worker *w, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	enum drop_reason why = judge(w, ip);

	/* DHCP servers may send to an address that is not ours yet. */
	if (unlikely(w->net[DP_WAN].dhcp) && broadcast_is_dhcp(w, m)) {
		to_control(w, m, PUNT_DHCP);
		return;
	}
	if (why != IPV4_SOUND) {
		drop(w, m, why);
		return;
	}
	if (unlikely(ip->dst_addr != w->net[DP_WAN].addr && !nat_is_pool(w, ip->dst_addr))) {
		route_append(w, m, DP_WAN, NULL);
		return;
	}
	if (unlikely(ipv4_is_fragment(ip))) {
		m = whole(w, m, ip->next_proto_id);
		if (m == NULL)
			return;
		ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	}
	if (unlikely(ip->dst_addr != w->net[DP_WAN].addr)) {
		nat_steer_back(w, m);
		return;
	}
	switch (ip->next_proto_id) {
	case IPPROTO_ESP:
		if (is_served(w, m))
			to_esp(w, m, sizeof(*ip), ESP_OUTER_IP);
		break;
	case IPPROTO_UDP:
		udp_in(w, m);
		break;
	case IPPROTO_ICMP:
		icmp_in(w, m);
		break;
	case IPPROTO_TCP:
		to_nat(w, m);
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
		if (ether_in(w, l->pkt[i], DP_WAN) != NULL)
			wan_packet(w, l->pkt[i]);
	}
	l->n = 0;
}
