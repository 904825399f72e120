/* SPDX-License-Identifier: BSD-3-Clause */
/* The WAN side: ARP for all clients; hands IPv4, UDP 500 and 4500, and ESP to the client meant. */
#include <string.h>
#include <rte_arp.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "load.h"
#include "rdwr.h"
#include "wire/l2tp.h"
#include "wire/ppp.h"

#define ASK_AGAIN_US 500000
#define TTL          64
#define L2TP_PORT    1701

/* --- out -------------------------------------------------------------------------------------- */

static be32
next_hop(const struct load *l)
{
	return l->o.wan_router != 0 ? l->o.wan_router : l->o.gateway;
}

static void
ask(struct load *l)
{
	if (l->gateway_asked_us != 0 && l->now_us - l->gateway_asked_us < ASK_AGAIN_US)
		return;
	l->gateway_asked_us = l->now_us;
	load_port_arp(l, DP_WAN, l->o.wan_address ? l->o.wan_address : l->o.addresses.first,
		next_hop(l), NULL);
}

void
load_wan_ip(struct load *l, struct rte_mbuf *m)
{
	if (!l->gateway_known) {
		rte_pktmbuf_free(m);
		return;
	}
	load_port_ether(m, l->gateway_mac, l->port[DP_WAN].mac, RTE_ETHER_TYPE_IPV4);
	load_port_send(l, DP_WAN, m);
}

void
load_wan_udp(struct load *l, const struct ip_end *from, be16 to_port, bool marker,
	const uint8_t *msg, size_t len)
{
	size_t head = sizeof(struct rte_ipv4_hdr) + sizeof(struct rte_udp_hdr) + (marker ? 4 : 0);
	struct rte_mbuf *m = load_port_new(l);
	struct rte_ipv4_hdr *ip;
	struct rte_udp_hdr *udp;

	if (m == NULL)
		return;
	ip = (struct rte_ipv4_hdr *)rte_pktmbuf_append(m, (uint16_t)(head + len));
	if (ip == NULL) {
		rte_pktmbuf_free(m);
		return;
	}
	memset(ip, 0, head);
	udp = (struct rte_udp_hdr *)(ip + 1);
	ip->version_ihl = RTE_IPV4_VHL_DEF;
	ip->total_length = htons((uint16_t)(head + len));
	ip->time_to_live = TTL;
	ip->next_proto_id = IPPROTO_UDP;
	ip->src_addr = from->addr;
	ip->dst_addr = l->o.gateway;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	udp->src_port = from->port;
	udp->dst_port = to_port;
	udp->dgram_len = htons((uint16_t)(head + len - sizeof(*ip)));
	memcpy((uint8_t *)ip + head, msg, len);
	load_wan_ip(l, m);
}

/* --- in --------------------------------------------------------------------------------------- */

static bool
answers_for(const struct load *l, be32 addr)
{
	return ip_range_contains(&l->o.addresses, addr) ||
	       (l->o.wan_address != 0 && addr == l->o.wan_address);
}

static void
arp_in(struct load *l, const struct rte_mbuf *m)
{
	const struct rte_arp_hdr *arp = rte_pktmbuf_mtod_offset(
		m, const struct rte_arp_hdr *, RTE_ETHER_HDR_LEN);

	if (m->data_len < RTE_ETHER_HDR_LEN + sizeof(*arp))
		return;
	if (arp->arp_data.arp_sip == next_hop(l)) {
		memcpy(l->gateway_mac, arp->arp_data.arp_sha.addr_bytes, 6);
		l->gateway_known = true;
	}
	if (arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST) &&
		answers_for(l, arp->arp_data.arp_tip))
		load_port_arp(l, DP_WAN, arp->arp_data.arp_tip, arp->arp_data.arp_sip,
			arp->arp_data.arp_sha.addr_bytes);
}

static void
ike_in(struct load *l, struct peer *p, uint16_t port, const uint8_t *msg, size_t len)
{
	/* Earlier ESP packets come first: this message may end their SA. */
	load_esp_open(l);
	if (p->role == ROLE_HALF_OPEN && p->heard++ > 0)
		return;
	client_ike_input(p->c, port, msg, len);
}

/* Takes a packet from its ESP header on; consumes m. */
static void
esp_in_(struct load *l, struct peer *p, be32 to, struct rte_mbuf *m)
{
	be32 spi = 0;
	struct child *c;

	if (m->data_len >= sizeof(spi))
		memcpy(&spi, rte_pktmbuf_mtod(m, const void *), sizeof(spi));
	c = load_peer_child(l, to, spi);
	if (c == NULL) {
		l->esp.no_sa++;
		rte_pktmbuf_free(m);
		return;
	}
	if (p == NULL)
		p = c->in->sid < l->n_peers ? l->peers[c->in->sid] : NULL;
	if (p != NULL)
		load_esp_in(l, p, c->in, m);
	else
		rte_pktmbuf_free(m);
}

/* Takes a packet from its UDP header on. */
static void
udp_in(struct load *l, be32 to, struct rte_mbuf *m)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod(m, const struct rte_udp_hdr *);
	size_t len = m->data_len;
	const uint8_t *body = (const uint8_t *)(udp + 1);
	uint16_t port;
	struct peer *p;

	if (len < sizeof(*udp) || ntohs(udp->dgram_len) < sizeof(*udp) ||
		ntohs(udp->dgram_len) > len)
		goto out;
	rte_pktmbuf_trim(m, (uint16_t)(len - ntohs(udp->dgram_len)));
	len = m->data_len - sizeof(*udp);
	p = load_peer_by_end(l, to, udp->dst_port, &port);
	if (p == NULL)
		goto out;
	if (port == 500) {
		ike_in(l, p, port, body, len);
	} else if (len > 4 && memcmp(body, "\0\0\0", 4) == 0) {
		ike_in(l, p, port, body + 4, len - 4);
	} else if (len > 4) {
		rte_pktmbuf_adj(m, sizeof(*udp));
		esp_in_(l, p, to, m);
		return;
	}
out:
	rte_pktmbuf_free(m);
}

/* Consumes m. */
static void
ip_in(struct load *l, struct rte_mbuf *m)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)rte_pktmbuf_adj(
		m, RTE_ETHER_HDR_LEN);
	uint16_t total, head;
	be32 to;
	uint8_t protocol;

	if (ip == NULL || m->data_len < sizeof(*ip))
		goto out;
	total = ntohs(ip->total_length);
	head = (uint16_t)((ip->version_ihl & 15) * 4);
	if (ip->src_addr != l->o.gateway || total > m->data_len || head < sizeof(*ip) ||
		head > total || (ip->fragment_offset & RTE_BE16(0x3fff)) != 0)
		goto out;
	to = ip->dst_addr;
	protocol = ip->next_proto_id;
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - total));
	rte_pktmbuf_adj(m, head);
	if (protocol == IPPROTO_UDP) {
		udp_in(l, to, m);
		return;
	}
	if (protocol == IPPROTO_ESP) {
		esp_in_(l, NULL, to, m);
		return;
	}
out:
	rte_pktmbuf_free(m);
}

void
load_wan_run(struct load *l)
{
	struct rte_mbuf *m[PORT_BURST];
	uint16_t n = load_port_receive(l, DP_WAN, m);

	if (!l->gateway_known)
		ask(l);
	for (uint16_t i = 0; i < n; i++) {
		const uint8_t *p = rte_pktmbuf_mtod(m[i], const uint8_t *);

		if (m[i]->data_len > RTE_ETHER_HDR_LEN && p[12] == 8 && p[13] == 6)
			arp_in(l, m[i]);
		if (m[i]->data_len > RTE_ETHER_HDR_LEN && p[12] == 8 && p[13] == 0)
			ip_in(l, m[i]);
		else
			rte_pktmbuf_free(m[i]);
	}
	load_esp_open(l);
}

/* --- inside of ESP ---------------------------------------------------------------------------- */

/* The PPP protocol; address, control and protocol fields may be compressed (RFC 1661, 6.5, 6.6). */
static uint16_t
ppp_protocol(struct rd *r)
{
	uint16_t protocol = rd_u8(r);

	if (protocol == PPP_ADDRESS) {
		rd_u8(r);
		protocol = rd_u8(r);
	}
	return (uint16_t)(protocol & 1 ? protocol : protocol << 8 | rd_u8(r));
}

/* Whether it is a data message with IP; then r is at the IP header. */
static bool
is_ip(struct rd *r)
{
	uint16_t flags = rd_u16(r);

	if (flags & L2TP_FLAG_T)
		return false;
	if (flags & L2TP_FLAG_L)
		rd_u16(r);
	rd_u32(r); /* tunnel and session */
	if (flags & L2TP_FLAG_S)
		rd_u32(r);
	if (flags & L2TP_FLAG_O)
		rd_bytes(r, rd_u16(r));
	return ppp_protocol(r) == PPP_IP && !r->bad;
}

static bool
has_sum(const struct rte_mbuf *m)
{
	const struct rte_udp_hdr *udp = rte_pktmbuf_mtod(m, const struct rte_udp_hdr *);

	return m->data_len >= sizeof(*udp) && udp->dgram_cksum != 0;
}

void
load_wan_opened(struct load *l, struct peer *p, struct rte_mbuf *m)
{
	struct rd r = rd_init(rte_pktmbuf_mtod(m, const void *), m->data_len), ip;

	rd_u16(&r);
	if (has_sum(m) && load_peer_sum(p, m) != 0) {
		l->esp.bad_sum++;
	} else if (rd_u16(&r) == L2TP_PORT && rd_bytes(&r, 4) != NULL) {
		ip = r;
		if (is_ip(&ip)) {
			(void)client_traffic(p->c, rd_left(&r));
			if (!client_ip_input(p->c, ip.p, rd_left(&ip)))
				load_traffic_input(l, p, ip.p, rd_left(&ip));
		} else {
			client_l2tp_input(p->c, r.p, rd_left(&r));
		}
	}
	rte_pktmbuf_free(m);
}
