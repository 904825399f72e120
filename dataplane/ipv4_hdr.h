/* SPDX-License-Identifier: BSD-3-Clause */
/* Checks and changes of IPv4 headers that several stages need. */
#ifndef IPV4_HDR_H
#define IPV4_HDR_H

#include <rte_ip.h>

#include "cksum.h"
#include "worker.h"

#define IPV4_SOUND DROP_N

/*
 * Returns IPV4_SOUND if data begins with a valid header and the whole packet, and cuts off what
 * follows the packet; else the reason to drop it. checked: the mbuf's flags about the header
 * checksum; 0 when no NIC has checked it.
 */
static inline enum drop_reason
ipv4_check(struct rte_mbuf *m, uint64_t checked)
{
	const struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, const struct rte_ipv4_hdr *);
	uint16_t total;

	if (m->data_len < sizeof(*ip) || ip->version_ihl >> 4 != IPVERSION)
		return DROP_IP_HEADER;
	if ((ip->version_ihl & RTE_IPV4_HDR_IHL_MASK) > RTE_IPV4_MIN_IHL)
		return DROP_IP_OPTIONS;
	total = rte_be_to_cpu_16(ip->total_length);
	if (ip->version_ihl != RTE_IPV4_VHL_DEF || total < sizeof(*ip) || total > m->data_len)
		return DROP_IP_HEADER;
	checked &= RTE_MBUF_F_RX_IP_CKSUM_MASK;
	if (checked == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		return DROP_IP_CKSUM;
	if (checked != RTE_MBUF_F_RX_IP_CKSUM_GOOD && cksum(ip, sizeof(*ip)) != 0)
		return DROP_IP_CKSUM;
	rte_pktmbuf_trim(m, (uint16_t)(m->data_len - total));
	return IPV4_SOUND;
}

static inline bool
ipv4_is_fragment(const struct rte_ipv4_hdr *ip)
{
	return (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) !=
	       0;
}

/* Whether a host can have the address: not "this network", loopback, class D or E. */
static inline bool
ipv4_is_unicast(rte_be32_t addr)
{
	uint8_t first = (uint8_t)(rte_be_to_cpu_32(addr) >> 24);

	return first != 0 && first != 127 && first < 224;
}

static inline bool
ipv4_on_net(const struct network *net, rte_be32_t addr)
{
	return ((addr ^ net->addr) & net->mask) == 0;
}

/* A broadcast of any kind as seen from the network (RFC 1122, 3.2.1.3), or multicast. */
static inline bool
ipv4_is_group(const struct network *net, rte_be32_t addr)
{
	return rte_be_to_cpu_32(addr) >> 28 >= 0xe || addr == net->broadcast ||
	       addr == (net->addr & net->mask);
}

static inline bool
ipv4_is_ours(const struct worker *w, rte_be32_t addr)
{
	/* The WAN's address is 0 while it has none. */
	if ((addr == w->net[DP_WAN].addr && addr != 0) || addr == w->net[DP_LAN].addr)
		return true;
	for (unsigned i = DP_LAN + 1; i < w->n_nets; i++)
		if (addr == w->net[i].addr)
			return true;
	return false;
}

/* Sets the six bits of DSCP (RFC 2474); ECN stays. */
static inline void
ipv4_set_dscp(struct rte_ipv4_hdr *ip, uint8_t tos)
{
	uint8_t to = (uint8_t)((tos & RTE_IPV4_HDR_DSCP_MASK) |
			       (ip->type_of_service & RTE_IPV4_HDR_ECN_MASK));
	uint16_t version = (uint16_t)(ip->version_ihl << 8);

	ip->hdr_checksum = cksum_update(ip->hdr_checksum,
		rte_cpu_to_be_16((uint16_t)(version | ip->type_of_service)),
		rte_cpu_to_be_16((uint16_t)(version | to)));
	ip->type_of_service = to;
}

/* Decrements the time to live (RFC 1812, 5.3.1), which must not be 0. */
static inline void
ipv4_age(struct rte_ipv4_hdr *ip)
{
	uint16_t word = (uint16_t)(ip->time_to_live << 8 | ip->next_proto_id);

	ip->hdr_checksum = cksum_update(ip->hdr_checksum, rte_cpu_to_be_16(word),
		rte_cpu_to_be_16((uint16_t)(word - 0x100)));
	ip->time_to_live--;
}

#endif
