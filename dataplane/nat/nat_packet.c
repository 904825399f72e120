/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads and rewrites the parts of packets that NAT is concerned with. */
#include <netinet/in.h>
#include <rte_icmp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "icmp_type.h"
#include "ipv4_hdr.h"
#include "nat.h"

#define IP_LEN     ((uint32_t)sizeof(struct rte_ipv4_hdr))
#define ICMP_LEN   ((uint32_t)sizeof(struct rte_icmp_hdr))
#define QUOTED_MIN 8u /* bytes after the quoted IPv4 header (RFC 792) */

/* Address and port of both ends of a packet that goes out or comes in; l4 has at least 8 bytes. */
static enum nat_kind
read_ends(const struct rte_ipv4_hdr *ip, const void *l4, bool out, struct nat_key *key)
{
	const struct rte_icmp_hdr *icmp = l4;
	const struct rte_udp_hdr *udp = l4; /* TCP has its ports in the same place */
	rte_be16_t from, to;

	switch (ip->next_proto_id) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		key->proto = ip->next_proto_id == IPPROTO_TCP ? NAT_TCP : NAT_UDP;
		from = udp->src_port;
		to = udp->dst_port;
		break;
	case IPPROTO_ICMP:
		/* Queries that have an answer, as they go out, and their answers (RFC 5508, 3). */
		if (icmp->icmp_type != (out ? ICMP_TYPE_ECHO : ICMP_TYPE_ECHO_REPLY) &&
			icmp->icmp_type != (out ? ICMP_TYPE_TIMESTAMP : ICMP_TYPE_TIMESTAMP_REPLY))
			return NAT_IS_OTHER;
		key->proto = NAT_ICMP;
		from = out ? icmp->icmp_ident : 0;
		to = out ? 0 : icmp->icmp_ident;
		break;
	default:
		return NAT_IS_OTHER;
	}
	key->in_addr = out ? ip->src_addr : ip->dst_addr;
	key->in_port = out ? from : to;
	key->peer_addr = out ? ip->dst_addr : ip->src_addr;
	key->peer_port = out ? to : from;
	return NAT_IS_FLOW;
}

/*
 * The packet that an ICMP error quotes; it went the other way. Its IPv4 options are skipped (RFC
 * 5508, REQ-3).
 */
static enum nat_kind
read_quoted(const struct rte_mbuf *m, bool out, struct nat_key *key)
{
	const uint8_t *icmp = rte_pktmbuf_mtod_offset(m, const uint8_t *, IP_LEN);
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(icmp + ICMP_LEN);
	uint32_t len = m->data_len - IP_LEN, head;

	if (len < ICMP_LEN + IP_LEN + QUOTED_MIN || ip->version_ihl >> 4 != IPVERSION)
		return NAT_IS_SHORT;
	head = (ip->version_ihl & RTE_IPV4_HDR_IHL_MASK) * 4u;
	if (head < IP_LEN || len < ICMP_LEN + head + QUOTED_MIN || cksum(icmp, len) != 0 ||
		cksum(ip, head) != 0)
		return NAT_IS_SHORT;
	if (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_OFFSET_MASK))
		return NAT_IS_OTHER;
	return read_ends(ip, (const uint8_t *)ip + head, !out, key) == NAT_IS_FLOW ? NAT_IS_ERROR
										   : NAT_IS_OTHER;
}

enum nat_kind
nat_read(const struct rte_mbuf *m, bool out, struct nat_key *key)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	const void *l4 = ip + 1;
	uint32_t len = m->data_len - IP_LEN;
	uint32_t need = ip->next_proto_id == IPPROTO_TCP ? (uint32_t)sizeof(struct rte_tcp_hdr)
							 : QUOTED_MIN;

	if (unlikely(ipv4_is_fragment(ip)))
		return NAT_IS_FRAGMENT;
	if (unlikely(len < need))
		return NAT_IS_SHORT;
	if (ip->next_proto_id == IPPROTO_ICMP &&
		icmp_type_is_error(((const struct rte_icmp_hdr *)l4)->icmp_type))
		return read_quoted(m, out, key);
	return read_ends(ip, l4, out, key);
}

uint16_t
nat_delta(rte_be32_t from_addr, rte_be16_t from_port, rte_be32_t to_addr, rte_be16_t to_port)
{
	uint32_t sum = (uint16_t)~from_addr + (uint16_t) ~(from_addr >> 16);

	sum += (uint16_t)~from_port;
	sum += (uint16_t)to_addr + (to_addr >> 16) + to_port;
	return (uint16_t)~cksum_fold(sum);
}

static inline uint16_t
apply(uint16_t old, uint16_t delta)
{
	return cksum_fold((uint32_t)(uint16_t)~old + delta);
}

/*
 * Updates the checksum of the transport header, and nothing else. A UDP checksum of 0 means none
 * (RFC 768).
 */
static inline void
fix_l4(void *l4, uint32_t proto, uint16_t delta, rte_be16_t from, rte_be16_t to)
{
	struct rte_tcp_hdr *tcp = l4;
	struct rte_udp_hdr *udp = l4;
	struct rte_icmp_hdr *icmp = l4;

	if (proto == NAT_TCP) {
		tcp->cksum = apply(tcp->cksum, delta);
	} else if (proto == NAT_UDP) {
		if (udp->dgram_cksum != 0) {
			udp->dgram_cksum = apply(udp->dgram_cksum, delta);
			if (udp->dgram_cksum == 0)
				udp->dgram_cksum = 0xffff;
		}
	} else {
		/* ICMP's checksum does not cover addresses. */
		icmp->icmp_cksum = cksum_update(icmp->icmp_cksum, from, to);
	}
}

void
nat_rewrite_out(struct rte_mbuf *m, const struct nat_session *s)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);

	ip->hdr_checksum = apply(ip->hdr_checksum, s->delta_ip);
	ip->src_addr = s->ext_addr;
	fix_l4(ip + 1, s->key.proto, s->delta_l4, s->key.in_port, s->ext_port);
	if (s->key.proto == NAT_ICMP)
		icmp->icmp_ident = s->ext_port;
	else
		udp->src_port = s->ext_port;
}

void
nat_rewrite_in(struct rte_mbuf *m, const struct nat_session *s)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	struct rte_icmp_hdr *icmp = (struct rte_icmp_hdr *)(ip + 1);

	ip->hdr_checksum = apply(ip->hdr_checksum, (uint16_t)~s->delta_ip);
	ip->dst_addr = s->key.in_addr;
	fix_l4(ip + 1, s->key.proto, (uint16_t)~s->delta_l4, s->ext_port, s->key.in_port);
	if (s->key.proto == NAT_ICMP)
		icmp->icmp_ident = s->key.in_port;
	else
		udp->dst_port = s->key.in_port;
}
