/* SPDX-License-Identifier: BSD-3-Clause */
/* ICMP errors: translates the quoted packet back to what its sender sent (RFC 5508, 4). */
#include <netinet/in.h>
#include <rte_icmp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "cksum.h"
#include "handoff.h"
#include "nat.h"

/* Replaces the source or destination of the quoted packet. nat_read() has checked all lengths. */
static void
rewrite_quoted(struct rte_mbuf *m, bool source, rte_be32_t addr, rte_be16_t port)
{
	struct rte_icmp_hdr *outer = rte_pktmbuf_mtod_offset(
		m, struct rte_icmp_hdr *, sizeof(struct rte_ipv4_hdr));
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(outer + 1);
	uint32_t head = (ip->version_ihl & RTE_IPV4_HDR_IHL_MASK) * 4u;
	uint32_t room = m->data_len - (uint32_t)(sizeof(*ip) + sizeof(*outer)) - head;
	void *l4 = (uint8_t *)ip + head;
	struct rte_udp_hdr *udp = l4;
	struct rte_tcp_hdr *tcp = l4;
	struct rte_icmp_hdr *icmp = l4;
	rte_be32_t old_addr = source ? ip->src_addr : ip->dst_addr;
	rte_be16_t old_port;
	uint16_t delta;

	if (ip->next_proto_id == IPPROTO_ICMP) {
		/* The identifier belongs to the host that sent the query. */
		icmp->icmp_cksum = cksum_update(icmp->icmp_cksum, icmp->icmp_ident, port);
		icmp->icmp_ident = port;
	} else {
		old_port = source ? udp->src_port : udp->dst_port;
		delta = nat_delta(old_addr, old_port, addr, port);
		if (source)
			udp->src_port = port;
		else
			udp->dst_port = port;
		/* Often only the ports and the sequence number of a TCP segment are quoted. */
		if (ip->next_proto_id == IPPROTO_UDP && udp->dgram_cksum != 0)
			udp->dgram_cksum = cksum_fold(
				(uint32_t)(uint16_t)~udp->dgram_cksum + delta);
		else if (ip->next_proto_id == IPPROTO_TCP && room >= sizeof(*tcp))
			tcp->cksum = cksum_fold((uint32_t)(uint16_t)~tcp->cksum + delta);
	}
	if (source)
		ip->src_addr = addr;
	else
		ip->dst_addr = addr;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, head);
}

static void
rewrite_outer(struct rte_mbuf *m, bool source, rte_be32_t addr)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);

	if (source)
		ip->src_addr = addr;
	else
		ip->dst_addr = addr;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = cksum(ip, sizeof(*ip));
	icmp->icmp_cksum = 0;
	icmp->icmp_cksum = cksum(icmp, m->data_len - sizeof(*ip));
}

/* An error neither keeps the session alive nor ends it (RFC 5508, REQ-6). */
bool
nat_error_out(struct worker *w, struct rte_mbuf *m, const struct nat_key *key)
{
	struct nat *n = w->nat;
	const struct nat_session *s = nat_find(n, key, nat_hash(n->shared, key));

	if (s == NULL) {
		drop(w, m, DROP_NAT_ERROR);
		return false;
	}
	rewrite_quoted(m, false, s->ext_addr, s->ext_port);
	rewrite_outer(m, true, s->ext_addr);
	n->stats.errors_out++;
	return true;
}

bool
nat_error_in(struct worker *w, struct rte_mbuf *m, const struct nat_key *key)
{
	struct nat *n = w->nat;
	int ext = nat_ext_find(n->shared, key->in_addr);
	const struct nat_session *s = NULL;
	struct nat_key k = *key;
	uint32_t first = 0;

	if (ext >= 0)
		first = n->shared->ports[ext].first[key->proto][rte_be_to_cpu_16(key->in_port)];
	if (first != 0 && nat_port_owner(n->shared, key->proto, key->in_port) == w->id) {
		k.in_addr = n->session[first].key.in_addr;
		k.in_port = n->session[first].key.in_port;
		s = nat_find(n, &k, nat_hash(n->shared, &k));
	}
	if (s == NULL || s->ext != ext || s->ext_port != key->in_port) {
		/* Perhaps about a packet that the gateway itself has sent. */
		pkt_meta_init(m, DP_WAN, DP_SID_NONE);
		punt(w, m, PUNT_SELF);
		return false;
	}
	rewrite_quoted(m, true, s->key.in_addr, s->key.in_port);
	rewrite_outer(m, false, s->key.in_addr);
	n->stats.errors_in++;
	return true;
}
