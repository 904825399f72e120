/* SPDX-License-Identifier: BSD-3-Clause */
#include "tcp.h"

#include <stdbool.h>
#include <string.h>

#include "cksum.h"
#include "ipv4.h"
#include "rdwr.h"

#define TCP_HEADER_LEN 20
#define TCP_PROTO      6

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_ACK = 16 };

struct segment {
	uint16_t src, dst;
	uint32_t seq, ack;
	uint8_t flags;
	uint32_t len; /* in sequence numbers */
};

static bool
read_segment(const struct ipv4 *ip, struct segment *s)
{
	struct rd r = rd_init(ip->payload, ip->payload_len);
	uint32_t header;

	s->src = rd_u16(&r);
	s->dst = rd_u16(&r);
	s->seq = rd_u32(&r);
	s->ack = rd_u32(&r);
	header = (uint32_t)(rd_u8(&r) >> 4) * 4;
	s->flags = rd_u8(&r);
	if (r.bad || header < TCP_HEADER_LEN || header > ip->payload_len)
		return false;
	s->len = (uint32_t)ip->payload_len - header;
	s->len += (s->flags & TCP_SYN) != 0;
	s->len += (s->flags & TCP_FIN) != 0;
	return true;
}

/* The checksum, including the pseudo-header. */
static uint16_t
checksum(be32 src, be32 dst, const uint8_t tcp[TCP_HEADER_LEN])
{
	const uint8_t pseudo[4] = {0, TCP_PROTO, 0, TCP_HEADER_LEN};
	uint32_t sum = cksum_add(0, &src, sizeof(src));

	sum = cksum_add(sum, &dst, sizeof(dst));
	sum = cksum_add(sum, pseudo, sizeof(pseudo));
	return cksum_fold(cksum_add(sum, tcp, TCP_HEADER_LEN));
}

size_t
tcp_reset(const uint8_t *packet, size_t len, uint8_t buf[TCP_RESET_LEN])
{
	uint8_t *tcp = buf + IPV4_HEADER_LEN;
	struct wr w = wr_init(tcp, TCP_HEADER_LEN);
	struct segment s;
	struct ipv4 ip;
	uint16_t sum;
	bool ack;

	if (!ipv4_read(packet, len, &ip) || ip.protocol != TCP_PROTO || ip.fragment ||
		!read_segment(&ip, &s) || (s.flags & TCP_RST))
		return 0;
	ack = (s.flags & TCP_ACK) != 0;
	wr_u16(&w, s.dst);
	wr_u16(&w, s.src);
	wr_u32(&w, ack ? s.ack : 0);
	wr_u32(&w, ack ? 0 : s.seq + s.len);
	wr_u8(&w, (TCP_HEADER_LEN / 4) << 4);
	wr_u8(&w, ack ? TCP_RST : TCP_RST | TCP_ACK);
	wr_zero(&w, 6);
	sum = checksum(ip.dst, ip.src, tcp);
	memcpy(tcp + 16, &sum, sizeof(sum));
	ipv4_write(buf, ip.dst, ip.src, TCP_PROTO, TCP_HEADER_LEN);
	return TCP_RESET_LEN;
}
