/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipv4.h"

#include <string.h>

#include "cksum.h"
#include "crypto/rng.h"
#include "rdwr.h"

#define IPV4_DF        0x4000
#define IPV4_MF        0x2000
#define IPV4_FRAG_MASK 0x1fff
#define IPV4_TTL       64

bool
ipv4_read(const uint8_t *packet, size_t len, struct ipv4 *out)
{
	struct rd r = rd_init(packet, len);
	uint8_t version_ihl = rd_u8(&r);
	size_t header_len = (size_t)(version_ihl & 0xf) * 4;
	uint16_t total, frag;

	rd_u8(&r);
	total = rd_u16(&r);
	rd_u16(&r);
	frag = rd_u16(&r);
	out->ttl = rd_u8(&r);
	out->protocol = rd_u8(&r);
	rd_u16(&r);
	out->src = rd_be32(&r);
	out->dst = rd_be32(&r);
	if (r.bad || version_ihl >> 4 != 4 || header_len < IPV4_HEADER_LEN || total < header_len ||
		total > len)
		return false;
	out->df = frag & IPV4_DF;
	out->fragment = frag & (IPV4_MF | IPV4_FRAG_MASK);
	out->header_len = header_len;
	out->payload = packet + header_len;
	out->payload_len = total - header_len;
	return true;
}

void
ipv4_write(
	uint8_t header[IPV4_HEADER_LEN], be32 src, be32 dst, uint8_t protocol, size_t payload_len)
{
	struct wr w = wr_init(header, IPV4_HEADER_LEN);
	uint16_t sum;

	wr_u8(&w, 0x45);
	wr_u8(&w, 0);
	wr_u16(&w, (uint16_t)(IPV4_HEADER_LEN + payload_len));
	/*
	 * Always without DF: the packet may take any path, and nothing here learns that it is too
	 * big for one. So it needs an identification (RFC 6864, 4.1).
	 */
	wr_u16(&w, (uint16_t)rng_u32());
	wr_u16(&w, 0);
	wr_u8(&w, IPV4_TTL);
	wr_u8(&w, protocol);
	wr_u16(&w, 0);
	wr_be32(&w, src);
	wr_be32(&w, dst);
	sum = cksum(header, IPV4_HEADER_LEN);
	memcpy(header + 10, &sum, sizeof(sum));
}

/* The sum of the pseudo-header of UDP (RFC 768). */
static uint32_t
pseudo_sum(be32 src, be32 dst, size_t udp_len)
{
	uint8_t tail[4] = {0, IPV4_PROTO_UDP, (uint8_t)(udp_len >> 8), (uint8_t)udp_len};
	uint32_t sum = cksum_add(0, &src, 4);

	sum = cksum_add(sum, &dst, 4);
	return cksum_add(sum, tail, 4);
}

bool
udp_read(const struct ipv4 *ip, struct udp *out)
{
	struct rd r = rd_init(ip->payload, ip->payload_len);
	uint16_t src_port = rd_u16(&r), dst_port = rd_u16(&r);
	uint16_t len = rd_u16(&r), sum = rd_u16(&r);

	if (r.bad || ip->protocol != IPV4_PROTO_UDP || ip->fragment || len < UDP_HEADER_LEN ||
		len > ip->payload_len)
		return false;
	if (sum != 0 &&
		cksum_fold(cksum_add(pseudo_sum(ip->src, ip->dst, len), ip->payload, len)) != 0)
		return false;
	out->src = (struct ip_end){ip->src, htons(src_port)};
	out->dst = (struct ip_end){ip->dst, htons(dst_port)};
	out->payload = ip->payload + UDP_HEADER_LEN;
	out->payload_len = len - UDP_HEADER_LEN;
	return true;
}

size_t
udp_write(uint8_t *buf, size_t size, const struct ip_end *src, const struct ip_end *dst,
	const void *head, size_t head_len, const void *payload, size_t payload_len)
{
	size_t udp_len = UDP_HEADER_LEN + head_len + payload_len;
	struct wr w = wr_init(buf, size);
	uint8_t *ip = wr_room(&w, IPV4_HEADER_LEN);
	uint8_t *udp;
	uint16_t sum;

	if (udp_len > UINT16_MAX - IPV4_HEADER_LEN)
		return 0;
	udp = w.p;
	wr_bytes(&w, &src->port, 2);
	wr_bytes(&w, &dst->port, 2);
	wr_u16(&w, (uint16_t)udp_len);
	wr_u16(&w, 0);
	wr_bytes(&w, head, head_len);
	wr_bytes(&w, payload, payload_len);
	if (w.bad)
		return 0;
	ipv4_write(ip, src->addr, dst->addr, IPV4_PROTO_UDP, udp_len);
	sum = cksum_fold(cksum_add(pseudo_sum(src->addr, dst->addr, udp_len), udp, udp_len));
	if (sum == 0)
		sum = 0xffff;
	memcpy(udp + 6, &sum, sizeof(sum));
	return wr_len(&w);
}
